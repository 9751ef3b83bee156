package opensearch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// The documented body of POST _plugins/_alerting/monitors for query-level monitors,
// as the plugin's own readers have it (Monitor, SearchInput, Schedule and
// QueryLevelTrigger of common-utils). The plugin passes over keys that it does not know; here such a
// key is a fault.

// shape checks a JSON value against the documentation, and returns what is wrong.
type shape func(at string, v any) []string

func wrong(at, format string, args ...any) []string {
	return []string{at + ": " + fmt.Sprintf(format, args...)}
}

// text is a text, one of those given if any are.
func textOf(values ...string) shape {
	return func(at string, v any) []string {
		s, ok := v.(string)
		switch {
		case !ok:
			return wrong(at, "%v is no text", v)
		case s == "":
			return wrong(at, "empty")
		case len(values) > 0 && !slices.Contains(values, s):
			return wrong(at, "%q is none of %q", s, values)
		}
		return nil
	}
}

func isBoolean(at string, v any) []string {
	if _, ok := v.(bool); !ok {
		return wrong(at, "%v is no boolean", v)
	}
	return nil
}

func integerFrom(least int64) shape {
	return func(at string, v any) []string {
		n, ok := v.(json.Number)
		if i, err := n.Int64(); !ok || err != nil || i < least {
			return wrong(at, "%v is no integer from %d", v, least)
		}
		return nil
	}
}

func anyObject(at string, v any) []string {
	if _, ok := v.(map[string]any); !ok {
		return wrong(at, "%v is no object", v)
	}
	return nil
}

func listOf(least, most int, element shape) shape {
	return func(at string, v any) []string {
		list, ok := v.([]any)
		if !ok || len(list) < least || len(list) > most {
			return wrong(at, "%v is no list of %d to %d", v, least, most)
		}
		var out []string
		for i, e := range list {
			out = append(out, element(fmt.Sprintf("%s[%d]", at, i), e)...)
		}
		return out
	}
}

// objectOf is an object with the keys given, those that end in ? at will, and
// with no other.
func objectOf(keys map[string]shape) shape {
	return func(at string, v any) []string {
		o, ok := v.(map[string]any)
		if !ok {
			return wrong(at, "%v is no object", v)
		}
		var out []string
		known := map[string]bool{}
		for key, value := range keys {
			name, optional := strings.CutSuffix(key, "?")
			known[name] = true
			if held, ok := o[name]; ok {
				out = append(out, value(at+"."+name, held)...)
			} else if !optional {
				out = append(out, wrong(at, "no %s", name)...)
			}
		}
		for key := range o {
			if !known[key] {
				out = append(out, wrong(at, "%s is not documented", key)...)
			}
		}
		return out
	}
}

func monitorShape(trigger shape) shape {
	return objectOf(map[string]shape{
		"type":              textOf("monitor"),
		"monitor_type":      textOf("query_level_monitor"),
		"name":              textOf(),
		"enabled":           isBoolean,
		"schedule":          objectOf(map[string]shape{"period": periodShape}),
		"inputs":            listOf(1, 1, objectOf(map[string]shape{"search": searchShape})),
		"triggers":          listOf(1, 10, objectOf(map[string]shape{"query_level_trigger": trigger})),
		"ui_metadata?":      anyObject,
		"schema_version?":   integerFrom(0),
		"enabled_time?":     integerFrom(0),
		"last_update_time?": integerFrom(0),
		"owner?":            textOf(),
		"rbac_roles?":       listOf(0, 1_000, textOf()),
	})
}

func triggerShape(condition shape) shape {
	return objectOf(map[string]shape{
		"id?":       textOf(),
		"name":      textOf(),
		"severity":  textOf("1", "2", "3", "4", "5"),
		"condition": condition,
		"actions":   listOf(0, 1_000, anyObject),
	})
}

var (
	queryMonitor = monitorShape(triggerShape(objectOf(map[string]shape{"script": scriptShape})))
	scriptShape  = objectOf(map[string]shape{"source": textOf(), "lang": textOf("painless")})
	periodShape  = objectOf(map[string]shape{"interval": integerFrom(1), "unit": textOf("MINUTES", "HOURS", "DAYS")})
	searchShape  = objectOf(map[string]shape{
		"indices": listOf(1, 1_000, textOf()),
		"query": objectOf(map[string]shape{
			"query": anyObject, "size?": integerFrom(0), "sort?": listOf(1, 10, anyObject), "aggregations?": anyObject,
		}),
	})
)

// monitorFaults holds the text of a monitor against the schema. Of triggers the ids
// must differ.
func monitorFaults(text string) []string {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return wrong("monitor", "%v", err)
	}
	if out := queryMonitor("monitor", v); len(out) > 0 {
		return out
	}
	m := v.(map[string]any)
	var out []string
	ids := map[any]bool{}
	for _, t := range m["triggers"].([]any) {
		for _, trigger := range t.(map[string]any) {
			id := trigger.(map[string]any)["id"]
			if id != nil && ids[id] {
				out = append(out, wrong("monitor", "two triggers have the id %v", id)...)
			}
			ids[id] = true
		}
	}
	return out
}
