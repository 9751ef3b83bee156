package cli

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
)

func TestProgressOfStatementsInWords(t *testing.T) {
	for want, now := range map[string]backends.Progress{
		"0 of 8 statements, 0 rows":                      {},
		"3 of 8 statements, 1,234,567 rows, 1.2 GB read": {Statements: 3, Rows: 1_234_567, Done: 1_200_000_000},
		"9 of 9 statements, 1 rows":                      {Statements: 9, Rows: 1}, // more than were expected
		"8 of 8 statements, 12 rows, 999 B read":         {Statements: 8, Rows: 12, Done: 999},
	} {
		if got := statementsText(now, 8); got != want {
			t.Errorf("%+v: %q, want %q", now, got, want)
		}
	}
}

// screen is a terminal that knows the return of the carriage.
type screen struct {
	mu    sync.Mutex
	bytes bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes.Write(b)
}

// lines gives what stands on the screen.
func (s *screen) lines() (lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for text := range strings.SplitSeq(s.bytes.String(), "\n") {
		var line []rune
		at := 0
		for _, c := range text {
			if c == '\r' {
				at = 0
				continue
			}
			if at == len(line) {
				line = append(line, ' ')
			}
			line[at] = c
			at++
		}
		lines = append(lines, strings.TrimRight(string(line), " "))
	}
	return lines
}

func TestProgressStandsOnALineThatIsClearedForTalkAndAtTheEnd(t *testing.T) {
	s := &screen{}
	p := &progress{app: &app{err: s}, on: true}
	p.left(4)
	if got := s.lines(); len(got) != 1 || !strings.Contains(got[0], "0 of 4 statements, 0 rows") {
		t.Errorf("at first %q", got)
	}
	p.update(backends.Progress{Statements: 1, Rows: 10})
	p.say("sigmahunt: %d of them", 1)
	if got := s.lines(); !slices.Equal(got, []string{"sigmahunt: 1 of them", ""}) {
		t.Errorf("after talk %q", got)
	}
	p.update(backends.Progress{Statements: 2, Rows: 20})
	if got := s.lines(); len(got) != 2 || !strings.Contains(got[1], "2 of 4 statements, 20 rows") {
		t.Errorf("it goes on as %q", got)
	}
	p.finish()
	p.update(backends.Progress{Statements: 4, Rows: 30}) // one that comes late
	if got := s.lines(); !slices.Equal(got, []string{"sigmahunt: 1 of them", ""}) {
		t.Errorf("at the end %q", got)
	}
}

func TestProgressOfFilesIsClearedAtTheEnd(t *testing.T) {
	for _, total := range []int64{0, 100} { // of standard input nobody knows the size
		s := &screen{}
		p := &progress{app: &app{err: s}, on: true}
		p.update(backends.Progress{Done: 10, Total: total, Events: 5})
		if got := s.lines(); !strings.Contains(got[0], "events/s") {
			t.Errorf("of %d: shown %q", total, got)
		}
		p.finish()
		if got := s.lines(); !slices.Equal(got, []string{""}) {
			t.Errorf("of %d: at the end %q", total, got)
		}
	}
}

func TestProgressIsForTerminalsAlone(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s := &screen{}
	for _, p := range []*progress{(&app{err: w}).newProgress(false), (&app{err: s}).newProgress(false), {app: &app{err: s}}} {
		p.left(2)
		p.update(backends.Progress{Statements: 1})
		p.finish()
	}
	w.Close()
	if text := make([]byte, 1); s.bytes.Len() > 0 {
		t.Errorf("written %q", s.bytes.String())
	} else if n, _ := r.Read(text); n > 0 {
		t.Error("a pipe is written to")
	}
}
