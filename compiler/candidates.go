package compiler

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits of what a second stage names; beyond them it fetches more events.
const (
	maxCandidates = 16
	maxRanges     = 16 // of a candidate
	maxValues     = 10_000
	maxValueBytes = 1 << 20
	maxCounts     = 300_000 // that a first stage may return
)

// Range is a half-open range of time.
type Range struct{ From, To time.Time }

// Candidate is events that may make a correlation fire: those in any of the ranges,
// in all time where there are none, whose fields to group by have any of the
// values. Values are by the places of a leaf's group; where there are none any
// will do. A nil value stands for those that the engine cannot distinguish.
type Candidate struct {
	Ranges []Range
	Values [][]*string
}

// Everything is the candidate that excludes nothing.
func Everything() []Candidate { return []Candidate{{}} }

// Count is what a first stage counted of a leaf in one group and cell.
type Count struct {
	Leaf  int
	Group []*string // by Prefilter.Groups, as the engine has the values; nil: those that it cannot distinguish
	Cell  int64     // its number from 1970 on
	Dated bool      // the engine knows the time; else Cell means nothing
	N     int64
}

// Counter gathers counts of a first stage.
type Counter struct {
	of     *Prefilter
	groups map[string]*counted
	n      int
	all    bool // nothing can be excluded
}

// counted is a group's counts.
type counted struct {
	group []*string
	cells map[int64][]int64 // by leaf
	fires []int64           // cells in which the correlation may fire, ascending
}

// NewCounter gathers counts for the first stage of a correlation.
func NewCounter(of *Prefilter) *Counter { return &Counter{of: of, groups: map[string]*counted{}} }

// Add takes a count. It is false where no more are needed: nothing can be excluded.
// Events whose time the engine does not know may be in any cell, and too many
// counts cost as much as the events.
func (c *Counter) Add(n Count) bool {
	if c.of.Cell == 0 {
		n.Cell, n.Dated = 0, true
	}
	if c.n++; c.n > maxCounts || !n.Dated || !c.near(n.Cell) {
		c.all = true
	}
	if c.all {
		return false
	}
	k := groupKey(n.Group)
	g := c.groups[k]
	if g == nil {
		g = &counted{group: n.Group, cells: map[int64][]int64{}}
		c.groups[k] = g
	}
	if g.cells[n.Cell] == nil {
		g.cells[n.Cell] = make([]int64, len(c.of.Leaves))
	}
	g.cells[n.Cell][n.Leaf] += n.N
	return true
}

func groupKey(group []*string) string {
	var b strings.Builder
	for _, v := range group {
		if v == nil {
			b.WriteString("-")
			continue
		}
		b.WriteString(strconv.Itoa(len(*v)) + ":" + *v)
	}
	return b.String()
}

// Candidates returns what the second stage fetches; nothing where the correlation
// cannot fire.
func (c *Counter) Candidates() []Candidate {
	if c.all {
		return Everything()
	}
	var found []*counted
	for _, k := range slices.Sorted(maps.Keys(c.groups)) {
		if g := c.groups[k]; g.decide(c.of.MinCount) {
			found = append(found, g)
		}
	}
	var list []Candidate
	for part := range slices.Chunk(found, max(1, (len(found)+maxCandidates-1)/maxCandidates)) {
		list = append(list, c.together(part))
	}
	return list
}

// decide finds the cells of a group in which the correlation may fire.
func (g *counted) decide(m MinCount) bool {
	for _, cell := range slices.Sorted(maps.Keys(g.cells)) {
		sum := slices.Clone(g.cells[cell])
		for i, n := range g.cells[cell-1] {
			sum[i] += n
		}
		if m.Holds(sum) {
			g.fires = append(g.fires, cell)
		}
	}
	return len(g.fires) > 0
}

// together is one candidate of some groups, in the cells of each. Many ranges of
// time become one.
func (c *Counter) together(list []*counted) Candidate {
	one := Candidate{Values: c.values(list)}
	if c.of.Cell == 0 {
		return one
	}
	var fires []int64
	for _, g := range list {
		fires = append(fires, g.fires...)
	}
	slices.Sort(fires)
	for _, cell := range slices.Compact(fires) {
		r := c.cells(cell-1, cell+1)
		if n := len(one.Ranges); n > 0 && !r.From.After(one.Ranges[n-1].To) {
			one.Ranges[n-1].To = r.To
		} else {
			one.Ranges = append(one.Ranges, r)
		}
	}
	if n := len(one.Ranges); n > maxRanges {
		one.Ranges = []Range{{one.Ranges[0].From, one.Ranges[n-1].To}}
	}
	return one
}

// values returns what groups have at each place; none where that is too much for a
// query.
func (c *Counter) values(list []*counted) [][]*string {
	out := make([][]*string, len(c.of.Groups))
	for at := range out {
		seen := map[string]bool{}
		size := 0
		for _, g := range list {
			k := groupKey(g.group[at : at+1])
			if seen[k] {
				continue
			}
			seen[k] = true
			size += len(k)
			out[at] = append(out[at], g.group[at])
		}
		if len(out[at]) > maxValues || size > maxValueBytes {
			out[at] = nil
		}
	}
	return out
}

// cells returns the time from one cell to before another.
func (c *Counter) cells(from, to int64) Range {
	seconds := int64(c.of.Cell / time.Second)
	return Range{time.Unix(from*seconds, 0).UTC(), time.Unix(to*seconds, 0).UTC()}
}

// near reports whether a cell and those beside it lie within years of four digits.
func (c *Counter) near(cell int64) bool {
	const first, last = -62_135_596_800, 253_402_300_799
	seconds := int64(max(c.of.Cell/time.Second, 1))
	return cell-1 > first/seconds && cell+1 < last/seconds
}
