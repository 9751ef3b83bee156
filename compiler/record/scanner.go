package record

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// ScanOptions tunes a Scanner. The zero value is ready for use.
type ScanOptions struct {
	// MaxRecord is the largest record in bytes, 8 MiB when zero. Larger ones are
	// skipped in constant memory and reported.
	MaxRecord int
	// Problem is told of each piece of input that could not be read as a
	// record, in the order of the input; nil drops them.
	Problem func(Problem)
}

// DefaultMaxRecord is the largest record a Scanner reads unless told otherwise.
// CloudTrail itself writes events of up to 1 MB.
const DefaultMaxRecord = 8 << 20

// Scanner splits a stream of JSON into records, validated and in place, with
// one buffer that grows with the largest record. It tells by itself:
//
//   - CloudTrail documents: an object whose member Records is an array of
//     records (or null), whatever else stands beside it; GetFindings answers
//     likewise, with Findings;
//   - arrays of objects;
//   - objects one after the other, a line each or pretty-printed, with or
//     without commas between them;
//   - EventBridge envelopes, objects with detail-type and an object detail: the
//     record is the detail;
//   - log events of CloudWatch Logs, in its subscriptions (logEvents) and answers
//     (events): the record is the message, where that is a JSON object.
//
// These may follow each other and nest. A broken record is reported and the
// scan goes on at the next line that begins with a brace or behind the brace
// that closes the record; where neither exists the rest is lost, which is
// reported too. Invalid UTF-8 inside strings becomes U+FFFD.
type Scanner struct {
	source
	opt    ScanOptions
	open   []byte // the containers around the records: '[' and, of documents, '{'
	first  []byte // the first key of the last record, quoted
	record Record
	start  int64 // offset of record
	count  int64
	broken bool // a problem came before, so stray brackets are its echo
	done   bool
}

// NewScanner makes a Scanner of r. It reads ahead of the records it gives.
func NewScanner(r io.Reader, opt ScanOptions) *Scanner {
	s := &Scanner{}
	s.Reset(r, opt)
	return s
}

// Reset makes the scanner as new, but for its buffers, which it keeps.
func (s *Scanner) Reset(r io.Reader, opt ScanOptions) {
	if opt.MaxRecord <= 0 {
		opt.MaxRecord = DefaultMaxRecord
	}
	*s = Scanner{
		source: source{in: r, buf: s.buf, max: opt.MaxRecord},
		opt:    opt,
		open:   s.open[:0],
		first:  s.first[:0],
		record: Record{Members: s.record.Members[:0]},
	}
	if s.buf == nil {
		s.buf = make([]byte, chunk)
	}
}

// Record gives the record that Next found. It is valid until the next call of
// Next; Raw and Members alias the scanner's buffer.
func (s *Scanner) Record() *Record { return &s.record }

// Offset gives the place of the current record in the stream, in bytes.
func (s *Scanner) Offset() int64 { return s.start }

// Count gives the number of records found so far.
func (s *Scanner) Count() int64 { return s.count }

// Bytes gives the number of bytes read from the stream so far.
func (s *Scanner) Bytes() int64 { return s.base + int64(s.end) }

// Err gives the error of the underlying reader that ended the stream, nil when
// it came to its end. Broken JSON, also a stream that ends inside a record, is
// told to Problem instead; after a reader's error that last one is left out.
func (s *Scanner) Err() error { return s.err }

// Next finds the next record. False means that there is none: see Err.
func (s *Scanner) Next() bool {
	for !s.done {
		if n := len(s.open); n > 0 && s.open[n-1] == '{' {
			s.finishDocument()
			continue
		}
		c, ok := s.peek()
		switch {
		case !ok:
			s.finish()
		case c == '{':
			if s.object() {
				return true
			}
		case c == '[' && len(s.open) < MaxDepth:
			s.open = append(s.open, '[')
			s.pos++
		case c == ']' && len(s.open) > 0:
			s.open = s.open[:len(s.open)-1]
			s.pos++
		default:
			s.stray(c)
		}
	}
	return false
}

// peek gives the next byte that is neither white space nor a comma nor part of
// a byte order mark. Commas between records carry nothing, so they are neither
// asked for nor refused.
func (s *Scanner) peek() (byte, bool) {
	for {
		for s.pos < s.end {
			switch c := s.buf[s.pos]; c {
			case ' ', '\t', '\n', '\r', ',':
				s.pos++
				continue
			case 0xEF:
				for s.end-s.pos < 3 && s.more() {
				}
				if !bytes.HasPrefix(s.unread(), []byte("\uFEFF")) {
					return c, true
				}
				s.pos += 3
				continue
			default:
				return c, true
			}
		}
		if !s.more() {
			return 0, false
		}
	}
}

