package store

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/opencontainers/go-digest"
)

// Item is a content of the store in a bundle.
type Item struct {
	Blob
	// Module is what a Go module, or the go.mod of one, is found by; nil for a
	// content that is found by its digest.
	Module *Module `json:"module,omitempty"`
}

// Module names a Go module version, or its go.mod where Version ends in /go.mod, with
// its sum as go.sum has it.
type Module struct{ Path, Version, Sum string }

// bundleIndex is the first file of a bundle.
type bundleIndex struct {
	Version int    `json:"version"`
	Items   []Item `json:"items"`
}

const (
	bundleVersion = 1
	bundleFile    = "bentoc-store.json"
)

// WriteBundle writes items, which are in the store, as a tar archive that
// [Store.ReadBundle] reads on another machine. Each is compared with its digest
// while it is written. The same items give the same bytes.
func (s *Store) WriteBundle(ctx context.Context, w io.Writer, items []Item) error {
	index, err := json.Marshal(bundleIndex{bundleVersion, items})
	if err != nil {
		return fmt.Errorf("writing the contents of the store: %w", err)
	}
	t := tar.NewWriter(w)
	if err := writeMember(t, bundleFile, int64(len(index)), strings.NewReader(string(index))); err != nil {
		return err
	}
	written := map[string]bool{}
	for _, item := range items {
		if written[item.Digest] {
			continue
		}
		written[item.Digest] = true
		if err := s.writeBlob(ctx, t, item.Blob); err != nil {
			return err
		}
	}
	return t.Close()
}

func (s *Store) writeBlob(ctx context.Context, t *tar.Writer, b Blob) error {
	if err := t.WriteHeader(member(blobName(b.Digest), b.Size)); err != nil {
		return writingBundle(err)
	}
	if err := s.CopyTo(ctx, t, b); err != nil {
		return writingBundle(err)
	}
	return nil
}

func member(name string, size int64) *tar.Header {
	return &tar.Header{Name: name, Mode: 0o644, Size: size, Typeflag: tar.TypeReg}
}

func writingBundle(err error) error {
	return fmt.Errorf("writing the contents of the store: %w", err)
}

func blobName(digest string) string { return "blobs/" + strings.Replace(digest, ":", "/", 1) }

func writeMember(t *tar.Writer, name string, size int64, r io.Reader) error {
	err := t.WriteHeader(member(name, size))
	if err == nil {
		_, err = io.Copy(t, r)
	}
	if err != nil {
		return writingBundle(err)
	}
	return nil
}

// ReadBundle puts what a bundle holds into the store and gives the items. A
// content that is not what the bundle says is an error; those before it stay. Keep
// is told of each module, to compare it with its sum and make it findable: a bundle
// is not believed.
func (s *Store) ReadBundle(ctx context.Context, r io.Reader, keep func(Item) error) ([]Item, error) {
	t := tar.NewReader(r)
	h, err := t.Next()
	if err != nil || h.Name != bundleFile {
		return nil, errors.Join(errors.New("reading a store: it is no file that bentoc store export wrote"), ignoreEOF(err))
	}
	var index bundleIndex
	if err := json.NewDecoder(io.LimitReader(t, 64<<20)).Decode(&index); err != nil {
		return nil, fmt.Errorf("reading a store: %w", err)
	}
	if index.Version != bundleVersion {
		return nil, fmt.Errorf("reading a store: it has version %d, this bentoc knows %d", index.Version, bundleVersion)
	}
	missing := map[string]Blob{}
	for _, item := range index.Items {
		if d := digest.Digest(item.Digest); d.Validate() != nil || d.Algorithm() != digest.SHA256 {
			return nil, fmt.Errorf("reading a store: %q is no digest", item.Digest)
		}
		missing[blobName(item.Digest)] = item.Blob
	}
	for len(missing) > 0 {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("reading a store: it is cut short, %d contents are missing", len(missing))
		}
		if err != nil {
			return nil, fmt.Errorf("reading a store: %w", err)
		}
		b, wanted := missing[path.Clean(h.Name)]
		if !wanted {
			continue
		}
		delete(missing, path.Clean(h.Name))
		if h.Size != b.Size { // also of what takes more room than it has in the archive
			return nil, otherSize(b)
		}
		if s.Has(b) {
			continue
		}
		if _, err := s.Put(ctx, h.Name, t, b.Digest); err != nil {
			return nil, fmt.Errorf("reading a store: %w", err)
		}
	}
	for _, item := range index.Items {
		if !s.Has(item.Blob) {
			return nil, otherSize(item.Blob)
		}
		if item.Module == nil {
			continue
		}
		if err := keep(item); err != nil {
			return index.Items, fmt.Errorf("reading a store: %w", err)
		}
	}
	return index.Items, nil
}

func otherSize(b Blob) error {
	return fmt.Errorf("reading a store: %s has not the %d bytes that the file says", b.Digest, b.Size)
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
