package plan

import (
	"fmt"
	"maps"
	"slices"

	"bentoc.dev/compiler/ir"
)

// Engine is what an engine adds to images and to the steps that make them, as data.
// Each arm of [ir.Engine] has one, in engine_KIND.go; a test fails while one is
// missing. Package layer packs what it names.
type Engine struct {
	Kind string // the arm of [ir.Engine]
	// Layers are the IDs of the inputs that images have for it, from the bottom up.
	// Each is one for all platforms, or one a platform; see [ForPlatform].
	Layers []string
	// Link gives flags for the linker of the server on a platform; nil for none.
	Link func(on string) string
	// Env are variables of the image, unless the bento says otherwise.
	Env map[string]string
	// Taken are the places in an image that are its own.
	Taken []Taken
	// Opener tries the models that are run on it; nil for none.
	Opener *Opener
}

// Opener is a program of the runtime that opens models at build with what the image
// has, so that a model that would not load fails the build.
type Opener struct {
	ID      string   // of the step, for a platform
	Name    string   // of the step, for people
	Input   string   // ID of its source, with the modules that it needs
	Package string   // below its source, such as ./runtime/…
	Args    []string // before the files of the models
}

// engines are by kind.
var engines = map[string]*Engine{}

func add(e *Engine) { engines[e.Kind] = e }

// Kinds gives the engines that runners of b run on, sorted.
func Kinds(b *ir.Bento) (kinds []string) {
	for _, r := range b.Runners {
		kinds = append(kinds, r.Engine.Kind())
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// EngineOf gives what an engine adds.
func EngineOf(kind string) (*Engine, error) {
	e := engines[kind]
	if e == nil {
		return nil, fmt.Errorf("nothing says what the engine %q adds to an image", kind)
	}
	return e, nil
}

// ModelsOn gives the names of b's models that are run on an engine, sorted.
func ModelsOn(b *ir.Bento, kind string) []string {
	names := map[string]bool{}
	for _, r := range b.Runners {
		if name := r.Engine.RunsModel(); r.Engine.Kind() == kind && b.Models[name] != nil {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
