package oci

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/platform"
	"bentoc.dev/compiler/store"
)

// imageSource gives manifests and other contents of one base image by digest.
type imageSource interface {
	// top gives the content that the reference itself names: a manifest or an index.
	top(ctx context.Context) ([]byte, error)
	open(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error)
}

// brokenImageError says that an image is not what it should be.
type brokenImageError struct{ why, cure string }

// Error says why.
func (e *brokenImageError) Error() string { return e.why }

func broken(format string, args ...any) error {
	return &brokenImageError{why: fmt.Sprintf(format, args...)}
}

const (
	maxManifest  = 8 << 20 // bytes of a manifest or a config, as registries have it
	maxManifests = 256     // that are read to find one
	maxDepth     = 4       // of indexes in indexes
)

// readManifest reads a manifest, an index or a config and compares it with its
// descriptor.
func readManifest(ctx context.Context, src imageSource, d v1.Descriptor) ([]byte, error) {
	if d.Size > maxManifest {
		return nil, broken("its manifest %s has %d bytes; at most %d are read", d.Digest, d.Size, maxManifest)
	}
	r, err := src.open(ctx, d)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := readBounded(r)
	if err != nil {
		return nil, err
	}
	if got := store.DigestOf(data); got != d.Digest.String() {
		return nil, &store.DigestError{Name: "the manifest", Want: d.Digest.String(), Got: got}
	}
	if d.Size != 0 && d.Size != int64(len(data)) {
		return nil, broken("its manifest %s has %d bytes, what names it says %d", d.Digest, len(data), d.Size)
	}
	return data, nil
}

func readBounded(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	if err == nil && len(data) > maxManifest {
		err = broken("its manifest has more than %d bytes", maxManifest)
	}
	return data, err
}

// manifest is an index of images, or one image.
type manifest struct {
	MediaType types.MediaType `json:"mediaType"`
	Manifests []v1.Descriptor `json:"manifests"`
	Config    *v1.Descriptor  `json:"config"`
	Layers    []v1.Descriptor `json:"layers"`
}

func (m *manifest) isIndex() bool { return m.Manifests != nil }

// parseManifest reads a manifest that is called kind where it is named, "" where
// nobody says. One that two readers may take for two things is none.
func parseManifest(data []byte, kind types.MediaType) (*manifest, error) {
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, broken("its manifest cannot be read: %v", err)
	}
	switch {
	case m.isIndex() && (m.Config != nil || m.Layers != nil):
		return nil, broken("its manifest is an index and an image at once")
	case !m.isIndex() && m.Config == nil:
		return nil, broken("it is neither an image nor an index of images")
	case m.MediaType != "" && kind != "" && m.MediaType != kind:
		return nil, broken("its manifest is called %s where it is named, and calls itself %s", kind, m.MediaType)
	case m.MediaType != "" && m.MediaType.IsIndex() != m.isIndex(), kind != "" && kind.IsIndex() != m.isIndex():
		return nil, broken("its manifest is not what its media type says (%s)", cmp.Or(string(m.MediaType), string(kind)))
	}
	return &m, nil
}

// imageOf reads the manifest of one image and its config, and sees that they are
// of a kind that can be built on.
func imageOf(ctx context.Context, src imageSource, data []byte) (*manifest, *v1.ConfigFile, error) {
	m, err := parseManifest(data, "")
	if err != nil {
		return nil, nil, err
	}
	if m.isIndex() {
		return nil, nil, broken("it is an index, where one image should be")
	}
	if !m.Config.MediaType.IsConfig() {
		return nil, nil, broken("it is no image that runs: its config is of the type %s", m.Config.MediaType)
	}
	for i, l := range m.Layers {
		if !l.MediaType.IsLayer() || l.Size < 0 {
			return nil, nil, broken("its layer %d is of the type %s, which cannot be unpacked", i+1, l.MediaType)
		}
	}
	text, err := readManifest(ctx, src, *m.Config)
	if err != nil {
		return nil, nil, err
	}
	var config v1.ConfigFile
	if err := json.Unmarshal(text, &config); err != nil {
		return nil, nil, broken("its config cannot be read: %v", err)
	}
	if len(config.RootFS.DiffIDs) != len(m.Layers) {
		return nil, nil, broken("it has %d layers, its config speaks of %d", len(m.Layers), len(config.RootFS.DiffIDs))
	}
	return m, &config, nil
}

// picker looks for the image of one platform.
type picker struct {
	src      imageSource
	platform string
	left     int // manifests that may still be read
}

// candidate image: its digest, and how its layout calls it.
type picked struct{ digest, name string }

// pick gives the digest of the manifest for the platform out of a manifest or an
// index, which may hold indexes.
func (p *picker) pick(ctx context.Context, data []byte) (string, error) {
	found, err := p.look(ctx, data, "", 0)
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", broken("it has nothing for %s", p.platform)
	}
	if _, several := p.src.(layoutSource); several && len(found) > 1 {
		names := []string{}
		for _, f := range found {
			names = append(names, cmp.Or(f.name, f.digest))
		}
		return "", &brokenImageError{
			fmt.Sprintf("it has %d images for %s: %s", len(found), p.platform, fetch.Some(names)),
			"keep one of them in index.json",
		}
	}
	return found[0].digest, nil
}

// look gives the images for the platform, each once.
func (p *picker) look(ctx context.Context, data []byte, kind types.MediaType, depth int) (found []picked, err error) {
	m, err := parseManifest(data, kind)
	if err != nil {
		return nil, err
	}
	if !m.isIndex() {
		_, config, err := imageOf(ctx, p.src, data)
		if err != nil || !p.fits(config.Platform()) {
			return nil, err
		}
		return []picked{{digest: store.DigestOf(data)}}, nil
	}
	if depth == maxDepth {
		return nil, broken("its indexes name indexes more than %d deep", maxDepth)
	}
	var absent error
	for _, d := range m.Manifests {
		if d.Platform != nil && !p.fits(d.Platform) || !d.MediaType.IsIndex() && !d.MediaType.IsImage() {
			continue
		}
		inner, err := p.enter(ctx, d, depth)
		if d.Platform == nil && errors.Is(err, fs.ErrNotExist) {
			absent = err // of another platform perhaps: some copies are of one alone
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, f := range inner {
			f.name = cmp.Or(d.Annotations["org.opencontainers.image.ref.name"], f.name)
			if !slices.ContainsFunc(found, func(o picked) bool { return o.digest == f.digest }) {
				found = append(found, f)
			}
		}
	}
	if len(found) == 0 {
		return nil, absent
	}
	return found, nil
}

// enter looks into what an index names.
func (p *picker) enter(ctx context.Context, d v1.Descriptor, depth int) ([]picked, error) {
	if p.left--; p.left < 0 {
		return nil, broken("it names more than %d manifests", maxManifests)
	}
	data, err := readManifest(ctx, p.src, d)
	if err != nil {
		return nil, err
	}
	found, err := p.look(ctx, data, d.MediaType, depth+1)
	if err == nil && len(found) == 0 && d.Platform != nil && d.MediaType.IsImage() {
		return nil, broken("its index says that %s is for %s, its config says otherwise", d.Digest, p.platform)
	}
	if len(found) > 1 {
		found = found[:1] // the first that fits, as everybody takes it
	}
	return found, err
}

// fits reports whether an image runs on every machine of the platform.
func (p *picker) fits(is *v1.Platform) bool {
	os, arch, _ := strings.Cut(p.platform, "/")
	return is != nil && is.OS == os && is.Architecture == arch && (is.Variant == "" || is.Variant == platform.Of(p.platform).Variant)
}
