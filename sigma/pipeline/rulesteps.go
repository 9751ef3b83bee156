package pipeline

import (
	"maps"
	"slices"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

func sortedNames(vars sigma.Values) []string { return slices.Sorted(maps.Keys(vars)) }

// readChangeLogsource replaces a rule's logsource as a whole: attributes that
// are not given are cleared, the definition among them.
func readChangeLogsource(p *params) transform {
	logsource := p.takeLogsource()
	return forEach(func(_ *applier, _ *step, d *draft) {
		if d.rule != nil {
			d.rule.Logsource = logsource
		}
	})
}

func readSetState(p *params) transform {
	key, val := p.needText("key"), p.value("val")
	return forEach(func(_ *applier, _ *step, d *draft) {
		if d.state == nil {
			d.state = map[string]sigma.Value{}
		}
		d.state[key] = val
	})
}

func readRuleFailure(p *params) transform {
	message := p.needText("message")
	return forEach(func(a *applier, _ *step, d *draft) {
		d.refuse(a, diag.PipelineRefused, d.header().At, "", "a pipeline refuses the rule: %s", diag.Printable(message))
	})
}

func readItemFailure(p *params) transform {
	message := p.needText("message")
	return rewrite(func(a *applier, _ *step, s *subject) outcome {
		s.refuse(a, diag.PipelineRefused, s.item.At, "", "a pipeline refuses the item: %s", diag.Printable(message))
		return outcome{}
	})
}

func readDrop(*params) transform {
	gone := outcome{true, []sigma.Alternative{nil}}
	return rewrite(func(*applier, *step, *subject) outcome { return gone })
}

func readNest(p *params) transform {
	e, ok := p.need("items")
	if !ok {
		return nil
	}
	steps := p.list(e, p.depth+1)
	return func(a *applier, _ *step, chosen []*draft) { a.run(steps, chosen) }
}
