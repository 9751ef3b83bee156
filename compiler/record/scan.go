package record

import (
	"encoding/binary"
	"math/bits"
)

// MaxDepth is the deepest nesting of arrays and objects in a record, the
// record itself counted. Deeper text is an error.
const MaxDepth = 256

// reason says why a scan stopped. The zero value is a value read in full.
type reason uint8

const (
	complete    reason = iota
	short              // the text ends inside the value
	wrapped            // split and tail only: an array of records begins here
	wrappedNull        // split and tail only: behind such a member that is null
	badValue           // no value begins here
	badKey             // neither a key nor the object's end
	badColon           // no colon behind a key
	badInObject        // neither comma nor brace behind a member
	badInArray         // neither comma nor bracket behind an element
	badLiteral         // neither true, false nor null
	badNumber          // a number with a leading zero, or without digits
	badEscape          // an unknown escape
	badControl         // a control character inside a string
	tooDeep            // nesting beyond MaxDepth
	trailing           // something behind the value
	notObject          // a value, but no object
)

var reasons = [...]string{
	complete:    "no error",
	short:       "the text ends inside a value",
	wrapped:     "an array of records",
	wrappedNull: "null for an array of records",
	badValue:    "expected a value",
	badKey:      "expected a key",
	badColon:    "expected a colon behind the key",
	badInObject: "expected a comma or a closing brace",
	badInArray:  "expected a comma or a closing bracket",
	badLiteral:  "expected true, false or null",
	badNumber:   "malformed number",
	badEscape:   "unknown escape in a string",
	badControl:  "control character in a string",
	tooDeep:     "nested more than 256 levels deep",
	trailing:    "text behind the record",
	notObject:   "expected an object",
}

// What scan begins with and looks for.
const (
	whole = iota // a value
	split        // a value; stops at the Records of a top-level object
	tail         // the rest of an object behind a member, as split
)

// kinds tells a value's kind from its first byte.
var kinds = [256]Kind{
	'"': String, '{': Object, '[': Array, 't': Bool, 'f': Bool, 'n': Null, '-': Number,
	'0': Number, '1': Number, '2': Number, '3': Number, '4': Number,
	'5': Number, '6': Number, '7': Number, '8': Number, '9': Number,
}

// isWrapper reports whether a key leads to the records of a document: of a CloudTrail
// file, of the answer to GuardDuty's GetFindings, of a subscription of CloudWatch Logs,
// and of the answer to its FilterLogEvents.
func isWrapper(key []byte) bool {
	switch string(key) {
	case "Records", "Findings", "logEvents", "events":
		return true
	}
	return false
}

// scan reads one value from data[i:] and checks it against RFC 8259 in the same
// pass. Of an object it appends the members to rec, as far as it gets when it
// fails. It gives the offset behind the value, or the offset of what is wrong.
// Bytes above 0x7f in strings are not looked at; high tells whether there may be
// any.
//
// It is one flat machine, without recursion: a bit for each open container
// tells objects from arrays.
func scan(data []byte, i int, mode int, rec *Record) (end int, high bool, why reason) {
	var (
		open    [MaxDepth / 64]uint64
		depth   int
		object  bool // the innermost container is one
		key     []byte
		escaped bool   // key holds an escape
		from    int    // where the value of a top-level member begins
		name    int    // where the text of a key begins
		seen    uint64 // or of all string flags
		flags   uint64
		c       byte
		top     = rec.Members
	)
	if mode == tail {
		depth, object = 1, true
		open[0] = 1
		goto behind
	}

value:
	i, c = next(data, i)
	if depth == 1 && object {
		from = i
		if c == '[' && mode != whole && isWrapper(key) {
			return i, false, wrapped
		}
	}
	switch c {
	case '"':
		i, flags, why = skipString(data, i+1)
		seen |= flags
	case '{', '[':
		if depth == MaxDepth {
			return i, false, tooDeep
		}
		object = c == '{'
		open[depth>>6] &^= 1 << (depth & 63)
		if object {
			open[depth>>6] |= 1 << (depth & 63)
		}
		depth++
		i, c = next(data, i+1)
		switch {
		case c == '}' && object || c == ']' && !object:
			goto pop
		case object:
			goto member
		}
		goto value
	case 't', 'f', 'n':
		i, why = skipLiteral(data, i)
	default:
		i, why = skipNumber(data, i)
	}
	if why != complete {
		return i, false, why
	}

after: // a value has ended
	if depth <= 1 {
		if depth == 0 {
			rec.Members = top
			return i, seen&highBits != 0, complete
		}
		if object {
			top = append(top, Member{key, escaped, Value{kinds[data[from]], data[from:i:i]}})
			if data[from] == 'n' && mode != whole && isWrapper(key) {
				return i, false, wrappedNull
			}
		}
	}

behind:
	i, c = next(data, i)
	if c == ',' {
		if i++; !object {
			goto value
		}
		i, c = next(data, i)
		goto member
	}
	if object && c != '}' {
		return i, false, orShort(data, i, badInObject)
	}
	if !object && c != ']' {
		return i, false, orShort(data, i, badInArray)
	}

pop:
	i++
	if depth--; depth > 0 {
		object = open[(depth-1)>>6]>>((depth-1)&63)&1 != 0
	}
	goto after

member: // a key and its colon
	if c != '"' {
		return i, false, orShort(data, i, badKey)
	}
	name = i + 1
	if i, flags, why = skipString(data, name); why != complete {
		return i, false, why
	}
	seen |= flags
	if depth == 1 {
		key, escaped = data[name:i-1:i-1], flags&1 != 0
	}
	if i, c = next(data, i); c != ':' {
		return i, false, orShort(data, i, badColon)
	}
	i++
	goto value
}

