package compiler

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// plainTarget can say everything.
func plainTarget() *Target {
	return &Target{
		Name: "plain", Title: "Plain", Glob: Exact, Regexp: RE2, CIDR: IPv4AndIPv6,
		Numbers: Exact, Numerals: ByValue, TimeParts: Exact, JSON: AsStored, StructText: Exact, Presence: NullApart, FieldEq: Exact, Keywords: Exact, Correlation: NoCorrelation, Identity: Exact,
		TimeFilter: NoTimeFilter, Sources: AllSources, Attribution: ByQuery, Limits: Limits{}, LeafSupport: nil, Layouts: nil,
	}
}

// numLeaf makes a leaf that the target of the test widens; existsLeaf one that
// it can say.
func numLeaf(_ *rand.Rand, f schema.Path) Pred { return Num{Field: f, Op: Less} }

func TestLegalizeWidensToASuperset(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	target := plainTarget()
	target.Numbers = Omitted
	widened, narrower := 0, 0
	for range 20_000 {
		p := &Plan{Source: schema.CloudTrail, Where: random(r, 5, existsLeaf, numLeaf)}
		q, diags := Legalize(p, target)
		if q == nil {
			t.Fatal(diags.Err())
		}
		holds := false
		Walk(q.Where, func(p Pred) {
			if _, ok := p.(Num); ok {
				holds = true
			}
		})
		if holds {
			t.Fatalf("%s became %s, which the target cannot say", dump(p.Where), dump(q.Where))
		}
		same := true
		for bits := range 1 << atoms {
			was, is := truth(p.Where, bits), truth(q.Where, bits)
			if was && !is {
				t.Fatalf("%s became %s, which misses %05b", dump(p.Where), dump(q.Where), bits)
			}
			same = same && was == is
		}
		if q.Residual == nil && !same {
			t.Fatalf("%s became %s, which is called exact", dump(p.Where), dump(q.Where))
		}
		if q.Residual != nil {
			widened++
			if q.Residual != p {
				t.Fatal("the residual is another plan")
			}
			if !same {
				narrower++
			}
		}
	}
	if widened < 1_000 || narrower < 1_000 {
		t.Errorf("%d plans were widened, %d of them in meaning: the test proves little", widened, narrower)
	}
}

func TestLegalizeByTarget(t *testing.T) {
	tests := []struct {
		name, item string
		change     func(*Target)
		want       string // the predicate; empty where the rule is refused
		code       diag.Code
	}{
		{"exact", "eventVersion|lt: 5", func(*Target) {}, "eventVersion < 5", ""},
		{"widened", "eventVersion|lt: 5", func(t *Target) { t.Numbers = Omitted }, "true", diag.Superset},
		{"widened under not", "eventVersion|lt|neq: 5", func(t *Target) { t.Numbers = Omitted }, "true", diag.Superset},
		{"refused", "eventVersion|lt: 5", func(t *Target) { t.Numbers = Unsupported }, "", diag.Unsupported},
		{"part of a time", "eventTime|hour: 5", func(t *Target) { t.TimeParts = Unsupported }, "", diag.Unsupported},
		{"two fields", "eventName|fieldref: eventID", func(t *Target) { t.FieldEq = Unsupported }, "", diag.Unsupported},
		{"wildcards", "eventName: a*", func(t *Target) { t.Glob = Unsupported }, "", diag.Unsupported},
		{"text without wildcards needs no glob", "eventName: a", func(t *Target) { t.Glob = Unsupported }, `eventName in~ ["a"]`, ""},
		{"keyword", "'|contains': a", func(t *Target) { t.Keywords = Unsupported }, "", diag.Unsupported},
		{"network of version 4", "sourceIPAddress|cidr: 10.0.0.0/8", func(t *Target) { t.CIDR = IPv4Only }, "sourceIPAddress cidr 10.0.0.0/8", ""},
		{"network of version 6", "sourceIPAddress|cidr: '::1'", func(t *Target) { t.CIDR = IPv4Only }, "true", diag.Superset},
		{"no networks at all", "sourceIPAddress|cidr: 10.0.0.0/8", func(t *Target) { t.CIDR = NoFamily }, "true", diag.Superset},
		{"presence", "errorCode|exists: true", func(*Target) {}, "exists(errorCode)", ""},
		{"presence is not null", "errorCode|exists: true", func(t *Target) { t.Presence = NullIsAbsent }, "not null(errorCode)", diag.ReadAs},
		{"absence is null", "errorCode|exists: false", func(t *Target) { t.Presence = NullIsAbsent }, "null(errorCode)", diag.ReadAs},
		{"text of a struct", "userIdentity|contains: a", func(t *Target) { t.StructText = Unsupported }, "", diag.Unsupported},
		{"text of a list", "resources|contains: a", func(t *Target) { t.StructText = Unsupported }, "", diag.Unsupported},
		{"text of a struct, widened", "userIdentity|contains: a", func(t *Target) { t.StructText = Omitted }, "true", diag.Superset},
		{"a struct that is null needs no text", "userIdentity: null", func(t *Target) { t.StructText = Unsupported }, "null(userIdentity)", ""},
		{"a struct that exists needs no text", "userIdentity|exists: true", func(t *Target) { t.StructText = Unsupported }, "exists(userIdentity)", ""},
		{"a member of a struct is its own", "userIdentity.arn|contains: a", func(t *Target) { t.StructText = Unsupported }, `userIdentity.arn like~ "*a*"`, ""},
		{"a member of a list is its own", "resources.ARN: a", func(t *Target) { t.StructText = Unsupported }, `resources.ARN in~ ["a"]`, ""},
		{"a JSON column is its own text", "requestParameters|contains: a", func(t *Target) { t.StructText = Unsupported }, `requestParameters like~ "*a*"`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			target := plainTarget()
			tt.change(target)
			p := planOf(t, "s:\n    "+tt.item+"\ncondition: s")
			q, diags := Legalize(p, target)
			if tt.want == "" != (q == nil) {
				t.Fatalf("plan %v, diagnostics %v", q != nil, diags)
			}
			if q != nil && dump(q.Where) != tt.want {
				t.Errorf("got %s, want %s", dump(q.Where), tt.want)
			}
			if q != nil && (q.Residual != nil) != (tt.code == diag.Superset) {
				t.Errorf("residual %v", q.Residual)
			}
			switch {
			case tt.code == "" && len(diags) > 0, tt.code != "" && (len(diags) != 1 || diags[0].Code != tt.code):
				t.Errorf("diagnostics %v, want %q", diags, tt.code)
			case len(diags) > 0 && diags[0].Span.Line == 0:
				t.Error("the diagnostic has no place")
			}
			if dump(p.Where) != dump(planOf(t, "s:\n    "+tt.item+"\ncondition: s").Where) {
				t.Error("the given plan was changed")
			}
		})
	}
}

