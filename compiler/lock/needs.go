package lock

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/plan/workspace"
)

// Needs is what a bento needs from outside.
type Needs struct {
	Workspace *workspace.Workspace
	Platforms []string // of the images
	Base      *ir.Base // nil for an empty one
	// Models are those that the bento runs, by name; see [UsedModels].
	Models map[string]*ir.Model
}

// buildPlatforms are the platforms that a server may be compiled on.
var buildPlatforms = []string{"linux/amd64", "linux/arm64"}

// fixed gives the entries that follow from this bentoc, from the sources and
// from the modules that were chosen for them.
func (n Needs) fixed(modules []Entry) ([]Entry, error) {
	entries := []Entry{
		{Kind: KindRuntime, Name: "bentoc.dev", Fields: []string{n.Workspace.Runtime}},
		{Kind: KindWorkspace, Name: n.Workspace.Server, Fields: []string{workspaceSum(n.Workspace, modules)}},
	}
	for _, p := range buildPlatforms {
		t, err := fetch.ToolchainFor(p)
		if err != nil {
			return nil, err
		}
		entries = append(entries, Entry{Kind: KindToolchain, Name: t.Module.Path, Fields: []string{t.Module.Version, t.Sum}})
	}
	return entries, nil
}

// workspaceSum ties the chosen modules to what they were chosen for, so that
// neither can change alone.
func workspaceSum(w *workspace.Workspace, modules []Entry) string {
	h := sha256.New()
	fmt.Fprintln(h, w.Identity)
	for _, e := range modules {
		fmt.Fprintln(h, e)
	}
	return "h1:" + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// baseName is the name of a base image in a lock.
func baseName(b *ir.Base) string {
	if b.Layout != "" {
		return "layout:" + b.Layout
	}
	return b.Image
}

// BaseDigest gives the manifest of the base image on a platform.
func (f *File) BaseDigest(b *ir.Base, platform string) (digest string, ok bool) {
	for _, e := range f.Of(KindBase, baseName(b)) {
		if e.Fields[0] == platform {
			return e.Fields[1], true
		}
	}
	return "", false
}

// Modules gives the locked modules: those with a zip and those of which the
// go.mod alone is needed.
func (f *File) Modules() []fetch.ModuleSum {
	var all []fetch.ModuleSum
	for _, e := range f.Of(KindModule, "") {
		all = append(all, fetch.ModuleSum{Path: e.Name, Version: e.Fields[0], Sum: e.Fields[1]})
	}
	return all
}

// Check compares a lock with what a bento needs, without asking anybody. Name is
// how diagnostics call the file. A nil file is one that is not there.
func Check(name string, f *File, n Needs) (diags diag.List, err error) {
	if f == nil {
		diags.Errorf(diag.LockMissing, diag.Pos{}, "", "there is no %s", name).
			Hintf("run bentoc lock, and commit the file that it writes")
		return diags, nil
	}
	fixed, err := n.fixed(f.Of(KindModule, ""))
	if err != nil {
		return nil, err
	}
	engine, err := n.engine()
	if err != nil {
		return nil, err
	}
	for _, want := range append(fixed, engine...) {
		if why := f.differs(want); why != "" {
			diags.Errorf(diag.LockStale, f.place(name, want), "", "%s", why).
				Hintf("run bentoc lock, and look at what it changes")
		}
	}
	diags = append(diags, n.checkModels(name, f)...)
	diags = append(diags, n.checkSlices(name, f)...)
	if n.Base == nil {
		return diags, nil
	}
	for _, p := range n.Platforms {
		if _, ok := f.BaseDigest(n.Base, p); !ok {
			diags.Errorf(diag.LockStale, n.Base.Pos, "base", "the lock has no base image %s for %s", baseName(n.Base), p).
				Hintf("run bentoc lock")
		}
	}
	return diags, nil
}

// differs says why f does not have the entry want, "" when it has it.
func (f *File) differs(want Entry) string {
	found := f.Of(want.Kind, want.Name)
	same := func(e Entry) bool { return slices.Equal(e.Fields, want.Fields) }
	if slices.ContainsFunc(found, same) {
		return ""
	}
	switch want.Kind {
	case KindRuntime:
		return "the lock was made by a bentoc with another runtime"
	case KindWheel:
		return fmt.Sprintf("the lock has not the %s %s of this bentoc", want.Name, want.Fields[0])
	case KindToolchain:
		return fmt.Sprintf("the lock has another Go toolchain than %s", want.Fields[0])
	}
	if len(found) == 0 {
		return fmt.Sprintf("the lock was not made for %s", want.Name)
	}
	return "the Go modules that are required, imported or locked have changed since the lock was made"
}

// place is where f speaks of the thing that want is about.
func (f *File) place(name string, want Entry) diag.Pos {
	line := 1
	for _, e := range f.Entries {
		if e.Kind == want.Kind {
			line = max(e.Line, 1)
		}
	}
	return diag.Pos{File: name, Line: line, Col: 1}
}
