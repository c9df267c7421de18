package compiler

import (
	"context"
	"fmt"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/layer"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/plan"
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
// layers, and plans the build of a bento that has been locked. What is in the store
// already is not fetched. It may be called again: what is missing or damaged is
// brought and packed anew.
func (s *Session) Plan(ctx context.Context, client *fetch.Client, o PlanOptions) (*plan.Plan, error) {
	p, err := s.plan(ctx, client, o)
	return p, s.explain(s.locked.Explain(s.LockName(), err))
}

func (s *Session) plan(ctx context.Context, client *fetch.Client, o PlanOptions) (*plan.Plan, error) {
	if err := s.needDisk("building"); err != nil {
		return nil, err
	}
	if err := s.checkModels(ctx, client); err != nil {
		return nil, err
	}
	wanted := s.IR.Only(s.service).Served()
	wanted.Platforms = s.Platforms
	canonical, err := s.IR.Canonical()
	if err != nil {
		return nil, fmt.Errorf("planning: %w", err)
	}
	records, err := s.records()
	if err != nil {
		return nil, fmt.Errorf("planning: %w", err)
	}
	in, err := layer.All(ctx, layer.Request{
		Fetch: client, Bento: wanted, IR: canonical, Records: records, Lock: s.locked, Workspace: s.Code.Workspace, Root: s.Root, Builder: o.Builder,
	})
	if err != nil {
		return nil, err
	}
	tags, err := s.buildTags(ctx, client)
	if err != nil {
		return nil, fmt.Errorf("planning: %w", err)
	}
	return plan.Build(plan.Request{
		Tags: tags, Bento: s.IR, Service: s.service, Platforms: s.Platforms, Inputs: in.Inputs, Bases: in.Bases, Builder: o.Builder,
		Version: o.Version, GoVersion: pin.GoVersion, Epoch: o.Epoch, Records: records,
	})
}
