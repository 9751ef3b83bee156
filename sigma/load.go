package sigma

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// Pack is documents that were loaded together, in the order of their files.
type Pack struct {
	Document
	Files int
	Diags diag.List
}

// IsRuleFile reports whether a name is a rule file's: YAML, and not the tests
// that stand beside a rule.
func IsRuleFile(name string) bool {
	base := path.Base(name)
	ext := path.Ext(base)
	stem := strings.TrimSuffix(base, ext)
	return (ext == ".yml" || ext == ".yaml") && !strings.HasSuffix(stem, "_test") && !strings.HasPrefix(base, ".")
}

// Load reads the rule files below root in fsys, which may be a file. Names in
// diagnostics get the given prefix, so that they read as the user typed them.
// The error is one of reading; what is wrong with rules is in the pack.
func Load(fsys fs.FS, root, prefix string) (*Pack, error) {
	names, err := ruleFiles(fsys, root)
	if err != nil {
		return nil, err
	}
	type result struct {
		doc   Document
		diags diag.List
		err   error
	}
	results := make([]result, len(names))
	work := make(chan int)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), max(len(names), 1)) {
		wg.Go(func() {
			for i := range work {
				r := &results[i]
				var text []byte
				if text, r.err = readRule(fsys, names[i], names[i] != root); r.err == nil {
					r.doc, r.diags = Parse(&diag.Source{Name: prefix + names[i], Text: text})
				}
			}
		})
	}
	for i := range names {
		work <- i
	}
	close(work)
	wg.Wait()

	pack := &Pack{Files: len(names)}
	var errs []error
	for _, r := range results {
		errs = append(errs, r.err)
		pack.add(r.doc)
		pack.Diags = append(pack.Diags, r.diags...)
	}
	return pack, errors.Join(errs...)
}

// readRule reads one file, never more than a byte beyond what Parse takes. Of
// what it finds in a folder it opens regular files alone: a named pipe would
// block for ever.
func readRule(fsys fs.FS, name string, found bool) ([]byte, error) {
	if found {
		info, err := fs.Stat(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("reading rules: %w", err)
		}
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("reading rules: %s: not a regular file", name)
		}
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading rules: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, yamldoc.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading rules: %w", err)
	}
	return text, nil
}

func ruleFiles(fsys fs.FS, root string) ([]string, error) {
	var names []string
	err := fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != root && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		if name == root || IsRuleFile(name) {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading rules: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

func (d *Document) add(other Document) {
	d.Rules = append(d.Rules, other.Rules...)
	d.Correlations = append(d.Correlations, other.Correlations...)
	d.Filters = append(d.Filters, other.Filters...)
	d.LeftOut += other.LeftOut
}
