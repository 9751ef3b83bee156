package compiler

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/diag/diagtest"
)

// strictTarget is an engine that can say little, so that the examples of SIG3xx
// have something to be refused by.
func strictTarget() *Target {
	t := plainTarget()
	t.Name, t.Title = "strict", "Strict"
	t.Numbers, t.Regexp, t.CIDR, t.Presence, t.StructText, t.Keywords = Omitted, Joni, IPv4Only, NullIsAbsent, Unsupported, Unsupported
	t.Layouts = map[string]*schema.Layout{"cloudtrail": {Name: "projection", Source: schema.CloudTrail, Columns: schema.TableColumns(schema.CloudTrail.Fields, "", []string{"managementEvent", "eventContext", "insightDetails"})}}
	return t
}

// diagnose sends a source through every phase.
func diagnose(src *diag.Source) diag.List {
	doc, diags := sigma.Parse(src)
	pack := sigma.Join(&sigma.Pack{Document: doc, Files: 1, Diags: diags})
	plans, compiled := CompileAll(pack.Rules, schema.ForLogsource)
	all := append(pack.Diags, compiled...)
	for _, c := range pack.Correlations {
		all = append(all, CheckCorrelation(c, schema.ForLogsource)...)
	}
	for _, p := range plans {
		_, legalized := Legalize(p, strictTarget())
		all = append(all, legalized...)
	}
	return all
}

func TestDiagnosticsByExample(t *testing.T) {
	examples, err := diagtest.Read(os.DirFS("testdata/diagnostics"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range examples {
		t.Run(e.Source.Name, func(t *testing.T) {
			got := diagnose(e.Source)
			for _, d := range e.Differences(got) {
				t.Errorf("%s", d)
			}
			if !slices.ContainsFunc(got, func(d diag.Diagnostic) bool { return d.Code == e.Code() }) {
				t.Errorf("nothing of %s", e.Code())
			}
		})
	}
}

// notByARule are the codes that no rule file alone can cause.
var notByARule = map[diag.Code]string{
	diag.NeverTrue:    "nothing that the loader takes is false whatever the event holds",
	diag.QueryTooLong: "said by an engine of the query it wrote",

	diag.BadLayout:       "said of table layouts: compiler/schema/readlayout_test.go",
	diag.BadValues:       "said of lists of values: sigma/values_test.go",
	diag.BadPipeline:     "said of pipelines: sigma/pipeline/testdata",
	diag.UnknownStep:     "said of pipelines: sigma/pipeline/testdata",
	diag.PipelineRefused: "said of a rule by a pipeline: sigma/pipeline/testdata",
}

func TestEveryCodeHasAnExample(t *testing.T) {
	have := map[diag.Code]bool{}
	for _, dir := range []string{"../sigma/testdata/diagnostics", "testdata/diagnostics"} {
		examples, err := diagtest.Read(os.DirFS(dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range examples {
			have[e.Code()] = true
		}
	}
	for _, code := range codes(t) {
		_, exempt := notByARule[code]
		if have[code] == exempt {
			t.Errorf("%s: example %v, exempt %v", code, have[code], exempt)
		}
	}
}

// codes reads the codes that package diag declares.
func codes(t *testing.T) []diag.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../sigma/diag/code.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var list []diag.Code
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(list, diag.Code(text)) {
				t.Errorf("two codes are %s", text)
			}
			list = append(list, diag.Code(text))
		}
		return true
	})
	if len(list) < 40 {
		t.Fatalf("only %d codes were found", len(list))
	}
	return list
}
