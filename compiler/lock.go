package compiler

import (
	"context"
	"fmt"
	"os"
	"path"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/plan/workspace"
)

// Source is the code that a server is compiled from.
type Source struct {
	Output    *gen.Output
	Workspace *workspace.Workspace
}

// Assemble generates the server and puts its workspace together.
func (b *Bento) Assemble() (*Source, diag.List, error) {
	out, err := b.Generate()
	if err != nil {
		return nil, nil, err
	}
	req := workspace.Request{Gen: out, Steps: b.Steps}
	if b.Steps != nil {
		root, err := os.OpenRoot(b.Root)
		if err != nil {
			return nil, nil, fmt.Errorf("opening the module: %w", err)
		}
		defer root.Close()
		req.FS = root.FS()
	}
	ws, diags, err := workspace.New(req)
	return &Source{out, ws}, diags, err
}

// Needs is what the bento needs from outside.
func (b *Bento) Needs(src *Source) lock.Needs {
	return lock.Needs{Workspace: src.Workspace, Platforms: b.IR.Platforms, Base: b.IR.Base, Models: lock.UsedModels(b.IR)}
}

// CheckLock compares the lock on disk with what the bento needs.
func (b *Bento) CheckLock(src *Source) (diag.List, error) {
	return lock.Check(path.Join(b.Dir, lock.FileName), b.Lock, b.Needs(src))
}

// CheckModelFiles compares the models that lie in the module with the lock.
func (b *Bento) CheckModelFiles(src *Source) (diag.List, error) {
	root, err := os.OpenRoot(b.Root)
	if err != nil {
		return nil, fmt.Errorf("opening the module: %w", err)
	}
	defer root.Close()
	return lock.CheckFiles(b.Lock, b.Needs(src), root.FS())
}

// LockOptions say what [Bento.Relock] may change.
type LockOptions struct {
	Update    []string // entries to choose anew
	UpdateAll bool
}

// Relock resolves what the bento needs and keeps the result in b; it writes
// nothing. It tells how the new lock differs from the old one.
func (b *Bento) Relock(ctx context.Context, client *fetch.Client, src *Source, o LockOptions) ([]lock.Change, error) {
	f, _, err := lock.Resolve(ctx, lock.Request{
		Fetch: client, Old: b.Lock, Needs: b.Needs(src), ModuleDir: b.Root, Update: o.Update, UpdateAll: o.UpdateAll,
	})
	if err != nil {
		return nil, err
	}
	b.Lock = f
	return lock.Diff(b.onDisk, f), nil
}
