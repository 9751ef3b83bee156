package files

import (
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Recognizer finds the source of a record by its top-level keys. It is not safe for
// concurrent use.
type Recognizer struct {
	byKey    map[string][]int // sets that a key belongs to
	sets     []keySet
	seen     []int      // how many keys of each set the current record has
	capitals [][]string // keys of records as AWS's SDKs print them
}

// keySet is one list of schema.Files.Keys.
type keySet struct {
	source string
	size   int
	shared bool // another source declares these keys too: a set that is not shared goes before
}

// NewRecognizer returns a recognizer of all sources.
func NewRecognizer() *Recognizer {
	z := &Recognizer{byKey: map[string][]int{}}
	for _, s := range schema.Sources {
		for _, keys := range s.Files.Keys {
			for _, key := range keys {
				z.byKey[key] = append(z.byKey[key], len(z.sets))
			}
			z.sets = append(z.sets, keySet{s.Name, len(keys), isShared(s, keys)})
		}
		if len(s.Files.Capitals) > 0 {
			z.capitals = append(z.capitals, s.Files.Capitals)
		}
	}
	z.seen = make([]int, len(z.sets))
	return z
}

func isShared(s *schema.Source, keys []string) bool {
	return slices.ContainsFunc(schema.Sources, func(other *schema.Source) bool {
		return other != s && !slices.ContainsFunc(keys, func(key string) bool { return other.Field(key) == nil })
	})
}

// SourceOf returns the name of a record's source; empty when its keys belong to none.
func (z *Recognizer) SourceOf(r *record.Record) string {
	clear(z.seen)
	shared := ""
	for i := range r.Members {
		for _, n := range z.byKey[string(r.Members[i].Key)] {
			z.seen[n]++
			switch set := &z.sets[n]; {
			case z.seen[n] < set.size:
			case !set.shared:
				return set.source
			case shared == "":
				shared = set.source
			}
		}
	}
	return shared
}

// exportForm changes, in place, the first letters of keys that have capital ones where
// the exports of the same source do not (AccountId, accountId): the AWS SDKs and the
// command line print records so, and rules name the exports' keys. Other records stay
// as they are.
func (z *Recognizer) exportForm(r *record.Record) {
	isCapital := func(keys []string) bool {
		return !slices.ContainsFunc(keys, func(key string) bool { return r.Lookup(key).Kind == record.Absent })
	}
	if !slices.ContainsFunc(z.capitals, isCapital) {
		return
	}
	for _, m := range r.Members {
		lowerFirst(m.Key)
		lowerKeys(m.Value)
	}
}

func lowerKeys(v record.Value) {
	for m := range v.Members() {
		lowerFirst(m.Key)
		lowerKeys(m.Value)
	}
	for e := range v.Elements() {
		lowerKeys(e)
	}
}

func lowerFirst(key []byte) {
	if len(key) > 0 && key[0] >= 'A' && key[0] <= 'Z' {
		key[0] += 'a' - 'A'
	}
}

// sourceOfTable returns the source of a table with columns of these names, nil where
// it is of none.
func sourceOfTable(names []string) *schema.Source {
	for _, s := range schema.Sources {
		missing := func(column string) bool {
			return !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, column) })
		}
		if len(s.Files.Columns) > 0 && !slices.ContainsFunc(s.Files.Columns, missing) {
			return s
		}
	}
	return nil
}
