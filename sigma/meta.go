package sigma

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	sg "github.com/bradleyjkemp/sigma-go"
	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// Levels are the severities of a rule, mildest first.
var Levels = []string{"informational", "low", "medium", "high", "critical"}

var statuses = []string{"stable", "test", "experimental", "deprecated", "unsupported"}

var relations = []string{"derived", "obsolete", "merged", "renamed", "similar"}

// Lengths that the specification sets, in characters.
const (
	maxTitle       = 256
	maxDescription = 65_535
)

// header reads what every document has, and gives the entries that are left.
func (r *reader) header(root *yaml.Node) (h Header, rest []yamldoc.Entry) {
	h = Header{Source: r.Source, At: r.Span(root)}
	for _, e := range r.Mapping(root, 1) {
		if !r.headerKey(&h, e) {
			rest = append(rest, e)
		}
		if r.GaveUp() {
			return h, nil
		}
	}
	if strings.TrimSpace(h.Title) == "" {
		r.Diags.Errorf(diag.MissingTitle, h.At, "add a line such as title: What the rule finds", "the rule has no title")
	}
	return h, rest
}

// headerKey reads one key of the metadata, and reports whether it is one.
// Metadata that the specification forbids is kept and warned of: it changes no
// match. The level decides exit codes, so it must be right.
func (r *reader) headerKey(h *Header, e yamldoc.Entry) bool {
	switch e.Name {
	case "title":
		h.Title, h.At = r.Text(e), r.Span(e.Value)
		r.length(e, h.Title, maxTitle)
	case "id":
		h.ID = r.matching(e, uuid, "write a UUID such as 9b3c2e6a-4f1d-4c9e-8a57-0d2f6b1c3e4a")
	case "name":
		h.Name = r.Text(e)
	case "taxonomy":
		h.Taxonomy = r.Text(e)
	case "status":
		h.Status = r.OneOf(e, statuses, diag.Warning, diag.BadMetadata)
	case "level":
		h.Level = r.OneOf(e, Levels, diag.Error, diag.UnknownLevel)
	case "description":
		h.Description = r.Text(e)
		r.length(e, h.Description, maxDescription)
	case "author":
		h.Author = r.Text(e)
	case "date":
		h.Date = r.date(e)
	case "modified":
		h.Modified = r.date(e)
	case "license":
		h.License = r.Text(e)
	case "references":
		h.References = r.Texts(e)
	case "tags":
		h.Tags = r.tags(e)
	case "fields":
		h.Fields = r.Texts(e)
	case "falsepositives":
		h.FalsePositives = r.Texts(e)
	case "scope":
		h.Scope = r.Texts(e)
	case "related":
		r.related(h, e)
	default:
		return false
	}
	return true
}

// custom keeps a key that the specification does not know.
func (r *reader) custom(h *Header, e yamldoc.Entry) {
	if h.AdditionalFields == nil {
		h.AdditionalFields = map[string]any{}
	}
	h.AdditionalFields[e.Name] = r.Plain(e.Value, 2)
}

func (r *reader) length(e yamldoc.Entry, text string, most int) {
	if utf8.RuneCountInString(text) > most {
		r.Diags.Warnf(diag.BadMetadata, r.Span(e.Value), "shorten it", "%s is longer than %d characters", e.Name, most)
	}
}

var (
	uuid = regexp.MustCompile(`^(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	tag  = regexp.MustCompile(`^[a-z0-9_-]+\.[a-z0-9._-]+$`)
)

// matching reads a text that should have a form.
func (r *reader) matching(e yamldoc.Entry, form *regexp.Regexp, hint string) string {
	text := r.Text(e)
	if text != "" && !form.MatchString(text) {
		r.Diags.Warnf(diag.BadMetadata, r.Span(e.Value), hint, "%q is not the form of %s", text, e.Name)
	}
	return text
}

// date reads a day in ISO 8601, or as older rules write it.
func (r *reader) date(e yamldoc.Entry) string {
	text := r.Text(e)
	for _, layout := range []string{time.DateOnly, "2006/01/02"} {
		if _, err := time.Parse(layout, text); err == nil {
			return text
		}
	}
	if text != "" {
		r.Diags.Warnf(diag.BadMetadata, r.Span(e.Value), "write it as 2026-03-10", "%q is not a date", text)
	}
	return text
}

// tags reads tags, each a namespace and a name.
func (r *reader) tags(e yamldoc.Entry) []string {
	list := r.Texts(e)
	for _, t := range list {
		if !tag.MatchString(t) {
			r.Diags.Warnf(diag.BadMetadata, r.Span(e.Key), "write it as attack.t1098", "%q is not the form of a tag", t)
		}
	}
	return list
}

func (r *reader) related(h *Header, e yamldoc.Entry) {
	if e.Value.Kind != yaml.SequenceNode {
		r.Diags.Errorf(diag.WrongShape, r.Span(e.Value), "", "related must be a list of rules with id and type")
		return
	}
	for _, n := range e.Value.Content {
		if n = r.Follow(n, 2); n == nil {
			return
		}
		if n.Kind != yaml.MappingNode {
			r.Diags.Errorf(diag.WrongShape, r.Span(n), "", "an entry of related must hold id and type")
			continue
		}
		var rel sg.RelatedRule
		for _, part := range r.Mapping(n, 3) {
			switch part.Name {
			case "id":
				rel.ID = r.Text(part)
			case "type":
				rel.Type = r.OneOf(part, relations, diag.Warning, diag.BadMetadata)
			}
		}
		h.Related = append(h.Related, rel)
	}
}

func (r *reader) logsource(h *Header, e yamldoc.Entry) {
	h.LogsourceAt = r.Span(e.Key)
	if e.Value.Kind != yaml.MappingNode {
		r.Diags.Errorf(diag.WrongShape, r.Span(e.Value), "", "logsource must hold category, product or service")
		return
	}
	for _, part := range r.Mapping(e.Value, 2) {
		switch part.Name {
		case "category":
			h.Logsource.Category = r.Text(part)
		case "product":
			h.Logsource.Product = r.Text(part)
		case "service":
			h.Logsource.Service = r.Text(part)
			h.LogsourceAt = r.Span(part.Value)
		case "definition":
			h.Logsource.Definition = r.Text(part)
		default:
			if h.Logsource.AdditionalFields == nil {
				h.Logsource.AdditionalFields = map[string]any{}
			}
			h.Logsource.AdditionalFields[part.Name] = r.Plain(part.Value, 3)
		}
	}
}
