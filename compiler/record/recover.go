package record

import (
	"bytes"
	"fmt"
)

// ProblemKind says what became of a piece of input.
type ProblemKind uint8

// The kinds of problems.
const (
	Broken    ProblemKind = iota + 1 // not a record; skipped, the scan went on behind it
	Oversized                        // a record larger than MaxRecord; skipped likewise
	Truncated                        // the input ended inside a record or document
	Lost                             // broken, and no place found to go on: all behind it is lost
)

// Problem is a piece of a stream that could not be read.
type Problem struct {
	Kind    ProblemKind
	Start   int64  // stream offset at which the piece begins
	Offset  int64  // of the byte that is wrong
	Line    int64  // of that byte, from 1; of little use where records share a line
	Skipped int64  // bytes passed over, from Start
	Records int64  // records found before it
	Reason  string // holds no text of the input
}

// Text says what is wrong and what became of the piece, without its place.
func (p Problem) Text() string {
	switch p.Kind {
	case Truncated:
		return p.Reason
	case Lost:
		return fmt.Sprintf("%s; the rest is lost, %d bytes", p.Reason, p.Skipped)
	case Broken, Oversized:
	}
	return fmt.Sprintf("%s; %d bytes skipped", p.Reason, p.Skipped)
}

func (p Problem) String() string {
	return fmt.Sprintf("line %d, offset %d: %s", p.Line, p.Offset, p.Text())
}

// problem describes what is wrong at buf[at].
func (s *Scanner) problem(kind ProblemKind, at int, why reason) Problem {
	p := Problem{
		Kind: kind, Start: s.offset(), Offset: s.base + int64(at), Line: s.line(at),
		Records: s.count, Reason: reasons[why],
	}
	if kind == Oversized {
		p.Reason = fmt.Sprintf("a record larger than %d bytes", s.opt.MaxRecord)
	}
	return p
}

func (s *Scanner) report(p Problem, skipped int64) {
	s.broken = true
	p.Skipped = skipped
	if s.opt.Problem != nil {
		s.opt.Problem(p)
	}
}

// skip passes over the value at the current byte, in which buf[at] is wrong,
// and reports it once it is known where the scan goes on. nested tells that the
// value is an element, so that its end can be told from its brackets.
func (s *Scanner) skip(at int, why reason, nested bool) {
	p := s.problem(Broken, at, why)
	if why == short && s.end-s.pos > s.opt.MaxRecord {
		p = s.problem(Oversized, s.pos, why)
	}
	if s.resume(p.Kind, at, why, nested) {
		s.report(p, s.offset()-p.Start)
		return
	}
	s.done = true
	switch {
	case why != short:
		p.Kind = Lost
	case s.err != nil: // the reader's error says it
		s.broken = true
		return
	case p.Kind == Broken:
		p.Kind = Truncated
	}
	s.report(p, s.offset()-p.Start)
}

// near is how far resume looks before it gives up what it has read; it bounds
// the work that each broken record makes.
const near = 64 << 10

// resume finds the place to go on behind a broken or oversized value.
func (s *Scanner) resume(kind ProblemKind, at int, why reason, nested bool) bool {
	if kind == Oversized {
		return nested && s.close() || s.nextLine()
	}
	// In a file of a record a line, what follows a line that lacks its end is a
	// record of its own, though the broken value seems to go on there.
	if s.lineBefore(at + 1) {
		return true
	}
	if !nested {
		return s.nextLine()
	}
	for s.end-s.pos < near && s.more() {
	}
	if len(s.open) == 0 && s.lineBefore(s.pos+near) {
		return true
	}
	if s.closeWithin() || why != short && s.sibling() {
		return true
	}
	return len(s.open) > 0 && s.close() || s.nextLine()
}

var newRecord = []byte("\n{")

// lineBefore goes on at the first line that begins with a brace, if there is one
// before buf[limit].
func (s *Scanner) lineBefore(limit int) bool {
	i := bytes.Index(s.buf[s.pos:min(limit, s.end)], newRecord)
	if i < 0 {
		return false
	}
	s.pos += i + 1
	return true
}

