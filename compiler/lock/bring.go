package lock

import (
	"context"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/store"
)

// BringRequest asks for everything that a lock names.
type BringRequest struct {
	Fetch *fetch.Client
	// Needs are those of the bento; modules do not count.
	Needs need.Needs
	// ModuleDir is the root of the CUE module.
	ModuleDir string
	// Builders are the platforms that compilers are to run on, such as linux/amd64.
	Builders []string
}

// Bring brings everything that f names into the store, and tells what that is.
func (f *File) Bring(ctx context.Context, r BringRequest) (items []store.Item, err error) {
	for _, k := range kinds {
		if k.bring == nil {
			continue
		}
		more, err := k.bring(ctx, f, r)
		if err != nil {
			return nil, err
		}
		items = append(items, more...)
	}
	return items, nil
}
