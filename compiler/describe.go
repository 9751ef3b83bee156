package compiler

import (
	"fmt"
	"strconv"
)

// Row is one line of the table of targets.
type Row struct{ Name, Meaning, Value string }

// Rows gives a target's table, for people.
func (t *Target) Rows() []Row {
	return []Row{
		{"glob", "wildcards inside a text", t.Glob.String()},
		{"regexp", "which regular expressions", t.Regexp.String()},
		{"cidr", "networks that can be asked for", t.CIDR.String()},
		{"numbers", "exact comparison of numbers of any size", t.Numbers.String()},
		{"numerals", "numbers in the place of declared texts", t.Numerals.String()},
		{"time-parts", "minute to year of a time", t.TimeParts.String()},
		{"json", "values inside JSON", t.JSON.String()},
		{"struct-text", "the text of a whole declared struct", t.StructText.String()},
		{"presence", "whether null and absent differ", t.Presence.String()},
		{"field-eq", "two fields against each other", t.FieldEq.String()},
		{"keywords", "a search of the whole event", t.Keywords.String()},
		{"correlation", "events seen together", t.Correlation.String()},
		{"identity", "the id of an event whose source has none", t.Identity.String()},
		{"time-filter", "how a query is bound to a window", t.TimeFilter.String()},
		{"sources", "sources that one query reads", t.Sources.String()},
		{"attribution", "how a row names its rules", t.Attribution.String()},
		{"query-bytes", "longest query", limit(t.Limits.QueryBytes)},
		{"batch", "rules in one query", limit(t.Limits.Batch)},
		{"tests", "predicates in one query of several rules", limit(t.Limits.Tests)},
		{"clauses", "clauses of one query, as its engine counts them", limit(t.Limits.Clauses)},
		{"rule-tests", "predicates of one rule", limit(t.Limits.RuleTests)},
	}
}

func limit(n int) string {
	if n == 0 {
		return "no limit"
	}
	return strconv.Itoa(n)
}

// word gives the name of an enum's value; names start at one, as the enums do.
func word(v int, names ...string) string {
	if v < 1 || v > len(names) {
		return fmt.Sprintf("undecided(%d)", v)
	}
	return names[v-1]
}

// String gives the degree's name.
func (v Support) String() string {
	return word(int(v), "exact", "superset, filtered by scan", "unsupported", "exact over declared fields, else a superset", "superset of its own, filtered by scan")
}

// String gives the way in words.
func (v Numerals) String() string { return word(int(v), "by value", "by their spelling") }

// String gives the way in words.
func (v Correlating) String() string {
	return word(int(v), "unsupported", "by the evaluator over the rows of the base rules", "in one query", "in two stages, filtered by scan")
}

// String gives the flavour's name.
func (v RegexpSyntax) String() string {
	return word(int(v), "RE2", "Joni, no nested repetition", "Lucene, within its limits")
}

// String gives the families' names.
func (v Families) String() string { return word(int(v), "none", "IPv4", "IPv4 and IPv6") }

// String gives the way in words.
func (v JSONReading) String() string {
	return word(int(v), "as stored", "as the table's reader spells them", "as the index maps them, if it does")
}

// String gives the degree of knowledge in words.
func (v Presence) String() string {
	return word(int(v), "they differ", "they do not: exists is \"not null\"", "they differ inside JSON alone", "null and [] are as absent: exists is \"not null\"")
}

// String gives the way in words.
func (v TimeFilter) String() string { return word(int(v), "none", "predicate") }

// String gives the number in words.
func (v Sources) String() string { return word(int(v), "one", "all") }

// String gives the way in words.
func (v Attribution) String() string { return word(int(v), "by the query", "by the evaluator") }
