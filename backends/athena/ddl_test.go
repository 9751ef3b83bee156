package athena

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

var update = flag.Bool("update", false, "write the golden files again")

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "ddl", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestDDLIsAsReviewed(t *testing.T) {
	for _, l := range Layouts {
		name := l.Source.Name + "-" + l.Name + ".sql"
		t.Run(name, func(t *testing.T) {
			got := DDL(l, DDLOptions{})
			if managed := l.Storage.Format == schema.Managed; managed {
				if got != "" {
					t.Errorf("AWS makes the table, but there is %s", got)
				}
				return
			}
			compareGolden(t, name, got)
		})
	}
}

func TestTrinoDDLIsAsReviewed(t *testing.T) {
	for _, l := range Layouts {
		name := l.Source.Name + "-" + l.Name + ".trino.sql"
		t.Run(name, func(t *testing.T) {
			compareGolden(t, name, TrinoDDL(l, "hive.default."+l.Table, "local:///"+l.Name))
		})
	}
}

func TestDDLOptions(t *testing.T) {
	layout, err := Choose("cloudtrail", "bootstrap")
	if err != nil {
		t.Fatal(err)
	}
	got := DDL(layout, DDLOptions{
		Table: "my-trail", Location: `s3://mine/it's\here`, First: time.Date(2025, time.July, 4, 0, 0, 0, 0, time.UTC),
		Accounts: []string{"111122223333", "444455556666"}, Regions: []string{"eu-west-1"},
	})
	for _, want := range []string{
		"CREATE EXTERNAL TABLE `my-trail` (\n", `LOCATION 's3://mine/it\'s\\here/'`,
		"'projection.date_partition.range' = '2025/07/04,NOW'", "'projection.account_partition.values' = '111122223333,444455556666'",
		"'projection.region_partition.values' = 'eu-west-1'",
		`'storage.location.template' = 's3://mine/it\'s\\here/${account_partition}/CloudTrail/${region_partition}/${date_partition}'`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if strings.Contains(got, "<") && regexp.MustCompile(`<[a-z]+-?[a-z]*>`).MatchString(got) {
		t.Errorf("a placeholder is left in\n%s", got)
	}
}

func TestHiveNames(t *testing.T) {
	for name, want := range map[string]string{
		"eventname": "eventname", "end": "`end`", "date": "`date`", "timestamp": "`timestamp`", "aws-region": "`aws-region`",
		"a`b": "`a``b`", "": "``", "1a": "`1a`", "_a": "`_a`", "az_id": "az_id", "UPPER": "`UPPER`",
	} {
		if got := hiveName(name); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}
