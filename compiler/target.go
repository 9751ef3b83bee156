package compiler

import "github.com/sigmahunt/sigmahunt/compiler/schema"

// Target is what an engine can say: one row for each way in which engines
// differ. Every engine fills it completely in its target.go; legalize and fuse
// read it, and nobody asks for an engine's name.
type Target struct {
	Name  string // as in -t NAME
	Title string // for people

	Language    Language     // what the query is written in
	Nulls       Nulls        // what NOT makes of a missing field
	Fold        Fold         // how text is compared without regard to case
	Glob        Support      // wildcards inside a text
	Regexp      RegexpSyntax // which regular expressions
	CIDR        Families     // which address families can be held against a prefix
	Numbers     Support      // exact comparison of numbers of any size
	Numerals    Numerals     // how a number in the place of a declared text is compared
	TimeParts   Support      // minute to year of a time
	Arrays      ArrayReach   // how far a path fans out through arrays
	JSON        JSONReading  // how values inside a JSON field are spelled
	StructText  Support      // the text of a whole declared struct
	Presence    Presence     // whether null and absent can be told apart
	FieldEq     Support      // two fields of one event against each other
	Keywords    Support      // a search of the whole event
	Correlation Correlating  // the events of several rules, or several events, together
	Identity    Support      // the id of an event whose source has none, a hash of its text
	TimeFilter  TimeFilter   // where the window goes
	Partitions  Partitioning // what a query must say to read less
	Sources     Sources      // how many sources one query can read
	Attribution Attribution  // how a fused query tells which rules a row matched
	Limits      Limits       // what the engine refuses

	// Says reports how well the engine supports a leaf where no row above decides
	// it: Exact, Covers or Widens, and for the latter two the reason, which is a
	// clause such as "userAgent is not indexed". nil: it supports all.
	Says func(Pred) (s Support, reason string)

	// Clauses counts what a legal condition takes of Limits.Clauses; nil where that
	// is zero.
	Clauses func(Pred) int

	// Groups tells, of InTwoStages, whether the engine can count events by a
	// field, so that those of one value are counted together, and none that has
	// a value is left out; of the time of a source, whether it can put events
	// into cells of time. nil: of none.
	Groups func(schema.Path) bool

	// Layouts are the tables the engine reads, by source name; a source that
	// is not in it is read as the schema has it.
	Layouts map[string]*schema.Layout
}

// Language is a query language.
type Language int

// The languages.
const (
	NoLanguage Language = iota + 1 // the engine evaluates plans itself
	DuckDBSQL
	TrinoSQL
	OpenSearchDSL
)

// Nulls is an engine's logic.
type Nulls int

// The logics: two-valued, or SQL's three-valued one, where the operand of NOT
// must be guarded.
const (
	TwoValued Nulls = iota + 1
	ThreeValued
)

// Fold is how an engine lower-cases.
type Fold int

// The foldings. FoldAlmost is exact but for U+0130, which the engine takes for
// an i; rows that hold it must be finished by the evaluator.
const (
	FoldExact Fold = iota + 1
	FoldAlmost
)

// Support says how well an engine can say a thing.
type Support int

// The degrees. Widens means: only as a superset, which the evaluator finishes.
// Refused means a diagnostic. ExactDeclared is exact over fields that the schema
// declares as what is asked for, and widens over others. Covers means that what
// the engine says is a superset itself, which the evaluator finishes.
const (
	Exact Support = iota + 1
	Widens
	Refused
	ExactDeclared
	Covers
)

// Numerals is how an engine compares a number that an event has where the schema
// declares a text.
type Numerals int

// The ways. BySpelling means as a text, spelled as the event has it or as the engine
// does; a leaf that can tell two spellings of a number apart is announced.
const (
	ByValue Numerals = iota + 1
	BySpelling
)

// Correlating is how episodes come about.
type Correlating int

// The ways, all of them exact. OfRows: the evaluator makes them of the rows that
// the queries of the base rules return. InOneQuery: a statement holds the base
// rules and the correlation, and returns episodes. InTwoStages: a first query
// finds the groups and times that may hold one, a second fetches the events of
// those, and the evaluator makes episodes of them.
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
	Lucene              // automata over whole texts, as Says tells
)

// Families is a set of address families.
type Families int

// The sets.
const (
	NoFamily Families = iota + 1
	IPv4Only
	IPv4AndIPv6
)

// ArrayReach is how deep arrays directly inside arrays may nest for a path to
// fan out through them.
type ArrayReach int

// The reaches.
const (
	AnyDepth ArrayReach = iota + 1
	ThreeDeep
	TwoDeep
)

// JSONReading is how an engine reads a field of JSON.
type JSONReading int

// The ways. Respelled means: numbers and escapes as the table's reader writes
// them, and a text that holds JSON like that JSON. AsMapped means as an index
// holds them, if it does: Says tells.
const (
	AsStored JSONReading = iota + 1
	Respelled
	AsMapped
)

// Presence is what an engine knows of keys.
type Presence int

// The degrees of knowledge.
const (
	NullApart       Presence = iota + 1 // null and absent differ
	NullIsAbsent                        // they do not: exists reads "is not null"
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

// Partitioning is what the layout of a table wants a query to name.
type Partitioning int

// The ways.
const (
	NoPartitions Partitioning = iota + 1
	ByLayout
)

// Attribution is how a row of a fused query tells its rules.
type Attribution int

// The ways.
const (
	ByQuery     Attribution = iota + 1 // the row lists them
	ByEvaluator                        // the evaluator holds the row against each rule
)

// Sources is how many sources one query reads.
type Sources int

// The numbers.
const (
	OneSource Sources = iota + 1
	AllSources
)

// Limits are what an engine refuses to take. Zero means none known.
type Limits struct {
	QueryBytes int
	Batch      int // rules in one query
	Tests      int // predicates in one query of several rules
	Clauses    int // of one query, as Target.Clauses counts them; parts of a rule that has more are left to the evaluator
	RuleTests  int // predicates of one rule; what has more is finished by the evaluator
}
