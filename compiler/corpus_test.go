package compiler

import (
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/corpustest"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// shared is where public rules may stand beside the module.
const shared = "../../shared"

func TestEveryRuleOfTheCorpusParses(t *testing.T) {
	pack, err := sigma.Load(corpustest.Files(t, shared), ".", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range pack.Diags {
		t.Errorf("%v", d)
	}
	if len(pack.Rules) != 3780 || pack.Files != 3780 {
		t.Errorf("%d rules of %d files, want 3780", len(pack.Rules), pack.Files)
	}
	if joined := sigma.Join(pack); len(joined.Diags) != 0 {
		t.Errorf("two rules with one id: %v", joined.Diags[0])
	}
}

func TestAWSRulesOfTheCorpusCompile(t *testing.T) {
	pack, err := sigma.Load(corpustest.Files(t, shared), ".", "")
	if err != nil {
		t.Fatal(err)
	}
	var compiled, refused, elsewhere, placeholders int
	for _, r := range pack.Rules {
		plan, diags := Compile(r, schema.ForLogsource)
		switch {
		case r.Logsource.Product != "aws":
			if plan != nil || diags[0].Code != diag.UnknownSource {
				t.Errorf("%s: %v", r.Source.Name, diags)
			}
			elsewhere++
		case strings.HasPrefix(r.Source.Name, "rules-placeholder/"):
			if plan != nil {
				t.Errorf("%s has a placeholder, and compiles", r.Source.Name)
			}
			placeholders++
		case plan != nil:
			if len(diags) != 0 {
				t.Errorf("%s: %v", r.Source.Name, diags)
			}
			compiled++
		default:
			refused++
			if len(diags) != 1 || diags[0].Code != diag.UnknownField || !strings.Contains(diags[0].Message, `"status"`) {
				t.Errorf("%s: %v", r.Source.Name, diags.Err())
			}
		}
	}
	if compiled != 56 || refused != 1 || placeholders != 1 || elsewhere != 3780-58 {
		t.Errorf("%d compiled, %d refused, %d with placeholders, %d elsewhere", compiled, refused, placeholders, elsewhere)
	}
}

func BenchmarkLoadCorpus(b *testing.B) {
	files := corpustest.Files(b, shared)
	var size int64
	for _, f := range files {
		size += int64(len(f.Data))
	}
	b.SetBytes(size)
	b.ReportAllocs()
	rules := 0
	for b.Loop() {
		pack, err := sigma.Load(files, ".", "")
		if err != nil {
			b.Fatal(err)
		}
		CompileAll(pack.Rules, schema.ForLogsource)
		rules += len(pack.Rules)
	}
	b.ReportMetric(float64(rules)/b.Elapsed().Seconds(), "rules/s")
}
