package backends

import (
	"fmt"
	"iter"
	"slices"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// Finish decides with the evaluator what the engine could only widen: of each
// row it keeps the plans whose residual matches. Rows of exact plans alone pass
// unread.
func Finish(rows iter.Seq2[Row, error], batch compiler.Batch) iter.Seq2[Row, error] {
	residual := make([]*eval.Matcher, len(batch.Plans))
	needed := false
	for i, p := range batch.Plans {
		if p.Residual != nil {
			residual[i] = eval.Compile(p.Residual)
			needed = true
		}
	}
	if !needed {
		return rows
	}
	return func(yield func(Row, error) bool) {
		var event eval.Event
		for row, err := range rows {
			if err == nil {
				err = finishRow(&row, residual, &event, batch)
			}
			if err != nil || len(row.Plans) > 0 {
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	}
}

func finishRow(row *Row, residual []*eval.Matcher, event *eval.Event, batch compiler.Batch) error {
	if !slices.ContainsFunc(row.Plans, func(i int) bool { return residual[i] != nil }) {
		return nil
	}
	rec, err := record.Parse(row.Event)
	if err != nil {
		return fmt.Errorf("the engine returned a row that is no event: %w", err)
	}
	kept := row.Plans[:0]
	for _, i := range row.Plans {
		if residual[i] != nil {
			if event.Reset(batch.Plans[i].Source, &rec); !residual[i].Match(event) {
				continue
			}
		}
		kept = append(kept, i)
	}
	row.Plans = kept
	return nil
}
