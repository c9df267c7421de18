package compiler

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/lock"
)

// LockModels brings what the lock says about the models up to date. Where that
// changed it loads the bento again, since what a model takes and gives back is
// known from the lock; else it gives b itself and no diagnostics. The lock is
// kept in the result; nothing is written.
func (b *Bento) LockModels(ctx context.Context, client *fetch.Client, o LockOptions) (*Bento, diag.List, error) {
	f, err := lock.ResolveModels(ctx, lock.Request{
		Fetch: client, Old: b.Lock, ModuleDir: b.Root, Update: o.Update, UpdateAll: o.UpdateAll,
		Needs: lock.Needs{Platforms: b.IR.Platforms, Models: lock.UsedModels(b.IR)},
	})
	if err != nil {
		return nil, nil, err
	}
	if b.Lock != nil && bytes.Equal(f.Bytes(), b.Lock.Bytes()) {
		return b, nil, nil
	}
	opts := b.options
	opts.Lock, opts.SignaturesPending = f, false
	again, diags, err := Load(ctx, opts)
	if again != nil {
		again.onDisk = b.onDisk
	}
	return again, diags, err
}

// HasModels reports whether a runner runs a model.
func (b *Bento) HasModels() bool { return len(lock.UsedModels(b.IR)) > 0 }

// HasOwnModelsOnly reports whether all models lie in the module, so that locking
// them asks nobody.
func (b *Bento) HasOwnModelsOnly() bool {
	for _, m := range lock.UsedModels(b.IR) {
		if m.Source.Path == "" {
			return false
		}
	}
	return true
}

// LockChanged reports whether the lock differs from the file on disk.
func (b *Bento) LockChanged() bool {
	if b.Lock == nil || b.onDisk == nil {
		return b.Lock != b.onDisk
	}
	return !bytes.Equal(b.Lock.Bytes(), b.onDisk.Bytes())
}

// checkModels compares the models' files with what the lock says about them: the
// server was generated from that.
func (b *Bento) checkModels(ctx context.Context, client *fetch.Client) error {
	used := lock.UsedModels(b.IR)
	for _, name := range slices.Sorted(maps.Keys(used)) {
		src := lock.ModelSource{Fetch: client, Dir: b.Root, Model: used[name]}
		if err := b.Lock.CheckModel(ctx, path.Join(b.Dir, lock.FileName), name, src); err != nil {
			return fmt.Errorf("reading the model %s: %w", name, err)
		}
	}
	return nil
}
