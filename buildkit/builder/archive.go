package builder

import (
	"archive/tar"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/errdefs"
	"github.com/moby/buildkit/util/contentutil"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"bentoc.dev/compiler/store"
)

// sink is what BuildKit exports into: a content store that has all that the
// input layout has, so that only new contents travel (manifests, configs and the
// layers that were built), and keeps those in memory. Weights of gigabytes go
// from the store to the archive without a detour through the builder.
type sink struct {
	contentutil.Buffer
	below layout
}

var _ content.Store = sink{}

func newSink(below layout) sink { return sink{contentutil.NewBuffer(), below} }

// Info describes a content of either.
func (s sink) Info(ctx context.Context, d digest.Digest) (content.Info, error) {
	if info, err := s.below.Info(ctx, d); err == nil {
		return info, nil
	}
	return s.Buffer.Info(ctx, d)
}

// ReaderAt opens a content of either.
func (s sink) ReaderAt(ctx context.Context, desc ocispecs.Descriptor) (content.ReaderAt, error) {
	if r, err := s.below.ReaderAt(ctx, desc); err == nil {
		return r, nil
	}
	return s.Buffer.ReaderAt(ctx, desc)
}

// Writer takes a new content.
func (s sink) Writer(ctx context.Context, opts ...content.WriterOpt) (content.Writer, error) {
	var o content.WriterOpts
	for _, opt := range opts {
		if err := opt(&o); err != nil {
			return nil, err
		}
	}
	if d := o.Desc.Digest; d != "" {
		if _, err := s.Info(ctx, d); err == nil {
			return nil, fmt.Errorf("content %s: %w", d, errdefs.ErrAlreadyExists)
		}
	}
	return s.Buffer.Writer(ctx, opts...)
}

// writeArchive writes the image index called root, and all below it, as an OCI
// layout in a tar archive whose index.json says names of it. The same image gives
// the same bytes. Each content is compared with its digest while it is written; one
// that differs is a [store.DigestError].
func (s sink) writeArchive(ctx context.Context, w io.Writer, root digest.Digest, names map[string]string) error {
	index := ocispecs.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispecs.MediaTypeImageIndex}
	info, err := s.Info(ctx, root)
	if err != nil {
		return fmt.Errorf("finding the image index: %w", err)
	}
	index.Manifests = []ocispecs.Descriptor{{MediaType: ocispecs.MediaTypeImageIndex, Digest: root, Size: info.Size, Annotations: names}}
	blobs, err := s.closure(ctx, index.Manifests[0])
	if err != nil {
		return err
	}
	t := tar.NewWriter(w)
	for _, dir := range []string{"blobs/", "blobs/sha256/"} {
		if err := t.WriteHeader(entry(dir, tar.TypeDir, 0o755, 0)); err != nil {
			return err
		}
	}
	for _, d := range blobs {
		if err := s.writeBlob(ctx, t, d); err != nil {
			return fmt.Errorf("writing the blob %s: %w", d.Digest, err)
		}
	}
	for _, doc := range []struct {
		name string
		v    any
	}{
		{ocispecs.ImageIndexFile, index},
		{ocispecs.ImageLayoutFile, ocispecs.ImageLayout{Version: ocispecs.ImageLayoutVersion}},
	} {
		text, err := json.Marshal(doc.v)
		if err != nil {
			return err
		}
		if err := t.WriteHeader(entry(doc.name, tar.TypeReg, 0o444, int64(len(text)))); err != nil {
			return err
		}
		if _, err := t.Write(text); err != nil {
			return err
		}
	}
	return t.Close()
}

// closure gives desc and everything that it names, by digest, each once.
func (s sink) closure(ctx context.Context, desc ocispecs.Descriptor) ([]ocispecs.Descriptor, error) {
	all := []ocispecs.Descriptor{desc}
	if desc.MediaType == ocispecs.MediaTypeImageIndex || desc.MediaType == ocispecs.MediaTypeImageManifest {
		text, err := content.ReadBlob(ctx, s, desc)
		if err != nil {
			return nil, fmt.Errorf("reading the manifest %s: %w", desc.Digest, err)
		}
		var m struct {
			Manifests []ocispecs.Descriptor `json:"manifests"`
			Config    *ocispecs.Descriptor  `json:"config"`
			Layers    []ocispecs.Descriptor `json:"layers"`
		}
		if err := json.Unmarshal(text, &m); err != nil {
			return nil, fmt.Errorf("reading the manifest %s: %w", desc.Digest, err)
		}
		if m.Config != nil {
			all = append(all, *m.Config)
		}
		for _, d := range slices.Concat(m.Manifests, m.Layers) {
			below, err := s.closure(ctx, d)
			if err != nil {
				return nil, err
			}
			all = append(all, below...)
		}
	}
	slices.SortFunc(all, func(a, b ocispecs.Descriptor) int { return cmp.Compare(a.Digest, b.Digest) })
	return slices.CompactFunc(all, func(a, b ocispecs.Descriptor) bool { return a.Digest == b.Digest }), nil
}

func (s sink) writeBlob(ctx context.Context, t *tar.Writer, desc ocispecs.Descriptor) error {
	r, err := s.ReaderAt(ctx, desc)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := t.WriteHeader(entry("blobs/sha256/"+desc.Digest.Encoded(), tar.TypeReg, 0o444, r.Size())); err != nil {
		return err
	}
	h := desc.Digest.Algorithm().Hash()
	if _, err := store.CopyHashed(t, store.ContextReader(ctx, io.NewSectionReader(r, 0, r.Size())), h); err != nil {
		return err
	}
	if got := digest.NewDigest(desc.Digest.Algorithm(), h); got != desc.Digest {
		return &store.DigestError{Name: "what was read for the image", Want: desc.Digest.String(), Got: got.String()}
	}
	return nil
}

// entry is the header of a file or folder in an archive, with no trace of where
// and when it was made.
func entry(name string, kind byte, mode, size int64) *tar.Header {
	return &tar.Header{Name: name, Typeflag: kind, Mode: mode, Size: size, ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
}
