package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// problems names what could not be read, one line each.
func (a *app) problems(stats backends.Stats) {
	for _, p := range stats.Problems {
		place := p.File
		if p.Where != "" {
			place += ": " + p.Where
		}
		a.say("sigmahunt: %s: %s", diag.Printable(place), diag.Printable(p.Message))
	}
	if more := stats.Lost - int64(len(stats.Problems)); more > 0 {
		a.say("sigmahunt: and %s more problems like these", group(more))
	}
}

// summary tells what was read and found, and how fast.
func (a *app) summary(c *compiler.Program, found *tally, stats backends.Stats, elapsed time.Duration) {
	a.say("%s findings by %d of %d rules%s", group(found.total()), found.finding(), len(found.rules), byLevel(found))
	if stats.Statements > 0 {
		a.asked(stats, elapsed)
	} else {
		a.read(stats, elapsed)
	}
	if stats.Unknown > 0 {
		a.say("%s events of an unknown source were not evaluated (--source sets the source)", group(stats.Unknown))
	}
	if c.Missing > 0 || c.Diags.HasErrors() {
		a.say("some rules did not run: see the errors above")
	}
	for _, reason := range slices.Sorted(maps.Keys(stats.Skipped)) {
		files := "files"
		if stats.Skipped[reason] == 1 {
			files = "file"
		}
		a.say("%s %s skipped: %s", group(stats.Skipped[reason]), files, diag.Printable(reason))
	}
	if stats.Lost > 0 {
		a.say("%s problems: part of the input was not read", group(stats.Lost))
	}
}

// asked tells what a remote engine did, and what of it has a price.
func (a *app) asked(stats backends.Stats, elapsed time.Duration) {
	did := "answered with " + bytesText(stats.Bytes)
	if stats.Dollars > 0 {
		did = fmt.Sprintf("read %s, about $%.4f; queued %s", bytesText(stats.Compressed), stats.Dollars, stats.Queued.Round(time.Millisecond))
	}
	a.say("%s statements %s; worked %s, in all %s", group(stats.Statements), did, stats.Engine.Round(time.Millisecond), elapsed.Round(time.Millisecond))
}

// read tells how much was read from files, and how fast.
func (a *app) read(stats backends.Stats, elapsed time.Duration) {
	seconds := max(elapsed.Seconds(), 1e-9)
	a.say("%s events, %s of JSON (%s stored) in %s files, %s: %s events/s, %s/s", group(stats.Events), bytesText(stats.Bytes),
		bytesText(stats.Compressed), group(stats.Files), elapsed.Round(time.Millisecond),
		group(int64(float64(stats.Events)/seconds)), bytesText(int64(float64(stats.Bytes)/seconds)))
}

func byLevel(found *tally) string {
	var parts []string
	for _, level := range slices.Backward(sigma.Levels) {
		if n := found.level(level); n > 0 {
			parts = append(parts, group(n)+" "+level)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// group writes a number with a comma each three digits.
func group(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// bytesText writes a number of bytes in decimal units.
func bytesText(n int64) string {
	const units = "kMGTP"
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	f, i := float64(n)/1000, 0
	for f >= 1000 && i < len(units)-1 {
		f /= 1000
		i++
	}
	return fmt.Sprintf("%.1f %cB", f, units[i])
}
