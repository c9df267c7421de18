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
	entries, err := r.Needs.fixed()
	if err != nil {
		return nil, nil, err
	}
	modules, err := r.modules(ctx, entries)
	if err != nil {
		return nil, nil, fmt.Errorf("locking Go modules: %w", err)
	}
	base, err := r.base(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("locking the base image: %w", err)
	}
	f := newFile(slices.Concat(entries, modules, base))
	return f, Diff(r.Old, f), nil
}

// modules gives the entries of Go modules. Versions follow from the go.mod files
// of the workspace, so nothing is asked while those are as they were.
func (r Request) modules(ctx context.Context, fixed []Entry) ([]Entry, error) {
	old := r.Old.Of(KindModule, "")
	fresh := r.Old != nil && !r.UpdateAll && !slices.ContainsFunc(fixed, func(e Entry) bool { return r.Old.differs(e) != "" }) &&
		!slices.ContainsFunc(old, func(e Entry) bool { return slices.Contains(r.Update, e.Name) })
	if fresh {
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
	return entries, nil
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
