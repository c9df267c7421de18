package compiler

import (
	"context"
	"io/fs"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/load"
	"bentoc.dev/compiler/plan"
)

// Count has n count how often a session evaluates CUE.
func (o Options) Count(n *int) Options {
	o.load = func(ctx context.Context, module fs.FS, opts load.Options) (*load.Result, diag.List, error) {
		*n++
		return load.Bento(ctx, module, opts)
	}
	return o
}

// Records are what images have written down beside the IR.
func (s *Session) Records() ([]plan.Record, error) { return s.records() }
