package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"bentoc.dev/compiler/fetch/store"
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

// BaseImage is a base image in the store.
type BaseImage struct {
	Manifest store.Blob
	Config   json.RawMessage // of the image
	Blobs    []store.Blob    // its config and its layers
}

// imageSource gives manifests and other contents of one base image by digest.
type imageSource interface {
	// top gives the content that the reference itself names: a manifest or an index.
	top(ctx context.Context) ([]byte, error)
	open(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error)
}

// ResolveBase finds the manifest of a base image for a platform and gives its
// digest. It asks the registry, or reads the layout.
func (c *Client) ResolveBase(ctx context.Context, b Base, platform string) (digest string, err error) {
	src, done, err := c.baseSource(b, "")
	if err != nil {
		return "", err
	}
	defer done()
	data, err := src.top(ctx)
	if err != nil {
		return "", fmt.Errorf("finding the base image %s: %w", b, err)
	}
	d, err := pick(ctx, src, data, platform)
	if err != nil {
		return "", fmt.Errorf("finding the base image %s: %w", b, err)
	}
	return d, nil
}

// BaseImage fetches the manifest with this digest and all that it names into
// the store. One that is there already is not asked for again.
func (c *Client) BaseImage(ctx context.Context, b Base, digest string) (BaseImage, error) {
	if img, ok := c.storedBase(digest); ok {
		return img, nil
	}
	src, done, err := c.baseSource(b, digest)
	if err != nil {
		return BaseImage{}, err
	}
	defer done()
	if err := c.copyImage(ctx, src, b, digest); err != nil {
		return BaseImage{}, fmt.Errorf("fetching the base image %s: %w", b, err)
	}
	img, ok := c.storedBase(digest)
	if !ok {
		return BaseImage{}, fmt.Errorf("fetching the base image %s: it is not whole", b)
	}
	return img, nil
}

// storedBase reads a base image that lies in the store whole.
func (c *Client) storedBase(digest string) (img BaseImage, ok bool) {
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
	data, err := readAll(ctx, src, v1.Descriptor{Digest: hash, MediaType: types.OCIManifestSchema1})
	if err != nil {
		return err
	}
	if got := store.DigestOf(data); got != digest {
		return &store.DigestError{Name: "the manifest of " + b.String(), Want: digest, Got: got}
	}
	var m v1.Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return fmt.Errorf("reading its manifest: %w", err)
	}
	for i, d := range append(m.Layers, m.Config) {
		if c.Store.Has(blobOf(d)) {
			continue
		}
		if err := c.copyBlob(ctx, src, fmt.Sprintf("part %d of %s", i+1, b), d); err != nil {
			return err
		}
	}
	_, err = c.Store.PutBytes(data)
	return err
}

// copyBlob copies one content, once more after a cut.
func (c *Client) copyBlob(ctx context.Context, src imageSource, what string, d v1.Descriptor) error {
	var err error
	for range 3 {
		if err = c.tryBlob(ctx, src, what, d); err == nil || ctx.Err() != nil {
			return err
		}
		var bad *store.DigestError
		if _, again := retryAfter(err); !again || errors.As(err, &bad) {
			return err
		}
	}
	return err
}

func (c *Client) tryBlob(ctx context.Context, src imageSource, what string, d v1.Descriptor) error {
	release, err := c.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	r, err := src.open(ctx, d)
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = c.Store.Put(ctx, what, r, d.Digest.String())
	return err
}

// pick gives the digest of the manifest for platform out of a manifest or an
// index. Layouts may nest indexes.
func pick(ctx context.Context, src imageSource, data []byte, platform string) (string, error) {
	want, err := v1.ParsePlatform(platform)
	if err != nil {
		return "", err
	}
	var index v1.IndexManifest
	if err := json.Unmarshal(data, &index); err != nil {
		return "", fmt.Errorf("reading its manifest: %w", err)
	}
	if len(index.Manifests) == 0 {
		return checkPlatform(ctx, src, data, *want)
	}
	for _, d := range index.Manifests {
		switch {
		case d.Platform != nil && d.Platform.Satisfies(*want) && d.MediaType.IsImage():
			return d.Digest.String(), nil
		case d.Platform == nil && (d.MediaType.IsIndex() || d.MediaType.IsImage()):
			inner, err := readAll(ctx, src, d)
			if err != nil {
				return "", err
			}
			if digest, err := pick(ctx, src, inner, platform); err == nil {
				return digest, nil
			}
		}
	}
	return "", fmt.Errorf("it has nothing for %s", platform)
}

