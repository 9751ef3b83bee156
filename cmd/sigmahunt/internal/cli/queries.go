package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// queryJSON is one query of compile --format json.
type queryJSON struct {
	RuleIDs []string   `json:"rule_ids"`
	Title   string     `json:"title"`
	Target  string     `json:"target"`
	Source  string     `json:"source"`
	Query   string     `json:"query"`
	Exact   bool       `json:"exact"`
	Reasons []diagJSON `json:"reasons,omitempty"` // why it is not: the conditions that were omitted or are supersets
	Bytes   int        `json:"bytes"`
	Table   string     `json:"table,omitempty"`
	Stages  bool       `json:"stages,omitempty"` // the query holds both stages of a correlation
	Rules   []ruleJSON `json:"rules"`            // what they say of themselves, in the order of rule_ids
}

func (a *app) writeQueries(list []written, o *compileOptions) error {
	files, err := o.render(list)
	if err != nil {
		return err
	}
	if o.dir != "" {
		return writeFiles(files, o.dir)
	}
	if o.format == formatJSON {
		queries := []queryJSON{}
		for _, w := range list {
			queries = append(queries, w.json())
		}
		return writeJSON(a.out, queries)
	}
	join := backends.Paragraphs
	if o.form.Join != nil {
		join = o.form.Join
	}
	texts := make([]string, len(files))
	for i, f := range files {
		texts[i] = f.text
	}
	if _, err := io.WriteString(a.out, join(texts)); err != nil {
		return &exitError{exitEngine, err}
	}
	return nil
}

func (w *written) json() queryJSON {
	j := queryJSON{
		Title: w.title(), Target: w.query.Target, Source: w.source(), Query: w.query.Text, Exact: w.exact(),
		Bytes: len(w.query.Text), Table: w.query.Table, Stages: w.stages,
	}
	for _, h := range w.headers() {
		j.RuleIDs = append(j.RuleIDs, h.Ref())
		j.Rules = append(j.Rules, metadata(h))
	}
	for _, d := range w.reasons {
		j.Reasons = append(j.Reasons, toJSON(d))
	}
	return j
}

// title names all rules of the query.
func (w *written) title() string {
	var titles []string
	for _, h := range w.headers() {
		titles = append(titles, h.Title)
	}
	return strings.Join(titles, "; ")
}

// outputFile is a file to be written.
type outputFile struct{ name, text string }

// render makes a file of each query, with a template where there is one. Names
// come from rule files and may be hostile, so only harmless characters of them
// are used, and none is taken twice.
func (o *compileOptions) render(list []written) ([]outputFile, error) {
	var t *queryTemplate
	if o.template != "" {
		var err error
		if t, err = readTemplate(o.template); err != nil {
			return nil, err
		}
	}
	var files []outputFile
	taken := map[string]bool{}
	for i := range list {
		w := &list[i]
		f := outputFile{o.name(w, taken), w.query.Text}
		switch {
		case t != nil:
			var err error
			if f.text, err = t.execute(w, f.name); err != nil {
				return nil, err
			}
			f.name += o.ending()
		case o.format == formatJSON:
			b, err := marshal(w.json())
			if err != nil {
				return nil, &exitError{exitInternal, err}
			}
			f = outputFile{f.name + ".json", string(b) + "\n"}
		case o.form.Extension != "":
			f.name += o.form.Extension
		default:
			f.name += o.engine.Language.Extension
		}
		files = append(files, f)
	}
	return files, nil
}

// name gives a query's file a name without its ending.
func (o *compileOptions) name(w *written, taken map[string]bool) string {
	if !o.fuse || w.of != nil {
		return fileName(w.headers()[0], taken)
	}
	for n := 1; ; n++ {
		if name := fmt.Sprintf("fused-%s-%d", w.query.Batch.Source.Name, n); !taken[name] {
			taken[name] = true
			return name
		}
	}
}

// extensions are the ends of names that cannot lead out of a folder.
var extensions = regexp.MustCompile(`^\.?[A-Za-z0-9]+(\.[A-Za-z0-9]+)*$`)

// ending gives what files made by the template end in: what the flag says, else
// what is left of the template's name without .tmpl.
func (o *compileOptions) ending() string {
	if o.extension != "" {
		return "." + strings.TrimPrefix(o.extension, ".")
	}
	if ext := filepath.Ext(strings.TrimSuffix(o.template, ".tmpl")); extensions.MatchString(ext) {
		return ext
	}
	return ".sql"
}

func writeFiles(files []outputFile, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return &exitError{exitEngine, err}
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.name), []byte(f.text), 0o644); err != nil {
			return &exitError{exitEngine, err}
		}
	}
	return nil
}

// device matches the names that Windows keeps for devices.
var device = regexp.MustCompile(`^(con|nul|prn|aux|com[0-9]|lpt[0-9])$`)

// fileName gives a rule's query a name from its file's, of lower-case letters,
// digits, hyphens and underscores.
func fileName(r *sigma.Header, taken map[string]bool) string {
	base := path.Base(strings.TrimPrefix(filepath.ToSlash(r.Source.Name), "pack:"))
	base = strings.TrimSuffix(base, path.Ext(base))
	clean := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
			return c
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		default:
			return '_'
		}
	}, base)
	if len(clean) > 100 {
		clean = clean[:100]
	}
	if clean == "" || clean[0] == '-' || device.MatchString(clean) {
		clean = "rule_" + clean
	}
	return unused(clean, taken)
}

// unused gives a name that is not taken, with a number where it must, and takes
// it. Names that differ by hyphens and underscores alone count as one, since
// templates turn hyphens into underscores where a language has none in names.
func unused(want string, taken map[string]bool) string {
	name, key := want, strings.ReplaceAll(want, "-", "_")
	for i := 2; taken[key]; i++ {
		name = fmt.Sprintf("%s-%d", want, i)
		key = strings.ReplaceAll(name, "-", "_")
	}
	taken[key] = true
	return name
}

func writeJSON(w io.Writer, v any) error {
	text, err := marshalIndent(v)
	if err == nil {
		_, err = w.Write(text)
	}
	if err != nil {
		return &exitError{exitEngine, errors.Join(errors.New("writing JSON"), err)}
	}
	return nil
}