// next gives the first byte from data[i] on that is no white space, and its
// offset; zero where the text ends, which is no byte of JSON either.
func next(data []byte, i int) (int, byte) {
	if i < len(data) && data[i] > ' ' {
		return i, data[i]
	}
	return nextSlow(data, i)
}

func nextSlow(data []byte, i int) (int, byte) {
	if i = skipSpace(data, i); i < len(data) {
		return i, data[i]
	}
	return i, 0
}

// orShort is why, unless the text has ended before it could be.
func orShort(data []byte, i int, why reason) reason {
	if i >= len(data) {
		return short
	}
	return why
}

// Words of eight equal bytes.
const (
	ones     = 0x0101010101010101
	highBits = 0x8080808080808080
)

// skipString gives the offset behind the quote that ends the string whose text
// begins at data[i]. Of flags, bit 0 tells that there is an escape, and the high
// bit of any byte that there may be bytes above 0x7f.
func skipString(data []byte, i int) (end int, flags uint64, why reason) {
	for {
		for i+8 <= len(data) {
			x := binary.LittleEndian.Uint64(data[i:])
			// A byte below 0x20 or a quote is below 0x21 once bit 1 is flipped.
			// The lowest bit set is exact; borrows reach only what lies above.
			m := ((x ^ 0x02*ones) - 0x21*ones) &^ x
			b := x ^ '\\'*ones
			m = (m | (b-ones)&^b) & highBits
			flags |= x & highBits
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		for {
			if i >= len(data) {
				return i, flags, short
			}
			c := data[i]
			if c == '"' {
				return i + 1, flags, complete
			}
			if c == '\\' {
				break
			}
			if c < ' ' {
				return i, flags, badControl
			}
			flags |= uint64(c & 0x80)
			i++
		}
		flags |= 1
		if i, why = skipEscape(data, i+1); why != complete {
			return i, flags, why
		}
	}
}

// skipEscape reads what follows a backslash.
func skipEscape(data []byte, i int) (int, reason) {
	if i >= len(data) {
		return i, short
	}
	switch data[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1, complete
	case 'u':
		for range 4 {
			if i++; i >= len(data) {
				return i, short
			}
			if hexDigits[data[i]] < 0 {
				return i, badEscape
			}
		}
		return i + 1, complete
	}
	return i, badEscape
}

// hexDigits gives the value of a hexadecimal digit, -1 for other bytes.
var hexDigits = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for i := range 10 {
		t['0'+i] = int8(i)
	}
	for i := range 6 {
		t['a'+i], t['A'+i] = int8(10+i), int8(10+i)
	}
	return t
}()

func skipLiteral(data []byte, i int) (int, reason) {
	word := "null"
	switch data[i] {
	case 't':
		word = "true"
	case 'f':
		word = "false"
	}
	for k := range len(word) {
		if i+k >= len(data) {
			return i + k, short
		}
		if data[i+k] != word[k] {
			return i + k, badLiteral
		}
	}
	return i + len(word), complete
}

// skipNumber reads a number. One that the text ends behind is complete: no
// record ends with a number.
func skipNumber(data []byte, i int) (int, reason) {
	if i >= len(data) || kinds[data[i]] != Number {
		return i, orShort(data, i, badValue)
	}
	if data[i] == '-' {
		i++
	}
	if i < len(data) && data[i] == '0' {
		i++
		if i < len(data) && isDigit(data[i]) {
			return i, badNumber
		}
	} else if end := skipDigits(data, i); end > i {
		i = end
	} else {
		return i, orShort(data, i, badNumber)
	}
	if i < len(data) && data[i] == '.' {
		end := skipDigits(data, i+1)
		if end == i+1 {
			return end, orShort(data, end, badNumber)
		}
		i = end
	}
	if i < len(data) && (data[i] == 'e' || data[i] == 'E') {
		i++
		if i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		end := skipDigits(data, i)
		if end == i {
			return end, orShort(data, end, badNumber)
		}
		i = end
	}
	return i, complete
}

func skipDigits(data []byte, i int) int {
	for i < len(data) && isDigit(data[i]) {
		i++
	}
	return i
}

func isDigit(c byte) bool { return c-'0' <= 9 }

// skipSpace gives the offset of the first byte that is no JSON white space.
func skipSpace(data []byte, i int) int {
	for i < len(data) {
		switch data[i] {
		case ' ', '\t', '\n', '\r':
			i++
		default:
			return i
		}
	}
	return i
}
