package conformance

import (
	"testing"

	"github.com/sigmahunt/sigmahunt/fixtures"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// What correlations read are records that were made again of a table's columns.
func TestAthenaGivesTheEpisodesThatPeopleWroteDown(t *testing.T) {
	cases, err := LoadEpisodes(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	gaps, err := ReadGaps("testdata/gaps/trino.txt")
	if err != nil {
		t.Fatal(err)
	}
	RunEpisodes(t, newThroughSDK(t), cases, gaps)
}

func TestAthenaAgreesWithThePacksTimedTests(t *testing.T) {
	e := newThroughSDK(t)
	for _, pack := range rules.Names() {
		cases, err := PackEpisodes(rules.Files(), pack)
		if err != nil {
			t.Fatal(err)
		}
		RunEpisodes(t, e, cases, nil)
	}
}
