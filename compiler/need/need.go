// Package need says what a bento needs from outside, as data that follows from the
// IR and from the Go sources of its server alone. Package lock finds a version and
// a checksum for each thing, package layer packs them.
//
// What an engine needs is its row, in engine_KIND.go: package runtime/engine has the
// page that says what else there is to write for one.
package need

import (
	"fmt"
	"maps"
	"slices"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/platform"
)

// Needs is what a bento needs.
type Needs struct {
	Platforms []string // of the images
	Base      *ir.Base // nil for an empty one
	// Models are those that a runner runs, by name; see [ir.Bento.UsedModels].
	Models map[string]*ir.Model
	// Modules is what Go modules are chosen for; nil while only models are locked.
	Modules *Modules
	// Messages are what the endpoints expose, whose parts have numbers; none while only
	// models are locked.
	Messages []ir.Message
	// Budgets tells that the figures of builds are kept.
	Budgets bool
	// Items are the things of a known name.
	Items []Item
}

// The kinds of items, as a lock calls them.
const (
	CUEModule  = "cue"
	CUEPackage = "cue-package"
	Deb        = "deb"
	Runtime    = "runtime"
	Toolchain  = "toolchain"
	Wheel      = "wheel"
)

// Item is one thing from outside.
type Item struct {
	Kind     string
	Name     string
	Version  string   // "" where locking chooses it
	Platform string   // what it is for, such as linux/amd64; "" for all
	Paths    []string // of its files, where not all are needed

	// Sum is its checksum, where this bentoc says what that is; File and Size, in
	// bytes, are those of the file that has it, where it is one.
	Sum  string
	File string
	Size int64
}

// Modules is the Go source that a server is compiled from, which says what modules
// are needed.
type Modules struct {
	// Server is the module path of the server, such as bento.local/hello, Package
	// its package below the workspace.
	Server, Package string
	// Identity changes when another set of modules may be needed.
	Identity string
	// Runtime is the h1 sum of the runtime that this bentoc carries.
	Runtime string
	// Files are the files of a go.work workspace, Sums its go.sum files, by path.
	Files, Sums []File
	// UserDir is the folder below the workspace that has the user's own files; what
	// is said about it is said about them.
	UserDir string
	// GPU is true for a server that is compiled with cgo and the build tag gpu.
	GPU bool
	// Vendor is the user's folder vendor, which is not used; "" where there is none.
	Vendor string
}

// File is one file of a workspace.
type File struct {
	Path string // relative to the workspace
	Data []byte
}

// Of gives what b needs. Nil modules are for locking models alone.
func Of(b *ir.Bento, m *Modules) (Needs, error) {
	n := Needs{Platforms: b.Platforms, Base: b.Base, Models: b.UsedModels(), Modules: m, Budgets: b.Budgets != nil}
	if m != nil {
		n.Messages = b.Messages()
		n.Items = append(n.Items, Item{Kind: Runtime, Name: "bentoc.dev", Sum: m.Runtime})
	}
	for _, p := range platform.Names() { // that it may be compiled on
		t, err := pin.Toolchain(p)
		if err != nil {
			return n, err
		}
		n.Items = append(n.Items, Item{Kind: Toolchain, Name: t.Module.Path, Version: t.Module.Version, Platform: p, Sum: t.Sum})
	}
	items, err := Engines(b, b.Platforms)
	n.Items = append(n.Items, items...)
	if len(b.GPURunners()) > 0 {
		n.Items = append(n.Items, gpus(b.Platforms)...)
	}
	return n, err
}

// engine gives what the runners of one engine need on a platform of the images.
type engine func(runners []*ir.Runner, platform string) ([]Item, error)

// engines are by the arm of [ir.Engine].
var engines = map[string]engine{}

// Engines gives what the engines of b's runners need on some platforms.
func Engines(b *ir.Bento, platforms []string) (items []Item, err error) {
	runners := map[string][]*ir.Runner{}
	for _, name := range slices.Sorted(maps.Keys(b.Runners)) {
		r := b.Runners[name]
		runners[r.Engine.Kind()] = append(runners[r.Engine.Kind()], r)
	}
	for _, kind := range slices.Sorted(maps.Keys(runners)) {
		needs := engines[kind]
		if needs == nil {
			return nil, fmt.Errorf("nothing says what the engine %q needs", kind)
		}
		for _, p := range platforms {
			more, err := needs(runners[kind], p)
			if err != nil {
				return nil, err
			}
			items = append(items, more...)
		}
	}
	return items, nil
}

// Of gives the items of a kind for a platform; for every one with "".
func (n Needs) Of(kind, platform string) (items []Item) {
	for _, i := range n.Items {
		if i.Kind == kind && (platform == "" || i.Platform == "" || i.Platform == platform) {
			items = append(items, i)
		}
	}
	return items
}