// object reads the object that begins at the current byte. True means that it
// is a record.
func (s *Scanner) object() bool {
	end, high, why := s.value(split)
	switch why {
	case complete:
		return s.accept(end, high)
	case wrapped, wrappedNull:
		s.enter(end, why)
	default:
		s.skip(end, why, true)
	}
	return false
}

// value scans at the current byte, with more input as it is needed. A value
// that is still short then ends the input or is too large; end is that of what
// was read.
func (s *Scanner) value(mode int) (end int, high bool, why reason) {
	for {
		s.record.Members = s.record.Members[:0]
		end, high, why = scan(s.buf[:s.end], s.pos, mode, &s.record)
		if why == complete && end == s.end && isDigit(s.buf[end-1]) && !s.ended {
			why = short // a number, which may go on
		}
		if why != short {
			return end, high, why
		}
		if s.end-s.pos > s.opt.MaxRecord || !s.grow() {
			return s.end, false, short
		}
	}
}

// accept makes the object that ends at end the current record.
func (s *Scanner) accept(end int, high bool) bool {
	raw := s.buf[s.pos:end:end]
	if len(raw) > s.opt.MaxRecord {
		s.report(s.problem(Oversized, s.pos, short), int64(len(raw)))
		s.pos = end
		return false
	}
	s.start = s.offset()
	s.pos = end
	s.record.Raw = raw
	s.remember()
	if high && !utf8.Valid(raw) {
		s.reparse(Repair(raw))
	}
	if detail := s.record.envelope(); detail != nil {
		s.reparse(detail)
	} else if s.record.isLogEvent() {
		s.unwrap()
	}
	s.count++
	return true
}

// remember keeps the first key of a record, see sibling.
func (s *Scanner) remember() {
	if len(s.record.Members) == 0 {
		return
	}
	if key := s.record.Members[0].Key; len(s.first) != len(key)+2 || string(s.first[1:len(s.first)-1]) != string(key) {
		s.first = append(append(append(s.first[:0], '"'), key...), '"')
	}
}

// reparse reads valid text into the current record.
func (s *Scanner) reparse(raw []byte) {
	if err := ParseInto(&s.record, raw); err != nil {
		panic("record: text that was valid no longer is: " + err.Error())
	}
}

// envelope gives the text of the event inside an EventBridge envelope, nil when
// the record is none (EventBridge user guide, "Event structure").
func (r *Record) envelope() []byte {
	for i := range r.Members {
		if m := &r.Members[i]; m.Value.Kind == Object && string(m.Key) == "detail" {
			if r.Lookup("detail-type").Kind != String {
				return nil
			}
			return m.Value.Raw
		}
	}
	return nil
}

// isLogEvent reports whether the record is a log event of CloudWatch Logs (Amazon
// CloudWatch Logs User Guide, "Log group-level subscription filters"; API Reference,
// "FilteredLogEvent" and "OutputLogEvent").
func (r *Record) isLogEvent() bool {
	for i := range r.Members {
		switch string(r.Members[i].Key) {
		case "id", "eventId", "logStreamName", "ingestionTime", "timestamp", "message":
		default:
			return false
		}
	}
	return r.Lookup("timestamp").Kind == Number && r.Lookup("message").Kind == String
}

// unwrap makes the message of a log event the current record, where it is an object.
func (s *Scanner) unwrap() {
	var inner Record
	if err := ParseInto(&inner, []byte(s.record.Lookup("message").Text())); err == nil {
		s.record = inner
	}
}

// enter goes into the array of records of a document.
func (s *Scanner) enter(end int, why reason) {
	s.pos = end
	if len(s.open) > MaxDepth {
		s.open = s.open[:0]
	}
	s.open = append(s.open, '{')
	if why == wrapped {
		s.open = append(s.open, '[')
		s.pos++
	}
}

// finishDocument reads what stands behind the records of a document.
func (s *Scanner) finishDocument() {
	end, _, why := s.value(tail)
	s.open = s.open[:len(s.open)-1]
	switch why {
	case complete:
		s.pos = end
	case wrapped, wrappedNull:
		s.enter(end, why)
	default:
		s.open = s.open[:0]
		s.skip(end, why, false)
	}
}

// finish ends the scan at the end of the input.
func (s *Scanner) finish() {
	s.done = true
	if len(s.open) > 0 && s.err == nil {
		p := s.problem(Truncated, s.end, short)
		p.Reason = "the input ends inside an array of records"
		s.report(p, 0)
	}
}
