package export

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// createdBy begins a history entry that bentoc wrote.
const createdBy = "bentoc: "

// layerHistory gives what the history tells of the layers that are not empty.
func layerHistory(history []ocispecs.History) []string {
	var told []string
	for _, h := range history {
		if !h.EmptyLayer {
			told = append(told, strings.TrimPrefix(h.CreatedBy, createdBy))
		}
	}
	return told
}

// uncompressed opens a layer as a tar stream.
func (a *Archive) uncompressed(l Layer) (io.ReadCloser, error) {
	r, err := a.Blob(digest.Digest(l.Digest))
	if err != nil {
		return nil, err
	}
	switch {
	case strings.HasSuffix(l.MediaType, "gzip"):
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("reading layer %s: %w", l.Digest, err), r.Close())
		}
		return both{z, r}, nil
	case strings.HasSuffix(l.MediaType, "zstd"):
		z, err := zstd.NewReader(r)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("reading layer %s: %w", l.Digest, err), r.Close())
		}
		return both{z.IOReadCloser(), r}, nil
	}
	return r, nil
}

// both closes a decompressor and what is below.
type both struct {
	io.ReadCloser
	below io.Closer
}

func (b both) Close() error { return errors.Join(b.ReadCloser.Close(), b.below.Close()) }

// ReadFile gives one regular file of an image, by its absolute path, of at most
// limit bytes. The topmost layer that has it counts. The error is
// [os.ErrNotExist] when no layer has it.
func (a *Archive) ReadFile(img Image, name string, limit int64) ([]byte, error) {
	want := strings.TrimPrefix(path.Clean("/"+name), "/")
	for _, l := range slices.Backward(img.Layers) {
		text, found, err := a.readLayer(l, want, limit)
		if err != nil {
			return nil, fmt.Errorf("reading %s of %s: %w", name, img.Platform, err)
		}
		if found {
			return text, nil
		}
	}
	return nil, fmt.Errorf("%s of %s: %w", name, img.Platform, os.ErrNotExist)
}

// FindFile gives the file of an image with a path and a digest. Only one layer has
// it, so small ones are looked through first.
func (a *Archive) FindFile(img Image, name string, want digest.Digest, limit int64) ([]byte, error) {
	layers := slices.SortedStableFunc(slices.Values(img.Layers), func(a, b Layer) int { return cmp.Compare(a.Size, b.Size) })
	for _, l := range layers {
		text, found, err := a.readLayer(l, strings.TrimPrefix(name, "/"), limit)
		if err != nil {
			return nil, fmt.Errorf("reading %s of %s: %w", name, img.Platform, err)
		}
		if found && digest.FromBytes(text) == want {
			return text, nil
		}
	}
	return nil, fmt.Errorf("%s of %s with the digest %s: %w", name, img.Platform, want, os.ErrNotExist)
}

func (a *Archive) readLayer(l Layer, want string, limit int64) (text []byte, found bool, err error) {
	r, err := a.uncompressed(l)
	if err != nil {
		return nil, false, err
	}
	defer r.Close()
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		if path.Clean(h.Name) != want || h.Typeflag != tar.TypeReg {
			continue
		}
		if h.Size > limit {
			return nil, false, fmt.Errorf("it has %d bytes, more than %d", h.Size, limit)
		}
		text, err := io.ReadAll(t)
		return text, true, err
	}
}
