package athena

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// dayFormats are the formats of partition projection by day that there is a
// scheme for (Amazon Athena User Guide, "Supported types for partition
// projection").
var dayFormats = map[string]schema.Scheme{
	"yyyy/MM/dd": schema.SlashDay, "yyyy-MM-dd": schema.DashDay, "yyyyMMdd": schema.CompactDay,
}

// partitions writes how the table is cut by day, as far as the catalog tells.
func (g *glueLayout) partitions() {
	parts := map[string]string{}
	var open []string
	for _, k := range g.table.PartitionKeys {
		name, typ := aws.ToString(k.Name), strings.ToLower(aws.ToString(k.Type))
		if scheme := g.scheme(name, typ); scheme != 0 {
			g.line(0, "partitions: {scheme: %s, column: %s}", schemeWord(scheme), scalar(name))
			return
		}
		if part := strings.ToLower(name); typ == "string" && (part == "year" || part == "month" || part == "day") {
			parts[part] = name
		}
		open = append(open, name)
	}
	switch {
	case len(parts) == 3:
		g.line(0, "partitions: {scheme: %s, columns: [%s, %s, %s]}", schemeWord(schema.YearMonthDay),
			scalar(parts["year"]), scalar(parts["month"]), scalar(parts["day"]))
	case len(open) > 0:
		g.line(0, "# The catalog does not tell how days are written in %s: queries read all of them.", inComment(strings.Join(open, ", ")))
		fallthrough
	default:
		g.line(0, "partitions: {scheme: %s}", schemeWord(schema.Unpartitioned))
	}
}

// scheme gives the scheme of a partition column that alone holds the day.
func (g *glueLayout) scheme(name, typ string) schema.Scheme {
	setting := func(key string) string { return g.table.Parameters["projection."+strings.ToLower(name)+"."+key] }
	projected := strings.EqualFold(g.table.Parameters["projection.enabled"], "true") && strings.EqualFold(setting("type"), "date")
	switch {
	case typ == "date":
		return schema.DateDay
	case typ != "string":
		return 0
	case projected:
		return dayFormats[setting("format")]
	case strings.EqualFold(name, "eventday"): // Security Lake's
		return schema.CompactDay
	default:
		return 0
	}
}
