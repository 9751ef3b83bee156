package sigma

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

const whole = `title: Access key created for another user
id: 3b5f9d3c-8a3b-4e0e-9a5b-7f1f2c6d1e00
name: access_key_created
related:
    - id: 11111111-2222-4333-8444-555555555555
      type: derived
    - type: similar
      id: 66666666-7777-4888-9999-000000000000
status: test
level: high
description: |
    Two lines
    of text
author: Detection Team
date: 2024-01-02
modified: 2024-03-04
license: Apache-2.0
references:
    - https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
tags:
    - attack.persistence
    - attack.t1098.001
fields: eventName
falsepositives:
    - Key rotation
logsource:
    product: aws
    service: cloudtrail
    definition: management events
    region: [eu-west-1, 012]
detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName|contains|all:
            - Create
            - AccessKey
    filter:
        - userIdentity.type: Root
          errorCode: null
        - AccessDenied
    condition: selection and not filter
custom:
    runbook: 042
    owners: [a, {b: c}]
`

func TestParseReadsAWholeRule(t *testing.T) {
	r := parseOne(t, &diag.Source{Name: "rule.yml", Text: []byte(whole)})
	for _, tt := range []struct {
		what      string
		got, want any
	}{
		{"title", r.Title, "Access key created for another user"},
		{"id", r.ID, "3b5f9d3c-8a3b-4e0e-9a5b-7f1f2c6d1e00"},
		{"name", r.Name, "access_key_created"},
		{"related", fmt.Sprint(r.Related), "[{11111111-2222-4333-8444-555555555555 derived} {66666666-7777-4888-9999-000000000000 similar}]"},
		{"status", r.Status, "test"},
		{"level", r.Level, "high"},
		{"description", r.Description, "Two lines\nof text\n"},
		{"author", r.Author, "Detection Team"},
		{"date", r.Date, "2024-01-02"},
		{"modified", r.Modified, "2024-03-04"},
		{"license", r.License, "Apache-2.0"},
		{"references", strings.Join(r.References, " "), "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html"},
		{"tags", strings.Join(r.Tags, " "), "attack.persistence attack.t1098.001"},
		{"a single field is a list of one", strings.Join(r.Fields, " "), "eventName"},
		{"falsepositives", strings.Join(r.FalsePositives, " "), "Key rotation"},
		{"product", r.Logsource.Product, "aws"},
		{"service", r.Logsource.Service, "cloudtrail"},
		{"definition", r.Logsource.Definition, "management events"},
		{"other attributes of the logsource", fmt.Sprint(r.Logsource.AdditionalFields), "map[region:[eu-west-1 012]]"},
		{"custom keys keep their text", fmt.Sprint(r.AdditionalFields), "map[custom:map[owners:[a map[b:c]] runbook:042]]"},
		{"title's place", r.At.String(), "rule.yml:1:8"},
		{"logsource's place is the service", r.LogsourceAt.String(), "rule.yml:28:14"},
	} {
		if !reflect.DeepEqual(tt.got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.what, tt.got, tt.want)
		}
	}
}

// outline writes searches as name=[field|modifiers:values & ... or ...].
func outline(d Detection) string {
	var b strings.Builder
	for _, s := range d.Searches {
		fmt.Fprintf(&b, "%s=[", s.Name)
		for i, alt := range s.Of {
			if i > 0 {
				b.WriteString(" or ")
			}
			for j, it := range alt {
				if j > 0 {
					b.WriteString(" & ")
				}
				b.WriteString(strings.Join(append([]string{it.Field}, it.Modifiers...), "|") + ":")
				for k, v := range it.Values {
					if k > 0 {
						b.WriteString(",")
					}
					b.WriteString(v.Text)
				}
			}
		}
		b.WriteString("] ")
	}
	return strings.TrimSuffix(b.String(), " ")
}

