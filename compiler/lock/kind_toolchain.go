package lock

import (
	"context"
	"fmt"

	"bentoc.dev/compiler/fetch/gomod"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/store"
)

// KindToolchain is golang.org/toolchain VERSION H1.
const KindToolchain = need.Toolchain

var toolchainKind = kind{
	name: KindToolchain, form: "a version and an h1 sum", tests: moduleFields,
	about: []int{0}, once: always(0),
	called: func(e Entry) string { return "the Go toolchain " + e.Fields[0] },
	entry: func(i need.Item) Entry {
		return Entry{Kind: KindToolchain, Name: i.Name, Fields: []string{i.Version, i.Sum}}
	},
	stale: func(want Entry, _ []Entry) string {
		return fmt.Sprintf("the lock has another Go toolchain than %s", want.Fields[0])
	},
	bring: func(ctx context.Context, _ *File, r BringRequest) (items []store.Item, err error) {
		for _, platform := range r.Builders {
			t, err := pin.Toolchain(platform)
			if err != nil {
				return nil, err
			}
			blob, err := gomod.New(r.Fetch, pin.Toolchain).Toolchain(ctx, t)
			if err != nil {
				return nil, err
			}
			items = append(items, store.Item{Blob: blob, Module: &store.Module{Path: t.Module.Path, Version: t.Module.Version, Sum: t.Sum}})
		}
		return items, nil
	},
}
