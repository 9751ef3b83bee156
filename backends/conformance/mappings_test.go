package conformance

import (
	"encoding/json"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// mapper makes mappings, documents that they may take, and predicates over both.
type mapper struct {
	*random
	fields []schema.Path
	texts  []string // that documents and predicates share
	plain  []string // those in ASCII
}

// mappedNames are the fields that mappings hold in different ways.
var mappedNames = []string{
	"userAgent", "userAgent", "sourceIPAddress", "errorCode", "eventName", "readOnly", "resources.ARN",
	"requestParameters", "requestParameters.userName", "requestParameters.userName", "requestParameters.a", "requestParameters.a.b", "requestParameters.a.b", "sourceIPAddress",
}

// mappedTexts are near each other, in case, in length, or in what an index takes
// them for.
var mappedTexts = []string{
	"", "a", "A", "ab", "AB", "aB", "abc", "ABC", "abcd", "ABCD", "k", "K", "\u212a", "ka", "\u212aA", "ß", "ẞ", "ss", "i", "I", "İ", "ı", "bi", "BI", "bİ", "é", "É",
	"abcdefgh", "ABCDEFGH", "abcdefghi", "aaaaaa😀", "aaaaaaa😀", "😀", strings.Repeat("a", 255), strings.Repeat("a", 256), strings.Repeat("A", 257), strings.Repeat("a", 255) + "😀",
	strings.Repeat("ab ", 300), "true", "TRUE", "false", "False", "on", "443", "443.0", "443.7", "0443", "-1", "1e3", "9007199254740993", "NaN",
	"2026-03-10", "2026-03-10T08:05:00Z", "2026/03/10", "2026", "10.03.2026", "1772352300000", "10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "2001:DB8::A", "1.2.3.4", "1.2.3.255",
	"ec2.amazonaws.com", "AWS Internal", "a b", "a*b", "a?b", "a.b", `a\b`, `a"b`, "a=b", "b=a", "=", "b", `{"a":1}`, "[]", "null", "a\nb", "\x00", "a\x00b", "!", "\u2028",
}

// Texts and values that a type takes.
var fitting = map[string][]any{
	"boolean": {"true", "false", "", true, false},
	"long":    {"443", "443.0", "443.7", "-1", json.Number("443"), json.Number("443.0"), json.Number("443.7"), json.Number("1e3")},
	"double":  {"443", "443.0", "443.7", "-1", "1e3", json.Number("443"), json.Number("443.0"), json.Number("443.7"), json.Number("0.1")},
	"ip":      {"10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "2001:DB8::A", "1.2.3.4", "1.2.3.255", "::1", "::"},
	"date":    {"2026-03-10", "2026-03-10T08:05:00Z", "2026", "1772352300000", json.Number("1772352300000")},
}

func newMapper(t *testing.T, seed uint64) *mapper {
	m := &mapper{random: newRandom(t, seed)}
	for _, name := range mappedNames {
		p, _, ok := schema.CloudTrail.Resolve(name)
		if !ok {
			t.Fatalf("no field %s", name)
		}
		m.fields = append(m.fields, p)
	}
	for range 16 {
		m.texts = append(m.texts, pick(m.random, mappedTexts))
	}
	for range 4 {
		m.texts = append(m.texts, m.text())
	}
	m.plain = slices.DeleteFunc(slices.Clone(m.texts), func(s string) bool { return strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) })
	return m
}

// index gives the body that makes an index.
func (m *mapper) index() map[string]any {
	fold := map[string]any{"type": "custom", "filter": []string{"lowercase"}}
	if m.chance(10) {
		fold["filter"] = []string{}
	}
	settings := map[string]any{
		"number_of_replicas": 0, "number_of_shards": 1, "translog.durability": "async",
		"analysis": map[string]any{"normalizer": map[string]any{"fold": fold, "other": map[string]any{"type": "custom", "filter": []string{}}}},
	}
	m.some(settings, 8, "index.mapping.coerce", false)
	m.some(settings, 8, "index.mapping.ignore_malformed", true)
	properties := map[string]any{"eventName": m.property(true)} // which Look wants to see
	for _, name := range []string{"userAgent", "sourceIPAddress", "errorCode", "readOnly"} {
		m.some(properties, 92, name, m.property(true))
	}
	m.some(properties, 80, "requestParameters", m.parametersMapping())
	m.some(properties, 80, "resources", m.resourcesMapping())
	mappings := map[string]any{"properties": properties}
	m.some(mappings, 40, "dynamic", pick(m.random, []any{true, false, "true", false, true, "strict"}))
	m.some(mappings, 15, "disable_objects", true)
	m.some(mappings, 8, "numeric_detection", true)
	m.some(mappings, 8, "date_detection", false)
	m.some(mappings, 8, "dynamic_date_formats", []string{"dd.MM.yyyy"})
	m.some(mappings, 8, "dynamic_templates", []any{map[string]any{"texts": map[string]any{
		"match_mapping_type": "string", "mapping": map[string]any{"type": "keyword", "ignore_above": 8},
	}}})
	return map[string]any{"settings": settings, "mappings": mappings}
}

// another gives the body of an index that has some of its fields otherwise.
func (m *mapper) another(than map[string]any) map[string]any {
	body := m.index()
	properties := body["mappings"].(map[string]any)["properties"].(map[string]any)
	for name, p := range than["mappings"].(map[string]any)["properties"].(map[string]any) {
		if m.chance(60) {
			properties[name] = p
		}
	}
	return body
}

// some sets a member now and then.
func (m *mapper) some(object map[string]any, percent int, name string, value any) {
	if m.chance(percent) {
		object[name] = value
	}
}

// property maps a value, and when it is the field itself the same value again in
// fields below it.
func (m *mapper) property(itself bool) map[string]any {
	kinds := []string{"keyword", "keyword", "keyword", "keyword", "text", "wildcard", "wildcard"}
	if itself {
		kinds = append(kinds, "text", "text", "boolean", "long", "double", "ip", "date", "match_only_text")
	}
	kind := pick(m.random, kinds)
	p := map[string]any{"type": kind}
	switch kind {
	case "keyword", "wildcard":
		m.some(p, 30, "ignore_above", pick(m.random, []int{3, 8, 256}))
		m.some(p, 60, "normalizer", pick(m.random, []string{"lowercase", "lowercase", "fold", "fold", "fold", "other"}))
		m.some(p, 5, "null_value", "ab")
		m.some(p, 15, "doc_values", m.chance(50))
	case "boolean":
		m.some(p, 10, "null_value", true)
	case "long", "double":
		m.some(p, 20, "coerce", false)
		m.some(p, 30, "ignore_malformed", true)
		m.some(p, 10, "doc_values", false)
	case "ip", "date":
		m.some(p, 60, "ignore_malformed", true)
		m.some(p, 10, "doc_values", false)
	case "text":
		m.some(p, 20, "norms", false)
		m.some(p, 10, "analyzer", "stop")
	}
	if kind != "wildcard" && kind != "match_only_text" {
		m.some(p, 5, "index", false)
	}
	if itself && m.chance(50) {
		below := map[string]any{}
		for _, name := range []string{"keyword", "lower"} {
			m.some(below, 60, name, m.property(false))
		}
		p["fields"] = below
	}
	return p
}

func (m *mapper) parametersMapping() map[string]any {
	switch m.IntN(9) {
	case 0, 1, 2:
		return map[string]any{"type": "flat_object"}
	case 3:
		return map[string]any{"type": "object", "enabled": false}
	case 4:
		if m.chance(50) {
			return m.property(true)
		}
	}
	below := map[string]any{}
	m.some(below, 70, "userName", m.property(true))
	deep := map[string]any{"properties": map[string]any{"b": m.property(true)}}
	m.some(deep, 30, "dynamic", pick(m.random, []any{true, false, true, false, "strict"}))
	m.some(below, 70, "a", pick(m.random, []map[string]any{deep, deep, m.property(true), {"type": "flat_object"}, {"type": "object", "enabled": false}}))
	p := map[string]any{"properties": below}
	m.some(p, 40, "dynamic", pick(m.random, []any{true, false, true, false, "strict"}))
	if m.chance(20) {
		p["disable_objects"] = true
		below["a.b"] = m.property(true)
	}
	return p
}

// dotted gives the body of an index with names with dots where it disables objects:
// mappings are made with objects throughout.
func dotted(body map[string]any) map[string]any {
	out := maps.Clone(body)
	out["mappings"] = withoutObjects(body["mappings"].(map[string]any), false)
	return out
}

func withoutObjects(object map[string]any, disabled bool) map[string]any {
	properties, _ := object["properties"].(map[string]any)
	disabled = disabled || object["disable_objects"] == true
	out, below := maps.Clone(object), map[string]any{}
	for name, p := range properties {
		p := p.(map[string]any)
		switch inside, isObject := p["properties"].(map[string]any); {
		case isObject && disabled:
			for key, p := range withoutObjects(map[string]any{"properties": inside}, true)["properties"].(map[string]any) {
				below[name+"."+key] = p
			}
		case isObject:
			below[name] = withoutObjects(p, false)
		case !disabled || p["type"] != "object":
			below[name] = p
		}
	}
	out["properties"] = below
	return out
}

func (m *mapper) resourcesMapping() map[string]any {
	p := map[string]any{"properties": map[string]any{"ARN": m.property(true)}}
	switch m.IntN(10) {
	case 0:
		return map[string]any{"type": "flat_object"}
	case 1:
		p["type"] = "nested"
	}
	return p
}

// document gives a document of which the mappings may take most.
func (m *mapper) document(mappings map[string]any) map[string]any {
	properties := mappings["properties"].(map[string]any)
	doc := map[string]any{}
	for _, name := range []string{"userAgent", "sourceIPAddress", "errorCode"} {
		p, _ := properties[name].(map[string]any)
		m.some(doc, 60, name, m.scalar(p, false))
	}
	m.some(doc, 60, "eventName", pick(m.random, m.plain)) // which AWS alone writes
	m.some(doc, 60, "readOnly", pick(m.random, []any{true, false, true, false, nil, "true", "false"}))
	if m.chance(60) {
		p, _ := properties["resources"].(map[string]any)
		list := []any{}
		for range m.IntN(3) {
			e := map[string]any{}
			m.some(e, 80, "ARN", m.scalar(below(p, "ARN"), false))
			list = append(list, e)
		}
		doc["resources"] = list
	}
	if m.chance(85) {
		p, _ := properties["requestParameters"].(map[string]any)
		doc["requestParameters"] = m.parametersOf(p)
	}
	return doc
}

func below(p map[string]any, name string) map[string]any {
	properties, _ := p["properties"].(map[string]any)
	found, _ := properties[name].(map[string]any)
	return found
}

func (m *mapper) parametersOf(p map[string]any) any {
	if m.chance(4) {
		return m.any(p, 2)
	}
	params := map[string]any{}
	m.some(params, 60, "userName", m.any(below(p, "userName"), 2))
	if a := below(p, "a"); m.chance(60) && a["properties"] == nil {
		params["a"] = m.any(a, 2)
	} else {
		params["a"] = map[string]any{"b": m.any(below(a, "b"), 2)}
	}
	m.some(params, 8, "axb", m.scalar(nil, true))
	return params
}

// any gives a value of JSON.
func (m *mapper) any(p map[string]any, depth int) any {
	switch n := m.IntN(20); {
	case n == 0 && depth > 0:
		v := map[string]any{}
		m.some(v, 50, "b", m.any(nil, depth-1))
		m.some(v, 50, "c", m.any(nil, depth-1))
		return v
	case n < 4 && depth > 0:
		list := []any{}
		for range m.IntN(4) {
			list = append(list, m.any(p, depth-1))
		}
		return list
	default:
		return m.scalar(p, true)
	}
}

// scalar gives a value that a field may take; only inside JSON it may be no text.
func (m *mapper) scalar(p map[string]any, inside bool) any {
	kind, _ := p["type"].(string)
	if list := fitting[kind]; list != nil && m.chance(90) {
		v := pick(m.random, list)
		if _, text := v.(string); text || inside {
			return v
		}
	}
	switch n := m.IntN(20); {
	case n == 0:
		return nil
	case n < 4 && inside:
		return pick(m.random, []any{json.Number("443"), json.Number("443.0"), json.Number("443.7"), json.Number("1e3"), true, false, json.Number("9007199254740993")})
	default:
		return pick(m.random, m.texts)
	}
}

// ask gives a predicate; every second is a leaf alone or not.
func (m *mapper) ask(i int) compiler.Pred {
	switch i % 6 {
	case 0, 1, 2:
		return m.leaf()
	case 3, 4:
		return compiler.Not{Of: m.leaf()}
	}
	var of []compiler.Pred
	for range 2 + m.IntN(2) {
		p := m.leaf()
		if m.chance(30) {
			p = compiler.Not{Of: p}
		}
		of = append(of, p)
	}
	if m.chance(50) {
		return compiler.All{Of: of}
	}
	return compiler.Any{Of: of}
}

func (m *mapper) leaf() compiler.Pred {
	field, fold := pick(m.random, m.fields), m.chance(70)
	switch m.IntN(20) {
	default:
		values := []string{}
		for range 1 + m.IntN(4) {
			values = append(values, folded(m.value(), fold))
		}
		slices.Sort(values)
		return compiler.In{Field: field, Values: slices.Compact(values), Fold: fold}
	case 0, 1, 2, 3, 4, 5:
		return compiler.Text{Field: field, Pattern: m.glob(fold), Fold: fold}
	case 6:
		return m.regexp(field)
	case 7, 8:
		return compiler.CIDR{Field: field, Prefix: netip.MustParsePrefix(pick(m.random, networks)).Masked()}
	case 9:
		return compiler.Num{Field: field, Op: compiler.Op(1 + m.IntN(4)), Bound: m.bound()}
	case 10, 11:
		return compiler.Null{Field: field}
	case 12:
		return compiler.Exists{Field: field}
	}
}

// value gives a text that documents may hold, or one that a type takes.
func (m *mapper) value() string {
	if m.chance(25) {
		kind := pick(m.random, slices.Sorted(maps.Keys(fitting)))
		if text, ok := pick(m.random, fitting[kind]).(string); ok {
			return text
		}
	}
	return pick(m.random, m.texts)
}

// glob opens a part of a text.
func (m *mapper) glob(fold bool) sigma.Pattern {
	runes := []rune(folded(m.value(), fold))
	from := m.IntN(len(runes) + 1)
	to := from + m.IntN(len(runes)-from+1)
	if m.chance(50) {
		from = 0
	}
	if m.chance(30) {
		to = len(runes)
	}
	part := sigma.LiteralPattern(string(runes[from:to])).String()
	return sigma.ParsePattern(pick(m.random, []string{part + "*", "*" + part, "*" + part + "*", part + "?", "?" + part + "*", "*" + part + "?*", "*"}))
}
