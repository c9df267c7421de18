package workspace

import (
	"bytes"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// gather walks from the packages in imports along imports within the module that
// fsys is the root of, and gives the files that compiling them needs. Packages
// of other modules are passed over.
func gather(fsys fs.FS, modulePath string, imports []string) (files []File, err error) {
	seen := map[string]bool{}
	for todo := slices.Clone(imports); len(todo) > 0; {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		dir, ours := strings.CutPrefix(next, modulePath+"/")
		if !ours || seen[dir] {
			continue
		}
		seen[dir] = true
		found, imported, err := readPackage(fsys, dir)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
		todo = append(todo, imported...)
	}
	return files, nil
}

// readPackage gives the files of the package in dir that a compiler reads, and
// what they import. A folder that is not there has none: the compiler will name
// the import that asks for it.
func readPackage(fsys fs.FS, dir string) (files []File, imports []string, err error) {
	entries, err := fs.ReadDir(fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	embedded := map[string]bool{}
	for _, e := range entries {
		if e.IsDir() || !isSource(e.Name()) {
			continue
		}
		name := path.Join(dir, e.Name())
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, File{name, data})
		if path.Ext(name) != ".go" {
			continue
		}
		imports = append(imports, importsOf(data)...)
		for _, pattern := range embedsOf(data) {
			if err := expand(fsys, dir, pattern, embedded); err != nil {
				return nil, nil, err
			}
		}
	}
	for name := range embedded {
		if isSource(path.Base(name)) && path.Dir(name) == dir {
			continue // it is there as source already
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, File{name, data})
	}
	return files, imports, nil
}

// isSource tells whether the go command compiles a file of that name for some
// platform without cgo.
func isSource(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
		return false
	}
	switch path.Ext(name) {
	case ".go":
		return !strings.HasSuffix(name, "_test.go")
	case ".s", ".S", ".h", ".syso":
		return true
	}
	return false
}

// importsOf gives the import paths in a Go file. A file that is no Go gives
// those before the mistake; the compiler will say what is wrong with it.
func importsOf(data []byte) (imports []string) {
	f, _ := parser.ParseFile(token.NewFileSet(), "", data, parser.ImportsOnly)
	if f == nil {
		return nil
	}
	for _, spec := range f.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			imports = append(imports, p)
		}
	}
	return imports
}

// embedsOf gives the patterns of the go:embed lines in a Go file.
func embedsOf(data []byte) (patterns []string) {
	for line := range bytes.Lines(data) {
		args, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("//go:embed "))
		if !ok {
			continue
		}
		for rest := strings.TrimSpace(string(args)); rest != ""; rest = strings.TrimSpace(rest) {
			if quoted, err := strconv.QuotedPrefix(rest); err == nil {
				pattern, _ := strconv.Unquote(quoted) // a quoted prefix can be unquoted
				patterns = append(patterns, pattern)
				rest = rest[len(quoted):]
				continue
			}
			word := strings.Fields(rest)[0]
			patterns = append(patterns, word)
			rest = rest[len(word):]
		}
	}
	return patterns
}

// expand adds to found the files that a go:embed pattern of the package in dir
// stands for.
func expand(fsys fs.FS, dir, pattern string, found map[string]bool) error {
	pattern, all := strings.CutPrefix(pattern, "all:")
	names, err := fs.Glob(fsys, path.Join(dir, pattern))
	if err != nil {
		return nil // a malformed pattern: the compiler names it
	}
	for _, name := range names {
		err := fs.WalkDir(fsys, name, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			hidden := strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_")
			switch {
			case p != name && hidden && !all && d.IsDir():
				return fs.SkipDir
			case p != name && d.IsDir() && hasFile(fsys, path.Join(p, "go.mod")):
				return fs.SkipDir
			case d.Type().IsRegular() && (p == name || all || !hidden):
				found[p] = true
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func hasFile(fsys fs.FS, name string) bool {
	fi, err := fs.Stat(fsys, name)
	return err == nil && !fi.IsDir()
}

// openIn opens files that are in memory.
func openIn(byPath map[string][]byte) func(string) (io.ReadCloser, error) {
	return func(name string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(byPath[name])), nil
	}
}