// nextLine goes on at the next line that begins with a brace. Without one it
// uses up the input.
func (s *Scanner) nextLine() bool {
	for {
		if i := bytes.Index(s.unread(), newRecord); i >= 0 {
			s.pos += i + 1
			return true
		}
		s.pos = max(s.pos, s.end-1) // the last byte may be a line break
		if !s.more() {
			s.pos = s.end
			return false
		}
	}
}

// sibling goes on at the next object in the buffer that begins with the same
// key as the last record did. AWS writes the keys of its records in one order,
// so this finds the next one where a stray quote has turned strings inside out.
func (s *Scanner) sibling() bool {
	if len(s.first) == 0 {
		return false
	}
	for i := s.pos + 1; ; i++ {
		k := bytes.Index(s.buf[i:s.end], s.first)
		if k < 0 {
			return false
		}
		i += k
		before := bytes.TrimRight(s.buf[s.pos+1:i], " \t\r\n")
		if bytes.HasSuffix(before, []byte{'{'}) {
			s.pos += len(before)
			return true
		}
	}
}

// closeWithin goes on behind the current value if its end is near.
func (s *Scanner) closeWithin() bool {
	var b balance
	n, ended := b.feed(s.buf[s.pos:min(s.end, s.pos+near)])
	if !ended {
		return false
	}
	next := skipSpace(s.buf[:s.end], s.pos+n)
	if next < s.end {
		ended = s.mayFollow(s.buf[next])
	} else {
		ended = s.ended && len(s.open) == 0
	}
	if ended {
		s.pos = next
	}
	return ended
}

// close goes on behind the current value, wherever its end is, in constant
// memory. It fails where the brackets do not balance or something follows that
// may not stand behind a record; the input up to there is used up.
func (s *Scanner) close() bool {
	var b balance
	for {
		n, ended := b.feed(s.unread())
		s.pos += n
		if ended {
			break
		}
		if b.torn || !s.more() {
			return false
		}
	}
	for {
		if s.pos = skipSpace(s.buf[:s.end], s.pos); s.pos < s.end {
			return s.mayFollow(s.buf[s.pos])
		}
		if !s.more() {
			return len(s.open) == 0
		}
	}
}

// mayFollow reports whether a byte may stand behind a record.
func (s *Scanner) mayFollow(c byte) bool {
	if len(s.open) > 0 {
		return c == ',' || c == ']'
	}
	return c == ',' || c == '{' || c == '['
}

// balance finds the end of a value by its quotes and brackets alone.
type balance struct {
	depth           int
	quoted, escaped bool
	torn            bool // a line break inside a string: the quotes do not pair
}

// feed reads on in text, up to the value's end when that is in it.
func (b *balance) feed(text []byte) (n int, ended bool) {
	for i, c := range text {
		switch {
		case b.escaped:
			b.escaped = false
		case b.quoted:
			switch c {
			case '\\':
				b.escaped = true
			case '\n':
				b.torn = true
				return i, false
			case '"':
				if b.quoted = false; b.depth == 0 {
					return i + 1, true
				}
			}
		case c == '"':
			b.quoted = true
		case c == '{' || c == '[':
			b.depth++
		case c == '}' || c == ']':
			if b.depth--; b.depth <= 0 {
				return i + b.depth + 1, true // a scalar ends before the bracket
			}
		case c == ',' && b.depth == 0:
			return i, true
		}
	}
	return len(text), false
}

// stray handles a byte that begins no record. A closing bracket too many is
// passed over alone, a value inside an array that is no object as a whole;
// anything else means that the structure is lost up to the next line that
// begins with a brace.
func (s *Scanner) stray(c byte) {
	if c == '}' || c == ']' {
		if !s.broken {
			s.report(s.problem(Broken, s.pos, notObject), 1)
		}
		s.pos++
		return
	}
	if len(s.open) == 0 {
		p := s.problem(Broken, s.pos, notObject)
		if !s.nextLine() {
			s.done = true
			p.Kind = Lost
		}
		s.report(p, s.offset()-p.Start)
		return
	}
	p := s.problem(Broken, s.pos, notObject)
	end, _, why := s.value(whole)
	if why != complete {
		s.skip(end, why, true)
		return
	}
	s.pos = end
	s.report(p, s.offset()-p.Start)
}
