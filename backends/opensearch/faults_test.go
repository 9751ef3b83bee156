package opensearch

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch/nodetest"
)

// TestFaultsLoseNothingInSilence makes 300 runs through a server that spoils
// answers at random. Each ends with all records in order, or with a problem and
// the others, or with an error and those before it.
func TestFaultsLoseNothingInSilence(t *testing.T) {
	s := nodetest.Start(t)
	index := indexOf(t, s, 2, numbered(47))
	plain := connect(t, remote{Remote: backends.Remote{Endpoint: s.URL}})
	want, err := read(t.Context(), plain, query(t, plain.backend, everything(), index))
	if err != nil || len(want) != 47 {
		t.Fatal(len(want), err)
	}
	var wait sync.WaitGroup
	var mu sync.Mutex
	ends := map[string]int{}
	for worker := range 6 {
		wait.Go(func() {
			for i := range 50 {
				seed := uint64(worker*50 + i)
				end, err := spoiled(t, s, seed, index, want)
				mu.Lock()
				ends[end]++
				mu.Unlock()
				if err != nil {
					t.Errorf("run %d: %v", seed, err)
				}
			}
		})
	}
	wait.Wait()
	t.Log(ends)
	for _, end := range []string{"all", "problem", "error"} {
		if ends[end] == 0 {
			t.Errorf("no run ended with %s", end)
		}
	}
}

// spoiled makes one run, and returns how it ended and what is wrong with that.
func spoiled(t *testing.T, s *nodetest.Server, seed uint64, index string, want []string) (end string, wrong error) {
	t.Helper()
	chance := &dice{rand: rand.New(rand.NewPCG(seed, 1)), oneIn: 2 + int(seed%20)}
	d := newDouble(t, s, chance.spoil)
	x, err := newExecutor(t.Context(), backends.Config{Remote: backends.Remote{Endpoint: d.URL}, Settings: &Settings{Timeout: soon}}, &quick{})
	if err != nil {
		return "", err
	}
	x.size = 10
	got, err := read(t.Context(), x, query(t, x.backend, everything(), index))
	lost := x.Stats().Lost
	switch {
	case err != nil:
		end, wrong = "error", explained(err, chance)
	case lost > 0:
		end = "problem"
	default:
		end = "all"
		if !slices.Equal(got, want) {
			wrong = fmt.Errorf("%d of %d records, and no word of the others", len(got), len(want))
		}
	}
	partial := chance.has(func(f mishap) bool { return f.partial })
	switch left := d.left(t); {
	case wrong != nil:
	case lost > 0 && !partial:
		wrong = fmt.Errorf("problems that nothing explains: %v", x.Stats().Problems)
	case !ordered(got, want):
		wrong = fmt.Errorf("the records %v are out of order", got)
	case lost == 0 && !slices.Equal(got, want[:len(got)]):
		wrong = fmt.Errorf("records are missing before the error %w", err)
	case len(left) > 0:
		wrong = fmt.Errorf("%d points in time are open", len(left))
	}
	if err := x.Close(); err != nil {
		wrong = err
	}
	d.Close() // waits for requests that are left running
	return end, wrong
}

// explained compares an error with what struck: it is a rejection or a connection
// of its kind, in words that fit a terminal.
func explained(err error, chance *dice) error {
	text := err.Error()
	if len(text) > 3_000 || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("an error that is not fit to print: %.200q", text)
	}
	var f *Failure
	var c *connectionError
	switch {
	case !strings.HasPrefix(text, "opensearch: "):
		return fmt.Errorf("an error that does not say whose: %w", err)
	case errors.As(err, &c), errors.As(err, &f) && f.transient():
		if !strings.Contains(text, "the last of 8 attempts") {
			return fmt.Errorf("given up too soon: %w", err)
		}
		return nil
	case !chance.has(func(f mishap) bool { return f.lasting }):
		return fmt.Errorf("nothing explains %w", err)
	case chance.struck[len(chance.struck)-1].name == "expired" && !strings.Contains(text, "has expired"):
		return fmt.Errorf("does not tell what expired: %w", err)
	}
	return nil
}

// ordered reports whether got is part of want, in its order, each once.
func ordered(got, want []string) bool {
	at := 0
	for _, id := range got {
		next := slices.Index(want[at:], id)
		if next < 0 {
			return false
		}
		at += next + 1
	}
	return true
}

// TestAnEndLeavesNothingOpen stops readings early, each in its way.
func TestAnEndLeavesNothingOpen(t *testing.T) {
	s := nodetest.Start(t)
	index := indexOf(t, s, 2, numbered(47))
	var cancel context.CancelFunc
	pages := 0
	for name, test := range map[string]struct {
		spoil func(http.ResponseWriter, *http.Request, []byte) bool
		rows  int
		want  error
	}{
		"the caller has enough": {pass, 3, nil},
		"the caller gives up while a page is read": {func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
			if r.URL.Path != "/_search" {
				return false
			}
			if pages++; pages == 2 {
				cancel()
				<-r.Context().Done()
			}
			return pages == 2
		}, 10, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			var stop context.Context
			stop, cancel = context.WithCancel(t.Context())
			defer cancel()
			d := newDouble(t, s, test.spoil)
			x := connect(t, remote{Remote: backends.Remote{Endpoint: d.URL}})
			x.size = 10
			rows := 0
			var err error
			for _, err = range x.Run(stop, query(t, x.backend, everything(), index)) {
				if err != nil {
					break
				}
				if rows++; rows == test.rows && test.want == nil {
					break
				}
			}
			if rows != test.rows || !errors.Is(err, test.want) {
				t.Errorf("%d rows, and %v", rows, err)
			}
			if len(d.pits) != 1 || len(d.left(t)) > 0 {
				t.Errorf("%d of %d points in time are open", len(d.left(t)), len(d.pits))
			}
			if err := x.Close(); err != nil {
				t.Error(err)
			}
			d.Close() // waits for requests that are left running
		})
	}
}

// TestWhatShardsDoNotAnswerIsAProblem reports each shard once, however many pages
// it is missing from.
func TestWhatShardsDoNotAnswerIsAProblem(t *testing.T) {
	s := nodetest.Start(t)
	index := indexOf(t, s, 1, numbered(20))
	d := newDouble(t, s, func(w http.ResponseWriter, r *http.Request, answer []byte) bool {
		if r.Method == http.MethodDelete {
			return false
		}
		lame(w, r, answer)
		return true
	})
	x := connect(t, remote{Remote: backends.Remote{Endpoint: d.URL}})
	x.size = 4
	q := query(t, x.backend, everything(), index)
	got, err := read(t.Context(), x, q)
	stats := x.Stats()
	want := backends.Problem{File: index, Where: "shard 1 of i", Message: "only 1 of 2 shards answered: node_disconnected_exception: gone"}
	if err != nil || stats.Lost != 1 || len(stats.Problems) != 1 || stats.Problems[0] != want {
		t.Errorf("%v, and the problems %+v", err, stats.Problems)
	}
	// Of four records the first and the third come, and the next page begins
	// after the third.
	if len(got) != 14 || !slices.IsSorted(got[:2]) {
		t.Errorf("%d records: %v", len(got), got)
	}
}
