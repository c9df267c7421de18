// Package compiler is the façade of the compiler: it takes a bento.cue through
// load, check and gen. The packages below it are one phase each; what goes from
// one to the next is plain data that can be printed (package ir, package plan,
// [gen.Output]).
//
// What a user can mend comes back as diagnostics, what they cannot as an error.
package compiler

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bentoc.dev/compiler/check"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/gosrc"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/load"
	"bentoc.dev/compiler/lock"
)

// Options say what to compile.
type Options struct {
	// Path is a bento.cue, its folder, or "" for the current folder.
	Path string
	// Tags are CUE's injected values, key or key=value.
	Tags []string
	// TimeLimit bounds the evaluation of CUE; 0 means no limit.
	TimeLimit time.Duration
	// Platforms, if set, are what images are built for in place of all of the
	// bento's own. An image does not change with the others beside it.
	Platforms []string
	// SignaturesPending allows models whose signature is not locked yet.
	SignaturesPending bool
	// Lock, if set, is taken in place of the file beside bento.cue.
	Lock *lock.File
}

// Bento is a bento that has been loaded and checked.
type Bento struct {
	IR *ir.Bento
	// Platforms are what images are built for, sorted: the IR's or some of them.
	Platforms []string
	// Root is the folder of the CUE module on disk, Dir the slash-separated
	// folder of bento.cue below it.
	Root, Dir string
	// Source gives the text of a source file by the name that positions have.
	Source func(file string) []byte
	// Files has the digest of every source file that was read.
	Files map[string]string
	// Steps is the user's Go module; nil when the bento has no Go steps.
	Steps *gosrc.Module
	// Lock is the lock file as it is on disk, or as it was resolved since; nil when
	// there is none.
	Lock *lock.File

	onDisk  *lock.File // the lock as it was read
	options Options    // what the bento was loaded with
}

// Folder is the folder of bento.cue on disk.
func (b *Bento) Folder() string { return filepath.Join(b.Root, filepath.FromSlash(b.Dir)) }

// LockFile is the path of the lock file on disk.
func (b *Bento) LockFile() string { return filepath.Join(b.Folder(), lock.FileName) }

// Load reads, evaluates and checks a bento. The result is nil where the sources
// could not be evaluated.
func Load(ctx context.Context, o Options) (*Bento, diag.List, error) {
	locked, diags, err := readLock(o.Path)
	if err != nil {
		return nil, nil, err
	}
	onDisk := locked
	if o.Lock != nil {
		locked, diags = o.Lock, nil
	}
	res, list, err := load.Bento(ctx, load.Options{Path: o.Path, Tags: o.Tags, TimeLimit: o.TimeLimit, Model: locked.Model})
	if err != nil {
		return nil, nil, err
	}
	for i := range diags { // the lock lies beside bento.cue, wherever that was found
		diags[i].Pos.File = path.Join(res.Dir, lock.FileName)
	}
	diags = append(diags, list...)
	b := &Bento{IR: res.IR, Root: res.Root, Dir: res.Dir, Source: res.Source, Files: res.Files, Lock: locked, onDisk: onDisk, options: o}
	if res.IR == nil || list.HasErrors() {
		return b, diags.Sorted(), nil
	}
	b.choosePlatforms(o.Platforms)
	list, err = b.check(o)
	return b, append(diags, list...).Sorted(), err
}

// choosePlatforms leaves the IR as it is where it has what is wanted: the IR is
// part of every image.
func (b *Bento) choosePlatforms(wanted []string) {
	b.Platforms = b.IR.Platforms
	if len(wanted) == 0 {
		return
	}
	b.Platforms = slices.Compact(slices.Sorted(slices.Values(wanted)))
	for _, p := range b.Platforms {
		if !slices.Contains(b.IR.Platforms, p) {
			b.IR.Platforms = b.Platforms
			return
		}
	}
}

// Platforms are what images can be built for.
func Platforms() []string { return check.Platforms() }

// check runs the checks over the IR and the user's Go sources.
func (b *Bento) check(o Options) (diag.List, error) {
	root, err := os.OpenRoot(b.Root)
	if err != nil {
		return nil, fmt.Errorf("opening the module: %w", err)
	}
	defer root.Close()
	var stepsErr error
	opts := check.Options{FS: root.FS(), SignaturesPending: o.SignaturesPending, Steps: func(bento *ir.Bento) (diags diag.List) {
		b.Steps, diags, stepsErr = gosrc.Load(root.FS(), b.Dir, bento)
		return diags
	}}
	diags := check.Run(b.IR, opts)
	return diags, stepsErr
}

// Generate writes the server's code and the types of the user's steps.
func (b *Bento) Generate() (*gen.Output, error) {
	return gen.Generate(b.IR, b.genOptions())
}

// StepTypes writes the types of the user's steps alone. It works before the models
// are locked, which Generate does not.
func (b *Bento) StepTypes() ([]gen.File, error) {
	return gen.Bentogen(b.IR, b.genOptions())
}

func (b *Bento) genOptions() gen.Options {
	o := gen.Options{}
	if b.Steps != nil {
		o.UserModule = b.Steps.Path
		o.UserDir = relativeTo(b.Steps.Dir, b.Dir)
	}
	return o
}

// relativeTo gives the folder dir relative to root, which is dir or lies above
// it. Both are slash-separated and relative to the same folder.
func relativeTo(root, dir string) string {
	if root = path.Clean(root); root == "." {
		return path.Clean(dir)
	}
	return path.Clean(strings.TrimPrefix(strings.TrimPrefix(path.Clean(dir), root), "/"))
}

// readLock reads the lock beside the bento at path, an empty one where there is
// none.
func readLock(name string) (*lock.File, diag.List, error) {
	if info, err := os.Stat(name); err == nil && !info.IsDir() {
		name = filepath.Dir(name)
	}
	data, err := os.ReadFile(filepath.Join(name, lock.FileName))
	if os.IsNotExist(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reading the lock: %w", err)
	}
	f, diags := lock.Parse(lock.FileName, data)
	return f, diags, nil
}

// ReadFile gives the text of a file of the module, nil where it cannot be read.
func (b *Bento) ReadFile(name string) []byte {
	root, err := os.OpenRoot(b.Root)
	if err != nil {
		return nil
	}
	defer root.Close()
	text, err := root.ReadFile(filepath.FromSlash(name))
	if err != nil {
		return nil
	}
	return text
}
