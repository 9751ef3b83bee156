package opensearch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends"
)

// formats are the forms of a search that others run.
var formats = []backends.Format{
	{Name: "dsl", Extension: ".json", Stages: true, Write: writeBody, Join: backends.Paragraphs},
	{Name: "ndjson", Extension: ".ndjson", Write: writeMultiSearch, Join: concatenate},
	{Name: "monitor", Extension: ".monitor.json", Scheduled: true, Write: writeMonitor, Join: list},
}

// writeBody returns the body of _search.
func writeBody(q backends.Query, _ backends.Schedule) (string, error) { return q.Text, nil }

// writeMultiSearch returns the two lines of one search in the body of _msearch.
func writeMultiSearch(q backends.Query, _ backends.Schedule) (string, error) {
	header, err := json.Marshal(object{"index": q.Table})
	if err != nil {
		return "", fmt.Errorf("writing the search: %w", err)
	}
	lines := bytes.NewBuffer(append(header, '\n'))
	if err := json.Compact(lines, []byte(q.Text)); err != nil {
		return "", fmt.Errorf("writing the search: %w", err)
	}
	lines.WriteByte('\n')
	return lines.String(), nil
}

func concatenate(texts []string) string { return strings.Join(texts, "") }

// list makes a JSON array of objects.
func list(texts []string) string {
	if len(texts) == 0 {
		return "[]\n"
	}
	trimmed := make([]string, len(texts))
	for i, t := range texts {
		trimmed[i] = strings.TrimSpace(t)
	}
	return "[\n" + strings.Join(trimmed, ",\n") + "\n]\n"
}
