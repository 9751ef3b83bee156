package conformance

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// TestOpenSearchTakesAsManyClausesAsTheTargetAllows runs conditions that are as large
// as the target's limit allows, of patterns of every shape.
func TestOpenSearchTakesAsManyClausesAsTheTargetAllows(t *testing.T) {
	e := newOnOpenSearch(t)
	target := e.Target()
	r := rand.New(rand.NewPCG(*seed, 1))
	agent, _, _ := schema.CloudTrail.Resolve("userAgent")
	address, _, _ := schema.CloudTrail.Resolve("sourceIPAddress")
	word := func(most int) string {
		var b strings.Builder
		for range 1 + r.IntN(most) {
			b.WriteString(string([]rune("abcdefghijlmnop01ü\U0001F600\\-")[r.IntN(21)]))
		}
		return b.String()
	}
	leaf := func(kind int) compiler.Pred {
		switch kind {
		case 0:
			return compiler.Text{Field: agent, Pattern: sigma.LiteralPattern(word(30)).Open(true, true), Fold: true}
		case 1:
			return compiler.Text{Field: agent, Pattern: sigma.LiteralPattern(word(30)).Open(false, true), Fold: r.IntN(2) == 0}
		case 2:
			return compiler.Text{Field: agent, Pattern: sigma.Concat(sigma.LiteralPattern(word(5)), sigma.ParsePattern("?*"), sigma.LiteralPattern(word(12))), Fold: true}
		case 3:
			return compiler.Regexp{Field: agent, Expr: "(" + strings.ReplaceAll(word(6), `\`, `\\`) + "|ab+c{2,3}|[a-f]xyz)" + "k(hello)?"}
		case 4:
			return compiler.CIDR{Field: address, Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(r.IntN(256)), byte(r.IntN(256)), 0, 0}), 8+r.IntN(9)).Masked()}
		case 5:
			return compiler.In{Field: agent, Values: []string{word(9), word(9)}, Fold: r.IntN(2) == 0}
		default:
			return compiler.Not{Of: compiler.Null{Field: address}}
		}
	}
	for round := range 12 {
		of := compiler.Any{}
		for range 2_000 {
			kind := round
			if round >= 7 {
				kind = r.IntN(7)
			}
			longer := compiler.Any{Of: append(of.Of[:len(of.Of):len(of.Of)], leaf(kind))}
			if target.Clauses(longer) > target.Limits.Clauses {
				break
			}
			of = longer
		}
		plan := planOf(schema.CloudTrail, of)
		if legal, diags := compiler.Legalize(plan, target); legal == nil {
			t.Fatal(diags.Err())
		} else if target.Clauses(of) < target.Limits.Clauses*9/10 && round != 6 {
			t.Errorf("round %d: only %d clauses", round, target.Clauses(of))
		}
		query, err := e.backend.Emit(compiler.Batch{Source: plan.Source, Plans: []*compiler.Plan{plan}}, backends.Window{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.ids(t.Context(), query, []string{"0"}); err != nil {
			t.Errorf("round %d, %d conditions: %v", round, len(of.Of), err)
		}
	}
}
