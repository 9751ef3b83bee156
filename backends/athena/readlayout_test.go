package athena

import (
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/compiler/schema/schematest"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

const ours = `name: ours
title: our own table
source: cloudtrail
table: trail_2026
columns:
  eventTime: {column: time, type: timestamp}
  eventName: api.operation
  readOnly: {column: read_only, type: boolean}
  sourceIPAddress: {column: src.ip, or: domain}
  userIdentity:
    column: who
    members:
      arn: id.arn
      sessionContext:
        members:
          attributes: {column: session, members: {mfaAuthenticated: mfa}}
  resources: {column: resources, members: {ARN: uid}}
  requestParameters: {column: request, type: lower-json}
  addendum: {column: addendum, type: json}
  userAgent: "user agent"
partitions: {scheme: slash-day, column: day}
null_text: "-"
`

func TestReadLayout(t *testing.T) {
	l, diags := ReadLayout(&diag.Source{Name: "ours.yml", Text: []byte(ours)})
	if len(diags) > 0 || l == nil {
		t.Fatal(diags.Err())
	}
	if l.Name != "ours" || l.Title != "our own table" || l.Source != schema.CloudTrail || l.Table != "trail_2026" || l.NullText != "-" || l.Storage.Format != schema.Managed {
		t.Errorf("got %+v", l)
	}
	if p := l.Partitions; p.Scheme != schema.SlashDay || p.Column != "day" || len(p.Keys) != 1 || p.Keys[0] != (schema.Key{Name: "day", Type: "string"}) {
		t.Errorf("got %+v", p)
	}
	for field, want := range map[string]struct {
		place string
		typ   schema.ColumnType
	}{
		"eventTime":         {"time", schema.Timestamp},
		"eventName":         {"api.operation", schema.Varchar},
		"readOnly":          {"read_only", schema.Boolean},
		"sourceIPAddress":   {"src.ip", schema.Varchar},
		"userIdentity.arn":  {"who.id.arn", schema.Varchar},
		"resources.ARN":     {"resources.uid", schema.Varchar},
		"requestParameters": {"request", schema.LowerJSON},
		"addendum.reason":   {"addendum", schema.JSONText},
		"userAgent":         {"user agent", schema.Varchar},
		"userIdentity.sessionContext.attributes.mfaAuthenticated": {"who.session.mfa", schema.Varchar},
	} {
		steps, _, ok := l.Locate(schematest.Resolve(t, schema.CloudTrail, field))
		if !ok || strings.Join(schema.Place(steps), ".") != want.place || steps[len(steps)-1].Type != want.typ {
			t.Errorf("%s: %+v", field, steps)
		}
	}
}

func TestReadLayoutTakesTheTableForItsName(t *testing.T) {
	text := "source: vpcflow\ntable: flows\ncolumns: {start: start}\npartitions: {scheme: year-month-day}\n"
	l, diags := ReadLayout(&diag.Source{Text: []byte(text)})
	if l == nil {
		t.Fatal(diags.Err())
	}
	if l.Name != "flows" || l.Columns[0].Type != schema.Integer || strings.Join(l.Partitions.DayParts(), " ") != "year month day" || len(l.Partitions.Keys) != 3 {
		t.Errorf("got %+v", l)
	}
}

func TestBadLayouts(t *testing.T) {
	const head = "source: cloudtrail\ntable: t\n"
	const columns = "columns: {eventTime: time}\n"
	tests := []struct {
		name, text, message string
		line, col           int
	}{
		{"nothing", "", "the file holds no table layout", 0, 0},
		{"a list", "- a\n", "a table layout must be a mapping", 1, 1},
		{"two documents", head + columns + "---\n" + head + columns, "the file holds a second document", 5, 1},
		{"no table", "source: cloudtrail\n" + columns, "the table layout has no table", 1, 1},
		{"a database before the table", "source: cloudtrail\ntable: a.b\n" + columns, `"a.b" is no name of a table`, 2, 8},
		{"an unknown source", "source: cloudtrial\ntable: t\n" + columns, `"cloudtrial" is not a source`, 1, 9},
		{"an unknown key", head + columns + "colums: {}\n", `a table layout has no key "colums"`, 4, 1},
		{"an unknown field", head + "columns: {eventTime: time, evntName: x}\n", "cloudtrail has no field evntName", 3, 28},
		{"an unknown member", head + "columns: {eventTime: time, tlsDetails: {column: t, members: {version: v}}}\n", "cloudtrail has no field tlsDetails.version", 3, 62},
		{"no time", head + "columns: {eventName: name}\n", "the table has no column for eventTime, which dates an event", 3, 1},
		{"columns that are a list", head + "columns: [eventTime]\n", "columns must be a mapping of fields to columns", 3, 10},
		{"an unknown type", head + "columns: {eventTime: {column: time, type: date}}\n", `a column of eventTime cannot be of type "date"`, 3, 43},
		{"a type that cannot hold the field", head + "columns: {eventTime: {column: time, type: integer}}\n", `a column of eventTime cannot be of type "integer"`, 3, 43},
		{"seconds that are no number", "source: vpcflow\ntable: t\ncolumns: {start: {column: start, type: text}}\n", `a column of start cannot be of type "text"`, 3, 40},
		{"a struct without members", head + "columns: {eventTime: time, addendum: addendum}\n", "addendum has members, which a layout must name", 3, 38},
		{"a struct of no members", head + "columns: {eventTime: time, addendum: {column: addendum}}\n", "addendum has members, which a layout must name", 3, 28},
		{"members of text", head + "columns: {eventTime: {column: time, members: {}}}\n", "a column of type text has no members", 3, 37},
		{"a column without a name", head + "columns: {eventTime: {type: text}}\n", "the column of eventTime has no name", 3, 11},
		{"an empty name", head + "columns: {eventTime: a..b}\n", `"a..b" is no name of a column`, 3, 22},
		{"another beside a number", head + "columns: {eventTime: {column: time, type: timestamp, or: x}}\n", "only a text column can have another beside it", 3, 54},
		{"partitions that are text", head + columns + "partitions: day\n", "partitions must be a mapping of scheme, column, columns", 4, 13},
		{"partitions without a scheme", head + columns + "partitions: {column: day}\n", "the partitions have no scheme", 4, 13},
		{"an unknown scheme", head + columns + "partitions: {scheme: hourly, column: day}\n", `"hourly" is not a scheme`, 4, 22},
		{"too few columns", head + columns + "partitions: {scheme: year-month-day, columns: [y, m]}\n", "the scheme year-month-day takes 3 columns, not 2", 4, 22},
		{"a partition column without a name", head + columns + "partitions: {scheme: date, column: ''}\n", `"" is no name of a column`, 4, 22},
		{"an instant that is text", head + columns + "partitions: {scheme: instant, column: time}\n", "the table has no timestamp column time", 4, 22},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, diags := ReadLayout(&diag.Source{Name: "t.yml", Text: []byte(tt.text)})
			if l != nil || len(diags) == 0 {
				t.Fatalf("got %+v, %v", l, diags)
			}
			d := diags[0]
			if d.Code != diag.BadLayout || !strings.HasPrefix(d.Message, tt.message) || d.Span.Line != tt.line || d.Span.Col != tt.col || len(diags) > 1 {
				t.Errorf("got %v", diags)
			}
		})
	}
	if l, diags := ReadLayout(&diag.Source{Text: []byte("a: [")}); l != nil || diags[0].Code != diag.Syntax {
		t.Errorf("got %v", diags)
	}
}

func TestTypesAndSchemesHaveWords(t *testing.T) {
	for typ := schema.Varchar; typ < schema.Opaque; typ++ {
		if typeWord(typ) == "" {
			t.Errorf("type %d has no word", typ)
		}
	}
	for s := schema.Unpartitioned; s <= schema.Instant; s++ {
		if schemeWord(s) == "" {
			t.Errorf("scheme %d has no word", s)
		}
	}
	if typeWord(schema.Opaque) != "" || schemeWord(schema.Scheme(0)) != "" {
		t.Error("words for what no file can say")
	}
}

func FuzzReadLayout(f *testing.F) {
	f.Add(ours)
	f.Add("source: vpcflow\ntable: t\ncolumns: {start: start}\npartitions: {scheme: year-month-day}\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, diags := ReadLayout(&diag.Source{Name: "fuzz.yml", Text: []byte(text)})
		if (l == nil) != diags.HasErrors() {
			t.Fatalf("%+v, %v", l, diags)
		}
		if l != nil {
			l.Physical()
			if _, _, ok := l.Locate(schema.Path{Source: l.Source.Name, Keys: []string{l.Source.Time}}); !ok {
				t.Fatal("no time")
			}
		}
	})
}
