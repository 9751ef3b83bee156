package cli

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"text/template"
)

// Limits on templates, in bytes.
const (
	maxTemplate = 1 << 20
	maxOutput   = 64 << 20 // of all queries together
)

// templateData is what a template is given of a query.
type templateData struct {
	Query  string // the statement, with its comments
	Target string
	Source string
	Table  string // that the statement reads
	File   string // a name of lower-case letters, digits, hyphens and underscores
	Exact  bool   // the statement returns what the rules ask for, and no more
	Title  string // the rules' titles, joined
	Rules  []ruleJSON
	Rule   *ruleJSON // the one of Rules; nil where there are several, so that none stands for all
}

// queryTemplate is a template that the user gave.
type queryTemplate struct {
	name   string
	parsed *template.Template
	left   int // bytes that it may still write
}

// readTemplate reads the file that --template names.
func readTemplate(name string) (*queryTemplate, error) {
	src, err := readSource(name, maxTemplate)
	if err != nil {
		return nil, err
	}
	if len(src.Text) > maxTemplate {
		return nil, usage("%s is larger than %d MiB: that is no template", name, maxTemplate>>20)
	}
	parsed, err := template.New(name).Option("missingkey=error").Funcs(templateFuncs()).Parse(string(src.Text))
	if err != nil {
		return nil, templateError(err)
	}
	return &queryTemplate{name, parsed, maxOutput}, nil
}

// execute gives what the template makes of a query, whose file has a name.
func (t *queryTemplate) execute(w *written, file string) (string, error) {
	data := templateData{
		Query: w.query.Text, Target: w.query.Target, Source: w.source(), Table: w.query.Table,
		File: file, Exact: w.exact(), Title: w.title(),
	}
	for _, h := range w.headers() {
		data.Rules = append(data.Rules, metadata(h))
	}
	if len(data.Rules) == 1 {
		data.Rule = &data.Rules[0]
	}
	out := &boundedText{left: &t.left}
	if err := t.parsed.Execute(out, data); err != nil {
		if errors.Is(err, errFull) {
			return "", usage("%s: at %s %w: compile fewer rules at a time", t.name, file, err)
		}
		return "", templateError(err)
	}
	return out.text.String(), nil
}

// hints say what to do about an error of text/template, by words that are in it.
var hints = []struct{ words, hint string }{
	{"function \"", "there are text/template's functions, sprig's that look at nothing but their arguments, and those that compile --help names"},
	{"nil pointer evaluating *cli.ruleJSON", "a fused statement has several rules: use .Title, or range over .Rules"},
	{"can't evaluate field", "compile --help names what a template is given"},
	{"map has no entry", "ask hasKey first, or use dig with a value to fall back on"},
	{"error calling", "give the function what it takes"},
}

// templateError gives an error of text/template, which names file and line, and
// what to do.
func templateError(err error) error {
	text := strings.TrimPrefix(err.Error(), "template: ")
	for _, h := range hints {
		if strings.Contains(text, h.words) {
			return usage("%s: %s", text, h.hint)
		}
	}
	return usage("%s: see pkg.go.dev/text/template for how templates are written", text)
}

var errFull = fmt.Errorf("the output is more than %d MiB", maxOutput>>20)

// boundedText keeps what is written to it, as long as something is left.
type boundedText struct {
	text bytes.Buffer
	left *int
}

func (b *boundedText) Write(p []byte) (int, error) {
	if len(p) > *b.left {
		return 0, errFull
	}
	*b.left -= len(p)
	return b.text.Write(p)
}
