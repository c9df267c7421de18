package oci

import (
	"archive/tar"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"bentoc.dev/compiler/store"
)

// Published is one image of a registry that is looked at where it is: nothing of it
// is kept.
type Published struct {
	Digest string // of the manifest or index that the reference stands for
	Labels map[string]string
	Size   int64 // bytes of the layers

	src    imageSource
	layers []v1.Descriptor
}

// Published looks at the image that a reference stands for; of an index at the first image
// that runs, as all platforms are built of the same. Errors do not say the reference, but for
// one of the registry, a [fetch.MissingError].
func (c *Client) Published(ctx context.Context, ref string) (*Published, error) {
	parsed, err := name.ParseReference(ref)
	if err != nil {
		return nil, fmt.Errorf("reading the name of the image: %w", err)
	}
	p := &Published{src: registrySource{c, parsed}}
	if err := p.read(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Published) read(ctx context.Context) error {
	data, err := p.src.top(ctx)
	if err != nil {
		return err
	}
	p.Digest = store.DigestOf(data)
	for range maxDepth {
		m, err := parseManifest(data, "")
		if err != nil {
			return err
		}
		if !m.isIndex() {
			break
		}
		i := slices.IndexFunc(m.Manifests, func(d v1.Descriptor) bool {
			attestation := d.Annotations["vnd.docker.reference.type"] != "" || d.Platform != nil && d.Platform.OS == "unknown"
			return !attestation && (d.MediaType.IsImage() || d.MediaType.IsIndex())
		})
		if i < 0 {
			return broken("its index has no image")
		}
		if data, err = readManifest(ctx, p.src, m.Manifests[i]); err != nil {
			return err
		}
	}
	m, config, err := imageOf(ctx, p.src, data)
	if err != nil {
		return err
	}
	p.Labels, p.layers = config.Config.Labels, m.Layers
	for _, l := range m.Layers {
		p.Size += l.Size
	}
	return nil
}

// File gives the file of the image with a path and a digest, of at most limit bytes. One
// layer has it, so small ones are looked through first.
func (p *Published) File(ctx context.Context, file, digest string, limit int64) ([]byte, error) {
	layers := slices.SortedStableFunc(slices.Values(p.layers), func(a, b v1.Descriptor) int { return cmp.Compare(a.Size, b.Size) })
	for _, l := range layers {
		text, err := p.inLayer(ctx, l, strings.TrimPrefix(file, "/"), limit)
		if errors.Is(err, fs.ErrNotExist) || err == nil && store.DigestOf(text) != digest {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
		return text, nil
	}
	return nil, fmt.Errorf("%s with the digest %s is not in the image: %w", file, digest, fs.ErrNotExist)
}

func (p *Published) inLayer(ctx context.Context, l v1.Descriptor, file string, limit int64) ([]byte, error) {
	blob, err := p.src.open(ctx, l)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	r, err := decompress(blob)
	if err != nil {
		return nil, err
	}
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil, fs.ErrNotExist
		}
		if err != nil {
			return nil, err
		}
		if path.Clean(h.Name) != file || h.Typeflag != tar.TypeReg {
			continue
		}
		if h.Size > limit {
			return nil, fmt.Errorf("it has %d bytes, more than %d", h.Size, limit)
		}
		return io.ReadAll(t)
	}
}
