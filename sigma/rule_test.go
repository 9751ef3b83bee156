package sigma

import (
	"strings"
	"testing"

	sg "github.com/bradleyjkemp/sigma-go"
)

func TestRefIsIDElseNameElseTitle(t *testing.T) {
	r := &Rule{Header: Header{Rule: sg.Rule{Title: "Title", ID: "id"}, Name: "name"}}
	for _, want := range []string{"id", "name", "Title"} {
		if got := r.Ref(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if want == "id" {
			r.ID = ""
		} else {
			r.Name = ""
		}
	}
}

func TestTechniquesAreTheAttackTagsOfTechniques(t *testing.T) {
	r := &Header{Rule: sg.Rule{Tags: []string{
		"attack.persistence", "attack.t1098", "attack.t1098.001", "attack.T1078", "attack.ta0003", "attack.s0002", "attack.g0016",
		"attack.t", "attack.tunnel", "cve.2024.1", "car.2013-05-004", "detection.threat-hunting", "t1059", "attack.",
	}}}
	if got := strings.Join(r.Techniques(), " "); got != "T1098 T1098.001" {
		t.Errorf("got %s", got)
	}
	if got := (&Rule{}).Techniques(); got != nil {
		t.Errorf("of no tags: %v", got)
	}
}

func TestSearchIsByExactName(t *testing.T) {
	d := &Detection{Searches: []Search{{Name: "a"}, {Name: "A"}}}
	if d.Search("A") != &d.Searches[1] || d.Search("b") != nil {
		t.Error("Search gives another")
	}
}

func TestHasAsksForAModifierByName(t *testing.T) {
	it := &Item{FieldMatcher: sg.FieldMatcher{Modifiers: []string{"contains", "all"}}}
	if !it.Has("all") || it.Has("al") || it.Has("") {
		t.Error("Has is wrong")
	}
}
