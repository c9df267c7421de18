package lock

import (
	"context"
	"fmt"
	"slices"

	"bentoc.dev/compiler/fetch"
)

// Request asks for a lock.
type Request struct {
	Fetch *fetch.Client
	// Old is the lock so far, nil for none. What it says is kept where the bento
	// still needs it.
	Old   *File
	Needs Needs
	// ModuleDir is the root of the CUE module, for a base image that lies in it.
	ModuleDir string
	// Update names the entries to choose anew, such as debian:12. UpdateAll is
	// for all of them.
	Update    []string
	UpdateAll bool
}

// Resolve makes a lock that has all that the bento needs and nothing else, and
// tells how it differs from the old one. Everything in it is in the store
// afterwards but toolchains and base images, which a build fetches.
func Resolve(ctx context.Context, r Request) (*File, []Change, error) {
	for _, name := range r.Update {
		if !slices.ContainsFunc(r.Old.all(), func(e Entry) bool { return e.Name == name }) {
			return nil, nil, fmt.Errorf("updating %s: the lock has no entry of that name", name)
		}
	}
	modules, err := r.modules(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("locking Go modules: %w", err)
	}
	fixed, err := r.Needs.fixed(modules)
	if err != nil {
		return nil, nil, err
	}
	base, err := r.base(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("locking the base image: %w", err)
	}
	debs, err := r.slices(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("locking Debian packages: %w", err)
	}
	engine, err := r.Needs.engine()
	if err != nil {
		return nil, nil, err
	}
	f := newFile(slices.Concat(fixed, modules, base, debs, engine, r.keptModels()))
	return f, Diff(r.Old, f), nil
}

// modules gives the entries of Go modules, sorted. Versions follow from the go.mod
// files of the workspace, so nothing is asked while those are as they were.
func (r Request) modules(ctx context.Context) ([]Entry, error) {
	old := r.Old.Of(KindModule, "")
	fixed, err := r.Needs.fixed(old)
	if err != nil {
		return nil, err
	}
	stale := func(e Entry) bool { return r.Old.differs(e) != "" }
	named := func(e Entry) bool { return slices.Contains(r.Update, e.Name) }
	if r.Old != nil && !r.UpdateAll && !slices.ContainsFunc(fixed, stale) && !slices.ContainsFunc(old, named) {
		return old, nil
	}
	sums, err := resolveModules(ctx, r.Fetch, r.Needs.Workspace)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, s := range sums {
		entries = append(entries, Entry{Kind: KindModule, Name: s.Path, Fields: []string{s.Version, s.Sum}})
	}
	return newFile(entries).Entries, nil
}

func (r Request) base(ctx context.Context) ([]Entry, error) {
	b := r.Needs.Base
	if b == nil {
		return nil, nil
	}
	var entries []Entry
	for _, p := range r.Needs.Platforms {
		digest, kept := r.Old.BaseDigest(b, p)
		if !kept || r.UpdateAll || slices.Contains(r.Update, baseName(b)) {
			var err error
			if digest, err = r.Fetch.ResolveBase(ctx, fetch.Base{Image: b.Image, Layout: b.Layout, Dir: r.ModuleDir}, p); err != nil {
				return nil, err
			}
		}
		entries = append(entries, Entry{Kind: KindBase, Name: baseName(b), Fields: []string{p, digest}})
	}
	return entries, nil
}
