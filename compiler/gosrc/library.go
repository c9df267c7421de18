package gosrc

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Library has the packages that are not the user's own. It is asked for several at a
// time.
type Library interface {
	// Folder says where the source of a package is: of the standard library, of bentoc's
	// runtime, or of a module that is locked. A package that is not on this machine is a
	// [NotHereError].
	Folder(importPath string) (Folder, error)
}

// Folder has the source of a package of others.
type Folder struct {
	FS  fs.FS
	Dir string
	// Digest names all that FS holds: what has the same digest is the same, whichever
	// bento asks. Without one nothing of it is shared between bentos.
	Digest string
}

// NotHereError says what is needed to check types and not on this machine.
type NotHereError struct{ What string }

// Error names the thing.
func (e *NotHereError) Error() string { return e.What + " is not in the state folder" }

// Names of files that are not the user's begin with these.
const (
	standardFiles = "/std/"
	moduleFiles   = "/mod/"
)

// vendorFolder begins the import paths of what the standard library has of others.
const vendorFolder = "vendor/"

// ofStandard reports whether a folder that positions have is one of the standard library.
func ofStandard(dir string) bool { return strings.HasPrefix(dir, standardFiles) }

// vendored is the import path by which the standard library's own files find what it
// has of others.
func vendored(importPath string, inStandard bool) string {
	if inStandard && !standard(importPath) {
		return vendorFolder + importPath
	}
	return importPath
}

// source is a package of others as a platform compiles it.
type source struct {
	path    string
	files   []sourceFile
	imports []string // as types are looked up, sorted, without unsafe
}

type sourceFile struct {
	name string // that positions have
	text []byte // its outline
}

// read reads the files of a package that a platform compiles. Without cgo files that use it do
// not count.
func (f Folder) read(importPath, platform string) (*source, error) {
	entries, err := fs.ReadDir(f.FS, f.Dir)
	if err != nil {
		return nil, fmt.Errorf("there is no package %s", importPath)
	}
	root := moduleFiles
	if standard(importPath) {
		root = standardFiles
	}
	s := &source{path: importPath}
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".go" || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		text, err := fs.ReadFile(f.FS, path.Join(f.Dir, e.Name()))
		if err != nil {
			return nil, err
		}
		ctx := platformContext(platform)
		ctx.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
		if match, err := ctx.MatchFile(f.Dir, e.Name()); err != nil || !match {
			continue
		}
		head, err := parser.ParseFile(token.NewFileSet(), e.Name(), text, parser.ImportsOnly|parser.SkipObjectResolution)
		if err != nil || usesC(head) {
			continue
		}
		for _, i := range head.Imports {
			if p, err := strconv.Unquote(i.Path.Value); err == nil && p != "unsafe" {
				s.imports = append(s.imports, vendored(p, root == standardFiles))
			}
		}
		s.files = append(s.files, sourceFile{path.Join(root, importPath, e.Name()), outline(text)})
	}
	if len(s.files) == 0 {
		return nil, fmt.Errorf("package %s has no Go files for %s", importPath, platform)
	}
	slices.Sort(s.imports)
	s.imports = slices.Compact(s.imports)
	return s, nil
}

// parse parses the files; one with mistakes does not count.
func (s *source) parse(fset *token.FileSet) (files []*ast.File, _ error) {
	for _, f := range s.files {
		if file, err := parser.ParseFile(fset, f.name, f.text, parser.SkipObjectResolution); err == nil {
			files = append(files, file)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("package %s cannot be read", s.path)
	}
	return files, nil
}

// usesC reports whether a file is cgo's: without cgo it does not count.
func usesC(f *ast.File) bool {
	return slices.ContainsFunc(f.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == `"C"` })
}
