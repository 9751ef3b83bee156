package record

import (
	"bytes"
	"io"
)

// chunk is the size of a scanner's first buffer, and what is read at once.
const chunk = 320 << 10

// source is a window on a stream: buf[pos:end] is read and not yet used.
type source struct {
	in       io.Reader
	buf      []byte
	pos, end int
	max      int   // largest unread part, a chunk left out
	base     int64 // stream offset of buf[0]
	lines    int64 // line breaks before buf[counted]
	counted  int
	ended    bool
	err      error // what ended the stream, but for io.EOF
}

func (s *source) unread() []byte { return s.buf[s.pos:s.end] }

// offset gives the stream offset of the current byte.
func (s *source) offset() int64 { return s.base + int64(s.pos) }

// line gives the line of buf[i], counted from 1. It counts on from where it was
// asked last.
func (s *source) line(i int) int64 {
	if i < s.counted {
		return s.lines - countLines(s.buf[i:s.counted]) + 1
	}
	s.lines += countLines(s.buf[s.counted:i])
	s.counted = i
	return s.lines + 1
}

func countLines(text []byte) int64 { return int64(bytes.Count(text, []byte{'\n'})) }

// more reads at least a byte behind the unread part, moving that to the front
// of the buffer. False means that the stream has ended.
func (s *source) more() bool {
	if s.ended {
		return false
	}
	if s.counted < s.pos {
		s.line(s.pos)
	}
	s.counted -= s.pos
	s.base += int64(s.pos)
	s.end = copy(s.buf, s.buf[s.pos:s.end])
	s.pos = 0
	if s.end == len(s.buf) {
		larger := make([]byte, min(2*len(s.buf), max(s.max, len(s.buf))+chunk))
		copy(larger, s.buf)
		s.buf = larger
	}
	for range 100 {
		n, err := s.in.Read(s.buf[s.end:])
		s.end += n
		if err != nil {
			s.ended = true
			if err != io.EOF {
				s.err = err
			}
		}
		if n > 0 || s.ended {
			return n > 0
		}
	}
	s.ended, s.err = true, io.ErrNoProgress
	return false
}

// grow is more for a value that is short and will be read again: it waits for
// half as much as there is, so that a reader of small pieces does not make the
// work quadratic.
func (s *source) grow() bool {
	want := s.end - s.pos + 1
	if want > chunk/4 {
		want += want / 2
	}
	grown := false
	for s.end-s.pos < want && s.more() {
		grown = true
	}
	return grown
}
