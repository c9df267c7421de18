package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"bentoc.dev/buildkit/builder"
	"bentoc.dev/buildkit/emit"
	"bentoc.dev/buildkit/export"
	"bentoc.dev/buildkit/progress"
	"bentoc.dev/compiler/plan"
	"bentoc.dev/compiler/store"
)

// built is what a build gave.
type built struct {
	contents *export.Contents
	steps    progress.Summary
	recalled bool // the whole was built before, and no step was asked for
}

// solve builds p into outputs. What turns out damaged while it is written, though
// it was right when it was looked at, is brought or packed again, once.
func (f *buildFlags) solve(ctx context.Context, s streams, p *prepared, outputs []export.Output) (*built, error) {
	made, err := f.solveOnce(ctx, s, p, outputs)
	var bad *store.DigestError
	if !errors.As(err, &bad) {
		return made, err
	}
	if p.store.Check(ctx, bad.Want) == nil {
		return nil, err // it is whole now; who knows what was read
	}
	if err := p.replan(); err != nil {
		return nil, err
	}
	return f.solveOnce(ctx, s, p, outputs)
}

func (f *buildFlags) solveOnce(ctx context.Context, s streams, p *prepared, outputs []export.Output) (*built, error) {
	options := emit.Options{Files: p.bento.Texts(), NoCache: f.noCache}
	images, err := emit.Images(ctx, p.plan, options)
	if err != nil {
		return nil, err
	}
	checks, err := emit.Checks(ctx, p.plan, options)
	if err != nil {
		return nil, err
	}
	if len(checks) == 0 && p.bento.HasModels() && f.progress != "quiet" && f.progress != "rawjson" {
		fmt.Fprintf(s.err, "bentoc: no model is opened to try it: this machine builds on %s, and no image is for that\n", builderPlatform())
	}
	show, err := progress.New(s.err, f.progress, "building "+p.bento.ImageName())
	if err != nil {
		return nil, err
	}
	made := &built{}
	tag := p.bento.ImageName() + ":latest"
	err = export.Write(ctx, outputs, tag, func(open func() (io.WriteCloser, error)) error {
		return f.give(ctx, s, p, made, builder.Request{
			Images: images, Checks: checks, Store: p.store.Dir(), Results: p.store, Share: largeLayers(p.plan), Epoch: p.plan.Epoch,
			Names: export.NameAnnotations(tag), Output: open, Status: show.Update,
		})
	}, func(a *export.Archive) (err error) {
		if made.contents, err = a.Contents(); err != nil || f.inspect == nil {
			return err
		}
		return f.inspect(a)
	})
	if err := firstError(err, show.Finish()); err != nil {
		return nil, f.explainBuild(s, p, err)
	}
	made.steps = show.Summary()
	return made, nil
}

// give gives what the same request gave before, if all of it is still there, else
// it builds. Another builder's results are that builder's.
func (f *buildFlags) give(ctx context.Context, s streams, p *prepared, made *built, r builder.Request) error {
	if !f.noCache && f.builderAddress() == "" {
		if res, err := builder.Recall(ctx, r); res != nil || err != nil {
			made.recalled = true
			return err
		}
	}
	if p.builder == nil {
		var err error
		if p.builder, err = f.openBuilder(ctx, s); err != nil {
			return err
		}
	}
	_, err := p.builder.Solve(ctx, r)
	return err
}

// largeLayers gives the digests of layers that are not worth a copy.
func largeLayers(p *plan.Plan) (digests []string) {
	const large = 8 << 20
	for _, in := range p.Inputs {
		if in.Size >= large {
			digests = append(digests, in.Layer)
		}
	}
	return digests
}
