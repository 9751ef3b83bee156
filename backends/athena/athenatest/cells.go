package athenatest

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// cellText prints a value of a type of Trino as Athena does.
func cellText(typ string, v any) string {
	base, of := splitType(typ)
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return v
	case json.Number:
		return numberText(base, v.String())
	case float64:
		return numberText("double", strconv.FormatFloat(v, 'g', -1, 64))
	case []any:
		return listText(base, of, v)
	case map[string]any:
		return mapText(of, v)
	default:
		return fmt.Sprint(v)
	}
}

// numberText prints a double as Java does, and other numbers as they came.
func numberText(base, digits string) string {
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil || base != "double" && base != "real" {
		return digits
	}
	if size := math.Abs(f); f == 0 || size >= 1e-3 && size < 1e7 {
		return withPoint(strconv.FormatFloat(f, 'f', -1, 64))
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'E', -1, 64), "E")
	n, _ := strconv.Atoi(exponent)
	return withPoint(mantissa) + "E" + strconv.Itoa(n)
}

func withPoint(digits string) string {
	if strings.Contains(digits, ".") {
		return digits
	}
	return digits + ".0"
}

// listText prints an array, [a, b], or a row, {name=a, other=b}.
func listText(base string, of []string, values []any) string {
	parts := make([]string, len(values))
	for i, v := range values {
		if base != "row" || i >= len(of) {
			parts[i] = cellText(strings.Join(of, ""), v)
			continue
		}
		name, typ := splitField(of[i], i)
		parts[i] = name + "=" + cellText(typ, v)
	}
	if base == "row" {
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func mapText(of []string, values map[string]any) string {
	typ := ""
	if len(of) == 2 {
		typ = of[1]
	}
	var parts []string
	for k, v := range values {
		parts = append(parts, k+"="+cellText(typ, v))
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, ", ") + "}"
}

// splitType takes array(varchar(3)) apart into array and what it is of.
func splitType(typ string) (base string, of []string) {
	base, rest, nested := strings.Cut(typ, "(")
	if !nested || !strings.HasSuffix(rest, ")") {
		return base, nil
	}
	depth, from := 0, 0
	rest = rest[:len(rest)-1]
	for i, c := range rest {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			of = append(of, strings.TrimSpace(rest[from:i]))
			from = i + 1
		}
	}
	return base, append(of, strings.TrimSpace(rest[from:]))
}

// splitField takes a field of a row apart; one without a name is named after
// its place.
func splitField(field string, place int) (name, typ string) {
	if quoted, ok := strings.CutPrefix(field, `"`); ok {
		name, typ, _ = strings.Cut(quoted, `" `)
		return name, typ
	}
	if name, typ, ok := strings.Cut(field, " "); ok {
		return name, typ
	}
	return "field" + strconv.Itoa(place), field
}
