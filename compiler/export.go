package compiler

import (
	"context"
	"fmt"
	"io"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/gomod"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/store"
)

// ExportStore writes everything that the lock names as one archive, bringing
// first what is not in the store yet. On a machine that reads it with
// [ImportStore] the bento is built without network. Builders are the
// platforms that compilers are to run on there, such as linux/amd64.
func (s *Session) ExportStore(ctx context.Context, client *fetch.Client, w io.Writer, builders []string) ([]store.Item, error) {
	if s.locked == nil {
		return nil, fmt.Errorf("exporting what %s needs: it is not locked", s.IR.Name)
	}
	if err := s.needDisk("exporting what is locked for"); err != nil {
		return nil, err
	}
	n, err := need.Of(s.IR, nil)
	if err != nil {
		return nil, err
	}
	items, err := s.locked.Bring(ctx, lock.BringRequest{Fetch: client, Needs: n, ModuleDir: s.Root, Builders: builders})
	if err != nil {
		return nil, err
	}
	return items, client.Store.WriteBundle(ctx, w, items)
}

// ImportStore reads what [Session.ExportStore] wrote into the store.
func ImportStore(ctx context.Context, client *fetch.Client, r io.Reader) ([]store.Item, error) {
	modules := gomod.New(client, pin.Toolchain)
	return client.Store.ReadBundle(ctx, r, func(i store.Item) error { return modules.Keep(i.Blob, gomod.Sum(*i.Module)) })
}
