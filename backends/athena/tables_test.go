package athena

import (
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/compiler/schema/schematest"
)

func TestLayoutsAreWhole(t *testing.T) {
	for _, l := range Layouts {
		t.Run(l.Source.Name+" "+l.Name, func(t *testing.T) {
			schematest.CheckColumns(t, l.Source, l.Columns, "")
			checkNames(t, l.Physical())
			for what, name := range map[string]string{"ID": l.Source.ID, "Time": l.Source.Time, "Anchor": l.Source.Anchor} {
				if name == "" {
					continue
				}
				if _, _, ok := l.Locate(schematest.Resolve(t, l.Source, name)); !ok {
					t.Errorf("the table has no column for the %s, %s", what, name)
				}
			}
			if l.Title == "" || l.Table == "" || l.Partitions.Scheme == 0 || strings.Contains(l.Name, ":") {
				t.Errorf("layout %+v", l)
			}
			if managed := l.Storage.Format == schema.Managed; managed != (l.Storage.Location == "") || managed != (l.Storage.RowFormat == "") {
				t.Errorf("storage %+v", l.Storage)
			}
			checkPartitions(t, l)
		})
	}
}

// checkNames holds a table's columns to names of their own in lower case.
func checkNames(t *testing.T, cols []schema.Column) {
	t.Helper()
	seen := map[string]bool{}
	for _, c := range cols {
		if c.Type == 0 || c.Name == "" || seen[c.Name] || c.Name != strings.ToLower(c.Name) || c.Field != "" || len(c.In) > 0 {
			t.Errorf("column %+v", c)
		}
		seen[c.Name] = true
		checkNames(t, c.Members)
	}
}

// checkPartitions holds the columns of the scheme, and those of the template of
// partition projection, to the partition columns.
func checkPartitions(t *testing.T, l *schema.Layout) {
	t.Helper()
	p := l.Partitions
	var want []string
	switch p.Scheme {
	case schema.Unpartitioned:
	case schema.YearMonthDay:
		want = p.DayParts()
	case schema.Instant:
		if !slices.ContainsFunc(l.Columns, func(c schema.Column) bool { return c.Name == p.Column && c.Type == schema.Timestamp }) {
			t.Errorf("no timestamp column %s", p.Column)
		}
	default:
		want = []string{p.Column}
	}
	for _, name := range want {
		if !slices.ContainsFunc(p.Keys, func(k schema.Key) bool { return k.Name == name }) {
			t.Errorf("no partition column %s", name)
		}
	}
	for _, k := range p.Keys {
		projected := k.Projection != schema.Cataloged
		if projected != strings.Contains(l.Storage.Template, "${"+k.Name+"}") || k.Type == "" || (k.Projection == schema.Enumerated) != (k.Values != "") {
			t.Errorf("partition column %+v, template %q", k, l.Storage.Template)
		}
	}
}

func TestLayoutsOfOneSourceHaveNamesOfTheirOwn(t *testing.T) {
	for _, s := range schema.Sources {
		seen := map[string]bool{}
		for _, l := range schema.LayoutsOf(Layouts, s.Name) {
			if seen[l.Name] {
				t.Errorf("%s has two layouts %s", s.Name, l.Name)
			}
			seen[l.Name] = true
		}
		if len(seen) == 0 {
			t.Errorf("no layout for %s", s.Name)
		}
	}
	if schema.LayoutsOf(Layouts, "none") != nil {
		t.Error("layouts of no source")
	}
}

func TestPhysicalColumns(t *testing.T) {
	var write func(cols []schema.Column) string
	write = func(cols []schema.Column) string {
		var parts []string
		for _, c := range cols {
			text := c.Name
			if len(c.Members) > 0 {
				text += "(" + write(c.Members) + ")"
			}
			parts = append(parts, text)
		}
		return strings.Join(parts, " ")
	}
	ocsf := write(layoutNamed(t, "cloudtrail", "security-lake").Physical())
	for _, want := range []string{
		"metadata(product(version feature(name)) uid event_code)",
		"actor(user(type uid_alt uid account(uid) credential_uid name) invoked_by session(is_mfa created_time_dt issuer))",
		"src_endpoint(ip domain uid)", "resources(uid account(uid) type)",
		"api(service(name) operation response(error message data) request(data uid) version)",
	} {
		if !strings.Contains(ocsf, want) {
			t.Errorf("no %s in %s", want, ocsf)
		}
	}
	if lake := write(layoutNamed(t, "cloudtrail", "lake").Physical()); strings.Count(lake, "eventjson") != 1 {
		t.Error(lake)
	}
	if flow := write(layoutNamed(t, "vpcflow", "projection").Physical()); strings.Contains(flow, " region ") {
		t.Errorf("the partition column is a column too: %s", flow)
	}
	trail := layoutNamed(t, "cloudtrail", "projection")
	if got, want := write(trail.Physical()), write(trail.Columns); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDayParts(t *testing.T) {
	if got := (schema.Partitions{Parts: []string{"y", "m", "d"}}).DayParts(); !slices.Equal(got, []string{"y", "m", "d"}) {
		t.Errorf("got %v", got)
	}
}
