// Package record reads one event's JSON the way every engine of this project
// reads it: as raw text with a validated structure, never as a tree of maps.
//
// A Record is the event as stored. Its leaves are found by walking the raw
// text, so nothing is lost on the way: key order, number spelling and escapes
// are those of the log file. The package is the lowest of the tree; it knows
// neither rules nor schemas.
package record

// Kind is the JSON kind of a value, told from its first byte.
type Kind uint8

// The kinds. The zero value marks a value that is absent.
const (
	Absent Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// Value is one JSON value inside a record: its kind and its text without
// surrounding white space. The text aliases the record's buffer.
type Value struct {
	Kind Kind
	Raw  []byte
}

// Member is one key with its value at the top level of a record. Key is the
// text between the quotes; Escaped tells that it holds a backslash and must be
// unescaped before it is compared.
type Member struct {
	Key     []byte
	Escaped bool
	Value   Value
}

// Record is one event: the text of a JSON object and its top-level members in
// stored order. Raw and Members alias the reader's buffer and are valid until
// the reader is asked for the next record.
type Record struct {
	Raw     []byte
	Members []Member
}
