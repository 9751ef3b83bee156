package files

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Find lists the files that paths name: files as they are, folders with all
// that lies below them in the order of their names, Stdin for standard input.
// What is skipped is returned as a problem: inside folders hidden files, files whose
// names are not those of logs, and AWS's folders of other things (see skippedFolders);
// anywhere what is listed already, by whatever name or link, and what cannot be read.
// A path that the user gave is never skipped for its name.
func Find(paths []string) ([]File, []Problem) {
	f := finder{seen: map[string]bool{}}
	f.own, f.below = skippedFolders()
	for _, path := range paths {
		f.root(path)
	}
	return f.files, f.problems
}

type finder struct {
	files    []File
	problems []Problem
	seen     map[string]bool // resolved paths of files and folders

	own, below map[string]string // see skippedFolders
}

func (f *finder) skip(name, reason string) {
	f.problems = append(f.problems, Problem{Kind: Skipped, File: name, Reason: reason})
}

func (f *finder) fail(name string, err error) {
	f.problems = append(f.problems, Problem{Kind: Unreadable, File: name, Reason: reasonOf(err)})
}

// first reports whether nothing was listed at a resolved path before.
func (f *finder) first(name, resolved string) bool {
	if f.seen[resolved] {
		f.skip(name, "listed already")
		return false
	}
	f.seen[resolved] = true
	return true
}

func (f *finder) root(path string) {
	if path == Stdin {
		if f.first(path, path) {
			f.files = append(f.files, File{Path: path, Name: path})
		}
		return
	}
	info, err := os.Stat(path)
	if err != nil {
		f.fail(path, err)
		return
	}
	resolved, err := resolve(path)
	if err != nil {
		// A pipe of the shell's has a name that leads nowhere.
		resolved = path
	}
	if info.IsDir() {
		f.folder(path, resolved)
	} else if f.first(path, resolved) {
		f.files = append(f.files, File{Path: path, Name: path, Size: size(info)})
	}
}

func resolve(path string) (string, error) {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(resolved)
}

func size(info fs.FileInfo) int64 {
	if info.Mode().IsRegular() {
		return info.Size()
	}
	return 0
}

// folder lists what lies below a folder. name is how people see it and how it
// is opened, resolved its path without links.
func (f *finder) folder(name, resolved string) {
	if !f.first(name, resolved) {
		return
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		f.fail(name, err) // what was read before the error is still listed
	}
	for _, e := range entries {
		f.entry(filepath.Join(name, e.Name()), filepath.Join(resolved, e.Name()), e)
	}
}

func (f *finder) entry(name, resolved string, e fs.DirEntry) {
	if strings.HasPrefix(e.Name(), ".") {
		f.skip(name, "hidden")
		return
	}
	info, err := e.Info()
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if info, err = os.Stat(name); err == nil {
			resolved, err = resolve(name)
		}
	}
	switch {
	case err != nil:
		f.fail(name, err)
	case info.IsDir():
		if reason := f.otherFolder(name, e.Name()); reason != "" {
			f.skip(name, reason)
			return
		}
		f.folder(name, resolved)
	case !info.Mode().IsRegular():
		f.skip(name, "not a regular file")
	default:
		if reason := noLog(e.Name()); reason != "" {
			f.skip(name, reason)
		} else if f.first(name, resolved) {
			f.files = append(f.files, File{Path: name, Name: name, Size: info.Size()})
		}
	}
}

// otherFolders are what AWS writes beside events, by the name of the folder below
// AWSLogs/ACCOUNT (each service's guide has its own). A folder that is a source's is
// read.
var otherFolders = map[string]string{
	"Config":               "AWS Config writes no events",
	"elasticloadbalancing": "load balancer access logs are not read",
	"WAFLogs":              "web ACL logs are not read",
}

// skippedFolders returns the folders whose files are not read, and why. Those of a
// source have names of their own; the others are skipped below AWSLogs alone.
func skippedFolders() (own, below map[string]string) {
	own, below = map[string]string{}, maps.Clone(otherFolders)
	for _, s := range schema.Sources {
		maps.Copy(own, s.Files.NoEvents)
		delete(below, s.Files.Folder)
	}
	return own, below
}

// otherFolder returns why a folder's files hold no events; empty: they may.
func (f *finder) otherFolder(path, name string) string {
	if reason := f.own[name]; reason != "" {
		return reason
	}
	if slices.Contains(strings.Split(filepath.ToSlash(path), "/"), "AWSLogs") {
		return f.below[name]
	}
	return ""
}

// noLogs are endings of files that lie beside logs and are not logs.
var noLogs = func() map[string]bool {
	list := `md txt.md rst html htm css js ts py go sh ps1 bat rb java c h rs sql tf hcl
		yml yaml toml ini cfg conf lock sum mod xml tsv csv xls xlsx doc docx pdf ppt pptx
		png jpg jpeg gif svg ico mp4 exe dll so bin db sqlite duckdb pem key crt sig sha256 md5
		bak swp tmp`
	set := map[string]bool{}
	for _, ending := range strings.Fields(list) {
		set["."+ending] = true
	}
	return set
}()

// noLog returns why a file of that name is not a log; empty: it may be one.
func noLog(name string) string {
	lower := strings.ToLower(name)
	for _, packed := range []string{".gz", ".zst"} {
		lower = strings.TrimSuffix(lower, packed)
	}
	if ending := filepath.Ext(lower); noLogs[ending] {
		return ending + " is not a log format"
	}
	switch lower {
	case "license", "notice", "readme", "makefile", "_success", "configwritabilitycheckfile":
		return "its name is not that of a log"
	}
	return ""
}
