// Package diag carries what the project has to say about a text: a code, a
// place in the source and a sentence that tells what to do. It is the lowest
// package of the tree and knows nothing of Sigma.
package diag

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Source is one input text and the name a person knows it by.
type Source struct {
	Name string
	Text []byte
}

// Span is a place in a source: a 1-based line, a 1-based column counted in
// code points, and a length in code points (at least one when printed). The
// zero Span is "nowhere in particular".
type Span struct {
	Source *Source
	Line   int
	Col    int
	Len    int
}

// IsZero reports whether the span names no place.
func (s Span) IsZero() bool { return s.Source == nil && s.Line == 0 }

// String gives file:line:col, as much of it as is known.
func (s Span) String() string {
	name := "<input>"
	if s.Source != nil && s.Source.Name != "" {
		name = s.Source.Name
	}
	if s.Line == 0 {
		return name
	}
	return fmt.Sprintf("%s:%d:%d", name, s.Line, s.Col)
}

// Sub gives the part of the span that starts off code points after its start
// and is n code points long; it is only meaningful on one line.
func (s Span) Sub(off, n int) Span {
	s.Col += off
	s.Len = n
	return s
}

// Severity says what a diagnostic means for the run.
type Severity int

// The severities, mildest first. Only errors stop a rule.
const (
	Note Severity = iota + 1
	Warning
	Error
)

// String gives the severity's word in lower case.
func (s Severity) String() string {
	switch s {
	case Note:
		return "note"
	case Warning:
		return "warning"
	case Error:
		return "error"
	default:
		return fmt.Sprintf("severity(%d)", int(s))
	}
}

// Diagnostic is one thing to say about a source.
type Diagnostic struct {
	Code     Code
	Severity Severity
	Span     Span
	Message  string // what is wrong, one sentence without a full stop
	Hint     string // what to do about it; may be empty
}

// Error gives the diagnostic on one line: place, severity, code, message.
func (d Diagnostic) Error() string {
	return fmt.Sprintf("%s: %s: %s [%s]", d.Span, d.Severity, d.Message, d.Code)
}

// List collects diagnostics. The zero value is ready to use.
type List []Diagnostic

// Errorf adds an error. The hint may be empty.
func (l *List) Errorf(code Code, at Span, hint, format string, args ...any) {
	l.add(code, Error, at, hint, format, args)
}

// Warnf adds a warning. The hint may be empty.
func (l *List) Warnf(code Code, at Span, hint, format string, args ...any) {
	l.add(code, Warning, at, hint, format, args)
}

// Notef adds a note. The hint may be empty.
func (l *List) Notef(code Code, at Span, hint, format string, args ...any) {
	l.add(code, Note, at, hint, format, args)
}

func (l *List) add(code Code, sev Severity, at Span, hint, format string, args []any) {
	*l = append(*l, Diagnostic{Code: code, Severity: sev, Span: at, Message: cut(fmt.Sprintf(format, args...)), Hint: cut(hint)})
}

// maxMessage bounds a message and a hint in bytes, since they quote the source.
const maxMessage = 1_000

func cut(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	return strings.ToValidUTF8(s[:maxMessage], "") + "…"
}

// HasErrors reports whether an error is in the list.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Err gives nil when the list holds no error, and otherwise an error that
// unwraps to the list's diagnostics.
func (l List) Err() error {
	var errs []error
	for _, d := range l {
		if d.Severity == Error {
			errs = append(errs, d)
		}
	}
	return errors.Join(errs...)
}

// Sort orders the list by file, line, column, code and message, and drops repetitions,
// so that the same input is always reported in the same words.
func (l *List) Sort() {
	slices.SortStableFunc(*l, compare)
	*l = slices.CompactFunc(*l, func(a, b Diagnostic) bool { return a == b })
}

func compare(a, b Diagnostic) int {
	name := func(s Span) string {
		if s.Source == nil {
			return ""
		}
		return s.Source.Name
	}
	if c := strings.Compare(name(a.Span), name(b.Span)); c != 0 {
		return c
	}
	if a.Span.Line != b.Span.Line {
		return a.Span.Line - b.Span.Line
	}
	if a.Span.Col != b.Span.Col {
		return a.Span.Col - b.Span.Col
	}
	if c := strings.Compare(string(a.Code), string(b.Code)); c != 0 {
		return c
	}
	return strings.Compare(a.Message, b.Message)
}
