package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Compression is how a layer is compressed.
type Compression string

// The compressions. None is right for what is compressed already and for what
// only the builder of this machine reads; Gzip is read by every engine.
const (
	None Compression = "none"
	Zstd Compression = "zstd"
	Gzip Compression = "gzip"
)

// Package is a layer to be packed.
type Package struct {
	// Key says what is in the layer: packages of one key have equal entries.
	// "" makes the key out of the entries, which reads every file.
	Key         string
	Platform    string // such as linux/amd64
	Compression Compression
	Entries     []Entry
	// Name is what people call it, such as models.
	Name string
}

// Layer is a packed layer: a one-layer OCI image in the store.
type Layer struct {
	Manifest  Blob   `json:"manifest"`
	Config    Blob   `json:"config"`
	Layer     Blob   `json:"layer"`
	DiffID    string `json:"diffID"`    // digest of the layer when it is not compressed
	Unpacked  int64  `json:"unpacked"`  // bytes of the files in it
	MediaType string `json:"mediaType"` // of the layer
}

// Pack makes p a one-layer image in the store. The same package gives the same
// digests on every machine. A package that was packed before is not read again.
func (s *Store) Pack(ctx context.Context, p Package) (Layer, error) {
	key, err := p.key(ctx)
	if err != nil {
		return Layer{}, err
	}
	var l Layer
	if s.packed(key, &l) {
		return l, nil
	}
	err = s.Exclusive(ctx, key, func() error {
		if s.packed(key, &l) {
			return nil
		}
		if l, err = s.pack(ctx, p); err != nil {
			return s.recheck(ctx, err)
		}
		return s.SetMemo("layer", key, l)
	})
	return l, err
}

// Packed gives the layer of a package with this key, platform and compression
// if it was packed before. p.Entries is not looked at.
func (s *Store) Packed(p Package) (Layer, bool) {
	var l Layer
	return l, s.packed(p.memoKey(p.Key), &l)
}

func (s *Store) packed(key string, l *Layer) bool {
	return s.Memo("layer", key, l) && s.Has(l.Manifest) && s.Has(l.Config) && s.Has(l.Layer)
}

func (s *Store) pack(ctx context.Context, p Package) (Layer, error) {
	l, err := s.packLayer(ctx, p)
	if err != nil {
		return Layer{}, err
	}
	if l.Config, err = s.putJSON(imageConfig(p.Platform, l)); err != nil {
		return Layer{}, err
	}
	if l.Manifest, err = s.putJSON(imageManifest(l)); err != nil {
		return Layer{}, err
	}
	return l, nil
}

func (s *Store) packLayer(ctx context.Context, p Package) (Layer, error) {
	w, err := s.NewWriter()
	if err != nil {
		return Layer{}, err
	}
	defer w.Abort()
	l := Layer{MediaType: mediaTypes[p.Compression]}
	diff := sha256.New()
	out, err := compressor(w, p.Compression)
	if err != nil {
		return Layer{}, err
	}
	var to io.Writer = io.MultiWriter(out, diff)
	if p.Compression == None {
		to = out // the layer's own digest is the DiffID
	}
	if l.Unpacked, err = writeTar(ctx, to, p.Entries); err != nil {
		return Layer{}, err
	}
	if err := out.Close(); err != nil {
		return Layer{}, fmt.Errorf("compressing a layer: %w", err)
	}
	if l.Layer, err = w.Commit("the packed layer of "+p.Name, ""); err != nil {
		return Layer{}, err
	}
	l.DiffID = sumOf(diff)
	if p.Compression == None {
		l.DiffID = l.Layer.Digest
	}
	return l, nil
}

var mediaTypes = map[Compression]string{
	None: ocispec.MediaTypeImageLayer,
	Zstd: ocispec.MediaTypeImageLayerZstd,
	Gzip: ocispec.MediaTypeImageLayerGzip,
}

// compressor fixes everything that the compressed bytes depend on. One
// goroutine a layer: layers are packed side by side instead.
func compressor(w io.Writer, c Compression) (io.WriteCloser, error) {
	switch c {
	case None:
		return nopCloser{w}, nil
	case Gzip:
		return gzip.NewWriterLevel(w, 6)
	case Zstd:
		return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest),
			zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(4<<20), zstd.WithEncoderCRC(true))
	}
	return nil, fmt.Errorf("compressing a layer: there is no compression %q", c)
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func imageConfig(platform string, l Layer) ocispec.Image {
	parts := strings.SplitN(platform+"//", "/", 4)
	return ocispec.Image{
		Created:  &epoch,
		Platform: ocispec.Platform{OS: parts[0], Architecture: parts[1], Variant: strings.Trim(parts[2], "/")},
		RootFS:   ocispec.RootFS{Type: "layers", DiffIDs: []digest.Digest{digest.Digest(l.DiffID)}},
		History:  []ocispec.History{{Created: &epoch, CreatedBy: "bentoc"}},
	}
}

func imageManifest(l Layer) ocispec.Manifest {
	return ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ocispec.MediaTypeImageManifest,
		Config:    descriptor(ocispec.MediaTypeImageConfig, l.Config),
		Layers:    []ocispec.Descriptor{descriptor(l.MediaType, l.Layer)},
	}
}

func descriptor(mediaType string, b Blob) ocispec.Descriptor {
	return ocispec.Descriptor{MediaType: mediaType, Digest: digest.Digest(b.Digest), Size: b.Size}
}

func (s *Store) putJSON(v any) (Blob, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return Blob{}, fmt.Errorf("packing: %w", err)
	}
	return s.PutBytes(data)
}

// key names the result of packing p.
func (p *Package) key(ctx context.Context) (key string, err error) {
	if key = p.Key; key == "" {
		key, p.Entries, err = contentKey(ctx, p.Entries)
	}
	return p.memoKey(key), err
}

// memoKey adds to a key what else the bytes of a layer depend on: the versions
// of the code that writes them.
func (p Package) memoKey(key string) string {
	return strings.Join([]string{key, p.Platform, string(p.Compression), packVersion()}, "|")
}

func packVersion() string {
	v := "pack1 " + runtime.Version()
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	i := slices.IndexFunc(info.Deps, func(m *debug.Module) bool { return m.Path == "github.com/klauspost/compress" })
	if i < 0 {
		return v
	}
	return v + " " + info.Deps[i].Version
}

// contentKey hashes entries with everything in them. Those whose sum was not known
// get it, so that what is packed is compared with what the key says.
func contentKey(ctx context.Context, entries []Entry) (string, []Entry, error) {
	sorted := slices.Clone(entries)
	slices.SortFunc(sorted, func(a, b Entry) int { return cmp.Compare(a.Name, b.Name) })
	h := sha256.New()
	for i, e := range sorted {
		fmt.Fprintf(h, "%q %o %d %d %q %d\n", e.Name, uint32(e.Mode), e.UID, e.GID, e.Link, e.Size)
		if !e.Mode.IsRegular() {
			continue
		}
		if e.Sum == "" {
			sum, err := contentSum(ctx, e)
			if err != nil {
				return "", nil, fmt.Errorf("reading %s: %w", e.Name, err)
			}
			sorted[i].Sum = sum
		}
		fmt.Fprintln(h, sorted[i].Sum)
	}
	return "content:" + hex.EncodeToString(h.Sum(nil)), sorted, nil
}

func contentSum(ctx context.Context, e Entry) (string, error) {
	r, err := e.Open()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(h, ContextReader(ctx, r))
	return sumOf(h), errors.Join(err, r.Close())
}
