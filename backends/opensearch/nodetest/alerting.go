package nodetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// AlertingRun returns the body that the Alerting plugin searches with at one run
// of a monitor, whose period ends then.
func AlertingRun(search []byte, end time.Time) ([]byte, error) {
	template, values, err := AlertingTemplate(search, end)
	if err != nil {
		return nil, err
	}
	body, err := Mustache(template, values)
	if err == nil && !json.Valid([]byte(body)) {
		err = fmt.Errorf("alerting: what is rendered is no JSON: %s", body)
	}
	return []byte(body), err
}

// AlertingTemplate returns the Mustache template that the plugin renders at one run,
// and the values for it. The plugin keeps a search as read, and at each run writes
// it as JSON again, with no escape that JSON does not need (its InputService).
func AlertingTemplate(search []byte, end time.Time) (template string, values map[string]string, err error) {
	d := json.NewDecoder(bytes.NewReader(search))
	d.UseNumber()
	var kept any
	if err := d.Decode(&kept); err != nil {
		return "", nil, fmt.Errorf("alerting: %w", err)
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(kept); err != nil {
		return "", nil, fmt.Errorf("alerting: %w", err)
	}
	return text.String(), map[string]string{"period_end": strconv.FormatInt(end.UnixMilli(), 10)}, nil
}

// Mustache renders a template as mustache.java does, which OpenSearch uses. Of
// tags it knows variables, comments and changes of delimiters; any other is an
// error. A variable without a value renders as nothing.
func Mustache(template string, values map[string]string) (string, error) {
	var out strings.Builder
	open, shut := "{{", "}}"
	for {
		text, rest, tagged := strings.Cut(template, open)
		out.WriteString(text)
		if !tagged {
			return out.String(), nil
		}
		tag, rest, closed := strings.Cut(rest, shut)
		if !closed || tag == "" {
			return "", fmt.Errorf("mustache: improperly closed variable at %.40q", rest)
		}
		template = rest
		switch tag[0] {
		case '!':
		case '=':
			delimiters := strings.Fields(strings.Trim(tag, "="))
			if len(delimiters) != 2 || len([]rune(delimiters[0])) > 2 || len([]rune(delimiters[1])) > 2 || !strings.HasSuffix(tag, "=") {
				return "", fmt.Errorf("mustache: invalid delimiters %q", tag)
			}
			open, shut = delimiters[0], delimiters[1]
		case '{':
			if template == "" || template[0] != '}' {
				return "", fmt.Errorf("mustache: improperly closed variable %q", tag)
			}
			template = template[1:]
			out.WriteString(values[strings.TrimSpace(tag[1:])])
		case '&':
			out.WriteString(values[strings.TrimSpace(tag[1:])])
		case '#', '^', '/', '>', '<', '$', '%':
			return "", fmt.Errorf("mustache: the tag %q is not expected", tag)
		default:
			out.WriteString(values[strings.TrimSpace(tag)])
		}
	}
}
