// Package workspace puts together the Go source that a server is compiled from:
// a go.work workspace of the generated server, the runtime that bentoc carries,
// and the user's own module where the bento has Go steps.
//
//	go.work
//	server/       module bento.local/NAME, generated
//	bentoc.dev/   module bentoc.dev, the packages of the runtime that are needed
//	user/…        the user's module and what it replaces by folders of its own
//
// Only files that a compiler reads are in it, and of those only the ones that
// the server reaches through imports: an edit elsewhere changes nothing here.
package workspace

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/sumdb/dirhash"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/gosrc"
	"bentoc.dev/compiler/pin"
)

// The folders of a workspace.
const (
	ServerDir  = "server"
	RuntimeDir = "bentoc.dev"
	UserDir    = "user" // what a compiler says about user/X is about X in [Request.FS]
)

// Request is what a workspace is made from.
type Request struct {
	// Gen is the generated server. Its Bentogen stands in for what lies in the
	// folder bentogen on the disk, which may be stale.
	Gen *gen.Output
	// Steps is the user's Go module, nil when the bento has no Go steps, and FS
	// the file system that its paths are about.
	Steps *gosrc.Module
	FS    fs.FS
}

// Workspace is the source of one server.
type Workspace struct {
	// Server is the module path of the server, such as bento.local/hello.
	Server string
	// Files is the source but for go.work.sum, by path.
	Files []File
	// Sums are the go.sum files of the modules in the workspace, by path. The lock
	// checks what it resolves against them; a build takes the sums of the lock.
	Sums []File
	// Identity changes when another set of modules may be needed: it is an h1 sum
	// over requirements and the imports of steps, not over code, nor over which
	// packages of the runtime a server has where they need the same modules.
	Identity string
	// Runtime is the [Identity] of the runtime that bentoc carries.
	Runtime string
	// Steps is true when the user's own module is in the workspace, Vendor its
	// folder vendor, which is not used; "" where there is none.
	Steps  bool
	Vendor string
	// GPU is true when the server reaches GPUs, by a module that takes cgo.
	GPU bool
}

// File is one file of a workspace.
type File struct {
	Path string // relative to the workspace
	Data []byte
}

// New puts a workspace together. Mistakes in Go files are left for the compiler
// to find; a module that asks for a newer Go is a diagnostic.
func New(r Request) (*Workspace, diag.List, error) {
	w := &Workspace{Server: r.Gen.ServerModule}
	b := &builder{w: w}
	reached, imports := slices.Clone(r.Gen.RuntimeImports), []string(nil)
	b.addServer(r.Gen)
	if r.Steps != nil {
		if diags := checkGo(r.Steps); diags.HasErrors() {
			return nil, diags, nil
		}
		if err := b.addSteps(r); err != nil {
			return nil, nil, fmt.Errorf("gathering Go steps: %w", err)
		}
		w.Steps, w.Vendor = true, r.Steps.Vendor
		imports = append(imports, r.Steps.Imports...)
		reached = append(reached, imports...)
	}
	if err := b.addRuntime(reached); err != nil {
		return nil, nil, fmt.Errorf("gathering the runtime: %w", err)
	}
	b.addFile("go.work", b.goWork())
	byPath := func(a, b File) int { return cmp.Compare(a.Path, b.Path) }
	slices.SortFunc(w.Files, byPath)
	slices.SortFunc(w.Sums, byPath)
	var err error
	w.Identity, err = hash("workspace", []byte(strings.Join(sorted(append(imports, b.facts...)), "\n")))
	return w, nil, err
}

func sorted(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}

// builder gathers the parts of a workspace.
type builder struct {
	w     *Workspace
	use   []string // folders with modules
	facts []string // what the choice of modules depends on, besides imports
}

func (b *builder) addFile(name string, data []byte) {
	b.w.Files = append(b.w.Files, File{name, data})
}

// goVersion is the language version of modules that bentoc writes itself.
func goVersion() string { return strings.TrimPrefix(pin.GoVersion, "go") }

func (b *builder) addServer(out *gen.Output) {
	b.use = append(b.use, ServerDir)
	b.addFile(ServerDir+"/go.mod", fmt.Appendf(nil, "module %s\n\ngo %s\n", out.ServerModule, goVersion()))
	for _, f := range out.Server {
		b.addFile(path.Join(ServerDir, f.Path), f.Data)
	}
}

func (b *builder) goWork() []byte {
	f := new(modfile.WorkFile)
	f.Syntax = new(modfile.FileSyntax)
	_ = f.AddGoStmt(goVersion()) // fails for versions that are none
	slices.Sort(b.use)
	for _, dir := range b.use {
		_ = f.AddUse("./"+dir, "")
	}
	return modfile.Format(f.Syntax)
}

// hash gives the h1 sum of one file, as go.sum has it for go.mod files.
func hash(name string, data []byte) (string, error) {
	return hashFiles([]File{{name, data}})
}

func hashFiles(files []File) (string, error) {
	byPath := make(map[string][]byte, len(files))
	for _, f := range files {
		byPath[f.Path] = f.Data
	}
	return dirhash.Hash1(slices.Collect(maps.Keys(byPath)), func(name string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(byPath[name])), nil
	})
}
