package opensearch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// The documented body of POST _plugins/_alerting/monitors for query-level and
// bucket-level monitors, as the plugin's own readers have it (Monitor, SearchInput,
// Schedule, QueryLevelTrigger, BucketLevelTrigger, BucketSelectorExtAggregationBuilder
// of common-utils). The plugin passes over keys that it does not know; here such a
// key is a fault.

// shape holds a JSON value against what is documented, and gives what is wrong.
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

// monitorShape is a monitor of a level, which is that of its triggers too.
func monitorShape(level string, trigger shape) shape {
	return objectOf(map[string]shape{
		"type":              textOf("monitor"),
		"monitor_type":      textOf(level + "_monitor"),
		"name":              textOf(),
		"enabled":           isBoolean,
		"schedule":          objectOf(map[string]shape{"period": periodShape}),
		"inputs":            listOf(1, 1, objectOf(map[string]shape{"search": searchShape})),
		"triggers":          listOf(1, 10, objectOf(map[string]shape{level + "_trigger": trigger})),
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

// mapOf is an object of any keys.
func mapOf(value shape) shape {
	return func(at string, v any) []string {
		o, ok := v.(map[string]any)
		if !ok || len(o) == 0 {
			return wrong(at, "%v is no object with keys", v)
		}
		var out []string
		for key, held := range o {
			out = append(out, value(at+"."+key, held)...)
		}
		return out
	}
}

var (
	levelShapes = map[any]shape{
		"query_level_monitor": monitorShape("query_level", triggerShape(objectOf(map[string]shape{"script": scriptShape}))),
		"bucket_level_monitor": monitorShape("bucket_level", triggerShape(objectOf(map[string]shape{
			"parent_bucket_path":    textOf(),
			"buckets_path":          mapOf(textOf()),
			"script":                scriptShape,
			"gap_policy?":           textOf("skip", "insert_zeros"),
			"composite_agg_filter?": anyObject,
		}))),
	}
	scriptShape = objectOf(map[string]shape{"source": textOf(), "lang": textOf("painless")})
	periodShape = objectOf(map[string]shape{"interval": integerFrom(1), "unit": textOf("MINUTES", "HOURS", "DAYS")})
	searchShape = objectOf(map[string]shape{
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
	m, _ := v.(map[string]any)
	held, ok := levelShapes[m["monitor_type"]]
	if !ok {
		return wrong("monitor", "%v is no type of monitors", m["monitor_type"])
	}
	if out := held("monitor", v); len(out) > 0 {
		return out
	}
	var out []string
	ids := map[any]bool{}
	for _, t := range m["triggers"].([]any) {
		for _, trigger := range t.(map[string]any) {
			id := trigger.(map[string]any)["id"]
			if id != nil && ids[id] {
				out = append(out, wrong("monitor", "two triggers have the id %v", id)...)
			}
			ids[id] = true
			out = append(out, pathFaults(m, trigger.(map[string]any))...)
		}
	}
	return out
}

// pathFaults follows the paths of a bucket-level trigger through the search, as
// Alerting does, which makes an aggregation of the trigger, of its id's name.
func pathFaults(monitor, trigger map[string]any) (out []string) {
	condition := trigger["condition"].(map[string]any)
	path, ok := condition["parent_bucket_path"].(string)
	if !ok {
		return nil
	}
	search := monitor["inputs"].([]any)[0].(map[string]any)["search"].(map[string]any)["query"].(map[string]any)
	parent, _ := below(search, path)
	if parent["composite"] == nil {
		out = append(out, wrong("monitor", "%s is no composite aggregation", path)...)
	}
	for name, to := range condition["buckets_path"].(map[string]any) {
		at, last := parent, false
		for _, step := range strings.Split(to.(string), ">") {
			if last = step == "_count"; !last {
				at, _ = below(at, step)
			}
		}
		if at == nil || !last {
			out = append(out, wrong("monitor", "%s leads to no count of %s: %v", to, path, at)...)
		}
		if !strings.Contains(condition["script"].(map[string]any)["source"].(string), "params."+name) {
			out = append(out, wrong("monitor", "nothing is asked of %s", name)...)
		}
	}
	id, _ := trigger["id"].(string)
	if strings.ContainsAny(id, "[]>{} ") {
		out = append(out, wrong("monitor", "the id %q names no aggregation", id)...)
	}
	if _, taken := below(search, id); taken {
		out = append(out, wrong("monitor", "the id %q is an aggregation's name", id)...)
	}
	return out
}

func below(search map[string]any, name string) (map[string]any, bool) {
	all, _ := search["aggregations"].(map[string]any)
	found, ok := all[name].(map[string]any)
	return found, ok
}
