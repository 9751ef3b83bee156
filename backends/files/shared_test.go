package files

import (
	"os"
	"path/filepath"
	"testing"
)

// sharedData is the folder of real logs that may lie beside the repository.
func sharedData(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if filepath.Dir(dir) == dir {
			t.Skip("no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
	data := filepath.Join(filepath.Dir(dir), "shared", "data")
	if _, err := os.Stat(data); err != nil {
		t.Skip("no folder shared/data beside the repository: real logs are not read")
	}
	return data
}

// The counts are those of the data's SOURCES.md.
func TestRealLogsAreReadWhole(t *testing.T) {
	data := sharedData(t)
	for name, want := range map[string]struct {
		source string
		events int64
	}{
		"cloudtrail/invictus":                                  {"cloudtrail", 2900},
		"cloudtrail/opensearch_catalog.json.gz":                {"cloudtrail", 841},
		"cloudtrail/otrf_ec2_proxy_s3_exfiltration.jsonl.gz":   {"cloudtrail", 103},
		"cloudtrail/permiso_console_sessions.partial.jsonl.gz": {"cloudtrail", 8170},
		"cloudtrail/trailscraper.json.gz":                      {"cloudtrail", 3},
		"vpcflow/flowlogs_reader_v2.log":                       {"vpcflow", 5},
		"vpcflow/flowlogs_reader_v3.log":                       {"vpcflow", 2},
		"vpcflow/flowlogs_reader_v4.log":                       {"vpcflow", 2},
		"vpcflow/go_vpcflow_v2.log":                            {"vpcflow", 12},
		"vpcflow/opensearch_catalog_v2.log":                    {"vpcflow", 1},
		"guardduty/guardduty_soar_samples.eventbridge.jsonl":   {"guardduty", 15},
		"guardduty/aws_samples.jsonl":                          {"guardduty", 3},
	} {
		list, problems := Find([]string{filepath.Join(data, filepath.FromSlash(name))})
		if len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		}
		_, _, stats := scanAll(t, list, Options{})
		if stats.Events != want.events || stats.Sources[want.source] != want.events || len(stats.Counts) > 0 {
			t.Errorf("%s: %d events, sources %v, want %d of %s; %v", name, stats.Events, stats.Sources, want.events, want.source, stats.Problems)
		}
	}
}
