package athena

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// legal compiles a rule's detection for a backend.
func legal(t *testing.T, b backends.Backend, service, detection string) *compiler.Plan {
	t.Helper()
	text := "title: Test\nlogsource: {product: aws, service: " + service + "}\ndetection:\n" + detection
	doc, diags := sigma.Parse(&diag.Source{Name: "test.yml", Text: []byte(text)})
	if diags.HasErrors() || len(doc.Rules) != 1 {
		t.Fatal(diags.Err())
	}
	plan, diags := compiler.Compile(doc.Rules[0], schema.ForLogsource)
	if plan == nil {
		t.Fatal(diags.Err())
	}
	legal, diags := compiler.Legalize(plan, b.Target())
	if legal == nil {
		t.Fatal(diags.Err())
	}
	return legal
}

// emit writes the query of a rule's detection.
func emit(t *testing.T, service, detection string, layouts map[string]string, w backends.Window) string {
	t.Helper()
	b, err := newBackend(backends.Config{Layouts: layouts})
	if err != nil {
		t.Fatal(err)
	}
	plan := legal(t, b, service, detection)
	query, err := b.Emit(compiler.Batch{Source: plan.Source, Plans: []*compiler.Plan{plan}}, w)
	if err != nil {
		t.Fatal(err)
	}
	return query.Text
}

func window(from, to string) backends.Window {
	parse := func(s string) time.Time {
		if s == "" {
			return time.Time{}
		}
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			panic(err)
		}
		return t
	}
	return backends.Window{Start: parse(from), End: parse(to)}
}

const anyCall = "    s: {eventName: CreateUser}\n    condition: s\n"

func TestWindowBecomesTimeAndPartitionTests(t *testing.T) {
	for name, c := range map[string]struct {
		service, detection, layout string
		window                     backends.Window
		want                       []string
	}{
		"a day also reads the day after": {
			"cloudtrail", anyCall, "projection", window("2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z"),
			[]string{`"timestamp" BETWEEN '2026/03/10' AND '2026/03/11'`, `eventtime >= '2026-03-10T00:00:00'`, `eventtime < '2026-03-11T00:00:00'`},
		},
		"part of a day": {
			"cloudtrail", anyCall, "projection", window("2026-03-10T23:30:00Z", "2026-03-11T00:30:00Z"),
			[]string{`"timestamp" BETWEEN '2026/03/10' AND '2026/03/12'`},
		},
		"an open end": {
			"cloudtrail", anyCall, "projection", window("2026-03-10T00:00:00Z", ""),
			[]string{`"timestamp" >= '2026/03/10'`},
		},
		"partitions by year, month and day": {
			"cloudtrail", anyCall, "classic", window("2026-02-27T00:00:00Z", "2026-03-01T00:00:00Z"),
			[]string{`"year" = '2026' AND "month" = '02' AND "day" IN ('27', '28')`, `"month" = '03' AND "day" = '01'`},
		},
		"an open end over year, month and day": {
			"cloudtrail", anyCall, "classic", window("2026-02-27T00:00:00Z", ""),
			[]string{`concat("year", '/', "month", '/', "day") >= '2026/02/27'`},
		},
		"partitions by a region's day": {
			"vpcflow", "    s: {dstport: 22}\n    condition: s\n", "projection", window("2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"),
			[]string{`"day" BETWEEN '2026/12/31' AND '2027/01/01'`},
		},
		"partitions of an organization": {
			"cloudtrail", anyCall, "organization", window("2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"),
			[]string{`"year" = '2026' AND "month" = '12' AND "day" = '31'`, `"year" = '2027' AND "month" = '01' AND "day" = '01'`},
		},
		"partitions of the bootstrap": {
			"cloudtrail", anyCall, "bootstrap", window("2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z"),
			[]string{`date_partition BETWEEN '2026/03/10' AND '2026/03/11'`},
		},
		"the event's own time": {
			"cloudtrail", anyCall, "security-lake", window("2026-03-10T00:00:00Z", "2026-03-11T12:30:00Z"),
			[]string{`time_dt >= TIMESTAMP '2026-03-10 00:00:00'`, `time_dt < TIMESTAMP '2026-03-11 12:30:00'`,
				`replace(date_format(time_dt, '%Y-%m-%dT%H:%i:%s.%fZ'), '.000000Z', 'Z') >= '2026-03-10T00:00:00'`, `lower(api.operation) = 'createuser'`},
		},
		"the event's own time, with an open end": {
			"cloudtrail", anyCall, "lake", window("", "2026-03-11T00:00:00Z"),
			[]string{`WHERE eventtime < TIMESTAMP '2026-03-11 00:00:00'`},
		},
		"flow logs are dated in seconds": {
			"vpcflow", "    s: {dstport: 22}\n    condition: s\n", "text", window("2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z"),
			[]string{`"date" BETWEEN DATE '2026-03-10' AND DATE '2026-03-11'`, `"start" >= 1773100800`, `"start" < 1773187200`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(strings.Fields(emit(t, c.service, c.detection, map[string]string{c.service: c.layout}, c.window)), " ")
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("no %s in\n%s", want, got)
				}
			}
		})
	}
}

