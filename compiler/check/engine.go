package check

import "bentoc.dev/compiler/ir"

// engine is what the rules know about an engine. Each is in engine_KIND.go; a test
// fails while one is missing.
type engine struct {
	// types checks what a runner takes and gives back.
	types func(p *pass, r *ir.Runner, name string)
	// settings checks the engine's own settings and those of a runner on it.
	settings func(p *pass, r *ir.Runner, path string)
}

// engines are by the arm of [ir.Engine].
var engines = map[string]engine{}
