package nodetest

import (
	"strings"
	"testing"
	"time"
)

// TestMustache: what mustache.java 0.9.14 returns for the same templates.
func TestMustache(t *testing.T) {
	for template, want := range map[string]string{
		``:                                   ``,
		`no tag, { one }} brace`:             `no tag, { one }} brace`,
		`{{a}}|{{ a }}|{{{a}}}|{{&a}}`:       `1|1|1|1`,
		`"{{a}}||-5m"}}`:                     `"1||-5m"}}`,
		`<{{missing}}>`:                      `<>`,
		`12{{! {{ }}5`:                       `125`,
		`{{=<% %>=}}{{a}}<%={{ }}=%>{{a}}`:   `{{a}}1`,
		`{{=<% %>=}}{{{a<<%={{ }}=%>`:        `{{{a<`,
		`{{=<À À>=}}<% %> À><À={{ }}=À>`:     `<% %> À>`,
		`{{=<% %>=}}<%a%>`:                   `1`,
		`({{=[ ]=}}[a])`:                     `(1)`,
		`{{= |   | =}}|a|`:                   `1`,
		`{{=<% %>=}}{{\u0000\n}}<%={{ }}=%>`: `{{\u0000\n}}`,
	} {
		if got, err := Mustache(template, map[string]string{"a": "1"}); got != want || err != nil {
			t.Errorf("%s: %q, %v, want %q", template, got, err, want)
		}
	}
	for _, template := range []string{`{{`, `{{a}`, `{{}}`, `{{{a}}`, `{{=toolong=}}`, `{{#a}}{{/a}}`, `{{>a}}`} {
		if got, err := Mustache(template, nil); err == nil {
			t.Errorf("%s: %q, want an error", template, got)
		}
	}
}

func TestAlertingReadsEscapesBeforeItRenders(t *testing.T) {
	end := time.UnixMilli(1_773_100_800_123)
	body, err := AlertingRun([]byte(`{"n": 12345678901234567890, "t": "\u007b{period_end}}||-5m", "u": "<\u0026\u00e9"}`), end)
	if want := `{"n":12345678901234567890,"t":"1773100800123||-5m","u":"<&é"}`; err != nil || strings.TrimSpace(string(body)) != want {
		t.Errorf("%s, %v, want %s", body, err, want)
	}
	for _, search := range []string{`{`, `{"a":"\u007b\u007b"}`, `{"a":{{period_end}}`} {
		if body, err := AlertingRun([]byte(search), end); err == nil {
			t.Errorf("%s: %s, want an error", search, body)
		}
	}
}