func TestNotIsGuardedAgainstNull(t *testing.T) {
	got := emit(t, "cloudtrail", "    s: {eventName: x}\n    f: {errorCode: y}\n    condition: s and not f\n", nil, backends.Window{})
	if want := "NOT COALESCE(lower(errorcode) = 'y', FALSE)"; !strings.Contains(got, want) {
		t.Errorf("no %s in\n%s", want, got)
	}
}

func TestHostileValuesStayInsideTheirLiterals(t *testing.T) {
	got := emit(t, "cloudtrail", "    s: {userAgent|contains: \"o'brien' OR 1=1 --\\n/\\\\* \\0 %_!\"}\n    condition: s\n", nil, backends.Window{})
	if want := `strpos(lower(replace(useragent, 'İ', chr(65535))), 'o''brien'' or 1=1 --' || chr(10) || '/* ' || chr(0) || ' %_!') > 0`; !strings.Contains(got, want) {
		t.Errorf("no %s in\n%s", want, got)
	}
}

func TestHostileTitleStaysInItsComment(t *testing.T) {
	text := "title: \"x\\nDROP TABLE y; --\"\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n" + anyCall
	doc, diags := sigma.Parse(&diag.Source{Name: "test.yml", Text: []byte(text)})
	if diags.HasErrors() {
		t.Fatal(diags.Err())
	}
	plan, _ := compiler.Compile(doc.Rules[0], schema.ForLogsource)
	b, err := newBackend(backends.Config{})
	if err != nil {
		t.Fatal(err)
	}
	query, err := b.Emit(compiler.Batch{Source: plan.Source, Plans: []*compiler.Plan{plan}}, backends.Window{})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(query.Text, "\n") {
		if strings.Contains(line, "DROP") && !strings.HasPrefix(line, "-- ") {
			t.Errorf("the title left its comment: %q", line)
		}
	}
}

func TestRegexpEndsAtTheEndOfTheText(t *testing.T) {
	got := emit(t, "cloudtrail", "    s: {userAgent|re: '^kali$'}\n    condition: s\n", nil, backends.Window{})
	if want := `regexp_like(useragent, '\Akali\z')`; !strings.Contains(got, want) {
		t.Errorf("no %s in\n%s", want, got)
	}
}

func TestAFieldWithoutAColumnIsRefused(t *testing.T) {
	text := "title: Test\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n    s: {managementEvent: true}\n    condition: s\n"
	doc, _ := sigma.Parse(&diag.Source{Name: "test.yml", Text: []byte(text)})
	plan, _ := compiler.Compile(doc.Rules[0], schema.ForLogsource)
	b, err := newBackend(backends.Config{})
	if err != nil {
		t.Fatal(err)
	}
	legal, diags := compiler.Legalize(plan, b.Target())
	if legal != nil || len(diags) != 1 || diags[0].Code != diag.NoColumn || diags[0].Span.Line != 4 {
		t.Errorf("got %v, %v", legal, diags)
	}
}

func TestAnUnknownLayoutIsNamed(t *testing.T) {
	_, err := newBackend(backends.Config{Layouts: map[string]string{"cloudtrail": "iceberg"}})
	if err == nil || !strings.Contains(err.Error(), "projection, classic") {
		t.Errorf("got %v", err)
	}
}

var (
	literal = regexp.MustCompile(`'(?:[^']|'')*'`)
	alias   = regexp.MustCompile(` AS (?:[a-zA-Z0-9_]+|"[^"]*")`)
	comment = regexp.MustCompile(`(?m)^--.*$`)
	word    = regexp.MustCompile(`[a-zA-Z_][a-zA-Z0-9_]*`)
)

