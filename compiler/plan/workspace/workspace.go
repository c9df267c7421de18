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
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/sumdb/dirhash"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
)

// The folders of a workspace.
const (
	ServerDir  = "server"
	RuntimeDir = "bentoc.dev"
	UserDir    = "user" // what a compiler says about user/X is about X of [User.Root]
)

// Request is what a workspace is made from.
type Request struct {
	// Module is the module path of the server, such as bento.local/hello.
	Module string
	// Server are the generated files of the server, relative to its root.
	Server []File
	// Bentogen are the generated types that steps use, relative to the folder
	// bentogen beside bento.cue. They stand in for what lies there on the disk.
	Bentogen []File
	// RuntimeImports are the packages of the runtime that the server imports.
	RuntimeImports []string
	// User is nil when the bento has no Go steps.
	User *User
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
	// over requirements and imports, not over code.
	Identity string
	// Runtime is the [Identity] of the runtime that bentoc carries.
	Runtime string
	// Steps is true when the user's own module is in the workspace.
	Steps bool
}

// File is one file of a workspace.
type File struct {
	Path string // relative to the workspace
	Data []byte
}

// New puts a workspace together. Mistakes in the user's Go files are left for
// the compiler to find; those in go.mod are diagnostics.
func New(r Request) (*Workspace, diag.List, error) {
	w := &Workspace{Server: r.Module}
	b := &builder{w: w, external: map[string]bool{}}
	if err := b.addRuntime(r.RuntimeImports); err != nil {
		return nil, nil, fmt.Errorf("gathering the runtime: %w", err)
	}
	b.addServer(r)
	if r.User != nil {
		diags, err := b.addUser(r.User, r.Bentogen)
		if err != nil || diags.HasErrors() {
			return nil, diags, err
		}
		w.Steps = true
	}
	b.addFile("go.work", b.goWork())
	byPath := func(a, b File) int { return cmp.Compare(a.Path, b.Path) }
	slices.SortFunc(w.Files, byPath)
	slices.SortFunc(w.Sums, byPath)
	var err error
	w.Identity, err = b.identity(r.RuntimeImports)
	return w, nil, err
}

// builder gathers the parts of a workspace.
type builder struct {
	w        *Workspace
	use      []string        // folders with modules
	external map[string]bool // imports that no module of the workspace provides
	facts    []string        // what else the choice of modules depends on
}

func (b *builder) addFile(name string, data []byte) {
	b.w.Files = append(b.w.Files, File{name, data})
}

// goVersion is the language version of modules that bentoc writes itself.
func goVersion() string { return strings.TrimPrefix(fetch.GoVersion, "go") }

func (b *builder) addServer(r Request) {
	b.use = append(b.use, ServerDir)
	b.addFile(ServerDir+"/go.mod", fmt.Appendf(nil, "module %s\n\ngo %s\n", r.Module, goVersion()))
	for _, f := range r.Server {
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

// identity sums up everything that the choice of modules depends on.
func (b *builder) identity(runtimeImports []string) (string, error) {
	facts := slices.Concat(b.facts, runtimeImports, slices.Collect(maps.Keys(b.external)))
	slices.Sort(facts)
	return hash("workspace", []byte(strings.Join(slices.Compact(facts), "\n")))
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
	return dirhash.Hash1(slices.Collect(maps.Keys(byPath)), openIn(byPath))
}
