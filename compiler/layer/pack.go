// Package layer makes layers in the store out of everything that a bento is built
// from: the Go toolchain, the modules in the lock, the source of the server, and
// the files of the image that no compiler makes. What was packed before is found
// by its key, so packing an unchanged bento reads little more than its sources.
package layer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/gomod"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/plan"
	"bentoc.dev/compiler/store"
	"bentoc.dev/compiler/workspace"
)

// Request is what is packed.
type Request struct {
	Fetch *fetch.Client
	Bento *ir.Bento
	// IR is the canonical IR, which every image holds as [plan.IRFile]. It has all
	// platforms of the bento, which Bento may not.
	IR []byte
	// Records are what images have written down beside it.
	Records   []plan.Record
	Lock      *lock.File
	Workspace *workspace.Workspace
	// Root is the root of the CUE module on disk.
	Root string
	// Builder is the platform that compilers run on, such as linux/amd64.
	Builder string
}

// Inputs are the layers in the store, as [plan.Build] wants them.
type Inputs struct {
	// Inputs are by ID. There are no modules where the lock has none, and no files
	// where the bento has none.
	Inputs []plan.Input
	// Bases are the images below, by platform; nil for empty ones.
	Bases map[string]plan.Base
}

// All packs everything, several layers at a time.
func All(ctx context.Context, r Request) (*Inputs, error) {
	root, err := os.OpenRoot(r.Root)
	if err != nil {
		return nil, fmt.Errorf("opening the module: %w", err)
	}
	defer root.Close()
	p := &packer{Request: r, root: root}
	jobs, err := p.engineJobs()
	if err != nil {
		return nil, err
	}
	jobs = append(jobs, p.toolchain, p.modules, p.source, p.rootfs, p.files, p.models, p.openers, p.gpus)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for _, job := range jobs {
		wg.Go(func() {
			if err := job(ctx); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	slices.SortFunc(p.in.Inputs, func(a, b plan.Input) int { return strings.Compare(a.ID, b.ID) })
	return &p.in, nil
}

type packer struct {
	Request
	root *os.Root
	mu   sync.Mutex
	in   Inputs
}

// add packs a package and keeps it as the input id.
func (p *packer) add(ctx context.Context, id, content string, pos diag.Pos, pkg store.Package) error {
	pkg.Name = content
	l, err := p.Fetch.Store.Pack(ctx, pkg)
	if err != nil {
		return fmt.Errorf("packing %s: %w", content, err)
	}
	p.keep(id, content, pos, l)
	return nil
}

func (p *packer) keep(id, content string, pos diag.Pos, l store.Layer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.in.Inputs = append(p.in.Inputs, plan.Input{
		ID: id, Content: content, Manifest: l.Manifest.Digest, Layer: l.Layer.Digest,
		DiffID: l.DiffID, Size: l.Layer.Size, Unpacked: l.Unpacked, Pos: pos,
	})
}

// toolchain packs what compiling needs of the Go toolchain. It is compressed:
// to a builder elsewhere it has to travel.
func (p *packer) toolchain(ctx context.Context) error {
	t, err := pin.Toolchain(p.Builder)
	if err != nil {
		return err
	}
	content := "Go toolchain " + pin.GoVersion
	pkg := store.Package{Key: "toolchain1 " + t.Module.String() + " " + t.Sum, Platform: p.Builder, Compression: store.Zstd}
	if l, ok := p.Fetch.Store.Packed(pkg); ok {
		p.keep(plan.InputToolchain, content, p.Bento.Pos, l)
		return nil
	}
	b, err := gomod.New(p.Fetch, pin.Toolchain).Toolchain(ctx, t)
	if err != nil {
		return err
	}
	if err := p.Fetch.Store.Check(ctx, b.Digest); err != nil {
		return err
	}
	entries, done, err := gomod.New(p.Fetch, pin.Toolchain).ToolchainEntries(b, t, ".")
	if err != nil {
		return err
	}
	pkg.Entries = entries
	return errors.Join(p.add(ctx, plan.InputToolchain, content, p.Bento.Pos, pkg), done())
}

// modules packs the modules in the lock as the file tree of a module proxy.
func (p *packer) modules(ctx context.Context) error {
	sums := p.Lock.Modules()
	if len(sums) == 0 {
		return nil
	}
	var key strings.Builder
	key.WriteString("modules1")
	for _, m := range sums {
		fmt.Fprintf(&key, " %s %s", m, m.Sum)
	}
	const content = "Go modules"
	pkg := store.Package{Key: key.String(), Platform: p.Builder, Compression: store.None}
	if l, ok := p.Fetch.Store.Packed(pkg); ok {
		p.keep(plan.InputModules, content, p.Bento.Pos, l)
		return nil
	}
	var err error
	if pkg.Entries, err = p.moduleEntries(ctx, "", sums); err != nil {
		return err
	}
	return p.add(ctx, plan.InputModules, content, p.Bento.Pos, pkg)
}

// moduleEntries gives modules as the file tree of a module proxy in the folder dir.
func (p *packer) moduleEntries(ctx context.Context, dir string, sums []gomod.Sum) (entries []store.Entry, err error) {
	blobs, err := gomod.New(p.Fetch, pin.Toolchain).Modules(ctx, sums)
	if err != nil {
		return nil, err
	}
	for i, m := range sums {
		name, err := m.File()
		if err != nil {
			return nil, err
		}
		e, err := p.Fetch.Store.FileEntry(ctx, path.Join(dir, name), p.Fetch.Store.Path(blobs[i].Digest), 0o644)
		if err != nil {
			return nil, err
		}
		if e.Sum != blobs[i].Digest {
			return nil, &store.DigestError{Name: m.String() + " in the store", Want: blobs[i].Digest, Got: e.Sum}
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// source packs the workspace with the sums of the lock.
func (p *packer) source(ctx context.Context) error {
	var sums strings.Builder
	for _, m := range p.Lock.Modules() {
		fmt.Fprintf(&sums, "%s %s %s\n", m.Path, m.Version, m.Sum)
	}
	entries := []store.Entry{store.FileEntry("go.work.sum", 0o644, []byte(sums.String()))}
	for _, f := range p.Workspace.Files {
		entries = append(entries, store.FileEntry(f.Path, 0o644, f.Data))
	}
	pkg := store.Package{Platform: p.Builder, Compression: store.None, Entries: entries}
	return p.add(ctx, plan.InputSource, "source of the server", p.Bento.Pos, pkg)
}
