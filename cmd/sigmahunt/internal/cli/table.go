package cli

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/sigmahunt/sigmahunt/hunt"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// tableWriter keeps at most limit findings of a rule and prints them at the
// end, the worst level first and by time within a level.
type tableWriter struct {
	w     io.Writer
	width int // of the terminal; 0 prints cells in full
	color bool
	limit int
	found *tally

	kept  []tableRow
	count map[string]int
}

func (t *tableWriter) Write(f *hunt.Finding) error {
	if t.count == nil {
		t.count = map[string]int{}
	}
	key := f.RuleID + "\x00" + f.RuleTitle
	if t.limit == 0 || t.count[key] < t.limit {
		t.count[key]++
		s := f.Summary()
		t.kept = append(t.kept, tableRow{f.Level, []string{f.Time, f.Level, f.RuleTitle, shortARN(s.Who), s.From, s.What, s.Where}})
	}
	return nil
}

// tableRow is a finding as the table shows it, time first.
type tableRow struct {
	level string
	cells []string
}

var tableHead = []string{"TIME", "LEVEL", "RULE", "WHO", "FROM", "WHAT", "WHERE"}

func (t *tableWriter) Close() error {
	if len(t.kept) == 0 {
		return nil
	}
	slices.SortStableFunc(t.kept, func(a, b tableRow) int {
		if c := rank(b.level) - rank(a.level); c != 0 {
			return c
		}
		return strings.Compare(a.cells[0], b.cells[0])
	})
	rows := [][]string{tableHead}
	for _, row := range t.kept {
		rows = append(rows, row.cells)
	}
	for _, row := range rows {
		for i := range row {
			row[i] = diag.Printable(row[i])
		}
	}
	widths := t.widths(rows)
	out := bufio.NewWriter(t.w)
	for i, row := range rows {
		t.printRow(out, row, widths, i == 0)
	}
	t.printLeftOut(out)
	return out.Flush()
}

// shortARN leaves out the partition and service of an IAM or STS name, which
// are the same in every row.
func shortARN(s string) string {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) == 6 && parts[0] == "arn" && (parts[2] == "iam" || parts[2] == "sts") {
		return parts[4] + ":" + parts[5]
	}
	return s
}

// fixed is how many columns, time and level, are never cut.
const fixed = 2

// widths gives each column what it needs; when a terminal has less, the widest
// columns give way first.
func (t *tableWriter) widths(rows [][]string) []int {
	widths := make([]int, len(tableHead))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], runewidth.StringWidth(cell))
		}
	}
	room := t.width - 2*(len(widths)-1)
	for t.width > 0 && sum(widths) > room {
		widest := fixed
		for i := fixed; i < len(widths); i++ {
			if widths[i] > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= 8 {
			break
		}
		widths[widest]--
	}
	return widths
}

func sum(list []int) int {
	n := 0
	for _, v := range list {
		n += v
	}
	return n
}

func (t *tableWriter) printRow(out *bufio.Writer, row []string, widths []int, head bool) {
	for i, cell := range row {
		if t.width > 0 {
			cell = runewidth.Truncate(cell, widths[i], "…")
		}
		pad := strings.Repeat(" ", max(widths[i]-runewidth.StringWidth(cell), 0))
		switch {
		case i == len(row)-1:
			pad = ""
		default:
			pad += "  "
		}
		switch {
		case t.color && head:
			cell = sgr("1", cell)
		case t.color && i == 1:
			cell = levelColor(cell)
		}
		out.WriteString(cell + pad)
	}
	out.WriteByte('\n')
}

// printLeftOut says how many findings of which rules the table left out.
func (t *tableWriter) printLeftOut(out *bufio.Writer) {
	for _, rule := range t.found.rules {
		shown := int64(t.count[rule.ID+"\x00"+rule.Title])
		if more := t.found.by[rule] - shown; more > 0 {
			fmt.Fprintf(out, "… and %s more of %s (--limit 0 shows all)\n", group(more), diag.Printable(rule.Title))
		}
	}
}
