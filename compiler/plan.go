package compiler

import (
	"context"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/plan"
	"bentoc.dev/compiler/plan/pack"
)

// PlanOptions are the choices that neither the sources nor the lock make.
type PlanOptions struct {
	// Builder is the platform that compilers run on, such as linux/amd64.
	Builder string
	// Epoch is the time of everything in the images, seconds since 1970.
	Epoch int64
	// Version is bentoc's own, for a label.
	Version string
}

// Plan brings everything that the lock names into the store, packs it into
// layers, and plans the build. What is in the store already is not fetched.
func (b *Bento) Plan(ctx context.Context, client *fetch.Client, src *Source, o PlanOptions) (*plan.Plan, error) {
	if err := b.checkModels(ctx, client); err != nil {
		return nil, err
	}
	wanted := *b.IR
	wanted.Platforms = b.Platforms
	in, err := pack.All(ctx, pack.Request{
		Fetch: client, Bento: &wanted, Lock: b.Lock, Workspace: src.Workspace, Root: b.Root, Builder: o.Builder,
	})
	if err != nil {
		return nil, err
	}
	return plan.Build(plan.Request{
		Bento: b.IR, Platforms: b.Platforms, Inputs: in.Inputs, Bases: in.Bases,
		Version: o.Version, GoVersion: fetch.GoVersion, Epoch: o.Epoch,
	})
}
