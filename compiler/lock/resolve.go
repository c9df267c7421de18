package lock

import (
	"context"
	"fmt"
	"slices"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/need"
)

// Request asks for a lock.
type Request struct {
	Fetch *fetch.Client
	// Old is the lock so far, nil for none. What it says is kept where the bento
	// still needs it.
	Old   *File
	Name  string // how the file of Old is called, bento.lock for ""
	Needs need.Needs
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
	for _, i := range r.Needs.Items {
		if k := kindOf(i.Kind); k == nil || i.Sum == "" && !k.chooses || i.Sum != "" && k.entry == nil {
			return nil, nil, fmt.Errorf("locking %s %s: nothing here can choose it", i.Kind, i.Name)
		}
	}
	// What is wrong without asking anybody is said before anybody is asked.
	if diags := r.wrong(known(r.Needs, nil)); len(diags) > 0 {
		return nil, nil, diags
	}
	var chosen []Entry
	for _, k := range kinds {
		if k.resolve == nil {
			continue
		}
		more, err := k.resolve(r, ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("locking %s: %w", k.what, err)
		}
		chosen = append(chosen, more...)
	}
	f := newFile(append(known(r.Needs, (&File{Entries: chosen}).Of(KindModule, "")), chosen...))
	if err := r.checkSums(f.Entries); err != nil {
		return nil, nil, err
	}
	return f, Diff(r.Old, f), nil
}

// wrong gives the entries of the old lock that are not what is known by the same
// name, but for those that are to be chosen anew by name.
func (r Request) wrong(known []Entry) diag.List {
	return slices.DeleteFunc(r.Old.mismatches(r.lockName(), r.Needs, known), func(d diag.Diagnostic) bool {
		i := slices.IndexFunc(r.Old.all(), func(e Entry) bool { return e.Line == d.Pos.Line })
		return i >= 0 && slices.Contains(r.Update, r.Old.Entries[i].Name)
	})
}