func TestLegalizeHoldsFieldsAgainstTheLayout(t *testing.T) {
	target := plainTarget()
	target.Layouts = map[string]*schema.Layout{"cloudtrail": {
		Name: "small", Source: schema.CloudTrail,
		Columns: []schema.Column{{Field: "eventName", Name: "eventname", Type: schema.Varchar}},
	}}
	p := planOf(t, "s:\n    eventName: a\ncondition: s")
	q, diags := Legalize(p, target)
	if q == nil || len(diags) != 0 {
		t.Fatal(diags)
	}
	for _, path := range q.Show {
		if path.Name() != "eventName" {
			t.Errorf("%s is shown, and the table does not have it", path.Name())
		}
	}
	for _, detection := range []string{
		"s:\n    userAgent: a\ncondition: s",
		"s:\n    eventName|fieldref: userAgent\ncondition: s",
		"s:\n    userAgent: null\ncondition: not s",
	} {
		if q, diags := Legalize(planOf(t, detection), target); q != nil || len(diags) != 1 || diags[0].Code != diag.NoColumn {
			t.Errorf("%s: %v", detection, diags)
		}
	}
	other := planOn(t, "guardduty", "s:\n    type: a\ncondition: s")
	if q, diags := Legalize(other, target); q == nil || len(diags) != 0 {
		t.Errorf("a source without a layout is read as the schema has it: %v", diags)
	}
}

func TestRegexpsForABacktrackingEngine(t *testing.T) {
	portable := []string{"a", "^a.*b$", "a+b*c?", "[a-z]{2,5}x", "(a|b)c", "(?:foo|bar).*", "a?b?c?", "(abc)+", `\d+\.\d+`, "a{3}", "(?i)x+", "(?:a|b)+", "(.|x)*y", "(ab){2}"}
	widened := []string{"(a+)+", "(a*)*", "(?:a{1,3})+", "((a+)b)*", "(a|aa)+", "(?:foo|bar)+", "(a?)+", "(a?b?)*", "(?:ab?){2,}", `\bfoo\b`, `a\B`}
	target := plainTarget()
	target.Regexp = Joni
	for _, expr := range append(portable, widened...) {
		t.Run(expr, func(t *testing.T) {
			q, diags := Legalize(planOf(t, "s:\n    userAgent|re: '"+expr+"'\ncondition: s"), target)
			if q == nil {
				t.Fatal(diags.Err())
			}
			if want := slices.Contains(widened, expr); (q.Residual != nil) != want {
				t.Errorf("widened %v, want %v", q.Residual != nil, want)
			}
		})
	}
}

func TestMoreTestsThanTheTargetTakesAreLeftToTheEvaluator(t *testing.T) {
	target := plainTarget()
	target.Limits.RuleTests = 2
	for n, wide := range map[int]bool{1: false, 2: false, 3: true} {
		p := &Plan{Source: schema.CloudTrail}
		var of []Pred
		for i := range n {
			of = append(of, Not{Of: In{Field: schema.Path{Keys: []string{string(rune('a' + i))}}, Values: []string{"x"}}})
		}
		p.Where = All{Of: of}
		q, diags := Legalize(p, target)
		if q == nil || (q.Residual == p) != wide || wide != (len(diags) == 1 && diags[0].Code == diag.Superset) {
			t.Errorf("%d tests: %v, %v", n, q, diags)
		}
	}
}
