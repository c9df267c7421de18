package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"bentoc.dev/buildkit/builder"
	"bentoc.dev/buildkit/progress"
	"bentoc.dev/compiler"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/plan"
	"bentoc.dev/compiler/store"
)

// prepared is a bento that is ready to be solved.
type prepared struct {
	bento   *compiler.Session
	plan    *plan.Plan
	store   *store.Store
	builder *builder.Builder // nil until something has to be built
	close   func()
	replan  func() error // plans again, with what is missing brought or packed again
}

// prepare does everything up to the plan.
func (f *buildFlags) prepare(ctx context.Context, s streams, args []string) (*prepared, error) {
	if err := f.checkFlags(); err != nil {
		return nil, err
	}
	epoch, err := sourceDateEpoch()
	if err != nil {
		return nil, err
	}
	client, err := f.openStore(s)
	if err != nil {
		return nil, err
	}
	p := &prepared{store: client.Store}
	p.replan = func() (err error) {
		p.plan, err = p.bento.Plan(ctx, client, planOptions(epoch))
		return err
	}
	// The store stays open until the layers in it have been read: another
	// process could prune them.
	p.close = func() {
		if p.builder != nil {
			p.builder.Close()
		}
		if p.bento != nil {
			p.bento.Close()
		}
		client.Store.Close()
	}
	if p.bento, p.plan, err = f.planBuild(ctx, s, args, client, epoch); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (f *buildFlags) checkFlags() error {
	if !slices.Contains(progress.Modes(), f.progress) {
		return usagef("--progress=%s: one of %s", f.progress, strings.Join(progress.Modes(), ", "))
	}
	return f.check()
}

// openBuilder opens the builder.
func (f *buildFlags) openBuilder(ctx context.Context, s streams) (*builder.Builder, error) {
	dir, err := f.state.path("buildkit")
	if err != nil {
		return nil, err
	}
	return builder.Open(ctx, builder.Options{State: dir, Address: f.builderAddress(), Waiting: func(holder string) {
		fmt.Fprintf(s.err, "bentoc: waiting for %s, which uses the same state folder\n", holder)
	}, Damaged: func(content string) {
		fmt.Fprintf(s.err, "bentoc: warning: the build cache in %s is damaged (%s); everything is built again\n", dir, content)
	}, Masked: func(why error) {
		fmt.Fprintf(s.err, "bentoc: warning: build steps run as root without a user namespace, kept from this machine by masks alone: %v\n", why)
	}})
}

// builderAddress is that of a BuildKit elsewhere, "" for the embedded one.
func (f *buildFlags) builderAddress() string { return cmp.Or(f.builder, os.Getenv("BUILDKIT_HOST")) }

// builderPlatform is the platform that compilers run on.
func builderPlatform() string { return "linux/" + runtime.GOARCH }

// openStore opens the store; what is fetched into it is told unless the story is
// for a program or for nobody.
func (f *buildFlags) openStore(s streams) (*fetch.Client, error) {
	return f.state.open(s, f.progress == "quiet" || f.progress == "rawjson")
}

// planBuild compiles the bento, sees to the lock, and packs what is built from.
func (f *buildFlags) planBuild(ctx context.Context, s streams, args []string, client *fetch.Client, epoch int64) (*compiler.Session, *plan.Plan, error) {
	b, err := f.session(s.err, args)
	if err != nil {
		return nil, nil, err
	}
	o := compiler.LockOptions{Mode: compiler.LockStale, Serve: &f.service}
	if f.frozen() {
		o.Mode = compiler.LockFrozen
	}
	p, err := f.planLocked(ctx, s, b, client, o, epoch)
	if err != nil {
		b.Close()
		return nil, nil, err
	}
	return b, p, nil
}

// frozen reports whether the lock is not to be written.
func (f *buildFlags) frozen() bool { return f.locked || os.Getenv("CI") == "true" }

func (f *buildFlags) planLocked(ctx context.Context, s streams, b *compiler.Session, client *fetch.Client, o compiler.LockOptions, epoch int64) (*plan.Plan, error) {
	locked, err := b.Lock(ctx, client, o)
	if err != nil {
		return nil, err
	}
	if locked != nil {
		w := s.err
		if f.progress == "quiet" {
			w = io.Discard
		}
		if err := writeLock(streams{err: w}, w, b, locked); err != nil {
			return nil, err
		}
	}
	if err := b.Serve(f.service); err != nil {
		return nil, err
	}
	return b.Plan(ctx, client, planOptions(epoch))
}

func planOptions(epoch int64) compiler.PlanOptions {
	return compiler.PlanOptions{Builder: builderPlatform(), Epoch: epoch, Version: toolVersion()}
}
