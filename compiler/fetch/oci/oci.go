package oci

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// Base says where a base image is. Exactly one of Image and Layout is set.
type Base struct {
	Image  string // registry reference
	Layout string // folder with an OCI layout, relative to Dir
	Dir    string // folder that Layout may not leave
}

// String names the base for people.
func (b Base) String() string {
	if b.Layout != "" {
		return b.Layout
	}
	return b.Image
}

// Image is a base image in the store.
type Image struct {
	Manifest store.Blob
	Config   json.RawMessage // of the image
	Blobs    []store.Blob    // its config and its layers
}

// Resolve finds the manifest of a base image for a platform and gives its
// digest. It asks the registry, or reads the layout. A base that is at fault
// itself is an [fetch.AbsentError].
func (c *Client) Resolve(ctx context.Context, b Base, platform string) (digest string, err error) {
	src, done, err := c.baseSource(b)
	if err != nil {
		return "", err
	}
	defer done()
	data, err := src.top(ctx)
	if err == nil {
		p := &picker{src: src, platform: platform, left: maxManifests}
		digest, err = p.pick(ctx, data)
	}
	if err != nil {
		return "", baseError("finding", b, err)
	}
	return digest, nil
}

// baseError says which base image an error is about.
func baseError(doing string, b Base, err error) error {
	var broken *brokenImageError
	var bad *store.DigestError
	text, cure := "", ""
	switch {
	case errors.As(err, &broken):
		text, cure = "is broken: "+broken.why, broken.cure
	case b.Layout != "" && errors.As(err, &bad):
		text, cure = "is broken: "+err.Error(), "copy the layout anew"
	case b.Layout != "" && errors.Is(err, fs.ErrNotExist):
		text, cure = "is not whole: "+err.Error(), "a layout is a folder with index.json and blobs, as skopeo copy and crane pull write it; what is locked and was replaced is locked anew by bentoc lock"
	case b.Layout != "" && strings.Contains(err.Error(), "escapes"): // as os.Root says it
		text, cure = "leaves the module by a symbolic link: "+err.Error(), "a bento is built from the files of its own module; copy it in"
	}
	if text != "" {
		return &fetch.AbsentError{Text: fmt.Sprintf("the base image %s %s", b, text), Cure: cure, Cause: err}
	}
	return fmt.Errorf("%s the base image %s: %w", doing, b, err)
}

// Fetch fetches the manifest with this digest and all that it names into
// the store. One that is there already is not asked for again.
func (c *Client) Fetch(ctx context.Context, b Base, digest string) (Image, error) {
	if img, ok := c.storedBase(digest); ok {
		return img, nil
	}
	src, done, err := c.baseSource(b)
	if err != nil {
		return Image{}, err
	}
	defer done()
	if err := c.copyImage(ctx, src, b, digest); err != nil {
		return Image{}, baseError("fetching", b, err)
	}
	img, ok := c.storedBase(digest)
	if !ok {
		return Image{}, fmt.Errorf("fetching the base image %s: it is not whole", b)
	}
	return img, nil
}

// storedBase reads a base image that lies in the store whole.
func (c *Client) storedBase(digest string) (img Image, ok bool) {
	data, err := c.Store.ReadBytes(digest)
	if err != nil {
		return img, false
	}
	var m v1.Manifest
	if json.Unmarshal(data, &m) != nil {
		return img, false
	}
	img.Manifest = store.Blob{Digest: digest, Size: int64(len(data))}
	for _, d := range append([]v1.Descriptor{m.Config}, m.Layers...) {
		if img.Blobs = append(img.Blobs, blobOf(d)); !c.Store.Has(blobOf(d)) {
			return img, false
		}
	}
	img.Config, err = c.Store.ReadBytes(m.Config.Digest.String())
	return img, err == nil
}

func blobOf(d v1.Descriptor) store.Blob { return store.Blob{Digest: d.Digest.String(), Size: d.Size} }

// copyImage brings the layers and the config first and the manifest last, so
// that a manifest in the store means a whole image.
func (c *Client) copyImage(ctx context.Context, src imageSource, b Base, digest string) error {
	hash, err := v1.NewHash(digest)
	if err != nil {
		return err
	}
	data, err := readManifest(ctx, src, v1.Descriptor{Digest: hash, MediaType: types.OCIManifestSchema1})
	if err != nil {
		return err
	}
	m, config, err := imageOf(ctx, src, data)
	if err != nil {
		return err
	}
	for i, d := range append(m.Layers, *m.Config) {
		if c.Store.Has(blobOf(d)) {
			continue
		}
		if err := c.copyBlob(ctx, src, fmt.Sprintf("part %d of %s", i+1, b), d); err != nil {
			return err
		}
	}
	if err := c.checkLayers(ctx, m.Layers, config.RootFS.DiffIDs); err != nil {
		return err
	}
	_, err = c.Store.PutBytes(data)
	return err
}

// checkLayers compares layers with what the config says of them unpacked: who
// starts the image does so too, and would refuse it there.
func (c *Client) checkLayers(ctx context.Context, layers []v1.Descriptor, unpacked []v1.Hash) error {
	for i, d := range layers {
		f, err := c.Store.Open(d.Digest.String())
		if err != nil {
			return err
		}
		h := sha256.New()
		r, err := decompress(f)
		if err == nil {
			_, err = io.Copy(h, store.ContextReader(ctx, r))
		}
		_ = f.Close()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return broken("its layer %d cannot be unpacked: %v", i+1, err)
		}
		if got := fmt.Sprintf("sha256:%x", h.Sum(nil)); got != unpacked[i].String() {
			return &store.DigestError{Name: fmt.Sprintf("layer %d, unpacked,", i+1), Want: unpacked[i].String(), Got: got}
		}
	}
	return nil
}

// copyBlob copies one content, once more after a cut.
func (c *Client) copyBlob(ctx context.Context, src imageSource, what string, d v1.Descriptor) error {
	var err error
	for range 3 {
		if err = c.tryBlob(ctx, src, what, d); err == nil || ctx.Err() != nil {
			return err
		}
		var bad *store.DigestError
		if _, again := fetch.RetryAfter(err); !again || errors.As(err, &bad) {
			return err
		}
	}
	return err
}

func (c *Client) tryBlob(ctx context.Context, src imageSource, what string, d v1.Descriptor) error {
	release, err := c.Acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	r, err := src.open(ctx, d)
	if err != nil {
		return err
	}
	defer r.Close()
	got, err := c.Store.Put(ctx, what, io.LimitReader(r, d.Size+1), d.Digest.String())
	if err == nil && got.Size != d.Size {
		err = broken("%s has %d bytes, its manifest says %d", what, got.Size, d.Size)
	}
	return err
}

// baseSource opens a base image.
func (c *Client) baseSource(b Base) (src imageSource, done func(), err error) {
	if b.Layout != "" {
		root, err := os.OpenRoot(b.Dir)
		if err != nil {
			return nil, nil, fmt.Errorf("reading the base image %s: %w", b, err)
		}
		return layoutSource{root, b.Layout}, func() { root.Close() }, nil
	}
	ref, err := name.ParseReference(b.Image)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the name of the base image: %w", err)
	}
	return registrySource{c, ref}, func() {}, nil
}
