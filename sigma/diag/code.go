package diag

// Code names a kind of diagnostic. Codes are stable: SIG1xx are about the text
// of a rule, SIG2xx about its meaning on a source, SIG3xx about what an engine
// can say.
type Code string

// The codes of a rule's text.
const (
	Syntax            Code = "SIG101" // the text is not YAML
	DuplicateKey      Code = "SIG102" // a key appears twice in one mapping
	BadKey            Code = "SIG103" // a key is no scalar
	WrongShape        Code = "SIG104" // a value has the wrong shape
	MissingTitle      Code = "SIG105" // the rule has no title
	UnknownLevel      Code = "SIG106" // the level is none of the five
	MissingDetection  Code = "SIG107" // no detection, or one without searches
	EmptySearch       Code = "SIG108" // a search or an item holds nothing
	MapValue          Code = "SIG109" // a mapping where a value is meant
	NotANumber        Code = "SIG110" // inf and nan are no values
	NullKeyword       Code = "SIG111" // a keyword cannot be null
	UndefinedSearch   Code = "SIG112" // a condition names no search
	EmptySelector     Code = "SIG113" // a selector selects nothing
	BadCondition      Code = "SIG114" // a condition cannot be read
	BadQuantifier     Code = "SIG115" // a quantifier other than 1, any, all
	UnknownModifier   Code = "SIG116" // a modifier does not exist
	BadChain          Code = "SIG117" // modifiers that do not go together
	BadValue          Code = "SIG118" // a value that the modifier cannot take
	BadRegexp         Code = "SIG119" // a regular expression that cannot be read
	RegexpUnsupported Code = "SIG120" // lookaround or back-reference
	BadCIDR           Code = "SIG121" // not a network
	HostBits          Code = "SIG122" // a network with host bits set
	ShortBase64       Code = "SIG123" // too short for base64offset
	Placeholder       Code = "SIG124" // a placeholder without values
	TooLarge          Code = "SIG125" // beyond a limit
	MissingCondition  Code = "SIG126" // the detection has no condition
	BadAction         Code = "SIG127" // an action of the old multi-document form that cannot be done
	MissingLogsource  Code = "SIG128" // the rule has no logsource
	Aggregation       Code = "SIG129" // the old pipe aggregation or timeframe
	UnusedSearch      Code = "SIG130" // a search that no condition names
	BadMetadata       Code = "SIG131" // metadata that the specification does not know
	NeedlessAll       Code = "SIG132" // all over a single value
	BadCorrelation    Code = "SIG133" // a correlation that cannot be read
	BadTimespan       Code = "SIG134" // a timespan that is none
	BadReference      Code = "SIG135" // a reference to no rule, or to several
	CircularReference Code = "SIG136" // correlations that refer to each other in a circle
	BadAlias          Code = "SIG137" // an alias that does not fit the correlated rules
	BadFilter         Code = "SIG138" // a filter that cannot be read
	IdleFilter        Code = "SIG139" // a filter that applies to no rule
	BadValues         Code = "SIG140" // a list of placeholders' values that cannot be read
	BadPipeline       Code = "SIG141" // a pipeline that cannot be read
	UnknownStep       Code = "SIG142" // a pipeline's transformation or condition that is not known
	PipelineRefused   Code = "SIG143" // a rule that a pipeline refuses or cannot change
	ComparedList      Code = "SIG144" // a comparison with a list of numbers
)

// The codes of a rule's meaning on a source.
const (
	UnknownField  Code = "SIG201" // the source has no such field
	UnknownSource Code = "SIG202" // no source for the logsource
	NeverTrue     Code = "SIG203" // the rule can match no event
	DuplicateID   Code = "SIG204" // two rules with one id
)

// The codes of an engine.
const (
	Unsupported  Code = "SIG301" // the engine does not support it
	Superset     Code = "SIG302" // the query returns extra events, which scan filters
	ReadAs       Code = "SIG303" // the engine compares it in a slightly different way
	QueryTooLong Code = "SIG304" // longer than the engine takes
	NoColumn     Code = "SIG305" // the table's layout has no such column
	BadLayout    Code = "SIG306" // a table layout that cannot be read
)
