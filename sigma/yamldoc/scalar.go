package yamldoc

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Kind is what a scalar is by the YAML 1.2 core schema.
type Kind int

// The kinds of scalars.
const (
	String Kind = iota + 1
	Number
	Bool
	Null
)

// Scalar is one scalar of a document, as written.
type Scalar struct {
	Kind Kind
	Text string // the scalar's text; for numbers the raw spelling
	At   diag.Span
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// Scalar reads a scalar by the YAML 1.2 core schema from its raw text.
func (r *Reader) Scalar(n *yaml.Node) (Scalar, bool) {
	v := Scalar{Kind: String, Text: n.Value, At: r.Span(n)}
	tag := ""
	if n.Style&yaml.TaggedStyle != 0 {
		tag = n.Tag
	}
	if quoted := n.Style&^yaml.TaggedStyle != 0; tag == "!!str" || tag == "" && quoted {
		return v, true
	}
	switch n.Value {
	case "", "~", "null", "Null", "NULL":
		v.Kind = Null
	case "true", "True", "TRUE", "false", "False", "FALSE":
		v.Kind, v.Text = Bool, strings.ToLower(n.Value)
	case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN":
		r.Diags.Errorf(diag.NotANumber, v.At, "put it in quotes if the text is meant", "%s is not a value a rule can compare with", n.Value)
		return v, false
	default:
		if jsonNumber.MatchString(n.Value) {
			v.Kind = Number
		}
	}
	if tag != "" && tags[tag] != v.Kind {
		r.Diags.Errorf(diag.WrongShape, v.At, "remove the tag", "the tag %s does not fit this value", tag)
		return v, false
	}
	return v, true
}

// tags are YAML's own tags for what a rule's scalars can be.
var tags = map[string]Kind{"!!int": Number, "!!float": Number, "!!bool": Bool, "!!null": Null}
