package load

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/schema"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
)

// standardPackages are the packages of CUE's standard library, by import path.
var standardPackages = []string{
	"crypto/ed25519", "crypto/hmac", "crypto/md5", "crypto/sha1", "crypto/sha256", "crypto/sha512",
	"encoding/base64", "encoding/csv", "encoding/hex", "encoding/json", "encoding/openapi", "encoding/toml", "encoding/yaml",
	"html", "list", "math", "math/bits", "net", "path", "regexp", "strconv", "strings", "struct",
	"text/tabwriter", "text/template", "time", "uuid",
}

// validators are the functions of the standard library that a type may have.
var validators = []string{
	"strings.MinRunes", "strings.MaxRunes", "list.MinItems", "list.MaxItems", "list.UniqueItems",
	"struct.MinFields", "struct.MaxFields", "math.MultipleOf",
	"time.Time", "time.Format", "time.Duration", "uuid.Valid", "net.IP", "net.IPv4", "net.IPv6", "net.IPCIDR", "net.URL", "net.AbsURL", "regexp.Valid",
}

// standardImports reports imports of packages that CUE's standard library, whose paths
// have no dot, does not have. What follows from one is of no use.
func (l *loading) standardImports(inst *build.Instance, seen map[*build.Instance]bool) (wrong bool) {
	if seen[inst] {
		return false
	}
	seen[inst] = true
	for _, f := range inst.Files {
		for spec := range importsOf(f) {
			name, err := strconv.Unquote(spec.Path.Value)
			first, _, _ := strings.Cut(name, "/")
			if err != nil || strings.Contains(first, ".") || strings.HasPrefix(name, "tool/") || slices.Contains(standardPackages, plainImport(name)) {
				continue
			}
			wrong = true
			d := l.diags.Errorf(diag.ImportNotFound, spanOf(spec.Path), "", "CUE's standard library has no package %q", name)
			known := slices.Clone(standardPackages)
			for _, p := range standardPackages {
				if path.Base(p) == name {
					known = []string{p}
				}
			}
			if name == "schema" || name == "bentoc" {
				known = []string{schema.ImportPath}
			}
			if near := suggest(name, known); near != "" || len(known) == 1 {
				if len(known) == 1 {
					near = known[0]
				}
				d.Hintf("did you mean %q?", near)
			} else {
				d.Hintf("a package of your own is imported with the module's name in front, such as %q", "example.com/ocr/"+name)
			}
		}
	}
	for _, imp := range inst.Imports {
		if l.standardImports(imp, seen) {
			wrong = true
		}
	}
	return wrong
}

func importsOf(f *ast.File) func(func(*ast.ImportSpec) bool) {
	return func(yield func(*ast.ImportSpec) bool) {
		for _, d := range f.Decls {
			if imports, ok := d.(*ast.ImportDecl); ok {
				for _, spec := range imports.Specs {
					if !yield(spec) {
						return
					}
				}
			}
		}
	}
}

// nearPackage hints at a package that an import which is not found may mean: the
// schema, or one of the module.
func (l *loading) nearPackage(d *diag.Diagnostic, name string, base fs.FS, module string) {
	name = strings.Trim(name, `"`)
	candidates := []string{schema.ImportPath}
	if module != "" {
		candidates = append(candidates, modulePackages(base, module)...)
		if strings.HasPrefix(name, ".") {
			if full := path.Join(module, l.place.dir, name); slices.Contains(candidates, full) {
				d.Hintf("write %q: an import has the module's name in front", full)
			}
			return
		}
	}
	if near := suggest(name, candidates); near != "" {
		d.Hintf("did you mean %q?", near)
	}
}

// modulePackages gives the import paths of the folders of a module that hold CUE.
func modulePackages(base fs.FS, module string) (out []string) {
	const most = 2000 // folders that are looked at
	looked := 0
	_ = fs.WalkDir(base, ".", func(p string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir // what cannot be read has no package to suggest
		case e.IsDir():
			looked++
			if looked > most || p != "." && (strings.HasPrefix(e.Name(), ".") || strings.HasPrefix(e.Name(), "_") || p == "cue.mod") {
				return fs.SkipDir
			}
		case path.Ext(p) == ".cue" && path.Dir(p) != ".":
			if full := path.Join(module, path.Dir(p)); !slices.Contains(out, full) {
				out = append(out, full)
			}
		}
		return nil
	})
	return out
}
