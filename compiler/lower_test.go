package compiler

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

func TestLowerItems(t *testing.T) {
	tests := []struct{ name, item, want string }{
		{"equality is folded", "eventName: CreateUser", `eventName in~ ["createuser"]`},
		{"folding is one code point for one", "eventName: \"\u212aİẞ\"", `eventName in~ ["kİß"]`},
		{"cased equality is not", "eventName|cased: CreateUser", `eventName in ["CreateUser"]`},
		{"values of a list are one In, sorted and distinct", "eventName: [b, C, a, B]", `eventName in~ ["a" "b" "c"]`},
		{"order of cased values", "eventName|cased: [b, B, a]", `eventName in ["B" "a" "b"]`},
		{"wildcards stand beside the In, in its place", "eventName: [b*, d, 'c?', a]", `(eventName like~ "b*" or eventName in~ ["a" "d"] or eventName like~ "c?")`},
		{"escapes are gone", `eventName: ['a\*b', 'c\\d', 'e\f']`, `eventName in~ ["a*b" "c\\d" "e\\f"]`},
		{"empty text", "eventName: ''", `eventName in~ [""]`},
		{"null", "errorCode: null", `null(errorCode)`},
		{"null negated", "errorCode|neq: null", `not null(errorCode)`},
		{"numbers by their canonical text", "eventVersion: [443, 443.0, 1e3, -0, 0.10]", `eventVersion in~ ["0" "0.1" "1000" "443"]`},
		{"integers beyond 2^53", "recipientAccountId: 9007199254740993", `recipientAccountId in~ ["9007199254740993"]`},
		{"leading zeros are text", "recipientAccountId: 012345678901", `recipientAccountId in~ ["012345678901"]`},
		{"booleans by their word", "readOnly: [true, FALSE]", `readOnly in~ ["false" "true"]`},
		{"contains", "eventName|contains: Bucket", `eventName like~ "*bucket*"`},
		{"startswith", "eventName|startswith: Put", `eventName like~ "put*"`},
		{"endswith", "eventName|endswith: User", `eventName like~ "*user"`},
		{"contains of a star is presence", "errorCode|contains: '*'", `errorCode like~ "*"`},
		{"contains of nothing is presence", "errorCode|contains: ''", `errorCode like~ "*"`},
		{"contains with a trailing backslash", `userAgent|contains: 'Temp\'`, `userAgent like~ "*temp\\\\*"`},
		{"contains with a wildcard inside", "userAgent|contains: a*b", `userAgent like~ "*a*b*"`},
		{"contains all", "userAgent|contains|all: [a, b]", `(userAgent like~ "*a*" and userAgent like~ "*b*")`},
		{"all over equalities keeps them apart", "eventName|all: [b, a]", `(eventName in~ ["b"] and eventName in~ ["a"])`},
		{"neq is not in the list", "eventName|neq: [b, a]", `not eventName in~ ["a" "b"]`},
		{"neq over all", "eventName|neq|all: [b, a]", `not (eventName in~ ["b"] and eventName in~ ["a"])`},
		{"all before neq", "eventName|all|neq: [b, a]", `not (eventName in~ ["b"] and eventName in~ ["a"])`},
		{"neq over contains", "eventName|contains|neq: a", `not eventName like~ "*a*"`},
		{"regular expression", "userAgent|re: '^aws-cli/[12]'", `userAgent re "^aws-cli/[12]"`},
		{"its escapes are its own", `userAgent|re: 'a\\b\*'`, `userAgent re "a\\\\b\\*"`},
		{"its flags", "userAgent|re|s|i|m: a.b", `userAgent re "(?ims)a.b"`},
		{"its flags by their long names", "userAgent|re|ignorecase|multiline|dotall: a.b", `userAgent re "(?ims)a.b"`},
		{"its start", "userAgent|re|startswith: a|b", `userAgent re "\\A(?:a|b)"`},
		{"its end", "userAgent|re|endswith|i: a|b", `userAgent re "(?i)(?:a|b)\\z"`},
		{"contains adds nothing to a search", "userAgent|re|contains: a|b", `userAgent re "a|b"`},
		{"network", "sourceIPAddress|cidr: 10.0.0.0/8", `sourceIPAddress cidr 10.0.0.0/8`},
		{"networks", "sourceIPAddress|cidr: [10.0.0.0/8, '2001:DB8::/32']", `(sourceIPAddress cidr 10.0.0.0/8 or sourceIPAddress cidr 2001:db8::/32)`},
		{"address alone", "sourceIPAddress|cidr: 10.1.2.3", `sourceIPAddress cidr 10.1.2.3/32`},
		{"address of version 6 alone", "sourceIPAddress|cidr: '::1'", `sourceIPAddress cidr ::1/128`},
		{"exists", "errorCode|exists: true", `exists(errorCode)`},
		{"exists not", "errorCode|exists: False", `not exists(errorCode)`},
		{"exists negated", "errorCode|neq|exists: false", `exists(errorCode)`},
		{"another field", "userIdentity.arn|fieldref: userIdentity.principalId", `userIdentity.arn equals~ userIdentity.principalId`},
		{"another field, cased", "userIdentity.arn|fieldref|cased: eventID", `userIdentity.arn equals eventID`},
		{"ends with another field", "userIdentity.arn|fieldref|endswith: requestParameters.userName", `userIdentity.arn ends with~ requestParameters.userName`},
		{"starts with another field", "userIdentity.arn|fieldref|startswith: eventName", `userIdentity.arn starts with~ eventName`},
		{"holds another field", "userIdentity.arn|fieldref|contains: eventName", `userIdentity.arn contains~ eventName`},
		{"any of other fields", "eventName|fieldref|neq: [eventID, eventType]", `not (eventName equals~ eventID or eventName equals~ eventType)`},
		{"less", "eventVersion|lt: 1.50", `eventVersion < 1.5`},
		{"less or equal", "eventVersion|lte: -1", `eventVersion <= -1`},
		{"greater", "eventVersion|gt: 1e3", `eventVersion > 1000`},
		{"greater or equal", "eventVersion|gte: 9007199254740993", `eventVersion >= 9007199254740993`},
		{"hour", "eventTime|hour: [22, 23]", `(hour(eventTime) = 22 or hour(eventTime) = 23)`},
		{"hour below", "eventTime|hour|lt: 6", `hour(eventTime) < 6`},
		{"week, month, year", "eventTime|week|gte: 53", `week(eventTime) >= 53`},
		{"minute negated", "eventTime|minute|neq: 0", `not minute(eventTime) = 0`},
		{"percent signs are text without expand", "userAgent: '%a%'", `userAgent in~ ["%a%"]`},
		{"expand without a placeholder", "userAgent|expand: 100 %", `userAgent in~ ["100 %"]`},
		{"base64 is compared folded", "userAgent|base64: Foo", `userAgent in~ ["rm9v"]`},
		{"base64 cased", "userAgent|base64|cased: Foo", `userAgent in ["Rm9v"]`},
		{"base64 of an escaped star is of the star", `userAgent|base64|cased: 'fo\*o'`, `userAgent in ["Zm8qbw=="]`},
		{"base64offset under all", "userAgent|base64offset|contains|cased|all: [foo, bar]",
			`((userAgent like "*Zm9v*" or userAgent like "*Zvb*" or userAgent like "*mb2*") and (userAgent like "*YmFy*" or userAgent like "*Jhc*" or userAgent like "*iYX*"))`},
		{"windash joins its spellings", "userAgent|windash: -a", `userAgent in~ ["-a" "/a" "–a" "—a" "―a"]`},
		{"a path inside a JSON column", "requestParameters.a.b-c.d_e: x", `requestParameters.a.b-c.d_e in~ ["x"]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := dump(planOf(t, "s:\n    "+tt.item+"\ncondition: s").Where); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestLowerKeywords(t *testing.T) {
	tests := []struct{ name, search, want string }{
		{"bare", "s: AccessDenied", `event like~ "*accessdenied*"`},
		{"list", "s: [Aa, 5, true]", `(event like~ "*aa*" or event like~ "*5*" or event like~ "*true*")`},
		{"all", "s: {'|all': [a, b]}", `(event like~ "*a*" and event like~ "*b*")`},
		{"cased", "s: {'|cased': Aa}", `event like "*Aa*"`},
		{"neq", "s: {'|neq': [a, b]}", `not (event like~ "*a*" or event like~ "*b*")`},
		{"wildcards", "s: [a*b, '*c*', 'd?']", `(event like~ "*a*b*" or event like~ "*c*" or event like~ "*d?*")`},
		{"contains is what they are", "s: {'|contains': a}", `event like~ "*a*"`},
		{"base64offset", "s: {'|base64offset|cased': foo}", `(event like "*Zm9v*" or event like "*Zvb*" or event like "*mb2*")`},
		{"mixed with maps", "s: [x, {eventName: y, errorCode: null}]", `(event like~ "*x*" or (eventName in~ ["y"] and null(errorCode)))`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := dump(planOf(t, tt.search+"\ncondition: s").Where); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestLowerConditions(t *testing.T) {
	const searches = "a:\n    eventName: a\nb:\n    eventName: b\nsel_1:\n    eventName: c\nsel_2:\n    - eventName: d\n      errorCode: e\n    - eventName: f\n_base:\n    eventName: g\n"
	const a, b, c, d = `eventName in~ ["a"]`, `eventName in~ ["b"]`, `eventName in~ ["c"]`, `(eventName in~ ["d"] and errorCode in~ ["e"])`
	const f, g = `eventName in~ ["f"]`, `eventName in~ ["g"]`
	tests := []struct{ condition, want string }{
		{"a", a},
		{"a and b or sel_1", "((" + a + " and " + b + ") or " + c + ")"},
		{"not (a or b)", "not (" + a + " or " + b + ")"},
		{"not not a", a},
		{"1 of sel_*", "(" + c + " or " + d + " or " + f + ")"},
		{"all of sel_*", "(" + c + " and (" + d + " or " + f + "))"},
		{"not 1 of sel_*", "not (" + c + " or " + d + " or " + f + ")"},
		{"1 of sel_2 and all of a", "((" + d + " or " + f + ") and " + a + ")"},
		{"any of them", "(" + a + " or " + b + " or " + c + " or " + d + " or " + f + ")"},
		{"all of them", "(" + a + " and " + b + " and " + c + " and (" + d + " or " + f + "))"},
		{"1 of _*", g},
		{"a and (b and (_base and a))", "(" + a + " and " + b + " and " + g + " and " + a + ")"},
		{"[a, b]", "(" + a + " or " + b + ")"},
		{"[a and b, not _base]", "((" + a + " and " + b + ") or not " + g + ")"},
	}
	for _, tt := range tests {
		t.Run(tt.condition, func(t *testing.T) {
			if got := dump(planOf(t, searches+"condition: "+tt.condition).Where); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestLowerKeepsThePlaceOfWhatAsked(t *testing.T) {
	p := planOf(t, "s:\n    eventName|contains:\n        - abc\n        - def\n    errorCode: null\ncondition: s")
	var places []string
	Walk(p.Where, func(p Pred) { places = append(places, p.Span().String()) })
	want := []string{"rule.yml:6:5", "rule.yml:7:9", "rule.yml:8:15", "rule.yml:9:15", "rule.yml:10:20"}
	if !slices.Equal(places, want) {
		t.Errorf("got  %v\nwant %v", places, want)
	}
}

func TestARuleThatCanMatchNothingIsToldOf(t *testing.T) {
	_, diags := Compile(ruleOf(t, "a: x\ncondition: a and not a"), schema.ForLogsource)
	if len(diags) != 0 {
		t.Errorf("what only logic shows is no constant: %v", diags)
	}
}

func TestOneRulesErrorsLeaveTheOthers(t *testing.T) {
	rule := ruleOf(t, "s:\n    eventName: a\ncondition: s")
	wrong := ruleOf(t, "s:\n    eventNam: a\ncondition: s")
	plans, diags := CompileAll([]*sigma.Rule{wrong, rule, wrong}, schema.ForLogsource)
	if len(plans) != 1 || plans[0].Rule != rule || len(diags) != 2 {
		t.Errorf("%d plans, %v", len(plans), diags)
	}
}

func TestShowHoldsTheRulesFieldsFirst(t *testing.T) {
	rule := ruleOf(t, "s:\n    eventName: a\ncondition: s")
	rule.Fields = []string{"requestParameters.userName", "noSuchField", "userAgent", "userAgent"}
	p, diags := Compile(rule, schema.ForLogsource)
	if p == nil {
		t.Fatal(diags.Err())
	}
	var got []string
	for _, path := range p.Show {
		got = append(got, path.Name())
	}
	want := []string{"requestParameters.userName", "userAgent"}
	for _, name := range p.Source.Show {
		if name != "userAgent" {
			want = append(want, name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestLoweringIsBounded(t *testing.T) {
	dashes := "'-a -b -c -d -e'"
	tests := []struct {
		name, detection string
		code            diag.Code // empty where the rule must compile
	}{
		{"100,000 values", "s:\n    eventName: [" + strings.Repeat("a,b,", 50_000) + "]\ncondition: s", ""},
		{"100,000 patterns", "s:\n    eventName: [" + strings.Repeat("a*,b*,", 50_000) + "]\ncondition: s", ""},
		{"ten values of five dashes", "s:\n    userAgent|windash: [" + strings.Repeat(dashes+",", 10) + "]\ncondition: s", ""},
		{"a thousand values of five dashes", "s:\n    userAgent|windash|contains: [" + strings.Repeat(dashes+",", 1_000) + "]\ncondition: s", diag.TooLarge},
		{"a hundred fields of a value of five dashes", manySearches(100, "userAgent|windash: "+dashes) + "condition: 1 of them", diag.TooLarge},
		{"a placeholder of 100,000 values", "s:\n    userAgent|expand: '%many%'\ncondition: s", ""},
		{"combinations of six placeholders", "s:\n    userAgent|expand: '%ten%%ten%%ten%%ten%%ten%%ten%'\ncondition: s", diag.TooLarge},
		{"combinations in a regular expression", "s:\n    userAgent|re|expand: '%ten%%ten%%ten%%ten%%ten%%ten%'\ncondition: s", diag.TooLarge},
		{"a thousand placeholders in a value", "s:\n    userAgent|expand: '" + strings.Repeat("%one%", 1_000) + "'\ncondition: s", diag.TooLarge},
		{"a thousand placeholders in a regular expression", "s:\n    userAgent|re|expand: '" + strings.Repeat("%one%", 1_000) + "'\ncondition: s", diag.TooLarge},
		{"many spellings of a long value", "s:\n    userAgent|expand: '%many%" + strings.Repeat("x", 10_000) + "'\ncondition: s", diag.TooLarge},
		{"six dashes", "s:\n    userAgent|windash: '-a -b -c -d -e -f'\ncondition: s", diag.TooLarge},
		{"50,000 unknown fields", "s:\n" + strings.Repeat("    - {eventNam: x}\n", 50_000) + "condition: s", diag.UnknownField},
		{"100,000 values that are no networks", "s:\n    sourceIPAddress|cidr: [" + strings.Repeat("x,", 100_000) + "]\ncondition: s", diag.BadCIDR},
		{"900 searches named 400 times", manySearches(900, "eventName: a") + "condition: " + strings.Repeat("1 of s* or ", 400) + "s1", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rule := ruleOf(t, tt.detection)
			rule.Values = sigma.Values{"many": slices.Repeat([]string{"a", "b*"}, 50_000), "one": {"a"}, "ten": slices.Repeat([]string{"a"}, 10)}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			plan, diags := Compile(rule, schema.ForLogsource)
			runtime.ReadMemStats(&after)
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 400 {
				t.Errorf("%d MiB were allocated", used)
			}
			if (plan == nil) != (tt.code != "") {
				t.Fatalf("plan %v, want an error %q: %d diagnostics", plan != nil, tt.code, len(diags))
			}
			if len(diags) > maxDiags {
				t.Errorf("%d diagnostics", len(diags))
			}
			if tt.code != "" && !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == tt.code }) {
				t.Errorf("got %v, want %s", diags[0], tt.code)
			}
		})
	}
}

func manySearches(n int, item string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("s" + strings.Repeat("x", i/26) + string(rune('a'+i%26)) + ":\n    " + item + "\n")
	}
	b.WriteString("s1:\n    eventName: z\n")
	return b.String()
}
