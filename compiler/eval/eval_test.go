package eval

import (
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

func parse(t testing.TB, event string) *record.Record {
	t.Helper()
	rec, err := record.Parse([]byte(event))
	if err != nil {
		t.Fatalf("%s: %v", event, err)
	}
	return &rec
}

func pathIn(t testing.TB, src *schema.Source, name string) schema.Path {
	t.Helper()
	p, _, ok := src.Resolve(name)
	if !ok {
		t.Fatalf("%s has no field %s", src.Name, name)
	}
	return p
}

func path(t testing.TB, name string) schema.Path { return pathIn(t, schema.CloudTrail, name) }

// planOf compiles the detection of a rule.
func planOf(t testing.TB, src *schema.Source, detection string) *compiler.Plan {
	t.Helper()
	text := "title: test\nlogsource:\n  product: aws\n  service: " + src.Name + "\ndetection:\n" +
		"  " + strings.ReplaceAll(strings.TrimSpace(detection), "\n", "\n  ") + "\n"
	doc, diags := sigma.Parse(&diag.Source{Name: "test.yml", Text: []byte(text)})
	if diags.HasErrors() || len(doc.Rules) != 1 {
		t.Fatalf("%s\n%v", text, diags)
	}
	p, diags := compiler.Compile(doc.Rules[0], schema.ForLogsource)
	if p == nil {
		t.Fatalf("%s\n%v", text, diags)
	}
	return p
}

// matches evaluates a plan in the three ways there are and wants one answer.
func matches(t testing.TB, p *compiler.Plan, event string) bool {
	t.Helper()
	rec := parse(t, event)
	var ev Event
	ev.Reset(p.Source, rec)
	got := Compile(p).Match(&ev)
	if indexed := len(NewSet([]*compiler.Plan{p}).Reader().Match(rec)) == 1; indexed != got {
		t.Errorf("%s: %v by the evaluator, %v behind the index", event, got, indexed)
	}
	if explained := Explain(p, rec).Result; explained != got {
		t.Errorf("%s: %v by the evaluator, %v explained", event, got, explained)
	}
	return got
}

func holdsIn(t testing.TB, src *schema.Source, p compiler.Pred, event string) bool {
	t.Helper()
	return matches(t, &compiler.Plan{Source: src, Where: p}, event)
}

// Each row is a rule's selection, an event, and the answer that the meanings
// decided for Sigma give.
func TestSelections(t *testing.T) {
	for _, tt := range []struct {
		name, item, event string
		want              bool
	}{
		// Equality.
		{"text equals in any case", `eventName: createuser`, `{"eventName":"CreateUser"}`, true},
		{"text equals as a whole", `eventName: CreateUser`, `{"eventName":"CreateUsers"}`, false},
		{"cased text differs in case", `eventName|cased: createuser`, `{"eventName":"CreateUser"}`, false},
		{"cased text equals", `eventName|cased: CreateUser`, `{"eventName":"CreateUser"}`, true},
		{"one of many values", `eventName: [a, b, c, d, e, f, g, h, i, CreateUser]`, `{"eventName":"createUSER"}`, true},
		{"none of many values", `eventName: [a, b, c, d, e, f, g, h, i, j]`, `{"eventName":"k"}`, false},
		{"escapes of the event are read", `eventName: "a/b\"c"`, `{"eventName":"a\/b\u0022\u0063"}`, true},
		{"the empty text is a value", `eventName: ''`, `{"eventName":""}`, true},
		{"the empty text is not null", `eventName: ''`, `{"eventName":null}`, false},
		{"the text null is not null", `eventName: 'null'`, `{"eventName":null}`, false},
		{"the text null is not absence", `eventName: 'null'`, `{}`, false},

		// Folding: one code point for one.
		{"the kelvin sign is k", `eventName: "\u212A1"`, `{"eventName":"k1"}`, true},
		{"k is the kelvin sign", `eventName: k1`, `{"eventName":"\u212a1"}`, true},
		{"sharp s is not ss", `eventName: strasse`, `{"eventName":"straße"}`, false},
		{"capital sharp s is sharp s", `eventName: "STRA\u1E9EE"`, `{"eventName":"straße"}`, true},
		{"a dotted capital I is no i", `eventName: i`, `{"eventName":"\u0130"}`, false},
		{"a dotted capital I is itself", `eventName: "\u0130"`, `{"eventName":"\u0130"}`, true},
		{"a dotted capital I is no i with a dot above", `eventName: "i\u0307"`, `{"eventName":"\u0130"}`, false},
		{"capital sigma is the plain small one", `eventName: "\u03C3"`, `{"eventName":"\u03a3"}`, true},
		{"final sigma is not the plain one", `eventName: "\u03C2"`, `{"eventName":"\u03a3"}`, false},

		// Numbers and booleans by canonical text.
		{"a number equals a number", `requestParameters.port: 443`, `{"requestParameters":{"port":443}}`, true},
		{"a number equals another spelling", `requestParameters.port: 443`, `{"requestParameters":{"port":443.0}}`, true},
		{"a number equals with an exponent", `requestParameters.port: 443`, `{"requestParameters":{"port":4.43e2}}`, true},
		{"a number equals text", `requestParameters.port: 443`, `{"requestParameters":{"port":"443"}}`, true},
		{"a number is not text with zeros", `requestParameters.port: 443`, `{"requestParameters":{"port":"0443"}}`, false},
		{"text with zeros stays text", `recipientAccountId: 012345678901`, `{"recipientAccountId":"012345678901"}`, true},
		{"text with zeros is no number", `recipientAccountId: 012345678901`, `{"recipientAccountId":12345678901}`, false},
		{"a boolean equals a boolean", `readOnly: true`, `{"readOnly":true}`, true},
		{"a boolean equals text in any case", `readOnly: true`, `{"readOnly":"TRUE"}`, true},
		{"text equals a boolean", `readOnly: 'True'`, `{"readOnly":true}`, true},

		// Wildcards.
		{"a run takes nothing", `eventName: Create*User`, `{"eventName":"CreateUser"}`, true},
		{"a run takes newlines", `eventName: Create*User`, `{"eventName":"Create\n\nUser"}`, true},
		{"a question mark takes one character", `eventName: "?ber"`, `{"eventName":"Über"}`, true},
		{"a question mark takes a newline", `eventName: "a?b"`, `{"eventName":"a\nb"}`, true},
		{"a question mark takes no two", `eventName: "a?b"`, `{"eventName":"axxb"}`, false},
		{"a question mark takes not none", `eventName: "a?b"`, `{"eventName":"ab"}`, false},
		{"an escaped star is a star", `eventName: 'a\*b'`, `{"eventName":"axb"}`, false},
		{"a star alone is presence", `eventName: '*'`, `{"eventName":""}`, true},
		{"a star alone is not null", `eventName: '*'`, `{"eventName":null}`, false},
		{"contains", `eventName|contains: EUS`, `{"eventName":"CreateUser"}`, true},
		{"startswith", `eventName|startswith: user`, `{"eventName":"CreateUser"}`, false},
		{"endswith", `eventName|endswith: USER`, `{"eventName":"CreateUser"}`, true},
		{"contains with a run inside", `eventName|contains: 'a*c'`, `{"eventName":"xxAbCxx"}`, true},
		{"a trailing backslash escapes nothing", `eventName|contains: 'temp\'`, `{"eventName":"c:\\temp\\x"}`, true},

		// Regular expressions.
		{"re searches", `eventName|re: 't.U'`, `{"eventName":"CreateUser"}`, true},
		{"re minds case", `eventName|re: 'createuser'`, `{"eventName":"CreateUser"}`, false},
		{"re with i does not", `eventName|re|i: 'createuser'`, `{"eventName":"CreateUser"}`, true},
		{"a dot takes no newline", `eventName|re: 'a.b'`, `{"eventName":"a\nb"}`, false},
		{"a dot with s does", `eventName|re|s: 'a.b'`, `{"eventName":"a\nb"}`, true},
		{"a caret is the text's start", `eventName|re: '^b'`, `{"eventName":"a\nb"}`, false},
		{"a caret with m is a line's start", `eventName|re|m: '^b'`, `{"eventName":"a\nb"}`, true},
		{"re reads numbers canonically", `requestParameters.n|re: '^1000$'`, `{"requestParameters":{"n":1e3}}`, true},
		{"re over a missing field", `eventName|re: '.*'`, `{}`, false},

		// Networks.
		{"an address inside", `sourceIPAddress|cidr: 10.0.0.0/8`, `{"sourceIPAddress":"10.255.0.1"}`, true},
		{"an address outside", `sourceIPAddress|cidr: 10.0.0.0/8`, `{"sourceIPAddress":"11.0.0.1"}`, false},
		{"a service's name is no address", `sourceIPAddress|cidr: 0.0.0.0/0`, `{"sourceIPAddress":"ec2.amazonaws.com"}`, false},
		{"leading zeros are no address", `sourceIPAddress|cidr: 0.0.0.0/0`, `{"sourceIPAddress":"10.0.0.01"}`, false},
		{"three parts are no address", `sourceIPAddress|cidr: 0.0.0.0/0`, `{"sourceIPAddress":"10.0.1"}`, false},
		{"an IPv6 address inside", `sourceIPAddress|cidr: 2001:db8::/32`, `{"sourceIPAddress":"2001:DB8:0::1"}`, true},
		{"an IPv4 address is in no IPv6 network", `sourceIPAddress|cidr: '::/0'`, `{"sourceIPAddress":"10.0.0.1"}`, false},
		{"a mapped address is in no IPv4 network", `sourceIPAddress|cidr: 10.0.0.0/8`, `{"sourceIPAddress":"::ffff:10.0.0.1"}`, false},
		{"a mapped address is in an IPv6 network", `sourceIPAddress|cidr: '::/0'`, `{"sourceIPAddress":"::ffff:10.0.0.1"}`, true},
		{"an address with a zone is nowhere", `sourceIPAddress|cidr: fe80::/10`, `{"sourceIPAddress":"fe80::1%eth0"}`, false},
		{"the longest spelling of an address", `sourceIPAddress|cidr: '::/0'`, `{"sourceIPAddress":"0000:0000:0000:0000:0000:ffff:255.255.255.255"}`, true},

		// Comparisons.
		{"greater", `requestParameters.n|gt: 5`, `{"requestParameters":{"n":6}}`, true},
		{"not greater than itself", `requestParameters.n|gt: 5`, `{"requestParameters":{"n":5.0}}`, false},
		{"at least itself", `requestParameters.n|gte: 5`, `{"requestParameters":{"n":"5.000"}}`, true},
		{"numeric text is compared by value", `requestParameters.n|lt: 5`, `{"requestParameters":{"n":"10"}}`, false},
		{"numeric text may have zeros", `requestParameters.n|lt: 5`, `{"requestParameters":{"n":"0004"}}`, true},
		{"text with blanks is no number", `requestParameters.n|lt: 5`, `{"requestParameters":{"n":" 4"}}`, false},
		{"a word is no number", `requestParameters.n|lt: 5`, `{"requestParameters":{"n":"four"}}`, false},
		{"the empty text is no number", `requestParameters.n|lt: 5`, `{"requestParameters":{"n":""}}`, false},
		{"a boolean is no number", `requestParameters.n|lt: 5`, `{"requestParameters":{"n":true}}`, false},
		{"an object is no number", `requestParameters.n|lt: 5`, `{"requestParameters":{"n":{}}}`, false},
		{"hexadecimal is no number", `requestParameters.n|gt: 0`, `{"requestParameters":{"n":"0x10"}}`, false},
		{"integers beyond 2^53 are exact", `requestParameters.n|gt: 9007199254740992`, `{"requestParameters":{"n":9007199254740993}}`, true},
		{"integers beyond 2^64 are exact", `requestParameters.n|lt: 100000000000000000001`, `{"requestParameters":{"n":100000000000000000000}}`, true},
		{"a fraction against an integer", `requestParameters.n|gt: 2`, `{"requestParameters":{"n":2.0000000000000000001}}`, true},
		{"an integer against a fraction", `requestParameters.n|lte: -2.5`, `{"requestParameters":{"n":-3}}`, true},
		{"minus zero is zero", `requestParameters.n|gte: 0`, `{"requestParameters":{"n":-0}}`, true},
		{"an exponent costs nothing", `requestParameters.n|gt: 1e300`, `{"requestParameters":{"n":1e1000000}}`, true},
		{"an absurd exponent is no number", `requestParameters.n|gt: 1`, `{"requestParameters":{"n":1e99999999999}}`, false},

		// Two fields.
		{"the same text in two fields", `eventName|fieldref: eventSource`, `{"eventName":"A","eventSource":"a"}`, true},
		{"cased texts in two fields", `eventName|fieldref|cased: eventSource`, `{"eventName":"A","eventSource":"a"}`, false},
		{"a missing side", `eventName|fieldref: eventSource`, `{"eventName":"A"}`, false},
		{"two missing sides", `eventName|fieldref: eventSource`, `{}`, false},
		{"two nulls", `eventName|fieldref: eventSource`, `{"eventName":null,"eventSource":null}`, false},
		{"any value with any", `resources.ARN|fieldref: requestParameters.arn`,
			`{"resources":[{"ARN":"a"},{"ARN":"b"}],"requestParameters":{"arn":["c","B"]}}`, true},
		{"one field in another", `userIdentity.arn|fieldref|endswith: requestParameters.userName`,
			`{"userIdentity":{"arn":"arn:aws:iam::111122223333:user/Ci-Deployer"},"requestParameters":{"userName":"ci-deployer"}}`, true},

		// Paths.
		{"an array's elements one by one", `requestParameters.a: b`, `{"requestParameters":{"a":["a","B"]}}`, true},
		{"never an array's text", `requestParameters.a|contains: ','`, `{"requestParameters":{"a":["a","b"]}}`, false},
		{"arrays in arrays", `requestParameters.a: b`, `{"requestParameters":{"a":[[["b"]]]}}`, true},
		{"through arrays of objects", `requestParameters.a.b: 1`, `{"requestParameters":{"a":[{"c":1},{"b":[0,1]}]}}`, true},
		{"an object is its compact text", `requestParameters: '{"a":[1.50,true],"b c":null}'`,
			`{"requestParameters": { "a" : [ 1.50, true ], "b c" : null } }`, true},
		{"an object keeps its escapes", `requestParameters|contains: '\u00e9'`, `{"requestParameters":{"a":"\u00E9"}}`, true},
		{"a scalar has nothing below", `requestParameters.a.b: 1`, `{"requestParameters":{"a":1}}`, false},
		{"of a repeated key the first counts", `eventName: b`, `{"eventName":"a","eventName":"b"}`, false},
		{"all over several elements", `requestParameters.a|contains|all: [x, y]`, `{"requestParameters":{"a":["x","y"]}}`, true},
		{"all wants each", `requestParameters.a|contains|all: [x, z]`, `{"requestParameters":{"a":["x","y"]}}`, false},

		// Null, absence and negation.
		{"null is null", `errorCode: null`, `{"errorCode":null}`, true},
		{"absent is null", `errorCode: null`, `{}`, true},
		{"the empty text is not null either", `errorCode: null`, `{"errorCode":""}`, false},
		{"an empty array is not null", `requestParameters.a: null`, `{"requestParameters":{"a":[]}}`, false},
		{"an empty array is no value", `requestParameters.a: '*'`, `{"requestParameters":{"a":[]}}`, false},
		{"an array of null is null", `requestParameters.a: null`, `{"requestParameters":{"a":[null]}}`, true},
		{"below a scalar is null", `requestParameters.a.b: null`, `{"requestParameters":{"a":1}}`, true},
		{"exists with a value", `errorCode|exists: true`, `{"errorCode":"x"}`, true},
		{"exists with null", `errorCode|exists: true`, `{"errorCode":null}`, true},
		{"does not exist", `errorCode|exists: true`, `{}`, false},
		{"exists false", `errorCode|exists: false`, `{}`, true},
		{"neq over a missing field", `errorCode|neq: x`, `{}`, true},
		{"neq over null", `errorCode|neq: x`, `{"errorCode":null}`, true},
		{"neq asks that no element is", `requestParameters.a|neq: x`, `{"requestParameters":{"a":["y","x"]}}`, false},
		{"neq of several is none of them", `errorCode|neq: [x, y]`, `{"errorCode":"y"}`, false},
		{"neq with gt over text", `requestParameters.n|gt|neq: 5`, `{"requestParameters":{"n":"many"}}`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := planOf(t, schema.CloudTrail, "sel:\n  "+tt.item+"\ncondition: sel")
			if got := matches(t, p, tt.event); got != tt.want {
				t.Errorf("%s on %s: got %v, want %v", tt.item, tt.event, got, tt.want)
			}
		})
	}
}

