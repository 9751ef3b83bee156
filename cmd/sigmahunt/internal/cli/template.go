package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"

	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Limits on templates, in bytes.
const (
	maxTemplate = 1 << 20
	maxOutput   = 64 << 20 // of one execution
)

// templateData is what a template is given of a query.
type templateData struct {
	Query  string // the statement, with its comments
	Target string
	Source string
	Table  string // that the statement reads
	File   string // a name of lower-case letters, digits, hyphens and underscores
	Exact  bool   // the statement returns what the rules ask for, and no more
	Rule   ruleJSON
	Rules  []ruleJSON // Rule is the first of them
}

// impure are the functions of sprig's hermetic set that still look at the clock,
// or give something else each time.
var impure = []string{
	"ago", "bcrypt", "decryptAES", "derivePassword", "encryptAES", "genCA", "genCAWithKey", "genPrivateKey", "genSelfSignedCert",
	"genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey", "htpasswd", "buildCustomCert", "shuffle",
}

// templateFuncs are sprig's functions that give the same for the same input, and
// quoting for the places that queries go to.
func templateFuncs() template.FuncMap {
	funcs := sprig.HermeticTxtFuncMap()
	for _, name := range impure {
		delete(funcs, name)
	}
	funcs["sqlString"] = func(s string) string { return sqlgen.Str(s).String() }
	funcs["sqlName"] = func(s string) string { return sqlgen.Ident(s).String() }
	funcs["comment"] = diag.Printable
	funcs["jsonString"] = jsonString
	funcs["yamlString"] = jsonString // JSON's texts are YAML's too
	funcs["hclString"] = hclString
	funcs["jinja"] = jinja
	return funcs
}

func jsonString(s string) (string, error) {
	b, err := marshal(s)
	return string(b), err
}

// hclString writes a text as Terraform reads it, interpolation and directives
// taken off.
func hclString(s string) string {
	var out strings.Builder
	out.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			out.WriteString(`\` + string(r))
		case r == '\n':
			out.WriteString(`\n`)
		case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0:
			fmt.Fprintf(&out, `\u%04x`, r)
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			out.WriteString(string(r) + string(r))
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
	return out.String()
}

var jinjaOpenings = strings.NewReplacer("{{", "{{ '{{' }}", "{%", "{{ '{%' }}", "{#", "{{ '{#' }}")

// jinja writes a text so that Jinja, as in dbt, gives the text.
func jinja(s string) string { return jinjaOpenings.Replace(s) }

// readTemplate reads the file that --template names.
func readTemplate(name string) (*template.Template, error) {
	src, err := readSource(name, maxTemplate)
	if err != nil {
		return nil, err
	}
	if len(src.Text) > maxTemplate {
		return nil, usage("%s is larger than %d MiB: that is no template", name, maxTemplate>>20)
	}
	t, err := template.New(name).Option("missingkey=error").Funcs(templateFuncs()).Parse(string(src.Text))
	if err != nil {
		return nil, usage("%s", strings.TrimPrefix(err.Error(), "template: "))
	}
	return t, nil
}

// execute gives what a template makes of a query.
func execute(t *template.Template, w *written, file string) (string, error) {
	data := templateData{
		Query: w.query.Text, Target: w.query.Target, Source: w.query.Batch.Source.Name, Table: w.query.Table,
		File: file, Exact: w.exact(),
	}
	for _, p := range w.plans {
		data.Rules = append(data.Rules, metadata(p.Rule))
	}
	data.Rule = data.Rules[0]
	out := &boundedText{}
	if err := t.Execute(out, data); err != nil {
		return "", usage("%s", strings.TrimPrefix(err.Error(), "template: "))
	}
	return out.text.String(), nil
}

// boundedText keeps what is written to it, up to a limit.
type boundedText struct{ text strings.Builder }

func (b *boundedText) Write(p []byte) (int, error) {
	if b.text.Len()+len(p) > maxOutput {
		return 0, errors.New("the template writes more than 64 MiB for one query")
	}
	return b.text.Write(p)
}

// extension gives what files made by a template end in: what is left of its
// name without .tmpl.
func extension(name string) string {
	if ext := filepath.Ext(strings.TrimSuffix(name, ".tmpl")); ext != "" {
		return ext
	}
	return ".sql"
}
