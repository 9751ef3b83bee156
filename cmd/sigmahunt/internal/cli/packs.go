package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler"
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

// prepare loads a pack and makes it ready for a target. Rules with errors are
// omitted and reported in the diagnostics; the others go on.
func (a *app) prepare(args []string, o *packOptions, t *compiler.Target) (*compiler.Program, error) {
	sources, err := o.lookup()
	if err != nil {
		return nil, err
	}
	pack, err := a.load(args, o)
	if err != nil {
		return nil, err
	}
	return compiler.NewProgram(pack, sources, t), nil
}

// worth keeps what a person needs to see: errors and warnings.
func worth(list diag.List) diag.List {
	return slices.DeleteFunc(slices.Clone(list), func(d diag.Diagnostic) bool { return d.Severity < diag.Warning })
}
