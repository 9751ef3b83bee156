package compiler

import "github.com/sigmahunt/sigmahunt/compiler/schema"

// Target is what an engine supports: one row for each way in which engines
// differ. Every engine fills it completely in its target.go. Legalize and Fuse
// read it; no code compares an engine's name.
type Target struct {
	Name  string // as in -t NAME
	Title string // for people

	Glob        Support      // wildcards inside a text
	Regexp      RegexpSyntax // which regular expressions
	CIDR        Families     // the address families of networks
	Numbers     Support      // exact comparison of numbers of any size
	Numerals    Numerals     // how a number in the place of a declared text is compared
	TimeParts   Support      // minute to year of a time
	JSON        JSONReading  // how values inside a JSON field are spelled
	StructText  Support      // the text of a whole declared struct
	Presence    Presence     // whether null and absent differ
	FieldEq     Support      // two fields of one event against each other
	Keywords    Support      // a search of the whole event
	Correlation Correlating  // the events of several rules, or several events, together
	Identity    Support      // the id of an event whose source has none, a hash of its text
	TimeFilter  TimeFilter   // where the window goes
	Sources     Sources      // how many sources one query can read
	Attribution Attribution  // how a row of a fused query names its rules
	Limits      Limits       // what the engine rejects

	// LeafSupport reports how well the engine supports a leaf where no row above decides
	// it: Exact, Superset or Omitted, and for the latter two the reason, a clause such
	// as "userAgent is not indexed". nil: it supports every leaf.
	LeafSupport func(Pred) (s Support, reason string)

	// Clauses counts what a legal condition takes of Limits.Clauses; nil where that
	// is zero.
	Clauses func(Pred) int

	// Groups reports, for InTwoStages, whether the engine can count events by a
	// field: events of one value are counted together, and none that has a value is
	// omitted. For the time of a source it reports whether the engine can count
	// events by ranges of time. nil: for no field.
	Groups func(schema.Path) bool

	// Layouts are the tables the engine reads, by source name; a source that
	// is not in it is read as the schema has it.
	Layouts map[string]*schema.Layout
}

// Support is how well an engine supports something.
type Support int

// The degrees. Omitted: the condition is left out of the query, which then returns
// extra events, and the evaluator filters them. Superset: the condition is in the
// query and matches extra events, which the evaluator filters. Unsupported: the rule
// is rejected. ExactDeclared: Exact over fields that the schema declares with the
// type in question, Omitted over others.
const (
	Exact Support = iota + 1
	Omitted
	Unsupported
	ExactDeclared
	Superset
)

// Numerals is how an engine compares a number that an event has where the schema
// declares a text.
type Numerals int

// The ways. BySpelling: as a text, spelled as in the event or by the engine. A leaf
// for which two spellings of a number differ gets a note.
const (
	ByValue Numerals = iota + 1
	BySpelling
)

// Correlating is how an engine correlates.
type Correlating int

// The ways, all of them exact. OfRows: the evaluator correlates the rows that the
// queries of the base rules return. InOneQuery: one statement holds the base rules
// and the correlation, and returns episodes. InTwoStages: a first query finds the
// groups and times that may hold an episode, a second fetches their events, and the
// evaluator correlates them.
const (
	NoCorrelation Correlating = iota + 1
	OfRows
	InOneQuery
	InTwoStages
)

// RegexpSyntax is an engine's flavour of regular expressions.
type RegexpSyntax int

// The flavours.
const (
	RE2    RegexpSyntax = iota + 1
	Joni                // Java syntax, backtracking; flags inline
	Lucene              // automata over whole texts; LeafSupport decides
)

// Families is a set of address families.
type Families int

// The sets.
const (
	NoFamily Families = iota + 1
	IPv4Only
	IPv4AndIPv6
)

// JSONReading is how an engine reads a field of JSON.
type JSONReading int

// The ways. Respelled: numbers and escapes as the table's reader writes them, and a
// text that holds JSON is read as that JSON. AsMapped: as an index holds them;
// LeafSupport decides.
const (
	AsStored JSONReading = iota + 1
	Respelled
	AsMapped
)

// Presence is how an engine distinguishes null from absent.
type Presence int

// The degrees.
const (
	NullApart       Presence = iota + 1 // null and absent differ
	NullIsAbsent                        // they do not: exists means "is not null"
	NullApartInJSON                     // they differ inside columns of JSON alone
	EmptyIsAbsent                       // null and [] are as if absent
)

// TimeFilter is how a query is bound to a window.
type TimeFilter int

// The ways.
const (
	NoTimeFilter TimeFilter = iota + 1
	TimePredicate
)

// Attribution is how a row of a fused query names its rules.
type Attribution int

// The ways.
const (
	ByQuery     Attribution = iota + 1 // the row lists them
	ByEvaluator                        // the evaluator evaluates each rule on the row
)

// Sources is how many sources one query reads.
type Sources int

// The numbers.
const (
	OneSource Sources = iota + 1
	AllSources
)

// Limits are the largest queries of an engine. Zero means that no limit is known.
type Limits struct {
	QueryBytes int
	Batch      int // rules in one query
	Tests      int // predicates in one query of several rules
	Clauses    int // of one query, as Target.Clauses counts them; parts of a rule that has more are left to the evaluator
	RuleTests  int // predicates of one rule; what has more is finished by the evaluator
}