// sqlWords are the words of the language that queries use.
var sqlWords = strings.Fields(`SELECT FROM WHERE AND OR NOT COALESCE FALSE TRUE IN IS NULL LIKE ESCAPE BETWEEN CASE WHEN THEN ELSE END AS ARRAY DATE
	lower any_match coalesce try_cast json_extract json_extract_scalar json_format json_array_length array json nullif starts_with strpos substr
	flatten transform reduce replace regexp_replace DECIMAL try json_parse sequence s k contains ipaddress regexp_like decimal double element_at x v y chr concat reverse TIMESTAMP CAST varchar date_format`)

// TestQueriesNameOnlyColumnsOfTheTable reads the words of each query of the
// pack, in every layout, that are not inside a literal.
func TestQueriesNameOnlyColumnsOfTheTable(t *testing.T) {
	pack, err := rules.Load("aws")
	if err != nil {
		t.Fatal(err)
	}
	for _, layout := range Layouts {
		b, err := newBackend(backends.Config{Layouts: map[string]string{layout.Source.Name: layout.Name}})
		if err != nil {
			t.Fatal(err)
		}
		known := append(append([]string{layout.Table}, sqlWords...), columnNames(layout.Physical())...)
		for _, k := range layout.Partitions.Keys {
			known = append(known, k.Name)
		}
		for _, rule := range pack.Rules {
			plan, _ := compiler.Compile(rule, schema.ForLogsource)
			if plan.Source != layout.Source {
				continue
			}
			legal, diags := compiler.Legalize(plan, b.Target())
			if legal == nil && layout != schema.LayoutsOf(Layouts, layout.Source.Name)[0] && onlyNoColumn(diags) {
				continue
			}
			if legal == nil {
				t.Fatal(diags.Err())
			}
			q, err := b.Emit(compiler.Batch{Source: plan.Source, Plans: []*compiler.Plan{legal}}, window("2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z"))
			if err != nil {
				t.Fatal(err)
			}
			bare := alias.ReplaceAllString(literal.ReplaceAllString(comment.ReplaceAllString(q.Text, ""), ""), "")
			for _, w := range word.FindAllString(bare, -1) {
				if !slices.Contains(known, w) {
					t.Errorf("%s, layout %s: %q is no column of %s", rule.Title, layout.Name, w, layout.Table)
				}
			}
		}
	}
}

// onlyNoColumn reports whether every error is that the table lacks a column.
func onlyNoColumn(diags diag.List) bool {
	return !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Severity == diag.Error && d.Code != diag.NoColumn })
}

func columnNames(columns []schema.Column) []string {
	var names []string
	for _, c := range columns {
		names = append(append(names, c.Name), columnNames(c.Members)...)
	}
	return names
}

// A whole column of JSON is opened behind the test of the names that a rule needs:
// Trino moves what holds try before the other parts of an AND.
func TestWholeColumnsAreOpenedBehindTheNames(t *testing.T) {
	const whole = "        requestParameters|contains: suspended\n    condition: s\n"
	gate := "CASE WHEN lower(eventname) IN ('a', 'b') THEN reduce("
	text := emit(t, "cloudtrail", "    s:\n        eventName: [A, B]\n"+whole, nil, backends.Window{})
	if !strings.Contains(text, gate) {
		t.Errorf("%s stands nowhere in\n%s", gate, text)
	}
	text = emit(t, "cloudtrail", "    s:\n        eventSource: s3.amazonaws.com\n"+whole, nil, backends.Window{})
	if strings.Contains(text, "THEN reduce(") {
		t.Errorf("a gate, of a rule that needs no name, in\n%s", text)
	}
}

// Trino reads a whole struct where a lambda looks into it.
func TestFusedStatementsNameMembersBelow(t *testing.T) {
	b, err := newBackend(backends.Config{})
	if err != nil {
		t.Fatal(err)
	}
	batch := compiler.Batch{Source: schema.CloudTrail}
	for _, detection := range []string{
		"    s:\n        eventName: A\n        userIdentity.arn|contains: x\n    condition: s\n",
		"    s:\n        eventName: B\n        userIdentity.type: Root\n        userIdentity.arn|re: y\n    condition: s\n",
		"    s:\n        userIdentity.type: IAMUser\n        userIdentity.invokedBy: null\n    condition: s\n",
	} {
		batch.Plans = append(batch.Plans, legal(t, b, "cloudtrail", detection))
	}
	q, err := b.Emit(batch, backends.Window{})
	if err != nil {
		t.Fatal(err)
	}
	_, tests, found := strings.Cut(q.Text, "\nWHERE ")
	if !found || strings.Contains(tests, "useridentity") {
		t.Errorf("a struct stands in the tests of\n%s", q.Text)
	}
}
