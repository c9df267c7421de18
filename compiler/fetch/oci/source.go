package oci

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"bentoc.dev/compiler/fetch"
)

// layoutSource is an OCI layout in the user's module.
type layoutSource struct {
	root *os.Root
	dir  string
}

func (l layoutSource) top(context.Context) ([]byte, error) {
	var layout struct {
		Version string `json:"imageLayoutVersion"`
	}
	text, err := l.read("oci-layout")
	if err == nil && (json.Unmarshal(text, &layout) != nil || layout.Version != "1.0.0") {
		return nil, broken("its file oci-layout does not say that it is of version 1.0.0")
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return l.read("index.json")
}

func (l layoutSource) read(file string) ([]byte, error) {
	f, err := l.openFile(path.Join(l.dir, file))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readBounded(f)
}

func (l layoutSource) open(_ context.Context, d v1.Descriptor) (io.ReadCloser, error) {
	return l.openFile(path.Join(l.dir, "blobs", d.Digest.Algorithm, d.Digest.Hex))
}

// openFile opens a file and nothing else: a pipe would never end. Links stay
// within the module.
func (l layoutSource) openFile(name string) (*os.File, error) {
	name = filepath.FromSlash(name)
	fi, err := l.root.Stat(name)
	var wrong *fs.PathError
	if errors.As(err, &wrong) {
		wrong.Op = "open" // not statat
	}
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, broken("%s is no file", name)
	}
	return l.root.Open(name)
}

// registrySource is an image in a registry. A loopback address is asked without
// TLS; credentials are those of DOCKER_CONFIG.
type registrySource struct {
	c   *Client
	ref name.Reference
}

func (r registrySource) options(ctx context.Context) []remote.Option {
	return []remote.Option{
		remote.WithContext(ctx), remote.WithTransport(r.c.Transport()),
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

// registryError says what the user can do about an answer of a registry, or
// about TLS that fails on the way there.
func registryError(ref name.Reference, err error) error {
	if err == nil {
		return nil
	}
	what := "the image " + ref.String()
	if cure := fetch.TLSCure(err); cure != "" {
		return &fetch.MissingError{What: what, Cause: err, Cure: cure}
	}
	var answer *transport.Error
	if !errors.As(err, &answer) {
		return err
	}
	cure := "see that the registry has it, or choose another base"
	if answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden {
		cure = "log in, so that DOCKER_CONFIG (~/.docker/config.json) has credentials for " + ref.Context().RegistryStr()
	}
	return &fetch.MissingError{What: what, Cause: err, Cure: cure}
}
