package builder

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/errdefs"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// layout serves the blobs of an OCI layout folder to BuildKit. It only reads:
// containerd's own store would make folders and probe files in there.
type layout struct{ dir string }

var _ content.Store = layout{}

func (l layout) path(d digest.Digest) (string, error) {
	if err := d.Validate(); err != nil {
		return "", fmt.Errorf("%w: %w", errdefs.ErrInvalidArgument, err)
	}
	return filepath.Join(l.dir, ocispecs.ImageBlobsDir, d.Algorithm().String(), d.Encoded()), nil
}

func missing(d digest.Digest, err error) error {
	if os.IsNotExist(err) {
		return fmt.Errorf("blob %s: %w", d, errdefs.ErrNotFound)
	}
	return err
}

// Info describes a blob.
func (l layout) Info(_ context.Context, d digest.Digest) (content.Info, error) {
	p, err := l.path(d)
	if err != nil {
		return content.Info{}, err
	}
	fi, err := os.Stat(p)
	if err != nil {
		return content.Info{}, missing(d, err)
	}
	return content.Info{Digest: d, Size: fi.Size(), CreatedAt: fi.ModTime(), UpdatedAt: fi.ModTime()}, nil
}

// ReaderAt opens a blob.
func (l layout) ReaderAt(_ context.Context, desc ocispecs.Descriptor) (content.ReaderAt, error) {
	p, err := l.path(desc.Digest)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(p)
	if err != nil {
		return nil, missing(desc.Digest, err)
	}
	fi, err := f.Stat()
	if err != nil {
		f.Close() //nolint:errcheck // the first error tells more
		return nil, err
	}
	return blob{f, io.NewSectionReader(f, 0, fi.Size())}, nil
}

type blob struct {
	io.Closer
	*io.SectionReader
}

var errReadOnly = fmt.Errorf("the store is read-only for the builder: %w", errdefs.ErrNotImplemented)

// Update is refused.
func (layout) Update(context.Context, content.Info, ...string) (content.Info, error) {
	return content.Info{}, errReadOnly
}

// Walk is refused.
func (layout) Walk(context.Context, content.WalkFunc, ...string) error { return errReadOnly }

// Delete is refused.
func (layout) Delete(context.Context, digest.Digest) error { return errReadOnly }

// Status is refused: nothing is ever being written.
func (layout) Status(context.Context, string) (content.Status, error) {
	return content.Status{}, errReadOnly
}

// ListStatuses is refused.
func (layout) ListStatuses(context.Context, ...string) ([]content.Status, error) {
	return nil, errReadOnly
}

// Abort is refused.
func (layout) Abort(context.Context, string) error { return errReadOnly }

// Writer is refused.
func (layout) Writer(context.Context, ...content.WriterOpt) (content.Writer, error) {
	return nil, errReadOnly
}
