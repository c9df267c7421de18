package load

import (
	"cuelang.org/go/cue"

	"bentoc.dev/compiler/ir"
)

// engines read what #Engine has for an engine, which is at a path, by the arm of
// [ir.Engine]. Each is in engine_KIND.go; a test fails while one is missing.
var engines = map[string]func(d *decoder, e *ir.Engine, v cue.Value, at string){}
