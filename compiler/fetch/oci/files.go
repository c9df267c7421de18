package oci

import (
	"archive/tar"
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Files reads small files out of a base image in the store, by their paths
// without a slash in front. What is not there has no entry; a folder has an
// empty one.
func (c *Client) Files(ctx context.Context, img Image, names []string) (map[string][]byte, error) {
	data, err := c.Store.ReadBytes(img.Manifest.Digest)
	if err != nil {
		return nil, err
	}
	var m v1.Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("reading its manifest: %w", err)
	}
	found := map[string][]byte{}
	gone := map[string]bool{}
	for _, l := range slices.Backward(m.Layers) {
		if err := c.layerFiles(ctx, l, names, found, gone); err != nil {
			return nil, fmt.Errorf("reading the layer %s: %w", l.Digest, err)
		}
		if len(found)+len(gone) >= len(names) {
			break
		}
	}
	return found, nil
}

// layerFiles adds to found what a layer has of names and layers above it do not
// hide. Gone are names that it, or a layer above, takes away.
func (c *Client) layerFiles(ctx context.Context, l v1.Descriptor, names []string, found map[string][]byte, gone map[string]bool) error {
	f, err := c.Store.Open(l.Digest.String())
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := decompress(f)
	if err != nil {
		return err
	}
	hidden := map[string]bool{}
	tr := tar.NewReader(r)
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		name := path.Clean(strings.TrimPrefix(h.Name, "/"))
		hide(hidden, name, names)
		_, have := found[name]
		if have || gone[name] || !slices.Contains(names, name) {
			continue
		}
		if found[name], err = io.ReadAll(io.LimitReader(tr, 1<<20)); err != nil {
			return err
		}
	}
	for name := range hidden {
		if _, have := found[name]; !have && slices.Contains(names, name) {
			gone[name] = true
		}
	}
	return nil
}

// hide notes what a whiteout takes away from the layers below: one name, or
// everything in a folder.
func hide(hidden map[string]bool, name string, names []string) {
	base, ok := strings.CutPrefix(path.Base(name), ".wh.")
	if !ok {
		return
	}
	hidden[path.Join(path.Dir(name), base)] = true
	for _, n := range names {
		if base == ".wh..opq" && strings.HasPrefix(n, path.Dir(name)+"/") {
			hidden[n] = true
		}
	}
}

// decompress tells the compression of a layer by its first bytes.
func decompress(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	head, _ := b.Peek(4)
	switch {
	case strings.HasPrefix(string(head), "\x1f\x8b"):
		return gzip.NewReader(b)
	case string(head) == "\x28\xb5\x2f\xfd":
		return zstd.NewReader(b, zstd.WithDecoderConcurrency(1))
	}
	return b, nil
}
