package duckdb

import "strings"

// macro is a function of SQL that a query defines before it uses it.
type macro struct {
	name  string
	sql   string
	needs []string // macros that it calls
}

// macros, those that others need first. A list of JSON values stands for what a
// path has reached; two levels of arrays are opened at each step, and records
// with more are irregular.
var macros = []macro{
	{name: "sigma_open", sql: `sigma_open(xs) AS flatten(list_transform(xs, lambda x: CASE WHEN json_type(x) = 'ARRAY' THEN json_extract(x, '$[*]') ELSE [x] END))`},
	{name: "sigma_step", needs: []string{"sigma_open"}, sql: `sigma_step(xs, key) AS list_filter(list_transform(sigma_open(sigma_open(xs)), lambda x: json_extract(x, key)), lambda x: x IS NOT NULL)`},
	{name: "sigma_texts", needs: []string{"sigma_open"}, sql: `sigma_texts(xs) AS list_filter(list_transform(sigma_open(sigma_open(xs)), lambda x: x ->> '$'), lambda x: x IS NOT NULL)`},
	// Most values hold no array, and then one look at the path does.
	{name: "sigma_leaves", needs: []string{"sigma_step", "sigma_texts"}, sql: `sigma_leaves(j, path, xs) AS CASE WHEN contains(j, '[') THEN sigma_texts(xs) ELSE [json_extract_string(j, path)] END`},
	{name: "sigma_hollow", sql: `sigma_hollow(xs) AS coalesce(list_bool_or(list_transform(xs, lambda x: json_type(x) = 'ARRAY' AND json_array_length(x) = 0)), FALSE)`},
	{name: "sigma_null", needs: []string{"sigma_open", "sigma_texts", "sigma_hollow"}, sql: `sigma_null(xs) AS (len(sigma_texts(xs)) = 0 AND NOT sigma_hollow(xs) AND NOT sigma_hollow(sigma_open(xs)))`},
	{name: "sigma_has", needs: []string{"sigma_open"}, sql: `sigma_has(xs, key) AS coalesce(list_bool_or(list_transform(sigma_open(sigma_open(xs)), lambda x: json_exists(x, key))), FALSE)`},
	{name: "sigma_ipv4", sql: `sigma_ipv4(t) AS CASE WHEN regexp_full_match(t, '((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3})') THEN split_part(t, '.', 1)::BIGINT * 16777216 + split_part(t, '.', 2)::BIGINT * 65536 + split_part(t, '.', 3)::BIGINT * 256 + split_part(t, '.', 4)::BIGINT END`},
	{name: "sigma_tail", needs: []string{"sigma_ipv4"}, sql: `sigma_tail(t) AS CASE WHEN contains(t, '.') THEN list_extract(list_transform([sigma_ipv4(regexp_extract(t, '[^:]*$'))], lambda n: regexp_replace(t, '[^:]*$', '') || printf('%x:%x', n // 65536, n % 65536)), 1) ELSE t END`},
	{name: "sigma_groups", sql: `sigma_groups(t) AS CASE WHEN t = '' THEN [] ELSE string_split(t, ':') END`},
	{name: "sigma_hex", sql: `sigma_hex(gs) AS coalesce(list_aggregate(list_transform(gs, lambda g: lpad(lower(g), 4, '0')), 'string_agg', ''), '')`},
	{name: "sigma_join", needs: []string{"sigma_hex"}, sql: `sigma_join(a, b) AS sigma_hex(a) || repeat('0000', 8 - len(a) - len(b)) || sigma_hex(b)`},
	{name: "sigma_ipv6", needs: []string{"sigma_tail", "sigma_groups", "sigma_join"}, sql: `sigma_ipv6(t) AS list_extract(list_transform([sigma_tail(t)], lambda u: CASE WHEN regexp_full_match(u, '[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){7}') THEN sigma_join(sigma_groups(u), []) WHEN regexp_full_match(u, '([0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4})*)?::([0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4})*)?') AND len(string_split(u, ':')) <= CASE WHEN starts_with(u, '::') OR ends_with(u, '::') THEN 9 ELSE 8 END THEN sigma_join(sigma_groups(split_part(u, '::', 1)), sigma_groups(split_part(u, '::', 2))) END), 1)`},
	// A key sorts by sign, then by the power of ten of the first digit, then by the
	// digits; of negative numbers all turned around.
	{name: "sigma_key", sql: `sigma_key(sign, digits, power) AS CASE WHEN power IS NULL THEN NULL WHEN digits = '' THEN '1' WHEN sign = '-' THEN '0' || (1099511627776 - power)::VARCHAR || translate(rtrim(digits, '0'), '0123456789', '9876543210') || '~' ELSE '2' || (1099511627776 + power)::VARCHAR || rtrim(digits, '0') END`},
	{name: "sigma_power", sql: `sigma_power(e) AS CASE WHEN e = '' THEN 0 WHEN TRY_CAST(e AS BIGINT) BETWEEN -1073741824 AND 1073741824 THEN TRY_CAST(e AS BIGINT) END`},
	{name: "sigma_number", needs: []string{"sigma_key", "sigma_power"}, sql: `sigma_number(t) AS list_extract(list_transform([regexp_extract(t, '\A(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?\z', ['sign', 'whole', 'fraction', 'exponent'])], lambda n: CASE WHEN n.whole <> '' THEN sigma_key(n.sign, ltrim(n.whole || n.fraction, '0'), len(ltrim(n.whole || n.fraction, '0')) - len(n.fraction) + sigma_power(n.exponent)) END), 1)`},
	{name: "sigma_time", sql: `sigma_time(t) AS CASE WHEN regexp_full_match(t, '[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?(Z|\+00:00)') THEN TRY_CAST(t[:10] || ' ' || t[12:19] AS TIMESTAMP) END`},
	{name: "sigma_nanos", needs: []string{"sigma_time"}, sql: `sigma_nanos(t) AS CASE WHEN NOT t BETWEEN '1910' AND '2190' THEN NULL WHEN regexp_full_match(t, '[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z') THEN epoch_us(TRY_CAST(t AS TIMESTAMP)) * 1000 ELSE epoch_us(sigma_time(t)) * 1000 + CASE WHEN t[20] = '.' THEN rpad(left(regexp_extract(t, '\.([0-9]+)', 1), 9), 9, '0')::BIGINT ELSE 0 END END`},
	{name: "sigma_below", sql: `sigma_below(n) AS (n % 1000000000 + 1000000000) % 1000000000`},
	{name: "sigma_clock", needs: []string{"sigma_below"}, sql: `sigma_clock(n) AS strftime(make_timestamp((n - sigma_below(n)) // 1000), '%Y-%m-%dT%H:%M:%S.') || lpad(sigma_below(n)::VARCHAR, 9, '0') || 'Z'`},
}

// prelude gives the definitions of the macros that a query uses.
func prelude(query string) string {
	used := map[string]bool{}
	for i := len(macros) - 1; i >= 0; i-- {
		m := macros[i]
		if used[m.name] || strings.Contains(query, m.name+"(") {
			used[m.name] = true
			for _, n := range m.needs {
				used[n] = true
			}
		}
	}
	var b strings.Builder
	for _, m := range macros {
		if used[m.name] {
			b.WriteString("CREATE OR REPLACE TEMP MACRO " + m.sql + ";\n")
		}
	}
	return b.String()
}
