package correlate

import (
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// Event is what correlations keep of an event: when and which it is, and what
// each input that it matches reads of it.
type Event struct {
	At         time.Time
	ID, Source string
	seen       []sighting

	counted []*episode // that have its id
}

// sighting is an event as one input of a correlation sees it.
type sighting struct {
	input *compiler.Input
	reading
}

// reading is what is read of an event.
type reading struct {
	group   []string   // values by the names that the correlation groups by
	tuples  []string   // of the fields whose values are counted, each one key
	numbers []*big.Rat // of the field whose values are measured
}

// maxTuples bounds the tuples of one event: fields in arrays make a tuple for
// each combination of their leaves.
const maxTuples = 1000

// read reads a record for an input of a correlation. It is false where a value
// to group by is missing. Loss says how many values could not be taken.
func read(c *sigma.Correlation, in *compiler.Input, rec *record.Record) (r reading, loss int, ok bool) {
	for _, p := range in.Group {
		text, ok := firstLeaf(rec, p)
		if !ok {
			return reading{}, 0, false
		}
		r.group = append(r.group, text)
	}
	switch values := in.Values; {
	case len(values) == 0:
	case c.Kind == "value_count":
		leaves := make([][]string, len(values))
		for i, p := range values {
			rec.Leaves(p.Keys, func(v record.Value) bool {
				leaves[i] = append(leaves[i], v.Text())
				return false
			})
		}
		r.tuples, loss = tuples(leaves)
	default:
		rec.Leaves(values[0].Keys, func(v record.Value) bool {
			if v.Kind == record.Number || v.Kind == record.String {
				loss += r.number(v.Text())
			}
			return false
		})
	}
	return r, loss, true
}

// firstLeaf gives the text of the first value at the end of a path.
func firstLeaf(rec *record.Record, p schema.Path) (text string, ok bool) {
	rec.Leaves(p.Keys, func(v record.Value) bool {
		text, ok = v.Text(), true
		return true
	})
	return text, ok
}

// tuples gives each combination of a leaf of every field, and how many are too
// many.
func tuples(leaves [][]string) (list []string, loss int) {
	list = []string{""}
	for _, field := range leaves {
		if n := len(list) * len(field); n > maxTuples {
			field = field[:maxTuples/len(list)]
			loss += n - len(list)*len(field)
		}
		var longer []string
		for _, head := range list {
			for _, leaf := range field {
				longer = append(longer, appendKey(head, leaf))
			}
		}
		list = longer
	}
	return list, loss
}

// number takes wholly numeric text. It gives 1 for a number that is too long or
// too large to be taken.
func (r *reading) number(text string) (loss int) {
	d, ok := record.ParseDecimal(text)
	if !ok {
		return 0
	}
	n, ok := d.Rat()
	if !ok {
		return 1
	}
	r.numbers = append(r.numbers, n)
	return 0
}

// above gives what a correlation reads of the events of one below it, which has
// found them in a group. Loss says how many values could not be taken.
func above(c *sigma.Correlation, in *compiler.Input, group []string) (r reading, loss int) {
	for _, i := range in.GroupAt {
		r.group = append(r.group, group[i])
	}
	switch {
	case len(in.ValuesAt) == 0:
	case c.Kind == "value_count":
		tuple := ""
		for _, i := range in.ValuesAt {
			tuple = appendKey(tuple, group[i])
		}
		r.tuples = []string{tuple}
	default:
		loss = r.number(group[in.ValuesAt[0]])
	}
	return r, loss
}

// key makes one text of several, so that none can run into the next.
func key(texts []string) string {
	k := ""
	for _, t := range texts {
		k = appendKey(k, t)
	}
	return k
}

func appendKey(k, text string) string { return k + strconv.Itoa(len(text)) + ":" + text }

// compare orders readings by their texts, to choose one of several deliveries of
// an event that differ.
func (r *reading) compare(o *reading) int {
	if c := strings.Compare(key(r.group), key(o.group)); c != 0 {
		return c
	}
	if c := strings.Compare(key(r.tuples), key(o.tuples)); c != 0 {
		return c
	}
	return strings.Compare(r.measured(), o.measured())
}

func (r *reading) measured() string {
	var texts []string
	for _, n := range r.numbers {
		texts = append(texts, n.RatString())
	}
	return key(texts)
}
