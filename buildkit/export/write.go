package export

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"bentoc.dev/compiler/store"
)

// Write runs build and makes outputs of what it gives. build is handed a
// function that opens where the OCI archive goes; it may be called again, and
// then what it opened before is void. name tags the docker output.
//
// When build or an output fails, or ctx ends, no output changes. Read what was
// built with the archive that inspect is handed, which is closed afterwards;
// inspect may be nil.
func Write(ctx context.Context, outputs []Output, name string, build func(open func() (io.WriteCloser, error)) error, inspect func(*Archive) error) error {
	if len(outputs) == 0 {
		return errors.New("no output")
	}
	targets, err := findTargets(outputs)
	if err != nil {
		return err
	}
	tmp, err := targets[0].create()
	if err != nil {
		return fmt.Errorf("writing %s: %w", outputs[0].Dest, err)
	}
	defer tmp.discard()
	if err := build(tmp.restart); err != nil {
		return err
	}
	a, err := openFile(tmp.f)
	if err != nil {
		return fmt.Errorf("reading what was built: %w", err)
	}
	if inspect != nil {
		if err := inspect(a); err != nil {
			return err
		}
	}
	return place(ctx, targets, name, tmp, a)
}

// target is an output and where it really goes.
type target struct {
	Output
	name   string // of the file or folder that is made
	stream bool   // it is written into and not replaced
}

// findTargets settles every destination, and makes the folders that they lie in.
func findTargets(outputs []Output) ([]target, error) {
	var all []target
	for _, o := range outputs {
		t := target{Output: o, stream: true}
		if !IsStdout(o.Dest) {
			var err error
			if t.name, t.stream, err = settle(o.Dest); err != nil {
				return nil, err
			}
		}
		if !t.stream {
			if err := os.MkdirAll(filepath.Dir(t.name), 0o755); err != nil {
				return nil, fmt.Errorf("making the folder of %s: %w", o.Dest, err)
			}
		}
		all = append(all, t)
	}
	return all, nil
}

// create makes a file on the way to its name, or one that never gets any.
func (t target) create() (*tempFile, error) {
	if t.stream {
		return createScratch()
	}
	return createBeside(t.name)
}

// from makes the target out of a file with all that goes there.
func (t target) from(ctx context.Context, f *tempFile, own bool) pending {
	if t.stream {
		s := &streamed{ctx: ctx, from: f, own: own, dest: t.name}
		if IsStdout(t.Dest) {
			s.w = t.W
		}
		return s
	}
	return f
}

// pending is an output that is complete but for its name.
type pending interface {
	commit() error
	discard()
	risk() int // those with more are committed first
}

// place makes every output, and only then gives them their names.
func place(ctx context.Context, targets []target, name string, built *tempFile, a *Archive) (err error) {
	var ready []pending
	defer func() {
		for _, p := range ready {
			p.discard()
		}
	}()
	for i, o := range targets {
		k, ok := o.Type.kind()
		if !ok {
			return fmt.Errorf("writing %s: unknown output type %q", o.Dest, o.Type)
		}
		p, err := k.make(ctx, &job{target: o, archive: a, built: built, first: i == 0, name: name})
		if err != nil {
			return fmt.Errorf("writing %s: %w", o.Dest, err)
		}
		ready = append(ready, p)
	}
	// A pipe may break; what replaces files does not.
	slices.SortStableFunc(ready, func(a, b pending) int { return cmp.Compare(b.risk(), a.risk()) })
	for _, p := range ready {
		if err := p.commit(); err != nil {
			return err
		}
	}
	return nil
}

// fill makes a file that has its name only when it is committed.
func fill(dest string, write func(io.Writer) error) (pending, error) {
	t, err := createBeside(dest)
	if err != nil {
		return nil, err
	}
	return t, t.fill(write)
}

// fill writes a file, and discards it if that fails.
func (t *tempFile) fill(write func(io.Writer) error) error {
	err := write(t.f)
	if err != nil {
		t.discard()
	}
	return err
}

// copyContext copies until ctx ends.
func copyContext(ctx context.Context, w io.Writer, r io.Reader) error {
	_, err := io.Copy(w, store.ContextReader(ctx, r))
	return err
}
