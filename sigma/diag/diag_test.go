package diag

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSortOrdersByFileLineColumnCodeMessage(t *testing.T) {
	a, b := &Source{Name: "a.yml"}, &Source{Name: "b.yml"}
	var l List
	l.Errorf(Syntax, Span{b, 1, 1, 1}, "", "eighth")
	l.Errorf(BadValue, Span{a, 2, 3, 1}, "", "seventh")
	l.Errorf(BadKey, Span{a, 2, 3, 1}, "", "sixth")
	l.Errorf(BadKey, Span{a, 2, 3, 1}, "", "fifth")
	l.Errorf(Syntax, Span{a, 10, 1, 1}, "", "seventh and a half")
	l.Errorf(Syntax, Span{a, 2, 1, 1}, "", "fourth")
	l.Warnf(Syntax, Span{a, 1, 9, 1}, "", "third")
	l.Notef(Syntax, Span{Source: a}, "", "second")
	l.Errorf(Syntax, Span{}, "", "first")
	l.Sort()
	want := "first second third fourth fifth sixth seventh seventh and a half eighth"
	var got []string
	for _, d := range l {
		got = append(got, d.Message)
	}
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}

func TestSortDropsRepetitionsOnly(t *testing.T) {
	src, twin := &Source{Name: "a.yml"}, &Source{Name: "a.yml"}
	at := Span{src, 1, 1, 1}
	var l List
	for range 2 {
		l.Errorf(BadValue, at, "h", "one")
		l.Errorf(BadValue, at, "h", "two")
		l.Warnf(BadValue, at, "h", "one")
		l.Errorf(BadValue, at, "other hint", "one")
	}
	l.Errorf(BadValue, Span{twin, 1, 1, 1}, "h", "two")
	l.Sort()
	seen := map[Diagnostic]int{}
	for _, d := range l {
		seen[d]++
	}
	if len(seen) != 5 {
		t.Errorf("%d distinct diagnostics, want 5", len(seen))
	}
	if n := seen[Diagnostic{BadValue, Error, at, "two", "h"}]; n != 1 {
		t.Errorf("the same diagnostic stands %d times", n)
	}
}

func TestErrHoldsErrorsOnly(t *testing.T) {
	var l List
	l.Warnf(BadMetadata, Span{}, "", "warn")
	l.Notef(Superset, Span{}, "", "note")
	if l.HasErrors() || l.Err() != nil {
		t.Fatalf("HasErrors %v, Err %v without an error", l.HasErrors(), l.Err())
	}
	l.Errorf(Syntax, Span{&Source{Name: "a.yml"}, 3, 5, 2}, "hint", "bad %s", "text")
	err := l.Err()
	if !l.HasErrors() || err == nil {
		t.Fatal("the error is not seen")
	}
	if got, want := err.Error(), "a.yml:3:5: error: bad text [SIG101]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var d Diagnostic
	if !errors.As(err, &d) || d.Code != Syntax {
		t.Errorf("the diagnostic is not to be had from %v", err)
	}
}

func TestSpanNamesAsMuchAsIsKnown(t *testing.T) {
	src := &Source{Name: "r.yml"}
	for want, s := range map[string]Span{
		"<input>":     {},
		"<input>:2:3": {Line: 2, Col: 3},
		"r.yml":       {Source: src},
		"r.yml:2:3":   {src, 2, 3, 1},
	} {
		if got := s.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if !(Span{}).IsZero() || (Span{Source: src}).IsZero() || (Span{Line: 1}).IsZero() {
		t.Error("IsZero is not true of nowhere alone")
	}
	if got := (Span{src, 2, 3, 9}).Sub(4, 2); got != (Span{src, 2, 7, 2}) {
		t.Errorf("Sub gives %+v", got)
	}
}

func TestSeverityWords(t *testing.T) {
	for s, want := range map[Severity]string{Note: "note", Warning: "warning", Error: "error", 0: "severity(0)"} {
		if s.String() != want {
			t.Errorf("got %q, want %q", s.String(), want)
		}
	}
}

func TestMessagesThatQuoteTheSourceAreBounded(t *testing.T) {
	var l List
	l.Errorf(Syntax, Span{}, strings.Repeat("é", 100_000), "%s", strings.Repeat("規", 100_000))
	for _, s := range []string{l[0].Message, l[0].Hint} {
		if len(s) > 2*maxMessage || !strings.HasSuffix(s, "…") || !utf8.ValidString(s) {
			t.Errorf("%d bytes, valid %v, ends in %q", len(s), utf8.ValidString(s), s[len(s)-3:])
		}
	}
}
