package schema

import (
	"fmt"
	"slices"
	"strings"
)

// ChooseLayouts returns a layout for every source, Open too, by the source's name.
// choose finds what a text asks for of a source; the text is empty for a source
// of which nothing was chosen.
func ChooseLayouts(chosen map[string]string, choose func(source, want string) (*Layout, error)) (map[string]*Layout, error) {
	layouts := map[string]*Layout{Open.Name: OpenLayout}
	for source := range chosen {
		if ByName(source) == nil {
			return nil, fmt.Errorf("there is no source %q: the sources are %s", source, strings.Join(Names(), ", "))
		}
	}
	for _, source := range Names() {
		layout, err := choose(source, chosen[source])
		if err != nil {
			return nil, err
		}
		layouts[source] = layout
	}
	return layouts, nil
}

// LayoutsOf returns the layouts of a source, in their order.
func LayoutsOf(all []*Layout, source string) []*Layout {
	var list []*Layout
	for _, l := range all {
		if l.Source.Name == source {
			list = append(list, l)
		}
	}
	return list
}

// Named returns the layout that a text names: NAME, or NAME:TABLE where the
// table has another name, as renamed tells; the first for an empty text. ok is
// false where there is none of that name.
func Named(known []*Layout, want string) (layout *Layout, renamed, ok bool) {
	if want == "" {
		return known[0], false, true
	}
	name, table, renamed := strings.Cut(want, ":")
	at := slices.IndexFunc(known, func(l *Layout) bool { return l.Name == name })
	switch {
	case at < 0:
		return nil, false, false
	case !renamed:
		return known[at], false, true
	}
	l := *known[at]
	l.Table = table
	return &l, true, true
}

// LayoutNames returns the names of layouts, for people.
func LayoutNames(layouts []*Layout) string {
	var list []string
	for _, l := range layouts {
		list = append(list, l.Name)
	}
	return strings.Join(list, ", ")
}