func TestKeywords(t *testing.T) {
	const event = `{ "eventName" : "Create User", "requestParameters" : { "n" : 1.50, "K" : ["\u00E9", true] } }`
	for _, tt := range []struct {
		name, keywords string
		want           bool
	}{
		{"a value in any case", `[CREATE USER]`, true},
		{"a key's name", `[requestparameters]`, true},
		{"a number as it is stored", `['1.50']`, true},
		{"a number of the rule by its text", `[1.5]`, true},
		{"a boolean", `[true]`, true},
		{"an escape as it is stored", `['\u00e9']`, true},
		{"not the character that an escape means", `['é']`, false},
		{"the text is compact", `['"n":1.50,"K":["\u00E9",true]']`, true},
		{"blanks inside strings stay", `[createuser]`, false},
		{"any of several", `[nothing, create]`, true},
		{"wildcards reach over members", `['create*true']`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := planOf(t, schema.CloudTrail, "keywords: "+tt.keywords+"\ncondition: keywords")
			if got := matches(t, p, event); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestConditionsCombine(t *testing.T) {
	const searches = "a:\n  eventName: A\nb:\n  errorCode: B\nc:\n  awsRegion: C\n"
	for _, tt := range []struct {
		condition, event string
		want             bool
	}{
		{"a and not b", `{"eventName":"a"}`, true},
		{"a and not b", `{"eventName":"a","errorCode":"b"}`, false},
		{"not (a or b)", `{"awsRegion":"c"}`, true},
		{"not a and not b or c", `{"eventName":"a","awsRegion":"c"}`, true},
		{"1 of them", `{"awsRegion":"c"}`, true},
		{"all of them", `{"awsRegion":"c","eventName":"a"}`, false},
		{"not not a", `{"eventName":"a"}`, true},
	} {
		if got := matches(t, planOf(t, schema.CloudTrail, searches+"condition: "+tt.condition), tt.event); got != tt.want {
			t.Errorf("%s on %s: got %v, want %v", tt.condition, tt.event, got, tt.want)
		}
	}
}

func TestConstantsDecideAlone(t *testing.T) {
	for _, tt := range []struct {
		p    compiler.Pred
		want bool
	}{
		{compiler.Const{Value: true}, true},
		{compiler.Const{}, false},
		{compiler.All{}, true},
		{compiler.Any{}, false},
		{compiler.Not{Of: compiler.Any{}}, true},
		{compiler.In{Field: path(t, "eventName")}, false},
		{compiler.Any{Of: []compiler.Pred{compiler.Const{}, compiler.In{Field: path(t, "eventName"), Values: []string{"x"}}}}, true},
	} {
		if got := holdsIn(t, schema.CloudTrail, tt.p, `{"eventName":"x"}`); got != tt.want {
			t.Errorf("%#v: got %v, want %v", tt.p, got, tt.want)
		}
	}
}

// A regular expression under startswith or endswith is held to the text's ends,
// alternatives and lines included.
func TestAnchoredRegexps(t *testing.T) {
	for _, tt := range []struct {
		p    compiler.Regexp
		text string
		want bool
	}{
		{compiler.Regexp{Expr: "b|a", Prefix: true}, "ab", true},
		{compiler.Regexp{Expr: "x|b", Prefix: true}, "ab", false},
		{compiler.Regexp{Expr: "a|b", Suffix: true}, "ab", true},
		{compiler.Regexp{Expr: "a|x", Suffix: true}, "ab", false},
		{compiler.Regexp{Expr: "a", Prefix: true, Suffix: true}, "aa", false},
		{compiler.Regexp{Expr: "b", Prefix: true, Flags: compiler.RegexpFlags{Multiline: true}}, "a\\nb", false},
		{compiler.Regexp{Expr: "A", Suffix: true, Flags: compiler.RegexpFlags{IgnoreCase: true}}, "ba", true},
	} {
		tt.p.Field = path(t, "userAgent")
		if got := holdsIn(t, schema.CloudTrail, tt.p, `{"userAgent":"`+tt.text+`"}`); got != tt.want {
			t.Errorf("%s on %s: got %v, want %v", tt.p.Source(), tt.text, got, tt.want)
		}
	}
}

// One event serves many matchers, each with fields of its own, and many records
// one after the other.
func TestEventIsReused(t *testing.T) {
	a := Compile(planOf(t, schema.CloudTrail, "s:\n  eventName: A\n  awsRegion: r\ncondition: s"))
	b := Compile(planOf(t, schema.CloudTrail, "s:\n  awsRegion: R\n  eventName|contains: ''\ncondition: s"))
	var ev Event
	for _, tt := range []struct {
		event string
		a, b  bool
	}{
		{`{"eventName":"A","awsRegion":"R"}`, true, true},
		{`{"eventName":"B","awsRegion":"R"}`, false, true},
		{`{"awsRegion":"R"}`, false, false},
		{`{"eventName":"A","awsRegion":["x","\u0052"]}`, true, true},
	} {
		ev.Reset(schema.CloudTrail, parse(t, tt.event))
		for range 2 {
			if got := a.Match(&ev); got != tt.a {
				t.Errorf("first matcher on %s: got %v", tt.event, got)
			}
			if got := b.Match(&ev); got != tt.b {
				t.Errorf("second matcher on %s: got %v", tt.event, got)
			}
		}
	}
}

// Two long arrays are not compared pair by pair.
func TestManyPairs(t *testing.T) {
	list := func(prefix string, last string) string {
		var b strings.Builder
		for i := range 100_000 {
			b.WriteString(`"` + prefix + strings.Repeat("x", i%7) + `",`)
		}
		return "[" + b.String() + `"` + last + `"]`
	}
	p := planOf(t, schema.CloudTrail, "s:\n  requestParameters.a|fieldref: responseElements.b\ncondition: s")
	for last, want := range map[string]bool{"SAME": true, "other": false} {
		event := `{"requestParameters":{"a":` + list("l", "same") + `},"responseElements":{"b":` + list("r", last) + `}}`
		if got := matches(t, p, event); got != want {
			t.Errorf("%s: got %v, want %v", last, got, want)
		}
	}
}
