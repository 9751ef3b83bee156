package record

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// SyntaxError says what is wrong with a text and where.
type SyntaxError struct {
	Offset int    // of the byte at which the text stops being a record
	Reason string // what was expected, or found; holds no text of the input
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("offset %d: %s", e.Offset, e.Reason) }

// Parse reads one JSON object and checks it in full (RFC 8259, and nesting up
// to MaxDepth). White space around it is allowed; invalid UTF-8 inside strings
// is let through, see Repair. The error is a *SyntaxError.
func Parse(raw []byte) (Record, error) {
	var r Record
	err := ParseInto(&r, raw)
	return r, err
}

// ParseInto is Parse that reuses the members of r. After an error r is of no
// use but for being parsed into again.
func ParseInto(r *Record, raw []byte) error {
	r.Members = r.Members[:0]
	start := skipSpace(raw, 0)
	end, _, why := scan(raw, start, whole, r)
	if why == complete {
		if raw[start] != '{' {
			end, why = start, notObject
		} else if rest := skipSpace(raw, end); rest < len(raw) {
			end, why = rest, trailing
		}
	}
	if why != complete {
		return &SyntaxError{end, reasons[why]}
	}
	r.Raw = raw[start:end:end]
	return nil
}

// Repair gives raw with each run of invalid UTF-8 replaced by U+FFFD. Valid
// text is given back as it is.
func Repair(raw []byte) []byte {
	if utf8.Valid(raw) {
		return raw
	}
	return bytes.ToValidUTF8(raw, []byte("\uFFFD"))
}
