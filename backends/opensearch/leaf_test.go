package opensearch

import (
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// mappedBy is an index of CloudTrail's records in their own names, with the given
// properties.
func mappedBy(t *testing.T, mappings string) *index {
	t.Helper()
	body := `{"settings":{"index":{"analysis":{"normalizer":{
		"fold":{"type":"custom","filter":"lowercase"},"other":{"type":"custom","filter":["lowercase","asciifolding"]},
		"exact":{"type":"custom","char_filter":"dotted","filter":"lowercase"}},"char_filter":{"dotted":{"type":"mapping","mappings":["\\u0130 => \\uffff"]}}}}},"mappings":` + mappings + `}`
	x, err := readIndex(schema.LayoutsOf(Layouts, schema.CloudTrail.Name)[0], []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	x.root = x.root.unfold()
	return x
}

func pathOf(t *testing.T, name string) schema.Path {
	t.Helper()
	p, _, ok := schema.CloudTrail.Resolve(name)
	if !ok {
		t.Fatalf("there is no field %s", name)
	}
	return p
}

// TestALeafIsWrittenForItsMapping reasons from what each type of field is
// documented, and was seen on OpenSearch 3.4, to hold and to find.
func TestALeafIsWrittenForItsMapping(t *testing.T) {
	const (
		dynamicText = `{"type":"text","fields":{"keyword":{"type":"keyword","ignore_above":256}}}`
		agent       = `{"properties":{"userAgent":`
		inside      = `{"properties":{"requestParameters":`
		named       = `{"disable_objects":true,"dynamic":false,"properties":{"requestParameters.userName":{"type":"keyword","normalizer":"fold","fields":{"raw":{"type":"keyword"}}},"requestParameters.userName.b":{"type":"keyword"},"requestParameters.flat":{"type":"flat_object"}}}`
		leaving     = `{"properties":{"userName":{"type":"long","ignore_malformed":true,"fields":{"raw":{"type":"keyword"}}}}}}}`
	)
	userAgent, user, region := pathOf(t, "userAgent"), pathOf(t, "requestParameters.userName"), pathOf(t, "awsRegion")
	is := func(p schema.Path, values ...string) compiler.Pred {
		return compiler.In{Field: p, Values: values, Fold: true}
	}
	cased := func(p schema.Path, values ...string) compiler.Pred { return compiler.In{Field: p, Values: values} }
	like := func(p schema.Path, pattern string) compiler.Pred {
		return compiler.Text{Field: p, Pattern: sigma.ParsePattern(pattern), Fold: true}
	}
	long := strings.Repeat("1", 257)
	tests := []struct {
		name, mappings string
		leaf           compiler.Pred
		how            compiler.Support
		clause         string // where there is one; compact
	}{
		{"a keyword as stored in any case", agent + `{"type":"keyword"}}}`, is(userAgent, "ab"), compiler.Exact,
			`{"term":{"userAgent":{"case_insensitive":true,"value":"ab"}}}`},
		{"a k has a third case", agent + `{"type":"keyword"}}}`, is(userAgent, "kb"), compiler.Superset, `{"wildcard":{"userAgent":{"case_insensitive":true,"value":"?b"}}}`},
		{"not where AWS alone writes", `{"properties":{"awsRegion":{"type":"keyword"}}}`, is(region, "kb"), compiler.Exact, `{"term":{"awsRegion":{"case_insensitive":true,"value":"kb"}}}`},
		{"lower case may keep U+0130 apart", agent + `{"type":"keyword","normalizer":"exact"}}}`, is(userAgent, "bi"), compiler.Exact, `{"terms":{"userAgent":["bi"]}}`},
		{"and patterns too", agent + `{"type":"wildcard","normalizer":"exact"}}}`, like(userAgent, "*bi*"), compiler.Exact, `{"wildcard":{"userAgent":{"value":"*bi*"}}}`},
		{"then U+0130 is asked for elsewhere", agent + `{"type":"keyword","normalizer":"exact"}}}`, is(userAgent, "\u0130"), compiler.Omitted, ""},
		{"a text without case is a term", agent + `{"type":"keyword"}}}`, is(userAgent, "12"), compiler.Exact, `{"terms":{"userAgent":["12"]}}`},
		{"a cased text is a term", agent + `{"type":"keyword"}}}`, cased(userAgent, "Ab"), compiler.Exact, `{"terms":{"userAgent":["Ab"]}}`},
		{"a keyword in lower case is a term", agent + `{"type":"keyword","normalizer":"fold"}}}`, is(userAgent, "ab"), compiler.Exact, `{"terms":{"userAgent":["ab"]}}`},
		{"lower case has an i for U+0130", agent + `{"type":"keyword","normalizer":"fold"}}}`, is(userAgent, "bi"), compiler.Superset, `{"terms":{"userAgent":["bi"]}}`},
		{"what AWS alone writes has no U+0130", `{"properties":{"awsRegion":{"type":"keyword","normalizer":"lowercase"}}}`, is(region, "bi"), compiler.Exact, `{"terms":{"awsRegion":["bi"]}}`},
		{"lower case finds a cased text and others", agent + `{"type":"keyword","normalizer":"fold"}}}`, cased(userAgent, "Ab"), compiler.Superset, `{"terms":{"userAgent":["ab"]}}`},
		{"another normalizer tells nothing", agent + `{"type":"keyword","normalizer":"other"}}}`, is(userAgent, "ab"), compiler.Omitted, ""},
		{"a null_value is no value", agent + `{"type":"keyword","null_value":"ab"}}}`, is(userAgent, "ab"), compiler.Omitted, ""},
		{"a field that is not indexed", agent + `{"type":"keyword","index":false}}}`, is(userAgent, "ab"), compiler.Omitted, ""},
		{"analysed text holds no whole texts", agent + `{"type":"text"}}}`, is(userAgent, "ab"), compiler.Omitted, ""},
		{"a keyword beside a text", agent + dynamicText + `}}`, is(userAgent, "12"), compiler.Exact, `{"terms":{"userAgent.keyword":["12"]}}`},
		{"a text longer than ignore_above", agent + dynamicText + `}}`, is(userAgent, long), compiler.Omitted, ""},
		{"texts of two lengths in two views", agent + `{"type":"keyword","ignore_above":2,"fields":{"any":{"type":"wildcard"}}}}}`, is(userAgent, "abc", "ab"), compiler.Exact,
			`{"bool":{"minimum_should_match":1,"should":[{"term":{"userAgent.any":{"case_insensitive":true,"value":"abc"}}},{"term":{"userAgent":{"case_insensitive":true,"value":"ab"}}}]}}`},
		{"a pattern finds what is too long by the text beside it", agent + dynamicText + `}}`, like(userAgent, "*12*"), compiler.Superset,
			`{"bool":{"minimum_should_match":1,"should":[{"wildcard":{"userAgent.keyword":{"case_insensitive":false,"value":"*12*"}}},` +
				`{"bool":{"filter":[{"exists":{"field":"userAgent"}}],"must_not":[{"exists":{"field":"userAgent.keyword"}}]}}]}}`},
		{"a pattern over a keyword that drops long texts", agent + `{"type":"keyword","ignore_above":1024}}}`, like(userAgent, "*12*"), compiler.Omitted, ""},
		{"anything", agent + dynamicText + `}}`, like(userAgent, "*"), compiler.Exact, `{"exists":{"field":"userAgent"}}`},
		{"several texts in any case", agent + `{"type":"keyword"}}}`, is(userAgent, "a", "b"), compiler.Exact,
			`{"bool":{"minimum_should_match":1,"should":[{"term":{"userAgent":{"case_insensitive":true,"value":"a"}}},{"term":{"userAgent":{"case_insensitive":true,"value":"b"}}}]}}`},
		{"a pattern over a wildcard", agent + `{"type":"wildcard","normalizer":"fold"}}}`, like(userAgent, "*12*"), compiler.Exact, `{"wildcard":{"userAgent":{"value":"*12*"}}}`},
		{"absence by a keyword that drops long texts", agent + `{"type":"keyword","ignore_above":1024}}}`, compiler.Null{Field: userAgent}, compiler.Superset,
			`{"bool":{"must_not":[{"exists":{"field":"userAgent"}}]}}`},
		{"presence by a keyword that drops long texts", agent + `{"type":"keyword","ignore_above":1024}}}`, compiler.Exists{Field: userAgent}, compiler.Omitted, ""},
		{"absence by the text", agent + dynamicText + `}}`, compiler.Null{Field: userAgent}, compiler.Exact, `{"bool":{"must_not":[{"exists":{"field":"userAgent"}}]}}`},
		{"an alias is of a field that the record does not have", `{"properties":{"userAgent":{"type":"alias","path":"a.b"},"a":{"properties":{"b":{"type":"keyword"}}}}}`, is(userAgent, "12"), compiler.Omitted, ""},
		{"indexes that hold it in two ways", agent + `{"type":"conflict"}}}`, is(userAgent, "12"), compiler.Omitted, ""},
		{"a date has lost its text", agent + `{"type":"date"}}}`, is(userAgent, "2026-03-10"), compiler.Omitted, ""},
		{"an address has lost its text", agent + `{"type":"ip"}}}`, is(userAgent, "10.0.0.1"), compiler.Omitted, ""},
		{"an address in a network", agent + `{"type":"ip"}}}`, compiler.CIDR{Field: userAgent, Prefix: netip.MustParsePrefix("10.0.0.0/8")}, compiler.Superset, `{"term":{"userAgent":"10.0.0.0/8"}}`},
		{"an IPv6 address in a network", agent + `{"type":"ip"}}}`, compiler.CIDR{Field: userAgent, Prefix: netip.MustParsePrefix("2001:db8::/32")}, compiler.Superset, `{"term":{"userAgent":"2001:db8::/32"}}`},
		{"an IPv6 network that holds IPv4 addresses", agent + `{"type":"ip"}}}`, compiler.CIDR{Field: userAgent, Prefix: netip.MustParsePrefix("::/0")}, compiler.Superset, `{"term":{"userAgent":"::/0"}}`},
		{"a number that is a whole one", agent + `{"type":"long"}}}`, is(userAgent, "443"), compiler.Omitted, ""},
		{"a comparison without doubles", agent + `{"type":"long"}}}`, compiler.Num{Field: userAgent, Op: compiler.Less, Bound: decimal(t, "5")}, compiler.Omitted, ""},

		{"JSON that is not indexed", inside + `{"type":"object","enabled":false}}}`, is(user, "ab"), compiler.Omitted, ""},
		{"JSON that nothing maps", `{"dynamic":false}`, is(user, "ab"), compiler.Omitted, ""},
		{"JSON that OpenSearch maps when it meets it", `{"dynamic":true}`, is(user, "ab"), compiler.Exact, `{"term":{"requestParameters.userName.keyword":{"case_insensitive":true,"value":"ab"}}}`},
		{"and that templates map", `{"dynamic":true,"dynamic_templates":[{}]}`, is(user, "ab"), compiler.Omitted, ""},
		{"there a number may be a number", `{"dynamic":true}`, is(user, "443"), compiler.Omitted, ""},
		{"there a date may be a date", `{"dynamic":true}`, is(user, "2026-03-10t00:00:00z"), compiler.Omitted, ""},
		{"and one before our era, or far off", `{"dynamic":true}`, is(user, "-2026-01-01", "+12026-01-01"), compiler.Omitted, ""},
		{"there true may be true, or a text", `{"dynamic":true}`, cased(user, "true"), compiler.Superset,
			`{"bool":{"minimum_should_match":1,"should":[{"match":{"requestParameters.userName":{"lenient":true,"query":"true"}}},{"terms":{"requestParameters.userName.keyword":["true"]}}]}}`},
		{"there absence may be an object", `{"dynamic":true}`, compiler.Null{Field: user}, compiler.Superset, `{"bool":{"must_not":[{"exists":{"field":"requestParameters.userName"}}]}}`},
		{"a boolean is true", inside + `{"properties":{"userName":{"type":"boolean"}}}}}`, is(user, "true", "x"), compiler.Exact, `{"term":{"requestParameters.userName":"true"}}`},
		{"a boolean is false also for an empty text", inside + `{"properties":{"userName":{"type":"boolean"}}}}}`, is(user, "false"), compiler.Superset, `{"term":{"requestParameters.userName":"false"}}`},
		{"a boolean is nothing else", inside + `{"properties":{"userName":{"type":"boolean"}}}}}`, is(user, "x"), compiler.Exact, `{"match_none":{}}`},
		{"a boolean is false for an empty text that is asked for", inside + `{"properties":{"userName":{"type":"boolean"}}}}}`, is(user, ""), compiler.Superset, `{"term":{"requestParameters.userName":"false"}}`},
		{"a boolean that leaves out other texts", inside + `{"properties":{"userName":{"type":"boolean","ignore_malformed":true}}}}}`, is(user, "x"), compiler.Omitted, ""},
		{"a number is nothing for an empty text", agent + `{"type":"double"}}}`, compiler.Null{Field: userAgent}, compiler.Superset, `{"bool":{"must_not":[{"exists":{"field":"userAgent"}}]}}`},
		{"a keyword beside a number that leaves out objects", inside + leaving, compiler.Exists{Field: user}, compiler.Omitted, ""},
		{"a pattern that such an object matches", inside + leaving, like(user, "*a*"), compiler.Omitted, ""},
		{"and one that no object does", inside + leaving, like(user, "1a*"), compiler.Exact, `{"wildcard":{"requestParameters.userName.raw":{"case_insensitive":true,"value":"1a*"}}}`},
		{"texts that OpenSearch takes for numbers", `{"dynamic":true,"numeric_detection":true}`, is(user, "1d"), compiler.Omitted, ""},
		{"texts that OpenSearch is told to take for dates", `{"dynamic":true,"dynamic_date_formats":["dd.MM.yyyy"]}`, is(user, "10.03.2026"), compiler.Omitted, ""},
		{"a network deeper in a flat object", inside + `{"type":"flat_object"}}}`, compiler.CIDR{Field: pathOf(t, "requestParameters.a.b"), Prefix: netip.MustParsePrefix("10.0.0.1/32")}, compiler.Superset,
			`{"regexp":{"requestParameters.a.b":{"flags":"NONE","value":"10\\.0\\.0\\.1"}}}`},
		{"a network under a key that would be a pattern", inside + `{"type":"flat_object"}}}`, compiler.CIDR{Field: pathOf(t, "requestParameters.a*"), Prefix: netip.MustParsePrefix("10.0.0.1/32")}, compiler.Omitted, ""},
		{"a flat object in any case, its keys too", inside + `{"type":"flat_object"}}}`, is(user, "ab"), compiler.Superset, `{"term":{"requestParameters.userName":{"case_insensitive":true,"value":"ab"}}}`},
		{"deeper in a flat object", inside + `{"type":"flat_object"}}}`, is(pathOf(t, "requestParameters.a.b"), "ab"), compiler.Superset, `{"term":{"requestParameters.a.b":{"case_insensitive":true,"value":"ab"}}}`},
		{"there a term is exact", inside + `{"type":"flat_object"}}}`, cased(pathOf(t, "requestParameters.a.b"), "ab"), compiler.Exact, `{"terms":{"requestParameters.a.b":["ab"]}}`},
		{"a key that would be a pattern", inside + `{"type":"flat_object"}}}`, is(pathOf(t, "requestParameters.a*"), "ab"), compiler.Omitted, ""},
		{"the same under a pattern", inside + `{"type":"flat_object"}}}`, compiler.Text{Field: pathOf(t, "requestParameters.a?"), Pattern: sigma.ParsePattern("a*")}, compiler.Omitted, ""},
		{"a text that could end another key", inside + `{"type":"flat_object"}}}`, cased(user, "a=b"), compiler.Superset, `{"terms":{"requestParameters.userName":["a=b"]}}`},
		{"and as a term", inside + `{"type":"flat_object"}}}`, cased(pathOf(t, "requestParameters.a*"), "ab"), compiler.Exact, `{"terms":{"requestParameters.a*":["ab"]}}`},
		{"a network of mapped addresses", agent + `{"type":"ip"}}}`, compiler.CIDR{Field: userAgent, Prefix: netip.MustParsePrefix("::ffff:0:0/96")}, compiler.Omitted, ""},
		{"a flat object does not hold numbers as we write them", inside + `{"type":"flat_object"}}}`, is(user, "443"), compiler.Omitted, ""},
		{"a flat object does not hold objects as texts", inside + `{"type":"flat_object"}}}`, like(user, "*a*"), compiler.Omitted, ""},
		{"a pattern that no object matches may begin in another key", inside + `{"type":"flat_object"}}}`, compiler.Text{Field: user, Pattern: sigma.ParsePattern("a*")}, compiler.Superset,
			`{"wildcard":{"requestParameters.userName":{"case_insensitive":false,"value":"a*"}}}`},
		{"a name with dots", named, is(user, "42a"), compiler.Exact, `{"terms":{"requestParameters.userName":["42a"]}}`},
		{"a name below a text", named, cased(pathOf(t, "requestParameters.userName.b"), "ab"), compiler.Exact, `{"terms":{"requestParameters.userName.b":["ab"]}}`},
		{"a name that is not mapped", named, is(pathOf(t, "requestParameters.userName.c"), "ab"), compiler.Omitted, ""},
		{"a name that only leads to others", named, is(pathOf(t, "requestParameters"), "ab"), compiler.Omitted, ""},
		{"beside names with dots a text may be an object", named, like(user, "*a*"), compiler.Omitted, ""},
		{"unless the pattern matches none", named, compiler.Text{Field: user, Pattern: sigma.ParsePattern("a*")}, compiler.Exact, `{"wildcard":{"requestParameters.userName.raw":{"case_insensitive":false,"value":"a*"}}}`},
		{"and absence as well", named, compiler.Null{Field: user}, compiler.Superset,
			`{"bool":{"must_not":[{"exists":{"field":"requestParameters.userName"}},{"exists":{"field":"requestParameters.userName.raw"}}]}}`},
		{"a flat object that is given no objects", named, is(pathOf(t, "requestParameters.flat.a"), "ab"), compiler.Omitted, ""},
		{"in one object alone", inside + `{"disable_objects":"true","properties":{"userName.b":{"type":"keyword"},"userName":{"type":"keyword"}}}}}`, cased(pathOf(t, "requestParameters.userName.b"), "ab"), compiler.Exact,
			`{"terms":{"requestParameters.userName.b":["ab"]}}`},
		{"below a flat object absence may be an object", inside + `{"type":"flat_object"}}}`, compiler.Null{Field: user}, compiler.Superset, `{"bool":{"must_not":[{"exists":{"field":"requestParameters.userName"}}]}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			said := mappedBy(t, tt.mappings).leaf(tt.leaf)
			clause := ""
			if said.clause != nil {
				text, err := json.Marshal(said.clause)
				if err != nil {
					t.Fatal(err)
				}
				clause = string(text)
			}
			if said.support != tt.how || clause != tt.clause {
				t.Errorf("got %s:\n%s\nwant %s:\n%s", said.support, clause, tt.how, tt.clause)
			}
			if (said.support == compiler.Exact) != (said.reason == "") {
				t.Errorf("%s because of %q", said.support, said.reason)
			}
		})
	}
}

// TestALiveMappingOfOtherNamesIsRejected holds mappings against the layout of our
// template: documents of other names would match nothing, in silence.
func TestALiveMappingOfOtherNamesIsRejected(t *testing.T) {
	for mapping, want := range map[string]string{
		`{"properties":{"eventName":{"type":"keyword"}}}`:                                                                      "",
		`{"properties":{"eventName":{"type":"alias","path":"event.action"}}}`:                                                  "an alias of event.action",
		`{"properties":{"event":{"properties":{"action":{"type":"keyword"}}}}}`:                                                "hold no eventName",
		`{"properties":{"eventName":{"type":"keyword"},"aws":{"type":"alias","path":"a.b"}}}`:                                  "",
		`{"properties":{"eventName":{"type":"keyword"},"userIdentity":{"properties":{"arn":{"type":"alias","path":"user"}}}}}`: "arn is an alias of user",
	} {
		_, err := newIndex(schema.LayoutsOf(Layouts, schema.CloudTrail.Name)[0], []byte(`{"mappings":`+mapping+`}`))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", mapping, err, want)
		}
	}
}

// TestManyTextsAreNotMoreClausesThanLuceneTakes searches for lists of texts in any case,
// a clause each, and for a batch that is one rule too many.
func TestManyTextsAreNotMoreClausesThanLuceneTakes(t *testing.T) {
	x := mappedBy(t, `{"properties":{"userAgent":{"type":"keyword"}}}`)
	in := func(n int) compiler.In {
		p := compiler.In{Field: pathOf(t, "userAgent"), Fold: true}
		for i := range n {
			p.Values = append(p.Values, strings.Repeat("a", 90)+strconv.Itoa(i))
		}
		return p
	}
	if said := x.leaf(in(300)); said.support != compiler.Exact || x.clausesOf(said.clause) != 300 {
		t.Errorf("300 texts are %s, in %d clauses", said.support, x.clausesOf(said.clause))
	}
	if said := x.leaf(in(301)); said.support != compiler.Omitted {
		t.Errorf("301 texts are %s", said.support)
	}
	b := backend{indexes: map[string]*index{schema.CloudTrail.Name: x}}
	batch := compiler.Batch{Source: schema.CloudTrail}
	for range 4 {
		batch.Plans = append(batch.Plans, &compiler.Plan{Source: schema.CloudTrail, Where: in(300)})
	}
	queries, refused := backends.EmitAll(b.Emit, batch, backends.Window{})
	if len(refused) > 0 || len(queries) != 2 || len(queries[0].Batch.Plans) != 2 {
		t.Errorf("1,200 clauses are %d queries and %d refused", len(queries), len(refused))
	}
}

// TestAWindowBoundsTheFieldOfTheTime bounds dates, and else the text itself.
func TestAWindowBoundsTheFieldOfTheTime(t *testing.T) {
	day := backends.Window{Start: time.Date(2026, time.March, 10, 0, 0, 0, 0, time.UTC), End: time.Date(2026, time.March, 11, 0, 0, 0, 0, time.UTC)}
	for mapping, want := range map[string]string{
		`{"type":"date"}`: `[{"range":{"eventTime":{"format":"strict_date_optional_time","gte":"2026-03-10T00:00:00Z","lt":"2026-03-11T00:00:00Z"}}}]`,
		`{"type":"text","fields":{"raw":{"type":"keyword"}}}`: `[{"range":{"eventTime.raw":{"gte":"2026-03-10T00:00:00","lt":"2026-03-11T00:00:00"}}}]`,
		`{"type":"text"}`: "",
	} {
		filter, err := mappedBy(t, `{"properties":{"eventTime":`+mapping+`,"@timestamp":{"type":"date"}}}`).window(day)
		if (err != nil) != (want == "") {
			t.Fatalf("%s: %v", mapping, err)
		}
		if text, _ := json.Marshal(filter); err == nil && string(text) != want {
			t.Errorf("%s:\n%s\nwant\n%s", mapping, text, want)
		}
	}
}

func decimal(t *testing.T, text string) record.Decimal {
	t.Helper()
	d, ok := record.ParseDecimal(text)
	if !ok {
		t.Fatal(text)
	}
	return d
}

// TestMappingsInCommon merges what two indexes hold: a path that one of them
// would have mapped and has not, it never met.
func TestMappingsInCommon(t *testing.T) {
	const key = `{"type":"keyword"}`
	tests := []struct{ name, a, b, want string }{
		{"alike", `{"properties":{"x":` + key + `}}`, `{"properties":{"x":` + key + `}}`, `{"dynamic":true,"properties":{"x":{"type":"keyword"}}}`},
		{"in two ways", `{"properties":{"x":` + key + `}}`, `{"properties":{"x":{"type":"long"}}}`, `{"dynamic":true,"properties":{"x":{"type":"conflict"}}}`},
		{"an object and a text", `{"properties":{"x":` + key + `}}`, `{"properties":{"x":{"properties":{"y":` + key + `}}}}`, `{"dynamic":true,"properties":{"x":{"type":"conflict"}}}`},
		{"met by one", `{"properties":{"x":` + key + `}}`, `{}`, `{"dynamic":true,"properties":{"x":{"type":"keyword"}}}`},
		{"met by one, and not mapped by the other", `{"properties":{"x":` + key + `}}`, `{"dynamic":"false"}`, `{"dynamic":false,"properties":{"x":{"type":"conflict"}}}`},
		{"met by one, and by templates of the other", `{"properties":{"x":` + key + `}}`, `{"numeric_detection":true,"dynamic_templates":[{}]}`,
			`{"dynamic":true,"dynamic_templates":[{}],"numeric_detection":true,"properties":{"x":{"type":"keyword"}}}`},
		{"below an object", `{"properties":{"o":{"properties":{"x":` + key + `}}}}`, `{"properties":{"o":{"dynamic":false}}}`,
			`{"dynamic":true,"properties":{"o":{"dynamic":false,"properties":{"x":{"type":"conflict"}}}}}`},
		{"an object and a name with dots", `{"properties":{"o":{"properties":{"x":` + key + `}}}}`, `{"disable_objects":true,"properties":{"o.x":` + key + `}}`,
			`{"dynamic":true,"disable_objects":true,"properties":{"o":{"dynamic":true,"disable_objects":true,"properties":{"x":{"type":"keyword","dynamic":true,"disable_objects":true}}}}}`},
		{"a text, and the same with others below", `{"properties":{"x":` + key + `}}`, `{"disable_objects":true,"properties":{"x":` + key + `,"x.y":` + key + `}}`,
			`{"dynamic":true,"disable_objects":true,"properties":{"x":{"type":"keyword","dynamic":true,"disable_objects":true,"properties":{"y":{"type":"keyword","disable_objects":true}}}}}`},
		{"an object, and a text with others below", `{"properties":{"x":{"properties":{"y":` + key + `}}}}`, `{"disable_objects":true,"properties":{"x":` + key + `,"x.y":` + key + `}}`,
			`{"dynamic":true,"disable_objects":true,"properties":{"x":{"type":"conflict"}}}`},
		{"a flat object that is given no objects", `{"properties":{"x":{"type":"flat_object"}}}`, `{"disable_objects":true,"properties":{"x":{"type":"flat_object"}}}`,
			`{"dynamic":true,"disable_objects":true,"properties":{"x":{"type":"conflict"}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var a, b property
			if err := json.Unmarshal([]byte(tt.a), &a); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(tt.b), &b); err != nil {
				t.Fatal(err)
			}
			a, b = a.unfold(), b.unfold()
			for _, got := range []property{merge(a, b, true, true), merge(b, a, true, true)} {
				text, err := json.Marshal(got)
				if err != nil {
					t.Fatal(err)
				}
				if string(text) != tt.want {
					t.Errorf("got  %s\nwant %s", text, tt.want)
				}
				x, err := readIndex(schema.LayoutsOf(Layouts, schema.CloudTrail.Name)[0], []byte(`{"mappings":`+string(text)+`}`))
				if err != nil {
					t.Fatal(err)
				}
				if again, err := json.Marshal(x.root); err != nil || string(again) != tt.want {
					t.Errorf("read as %s, %v", again, err)
				}
			}
		})
	}
}

// TestListsThatAnIndexLostAreNotSearched holds mappings against the version that
// made their index: 3.7.0 and before hold no lists where objects are disabled.
func TestListsThatAnIndexLostAreNotSearched(t *testing.T) {
	const all = `{"disable_objects":true,"properties":{"eventName":{"type":"keyword"},"resources.ARN":{"type":"keyword"},"requestParameters.a":{"type":"keyword"}}}`
	const inside = `{"properties":{"eventName":{"type":"keyword"},"resources":{"properties":{"ARN":{"type":"keyword"}}},"requestParameters":{"disable_objects":true,"properties":{"a":{"type":"keyword"}}}}}`
	const yes, no = compiler.Exact, compiler.Omitted
	tests := []struct {
		mappings, created         string
		event, list, mapped, open compiler.Support
	}{
		{all, "137297827", yes, yes, yes, yes},    // 3.8.0
		{all, "137287827", yes, no, no, no},       // 3.7.0
		{inside, "137297827", yes, yes, yes, yes}, // 3.8.0
		{inside, "137287827", yes, yes, no, no},   // 3.7.0
		{inside, "", yes, yes, no, no},            // which is not known
		{inside, "8110099", yes, yes, no, no},     // of another program
	}
	for _, tt := range tests {
		var b body
		text := `{"mappings":` + tt.mappings + `,"settings":{"index":{"version":{"created":"` + tt.created + `"}}}}`
		if err := json.Unmarshal([]byte(text), &b); err != nil {
			t.Fatal(err)
		}
		live, err := json.Marshal(body{Mappings: b.holds()})
		if err != nil {
			t.Fatal(err)
		}
		x, err := newIndex(schema.LayoutsOf(Layouts, schema.CloudTrail.Name)[0], live)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]compiler.Support{"eventName": tt.event, "resources.ARN": tt.list, "requestParameters.a": tt.mapped, "requestParameters.b": tt.open} {
			if got := x.leaf(compiler.In{Field: pathOf(t, name), Values: []string{"v"}}).support; got != want {
				t.Errorf("%s by %q in %s: %s, want %s", name, tt.created, tt.mappings, got, want)
			}
		}
	}
}

// TestClausesAreCountedAsANodeCountsThem holds counts against those that were measured
// on OpenSearch 3.8, or a little more.
func TestClausesAreCountedAsANodeCountsThem(t *testing.T) {
	x := mappedBy(t, `{"properties":{"a":{"type":"keyword","fields":{"text":{"type":"wildcard"}}}}}`)
	like := func(pattern string) object { return wildcard("a.text", object{"value": pattern}) }
	for _, test := range []struct {
		clause         object
		measured, most int
	}{
		{wildcard("a", object{"value": "*tool000x*"}), 1, 1},
		{like("*"), 1, 1},
		{like("*ab*"), 1, 1},
		{like("*aaaaaaaaaa*"), 1, 1},
		{like("*tool000x*"), 6, 6},
		{like("tool000*"), 6, 6},
		{like("*tool000"), 6, 6},
		{like("tool000"), 7, 7},
		{like("a*tool000x*"), 7, 7},
		{like("*abcd*tool000*"), 7, 7},
		{like("?tool000?"), 5, 5},
		{like(`*tool\*00x*`), 6, 6},
		{like("*\U0001F600\U0001F601\U0001F602*"), 4, 4},
		{matching("a.text", ".*tool000.*"), 5, 9},
		{matching("a.text", ".*to[ab]l000.*"), 2, 9},
		{matching("a.text", ".*(tool000|hello).*"), 8, 12},
		{object{"terms": object{"a": []string{"x", "y"}}}, 1, 1},
		{object{"terms": object{"a.text": []string{"tool000x"}}}, 8, 10},
		{none(object{"term": object{"a": "x"}}), 2, 2},
	} {
		if n := x.clausesOf(test.clause); n < test.measured || n > test.most {
			t.Errorf("%v: %d clauses, want %d to %d", test.clause, n, test.measured, test.most)
		}
	}
}