// checkPlatform gives the digest of a manifest if its image is for platform.
func checkPlatform(ctx context.Context, src imageSource, data []byte, want v1.Platform) (string, error) {
	var m v1.Manifest
	if err := json.Unmarshal(data, &m); err != nil || m.Config.Digest.Hex == "" {
		return "", errors.New("it is neither an image nor an index of images")
	}
	config, err := readAll(ctx, src, m.Config)
	if err != nil {
		return "", err
	}
	var img v1.ConfigFile
	if err := json.Unmarshal(config, &img); err != nil {
		return "", fmt.Errorf("reading its config: %w", err)
	}
	if p := img.Platform(); p == nil || !p.Satisfies(want) {
		return "", fmt.Errorf("it has nothing for %s", want)
	}
	return store.DigestOf(data), nil
}

// maxManifest bounds manifests and configs, as registries do.
const maxManifest = 8 << 20

func readAll(ctx context.Context, src imageSource, d v1.Descriptor) ([]byte, error) {
	r, err := src.open(ctx, d)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	if err == nil && len(data) > maxManifest {
		err = errors.New("its manifest is too large")
	}
	return data, err
}

// baseSource opens a base image. Digest is the manifest wanted, "" for what the
// reference names now.
func (c *Client) baseSource(b Base, digest string) (src imageSource, done func(), err error) {
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
	return registrySource{c.HTTP.Transport, ref}, func() {}, nil
}

// layoutSource is an OCI layout in the user's module.
type layoutSource struct {
	root *os.Root
	dir  string
}

func (l layoutSource) top(context.Context) ([]byte, error) {
	return l.root.ReadFile(path.Join(l.dir, "index.json"))
}

func (l layoutSource) open(_ context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	return l.root.Open(path.Join(l.dir, "blobs", d.Digest.Algorithm, d.Digest.Hex))
}

// registrySource is an image in a registry. A loopback address is asked without
// TLS; credentials are those of DOCKER_CONFIG.
type registrySource struct {
	transport http.RoundTripper
	ref       name.Reference
}

func (r registrySource) options(ctx context.Context) []remote.Option {
	return []remote.Option{
		remote.WithContext(ctx), remote.WithTransport(r.transport),
		remote.WithAuthFromKeychain(authn.DefaultKeychain), remote.WithUserAgent("bentoc"),
	}
}

func (r registrySource) top(ctx context.Context) ([]byte, error) {
	d, err := remote.Get(r.ref, r.options(ctx)...)
	if err != nil {
		return nil, registryError(r.ref, err)
	}
	return d.Manifest, nil
}

func (r registrySource) open(ctx context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	at := r.ref.Context().Digest(d.Digest.String())
	if d.MediaType.IsImage() || d.MediaType.IsIndex() {
		got, err := remote.Get(at, r.options(ctx)...)
		if err != nil {
			return nil, registryError(r.ref, err)
		}
		return io.NopCloser(bytes.NewReader(got.Manifest)), nil
	}
	layer, err := remote.Layer(at, r.options(ctx)...)
	if err != nil {
		return nil, registryError(r.ref, err)
	}
	rc, err := layer.Compressed()
	return rc, registryError(r.ref, err)
}

// registryError says what the user can do about an answer of a registry.
func registryError(ref name.Reference, err error) error {
	var answer *transport.Error
	if err == nil || !errors.As(err, &answer) {
		return err
	}
	cure := "see that the registry has it, or choose another base"
	if answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden {
		cure = "log in, so that DOCKER_CONFIG (~/.docker/config.json) has credentials for " + ref.Context().RegistryStr()
	}
	return &MissingError{What: "the image " + ref.String(), Cause: err, Cure: cure}
}
