package lock

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"bentoc.dev/compiler/fetch/gomod"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/store"
)

// KindModule is PATH VERSION[/go.mod] H1, as in go.sum.
const KindModule = "module"

var moduleKind = kind{
	name: KindModule, form: "a version and an h1 sum", tests: moduleFields,
	about: []int{0}, once: always(0),
	called:  func(e Entry) string { return fmt.Sprintf("the module %s %s", e.Name, e.Fields[0]) },
	silent:  func(e Entry) bool { return strings.HasSuffix(e.Fields[0], "/go.mod") },
	claims:  goSums,
	resolve: Request.modules, what: "Go modules",
	bring: func(ctx context.Context, f *File, r BringRequest) (items []store.Item, err error) {
		sums := f.Modules()
		blobs, err := gomod.New(r.Fetch, pin.Toolchain).Modules(ctx, sums)
		for i, blob := range blobs {
			items = append(items, store.Item{Blob: blob, Module: (*store.Module)(&sums[i])})
		}
		return items, err
	},
}

func moduleFields(name string) []func(string) bool {
	version := func(text string) bool { return module.Check(name, strings.TrimSuffix(text, "/go.mod")) == nil }
	return []func(string) bool{version, isH1}
}

// Modules gives the locked modules: those with a zip and those of which the
// go.mod alone is needed.
func (f *File) Modules() []gomod.Sum {
	var all []gomod.Sum
	for _, e := range f.Of(KindModule, "") {
		all = append(all, gomod.Sum{Path: e.Name, Version: e.Fields[0], Sum: e.Fields[1]})
	}
	return all
}

// modules gives the entries of Go modules, sorted. Versions follow from the go.mod
// files of the workspace, so nothing is asked while those are as they were.
func (r Request) modules(ctx context.Context) ([]Entry, error) {
	old := r.Old.Of(KindModule, "")
	stale := func(e Entry) bool {
		return slices.Contains([]string{KindRuntime, KindWorkspace, KindToolchain}, e.Kind) && r.Old.differs(e) != ""
	}
	named := func(e Entry) bool { return slices.Contains(r.Update, e.Name) }
	if r.Old != nil && !r.UpdateAll && !slices.ContainsFunc(known(r.Needs, old), stale) && !slices.ContainsFunc(old, named) {
		return old, nil
	}
	sums, err := resolveModules(ctx, r.Fetch, r.Needs.Modules)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, s := range sums {
		entries = append(entries, Entry{Kind: KindModule, Name: s.Path, Fields: []string{s.Version, s.Sum}})
	}
	return newFile(entries).Entries, nil
}

// goSums gives what the go.sum files of a workspace say.
func goSums(n need.Needs) (claims []claim) {
	if n.Modules == nil {
		return nil
	}
	for _, file := range n.Modules.Sums {
		whose, users := strings.CutPrefix(file.Path, n.Modules.UserDir+"/")
		if !users {
			whose = thisBentoc
		}
		for line := range strings.Lines(string(file.Data)) {
			if words := strings.Fields(line); len(words) == 3 && isH1(words[2]) {
				claims = append(claims, claim{Entry{Kind: KindModule, Name: words[0], Fields: words[1:]}, path.Clean(whose)})
			}
		}
	}
	return claims
}
