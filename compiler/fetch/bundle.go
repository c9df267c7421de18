package fetch

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"golang.org/x/mod/module"

	"bentoc.dev/compiler/fetch/store"
)

// Item is a content of the store in a bundle.
type Item struct {
	store.Blob
	// Module is what a Go module, or the go.mod of one, is found by; nil for a
	// content that is found by its digest.
	Module *ModuleSum `json:"module,omitempty"`
}

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
// [Client.ReadBundle] reads on another machine. Each is read and compared with
// its digest. The same items give the same bytes.
func (c *Client) WriteBundle(ctx context.Context, w io.Writer, items []Item) error {
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
		if err := c.writeBlob(ctx, t, item.Blob); err != nil {
			return err
		}
	}
	return t.Close()
}

func (c *Client) writeBlob(ctx context.Context, t *tar.Writer, b store.Blob) error {
	if err := c.Store.Check(ctx, b.Digest); err != nil {
		return err
	}
	f, err := c.Store.Open(b.Digest)
	if err != nil {
		return err
	}
	defer f.Close()
	return writeMember(t, blobName(b.Digest), b.Size, f)
}

func blobName(digest string) string { return "blobs/" + strings.Replace(digest, ":", "/", 1) }

func writeMember(t *tar.Writer, name string, size int64, r io.Reader) error {
	err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: size, Typeflag: tar.TypeReg})
	if err == nil {
		_, err = io.Copy(t, r)
	}
	if err != nil {
		return fmt.Errorf("writing the contents of the store: %w", err)
	}
	return nil
}

// ReadBundle puts what a bundle holds into the store and gives the items. A
// content that is not what the bundle says is an error; those before it stay.
func (c *Client) ReadBundle(ctx context.Context, r io.Reader) ([]Item, error) {
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
	missing := map[string]store.Blob{}
	for _, item := range index.Items {
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
		if c.Store.Has(b) {
			continue
		}
		if _, err := c.Store.Put(ctx, h.Name, t, b.Digest); err != nil {
			return nil, fmt.Errorf("reading a store: %w", err)
		}
	}
	return index.Items, c.keepModules(index.Items)
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// keepModules makes modules findable by what they are called, after comparing
// them with their sums once more: a bundle is not believed.
func (c *Client) keepModules(items []Item) error {
	for _, item := range items {
		m := item.Module
		if m == nil {
			continue
		}
		file := c.Store.Path(item.Digest)
		var err error
		if m.GoModOnly() {
			err = checkGoMod(file, *m)
		} else {
			err = checkZip(file, module.Version{Path: m.Path, Version: m.Version}, m.Sum)
		}
		if err != nil {
			return fmt.Errorf("reading a store: %w", err)
		}
		if err := c.Store.SetMemo("gomod", m.memoKey(), item.Blob); err != nil {
			return err
		}
	}
	return nil
}

func checkGoMod(file string, m ModuleSum) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return compareGoMod(data, m)
}
