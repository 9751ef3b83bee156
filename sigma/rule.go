package sigma

import (
	"strings"

	sg "github.com/bradleyjkemp/sigma-go"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// Header is what every document says of itself. The embedded type holds the
// metadata that sigma-go knows and the logsource; its Detection stays empty.
type Header struct {
	sg.Rule
	Name           string // unique name that correlations and filters may refer to
	Taxonomy       string // of the field names; empty: sigma
	Date           string
	Modified       string
	License        string
	Fields         []string // fields an analyst wants to see
	FalsePositives []string
	Scope          []string // hosts and roles that the rule is meant for

	Source      *diag.Source
	At          diag.Span // the title
	LogsourceAt diag.Span
}

// Ref is what a person calls the document: its id, else its name, else its
// title.
func (h *Header) Ref() string {
	for _, s := range []string{h.ID, h.Name} {
		if s != "" {
			return s
		}
	}
	return h.Title
}

// Rule is one detection rule.
type Rule struct {
	Header
	Detection Detection
	Filters   []*Filter // that apply to it; each must hold too
	Base      bool      // correlations alone report its events
	Values    Values    // of the placeholders in it and in its filters
}

// Values are what placeholders stand for, by name: texts as a rule would write
// them, wildcards and escapes included. A name with no values is as good as
// none.
type Values map[string][]string

// Detection is the rule's searches in the order of the file, and its
// conditions, of which any suffices.
type Detection struct {
	Searches   []Search
	Conditions []Condition
}

// Search is a named part of a detection: alternatives, of which any suffices.
type Search struct {
	Name string
	At   diag.Span
	Of   []Alternative
}

// Alternative is a map of a search, or one keyword of a list: items that must
// all hold.
type Alternative []Item

// Item is a field with its modifiers and values. The embedded matcher holds the
// field (empty for keywords) and the modifiers as written; its Values are
// shadowed by ours.
type Item struct {
	sg.FieldMatcher
	At         diag.Span   // the field's name
	ModifierAt []diag.Span // as long as Modifiers
	Values     []Value
	ValuesAt   diag.Span
}

// Has reports whether the item carries a modifier.
func (it *Item) Has(modifier string) bool {
	for _, m := range it.Modifiers {
		if m == modifier {
			return true
		}
	}
	return false
}

// Value is one scalar of a rule, as written.
type Value = yamldoc.Scalar

// The kinds of values.
const (
	String = yamldoc.String
	Number = yamldoc.Number
	Bool   = yamldoc.Bool
	Null   = yamldoc.Null
)

// Condition is one condition: the text, and its tree in sigma-go's types.
type Condition struct {
	Expr sg.SearchExpr
	Text string
	At   diag.Span
}

// Search gives the search of that exact name, or nil.
func (d *Detection) Search(name string) *Search {
	for i := range d.Searches {
		if d.Searches[i].Name == name {
			return &d.Searches[i]
		}
	}
	return nil
}

// Select gives the searches that a selector names: "them" stands for all, * for
// any run of characters. Names that begin with an underscore are left out
// unless the pattern begins with one (Sigma specification 2.1, "Condition").
func (d *Detection) Select(pattern string) []*Search {
	if pattern == "them" {
		pattern = "*"
	}
	var found []*Search
	for i := range d.Searches {
		s := &d.Searches[i]
		if s.Name[0] == '_' && pattern[0] != '_' {
			continue
		}
		if matchStar(pattern, s.Name) {
			found = append(found, s)
		}
	}
	return found
}

// matchStar matches a name against a pattern in which * is any run.
func matchStar(pattern, name string) bool {
	star, mark := -1, 0
	p, n := 0, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, n
			p++
		case p < len(pattern) && pattern[p] == name[n]:
			p++
			n++
		case star >= 0:
			mark++
			p, n = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// Techniques gives the ATT&CK techniques as MITRE writes them: T1098.001.
func (h *Header) Techniques() []string {
	var list []string
	for _, tag := range h.Tags {
		name, ok := strings.CutPrefix(tag, "attack.")
		if ok && len(name) > 1 && name[0] == 't' && name[1] >= '0' && name[1] <= '9' {
			list = append(list, strings.ToUpper(name))
		}
	}
	return list
}
