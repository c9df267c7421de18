// Package cuemod brings CUE modules from OCI registries. Which registry is asked for
// which module is CUE's configuration, CUE_REGISTRY, and so are the logins: those of
// `cue login` and of DOCKER_CONFIG.
package cuemod

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"cuelabs.dev/go/oci/ociregistry"
	"cuelang.org/go/mod/modconfig"
	"cuelang.org/go/mod/modregistry"
	"cuelang.org/go/mod/module"
	"cuelang.org/go/mod/modzip"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// Client asks registries for CUE modules.
type Client struct{ *fetch.Client }

// New gives a client that fetches through c.
func New(c *fetch.Client) *Client { return &Client{c} }

// Module names a CUE module of a version.
type Module struct {
	Path    string // with its major version, such as example.org/policy@v0
	Version string // such as v0.1.0
}

// String gives path@version.
func (m Module) String() string {
	if v, err := m.version(); err == nil {
		return v.String()
	}
	return m.Path + " " + m.Version
}

func (m Module) version() (module.Version, error) { return module.NewVersion(m.Path, m.Version) }

// Check reports whether a module of this name and version can be published.
func (m Module) Check() error {
	_, err := m.version()
	return err
}

// MaxUnpacked bounds the files of a module together, in bytes: they are read into
// memory, and CUE that is larger is evaluated by nobody.
const MaxUnpacked = 64 << 20

// Find fetches the zip of a module into the store, whatever its digest is.
func (c *Client) Find(ctx context.Context, m Module) (store.Blob, error) {
	return c.fetch(ctx, m, store.Blob{})
}

// Fetch fetches the zip of a module that is known exactly; one that is in the store is
// not asked for. Another zip under this name is a [store.DigestError].
func (c *Client) Fetch(ctx context.Context, m Module, want store.Blob) error {
	if c.Store.Has(want) {
		return nil
	}
	_, err := c.fetch(ctx, m, want)
	return err
}

func (c *Client) fetch(ctx context.Context, m Module, want store.Blob) (b store.Blob, err error) {
	what := "the CUE module " + m.String()
	for delay, n := c.RetryDelay, 1; ; delay, n = 2*delay, n+1 {
		b, err = c.tryFetch(ctx, m, what, want)
		var bad *store.DigestError
		var answer ociregistry.HTTPError
		if err == nil || ctx.Err() != nil || n == 3 || errors.As(err, &bad) || errors.As(err, &answer) && answer.StatusCode() < 500 || errors.Is(err, modregistry.ErrNotFound) || isBroken(err) {
			break
		}
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return b, context.Cause(ctx)
		}
	}
	if err != nil {
		return b, missing(what, err)
	}
	c.Report(fetch.Progress{Name: m.String(), Done: b.Size, Total: b.Size, Finished: true})
	return b, nil
}

func (c *Client) tryFetch(ctx context.Context, m Module, what string, want store.Blob) (store.Blob, error) {
	release, err := c.Acquire(ctx)
	if err != nil {
		return store.Blob{}, err
	}
	defer release()
	v, err := m.version()
	if err != nil {
		return store.Blob{}, err
	}
	resolver, err := modconfig.NewResolver(&modconfig.Config{Transport: c.Transport(), Env: c.Env, ClientType: "bentoc"})
	if err != nil {
		return store.Blob{}, err
	}
	found, err := modregistry.NewClientWithResolver(resolver).GetModule(ctx, v)
	if err != nil {
		return store.Blob{}, err
	}
	r, err := found.GetZip(ctx)
	if err != nil {
		return store.Blob{}, err
	}
	data, err := io.ReadAll(io.LimitReader(store.ContextReader(ctx, r), MaxUnpacked+1))
	if err := errors.Join(err, r.Close()); err != nil {
		return store.Blob{}, err
	}
	if want.Digest != "" && store.DigestOf(data) != want.Digest {
		return store.Blob{}, &store.DigestError{Name: what, Want: want.Digest, Got: store.DigestOf(data)}
	}
	if _, err := open(v, data); err != nil {
		return store.Blob{}, err
	}
	return c.Store.PutBytes(data)
}

// Open gives the files of a module whose zip is in the store. The zip is compared with
// its digest.
func (c *Client) Open(m Module, b store.Blob) (fs.FS, error) {
	v, err := m.version()
	if err != nil {
		return nil, err
	}
	data, err := c.Store.ReadBytes(b.Digest)
	if err != nil {
		return nil, err
	}
	return open(v, data)
}

// BrokenError says that a zip is not one of a CUE module.
type BrokenError struct{ why error }

// Error says what is wrong with it.
func (e *BrokenError) Error() string { return "it is not right: " + e.why.Error() }

// Unwrap gives what is wrong with it.
func (e *BrokenError) Unwrap() error { return e.why }

func isBroken(err error) bool {
	var broken *BrokenError
	return errors.As(err, &broken)
}

// open reads the zip of a module. CUE's own rules hold: no name that leads out of it,
// none twice whatever its case, nothing but files.
func open(v module.Version, data []byte) (fs.FS, error) {
	if len(data) > MaxUnpacked {
		return nil, &BrokenError{fmt.Errorf("it has more than %d MiB", MaxUnpacked>>20)}
	}
	z, _, checked, err := modzip.CheckZip(v, bytes.NewReader(data), int64(len(data)))
	if err == nil {
		err = checked.Err()
	}
	if err != nil {
		return nil, &BrokenError{err}
	}
	var size uint64
	for _, f := range z.File {
		if !f.Mode().IsRegular() && !f.Mode().IsDir() {
			return nil, &BrokenError{fmt.Errorf("%s is no file", f.Name)}
		}
		if size += f.UncompressedSize64; f.UncompressedSize64 > MaxUnpacked || size > MaxUnpacked {
			return nil, &BrokenError{fmt.Errorf("its files have more than %d MiB", MaxUnpacked>>20)}
		}
	}
	return files{z}, nil
}

// files are those of a zip, read no further than the zip says.
type files struct{ *zip.Reader }

// ReadFile implements fs.ReadFileFS.
func (z files) ReadFile(name string) ([]byte, error) {
	f, err := z.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, info.Size()+1))
	if err == nil && int64(len(data)) != info.Size() {
		err = &fs.PathError{Op: "read", Path: name, Err: errors.New("it has not the size that the module says")}
	}
	return data, err
}

// missing says what the user can do where a module cannot be had.
func missing(what string, err error) error {
	var bad *store.DigestError
	if errors.As(err, &bad) || isBroken(err) {
		return fmt.Errorf("fetching %s: %w", what, err)
	}
	cure := "see that CUE_REGISTRY names the registry that has it, and that it can be reached from here; bentoc store export, where it can, writes all that a bento needs into one file"
	switch {
	case errors.Is(err, modregistry.ErrNotFound):
		cure = "see how the module and its version are spelt in cue.mod/module.cue, and that CUE_REGISTRY names the registry that has it"
	case errors.Is(err, ociregistry.ErrUnauthorized), errors.Is(err, ociregistry.ErrDenied):
		cure = "log in with cue login, or so that DOCKER_CONFIG (~/.docker/config.json) has credentials for the registry that CUE_REGISTRY names"
	}
	return &fetch.MissingError{What: what, Cause: err, Cure: fetch.CureOf(err, cure)}
}
