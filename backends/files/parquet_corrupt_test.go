package files

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/sigmahunt/sigmahunt/fixtures/gen/flow"
	"github.com/sigmahunt/sigmahunt/fixtures/gen/trail"
)

// nestedRow is a CloudTrail row as a table with nested columns has it.
type nestedRow struct {
	EventName   string `parquet:"eventname,optional"`
	EventSource string `parquet:"eventsource,optional,dict"`
	Identity    *struct {
		Type    *string `parquet:"type,optional"`
		Context *struct {
			Issuer *struct {
				Name *string `parquet:"username,optional"`
			} `parquet:"sessionissuer,optional"`
		} `parquet:"sessioncontext,optional"`
	} `parquet:"useridentity,optional"`
	Resources []struct {
		ARN  *string `parquet:"arn,optional"`
		Type *string `parquet:"type,optional"`
	} `parquet:"resources,list,optional"`
	Tags  map[string]int64 `parquet:"tags,optional"`
	Words []string         `parquet:"words"`
}

func nestedRows() []nestedRow {
	text := func(s string) *string { return &s }
	full := nestedRow{EventName: "GetObject", EventSource: "s3.amazonaws.com", Tags: map[string]int64{"a": 1}, Words: []string{"x", "y"}}
	full.Identity = &struct {
		Type    *string `parquet:"type,optional"`
		Context *struct {
			Issuer *struct {
				Name *string `parquet:"username,optional"`
			} `parquet:"sessionissuer,optional"`
		} `parquet:"sessioncontext,optional"`
	}{Type: text("AssumedRole")}
	full.Identity.Context = &struct {
		Issuer *struct {
			Name *string `parquet:"username,optional"`
		} `parquet:"sessionissuer,optional"`
	}{Issuer: &struct {
		Name *string `parquet:"username,optional"`
	}{text("deploy")}}
	full.Resources = append(full.Resources, struct {
		ARN  *string `parquet:"arn,optional"`
		Type *string `parquet:"type,optional"`
	}{text("arn:aws:s3:::logs"), nil}, struct {
		ARN  *string `parquet:"arn,optional"`
		Type *string `parquet:"type,optional"`
	}{nil, text("AWS::S3::Object")})
	return []nestedRow{full, {EventName: "ListBuckets", EventSource: "s3.amazonaws.com"}, full}
}

func parquetOf[T any](t testing.TB, rows []T, options ...parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// onlyFile gives the content of the one file below a folder.
func onlyFile(t *testing.T, dir string) []byte {
	t.Helper()
	list, _ := Find([]string{dir})
	if len(list) != 1 {
		t.Fatal(list)
	}
	data, err := os.ReadFile(list[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Nothing that is done to the bytes of a file may end the process, take more
// memory than the file's size allows for, or go on for ever; what is lost is
// told.
func TestCorruptParquetIsAProblemAndNothingElse(t *testing.T) {
	events, flows := t.TempDir(), t.TempDir()
	if err := trail.WriteDir(events, trail.Options{Events: 60, Format: trail.Parquet}); err != nil {
		t.Fatal(err)
	}
	if err := flow.WriteDir(flows, flow.Options{Rows: 60, Parquet: true}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "input")
	rnd := rand.New(rand.NewPCG(1, 2))
	tries := 1000
	if testing.Short() {
		tries = 200
	}
	for name, data := range map[string][]byte{
		"nested": parquetOf(t, nestedRows()), "events": onlyFile(t, events), "flows": onlyFile(t, flows),
	} {
		rows := int64(60)
		if name == "nested" {
			rows = 3
		}
		for range tries {
			bad := bytes.Clone(data)
			switch rnd.IntN(4) {
			case 0:
				bad = bad[:rnd.IntN(len(bad)-4)+4]
			case 1: // in the metadata
				bad[len(bad)-1-rnd.IntN(min(len(bad)/2, 4000))] = byte(rnd.Uint32())
			default:
				for range 1 + rnd.IntN(3) {
					bad[4+rnd.IntN(len(bad)-4)] ^= 1 << rnd.IntN(8)
				}
			}
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, stats := scanAll(t, []File{{Path: path, Name: "input"}}, Options{Workers: 1})
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > maxHeld {
				t.Errorf("%s: %d bytes were allocated", name, used)
			}
			if stats.Events > rows || stats.Events < rows && len(stats.Problems) == 0 {
				t.Fatalf("%s: %d events, %v", name, stats.Events, stats.Problems)
			}
			for _, p := range stats.Problems {
				if p.File != "input" || strings.Contains(p.Reason, "panic") {
					t.Errorf("%s: %+v", name, p)
				}
			}
		}
	}
}
