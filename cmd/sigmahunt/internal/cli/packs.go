package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// isPack reports whether an argument names rules: a shipped pack, a rule file,
// or a folder that holds rule files.
func isPack(arg string) bool {
	info, err := os.Stat(arg)
	if err != nil {
		return slices.Contains(rules.Names(), arg)
	}
	if !info.IsDir() {
		return sigma.IsRuleFile(filepath.ToSlash(arg))
	}
	found := errors.New("found")
	err = filepath.WalkDir(arg, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && sigma.IsRuleFile(filepath.ToSlash(name)) {
			return found
		}
		return nil
	})
	return errors.Is(err, found)
}

// split sorts a scan's arguments into packs and events.
func split(args []string) (packs, events []string) {
	for _, arg := range args {
		if arg != "-" && isPack(arg) {
			packs = append(packs, arg)
		} else {
			events = append(events, arg)
		}
	}
	return packs, events
}

// loadPacks reads every pack, and says which ids stand twice.
func loadPacks(args []string) (*sigma.Pack, error) {
	var packs []*sigma.Pack
	for _, arg := range args {
		pack, err := loadPack(arg)
		if err != nil {
			return nil, err
		}
		packs = append(packs, pack)
	}
	all := sigma.Join(packs...)
	if len(all.Rules)+len(all.Correlations) == 0 && !all.Diags.HasErrors() {
		return nil, usage("no rule in %s: give a rule file (.yml), a folder of them, or a shipped pack (%s)",
			strings.Join(args, ", "), strings.Join(rules.Names(), ", "))
	}
	return all, nil
}

func loadPack(arg string) (*sigma.Pack, error) {
	info, err := os.Stat(arg)
	if errors.Is(err, fs.ErrNotExist) {
		if slices.Contains(rules.Names(), arg) {
			return rules.Load(arg)
		}
		return nil, usage("%s is neither a file, a folder nor a shipped pack (%s)", arg, strings.Join(rules.Names(), ", "))
	}
	if err != nil {
		return nil, &exitError{exitEngine, err}
	}
	dir, root, prefix := arg, ".", strings.TrimSuffix(filepath.ToSlash(arg), "/")+"/"
	if !info.IsDir() {
		dir, root = filepath.Split(arg)
		prefix = filepath.ToSlash(dir)
		if dir == "" {
			dir = "."
		}
	}
	pack, err := sigma.Load(os.DirFS(dir), root, prefix)
	if err != nil {
		return nil, &exitError{exitEngine, err}
	}
	return pack, nil
}

// compiled is a pack made ready for a target.
type compiled struct {
	pack       *sigma.Pack
	plans      []*compiler.Plan            // legal, of the rules that report
	bases      []*compiler.Plan            // legal, of the rules whose events correlations alone report
	correlated []*compiler.CorrelationPlan // that can run, those below others included
	legal      map[*sigma.Rule]*compiler.Plan
	target     *compiler.Target
	diags      diag.List // of loading, compiling and legalizing
	refused    int       // rules and correlations that cannot run, those that did not load left out
}

// prepare loads, compiles and legalizes. Rules that fail are left out and said
// in the diagnostics; the others go on.
func (a *app) prepare(args []string, o *packOptions, t *compiler.Target) (*compiled, error) {
	sources, err := o.lookup()
	if err != nil {
		return nil, err
	}
	pack, err := a.load(args, o)
	if err != nil {
		return nil, err
	}
	c := &compiled{pack: pack, target: t, legal: map[*sigma.Rule]*compiler.Plan{}, diags: slices.Clone(pack.Diags)}
	low := lower(pack, sources)
	c.diags = append(c.diags, low.diags...)
	for _, rule := range pack.Rules {
		if plan := low.plans[rule]; plan != nil {
			var diags diag.List
			if plan, diags = compiler.Legalize(plan, t); plan != nil {
				c.legal[rule] = plan
			}
			c.diags = append(c.diags, diags...)
		}
		switch {
		case rule.Base: // the correlations say whether it is missed
		case c.legal[rule] == nil:
			c.refused++
		default:
			c.plans = append(c.plans, c.legal[rule])
		}
	}
	c.correlate(low)
	c.diags.Sort()
	return c, nil
}

// correlate holds the correlations against the target, and finds the rules
// without whose events they cannot run.
func (c *compiled) correlate(low lowered) {
	for _, of := range low.correlated {
		diags := compiler.LegalizeCorrelation(of, c.target, c.legal)
		c.diags = append(c.diags, diags...)
		if !diags.HasErrors() {
			c.correlated = append(c.correlated, of)
		}
	}
	c.refused += len(c.pack.Correlations) - len(c.correlated)
	for _, of := range c.reporting() {
		for _, p := range of.Bases() {
			if base := c.legal[p.Rule]; p.Rule.Base && !slices.Contains(c.bases, base) {
				c.bases = append(c.bases, base)
			}
		}
	}
}

// reporting gives the correlations whose episodes are findings.
func (c *compiled) reporting() []*compiler.CorrelationPlan {
	return slices.DeleteFunc(slices.Clone(c.correlated), func(of *compiler.CorrelationPlan) bool { return of.Rule.Base })
}

// lookBack is how far before a window the events must be read that correlations
// look at.
func lookBack(list []*compiler.CorrelationPlan) time.Duration {
	var back time.Duration
	for _, of := range list {
		back = max(back, of.LookBack())
	}
	return back
}

// lowered is a pack's rules and correlations, before any target is asked.
type lowered struct {
	plans      map[*sigma.Rule]*compiler.Plan
	correlated []*compiler.CorrelationPlan
	diags      diag.List
	refused    map[string]int // rules and correlations by the code of their error
}

func lower(pack *sigma.Pack, sources schema.Lookup) lowered {
	low := lowered{plans: map[*sigma.Rule]*compiler.Plan{}, refused: map[string]int{}}
	for _, rule := range pack.Rules {
		plan, diags := compiler.Compile(rule, sources)
		low.diags = append(low.diags, diags...)
		if low.plans[rule] = plan; plan == nil {
			low.refused[firstError(diags)]++
		}
	}
	correlator := &compiler.Correlator{Plans: low.plans, Sources: sources}
	for _, c := range pack.Correlations {
		of, diags := correlator.Correlate(c)
		low.diags = append(low.diags, diags...)
		if of == nil {
			low.refused[firstError(diags)]++
			continue
		}
		low.correlated = append(low.correlated, of)
	}
	return low
}

// wanted is how many queries the pack asks for, wrong documents included: none
// for rules that report through correlations alone.
func (c *compiled) wanted() int {
	n := len(c.pack.Correlations) + c.pack.LeftOut
	for _, r := range c.pack.Rules {
		if !r.Base {
			n++
		}
	}
	return n
}

// worth keeps what a person needs to see: errors and warnings.
func worth(list diag.List) diag.List {
	return slices.DeleteFunc(slices.Clone(list), func(d diag.Diagnostic) bool { return d.Severity < diag.Warning })
}
