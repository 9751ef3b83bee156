package conformance

import (
	"context"
	"errors"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/fixtures"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// Answer runs the statements of correlations as the program does.
func (e *throughSDK) Answer(ctx context.Context, report []*compiler.Correlated, legal map[*sigma.Rule]*compiler.Plan, file string) (answers []Answer, err error) {
	config := e.config
	var drop func() error
	if config.Remote.Database, _, drop, err = e.load(ctx, report[0].Bases()[0].Source.Name, file); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, drop()) }()
	x, err := athena.Engine.Open(ctx, config)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	for _, of := range report {
		if reason := compiler.Pushable(of, e.Target(), legal); reason != "" {
			answers = append(answers, Answer{Reason: reason})
			continue
		}
		q, err := e.backend.(backends.CorrelationWriter).EmitCorrelation(of, legal, backends.Window{})
		if err != nil {
			answers = append(answers, Answer{Reason: err.Error()})
			continue
		}
		a, err := AnswerOf(x.(backends.CorrelationRunner).Episodes(ctx, q))
		if err != nil {
			return nil, errors.Join(err, errors.New(q.Text))
		}
		answers = append(answers, a)
	}
	return answers, nil
}

func TestAthenaStatementsGiveTheEpisodesThatPeopleWroteDown(t *testing.T) {
	cases, err := LoadEpisodes(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	reasons, err := ReadReasons("testdata/rows/athena.txt")
	if err != nil {
		t.Fatal(err)
	}
	RunStatements(t, newThroughSDK(t), cases, reasons)
}

func TestAthenaStatementsAgreeWithThePacksTimedTests(t *testing.T) {
	e := newThroughSDK(t)
	for _, pack := range rules.Names() {
		cases, err := PackEpisodes(rules.Files(), pack)
		if err != nil {
			t.Fatal(err)
		}
		RunStatements(t, e, cases, nil)
	}
}