func TestShapesOfSearches(t *testing.T) {
	tests := []struct{ name, detection, want string }{
		{"map in the order of the file", "s:\n    z: 1\n    a: 2\n    m: 3", "s=[z:1 & a:2 & m:3]"},
		{"list of maps", "s:\n    - a: 1\n      b: 2\n    - c: 3", "s=[a:1 & b:2 or c:3]"},
		{"list of keywords", "s: [x, 443, true]", "s=[:x or :443 or :true]"},
		{"keywords and maps mixed", "s:\n    - x\n    - a: 1", "s=[:x or a:1]"},
		{"bare keyword", "s: x", "s=[:x]"},
		{"empty text as a keyword", "s: ''", "s=[:]"},
		{"keywords with a modifier", "s:\n    '|all': [x, y]", "s=[|all:x,y]"},
		{"list of values", "s:\n    a: [1, x, '']", "s=[a:1,x,]"},
		{"lists inside a list of values add to it", "s:\n    a: [[1, 2], 3, [[4]]]", "s=[a:1,2,3,4]"},
		{"null", "s:\n    a:", "s=[a:]"},
		{"several searches in the order of the file", "z: 1\ny: 2\ns:\n    b: 3", "z=[:1] y=[:2] s=[b:3]"},
		{"field names with dots, blanks and colons", "s:\n    a.b.c: 1\n    'a b': 2\n    'c:d': 3", "s=[a.b.c:1 & a b:2 & c:d:3]"},
		{"one field with different modifiers", "s:\n    a|contains: x\n    a|endswith: y", "s=[a|contains:x & a|endswith:y]"},
		{"alias of a value", "s:\n    a: &v x\n    b: *v", "s=[a:x & b:x]"},
		{"alias of a list of values", "s:\n    a: &v [x, y]\n    b: *v", "s=[a:x,y & b:x,y]"},
		{"alias inside a list of values", "s:\n    a: &v [x, y]\n    b: [*v, z]", "s=[a:x,y & b:x,y,z]"},
		{"alias of a search", "r: &r\n    a: 1\ns: *r", "r=[a:1] s=[a:1]"},
		{"alias in a list of maps", "r: &r\n    a: 1\ns: [*r, {b: 2}]", "r=[a:1] s=[a:1 or b:2]"},
		{"alias as a key", "s:\n    a: &k x\n    *k : y", "s=[a:x & x:y]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := outline(parseOne(t, source(tt.detection+"\ncondition: 1 of them")).Detection); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestEveryDocumentOfAFileIsRead(t *testing.T) {
	rule := func(title string) string {
		return "title: " + title + "\nlogsource: {product: aws, service: cloudtrail}\ndetection: {s: x, condition: s}\n"
	}
	tests := []struct {
		name, text, titles string
		errors             int
	}{
		{"one", rule("a"), "a", 0},
		{"three in order", rule("a") + "---\n" + rule("b") + "---\n" + rule("c"), "a b c", 0},
		{"with a marker in front", "---\n" + rule("a"), "a", 0},
		{"ended by dots", rule("a") + "...\n---\n" + rule("b") + "...\n", "a b", 0},
		{"empty ones between", "---\n---\n# nothing\n---\n" + rule("a") + "---\n\n---\n~\n", "a", 0},
		{"a wrong one leaves the others", rule("a") + "---\ntitle: b\n---\n" + rule("c"), "a c", 2},
		{"what follows text that is not YAML is lost, and said so", rule("a") + "---\ntitle: [\n---\n" + rule("c"), "a", 1},
		{"no document", "", "", 0},
		{"comments only", "# a\n# b\n", "", 0},
		{"blank lines only", "\n\n  \n", "", 0},
		{"a marker only", "---\n", "", 0},
		{"a directive of another version is refused", "%YAML 2.0\n---\n" + rule("a"), "", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, diags := Parse(&diag.Source{Name: "r.yml", Text: []byte(tt.text)})
			var titles []string
			for _, r := range doc.Rules {
				titles = append(titles, r.Title)
			}
			if got := strings.Join(titles, " "); got != tt.titles {
				t.Errorf("rules %q, want %q", got, tt.titles)
			}
			n := 0
			for _, d := range diags {
				if d.Severity == diag.Error {
					n++
				}
			}
			if n != tt.errors {
				t.Errorf("%d errors, want %d: %v", n, tt.errors, diags.Err())
			}
		})
	}
}

func TestLaterDocumentsKeepTheirPlaces(t *testing.T) {
	d := firstErrorOf(t, &diag.Source{Name: "r.yml", Text: []byte("# one\n---\n# two\n---\ntitle: x\nlevel: extreme\nlogsource: {}\ndetection: {s: x, condition: s}\n")})
	if got := d.Span.String(); got != "r.yml:6:8" {
		t.Errorf("got %s", got)
	}
}

func TestNullMetadataIsAbsent(t *testing.T) {
	src := source("s: x\ncondition: s")
	src.Text = append([]byte("id: ~\nname:\nstatus: null\ntags:\nreferences: ~\ndescription:\n"), src.Text...)
	r := parseOne(t, src)
	if r.ID != "" || r.Name != "" || r.Status != "" || r.Tags != nil || r.References != nil || r.Description != "" {
		t.Errorf("got %+v", r.Rule)
	}
}

func TestAllThatIsWrongIsSaidAtOnce(t *testing.T) {
	_, diags := Parse(source("a|b: x\ns:\n    f|contain: x\n    g|lt: y\ncondition: s and t"))
	var codes []string
	for _, d := range diags {
		codes = append(codes, string(d.Code))
	}
	if got := strings.Join(codes, " "); got != "SIG116 SIG118 SIG112" {
		t.Errorf("got %s", got)
	}
}

func TestParseIsDeterministic(t *testing.T) {
	src := source("a: x\nb: y\nc: {f|contain: 1, f|lt: x}\ncondition: d or 2 of them")
	_, first := Parse(src)
	for range 20 {
		if _, again := Parse(src); !reflect.DeepEqual(first, again) {
			t.Fatalf("%v\n%v", first, again)
		}
	}
}
