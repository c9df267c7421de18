package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	for _, o := range outputs {
		if err := os.MkdirAll(filepath.Dir(o.Dest), 0o755); err != nil {
			return fmt.Errorf("making the folder of %s: %w", o.Dest, err)
		}
	}
	tmp, err := createBeside(outputs[0].Dest)
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
	return place(ctx, outputs, name, tmp, a)
}

// pending is an output that is complete but for its name.
type pending interface {
	commit() error
	discard()
}

// place makes every output, and only then gives them their names.
func place(ctx context.Context, outputs []Output, name string, built *tempFile, a *Archive) (err error) {
	var ready []pending
	defer func() {
		for _, p := range ready {
			p.discard()
		}
	}()
	for _, o := range outputs {
		var p pending
		switch {
		case o.Type == OCI && o.Dest == built.dest:
			p = built
		case o.Type == OCI:
			p, err = copyFile(ctx, built, o.Dest)
		case o.Type == Dir:
			p, err = makeDir(ctx, a, o.Dest)
		case o.Type == Docker:
			p, err = makeDocker(ctx, a, o, name)
		default:
			err = fmt.Errorf("unknown output type %q", o.Type)
		}
		if err != nil {
			return fmt.Errorf("writing %s: %w", o.Dest, err)
		}
		ready = append(ready, p)
	}
	for _, p := range ready {
		if err := p.commit(); err != nil {
			return err
		}
	}
	return nil
}

// copyFile makes another file of the same bytes.
func copyFile(ctx context.Context, src *tempFile, dest string) (pending, error) {
	fi, err := src.f.Stat()
	if err != nil {
		return nil, err
	}
	return fill(dest, func(w io.Writer) error {
		return copyContext(ctx, w, io.NewSectionReader(src.f, 0, fi.Size()))
	})
}

// fill makes a file that has its name only when it is committed.
func fill(dest string, write func(io.Writer) error) (pending, error) {
	t, err := createBeside(dest)
	if err != nil {
		return nil, err
	}
	if err := write(t.f); err != nil {
		t.discard()
		return nil, err
	}
	return t, nil
}

// copyContext copies until ctx ends.
func copyContext(ctx context.Context, w io.Writer, r io.Reader) error {
	_, err := io.Copy(w, reader{ctx, r})
	return err
}

type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.r.Read(p)
}
