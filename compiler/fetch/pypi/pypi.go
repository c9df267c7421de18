package pypi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// Wheel is one file of a Python package index, exactly.
type Wheel struct {
	Project string // in its normal form, such as rapidocr-onnxruntime
	Version string
	File    string // such as rapidocr_onnxruntime-1.4.4-py3-none-any.whl
	Size    int64  // bytes; 0 when not known yet
	SHA256  string // sha256:HEX; "" when not known yet
}

// String names the wheel for people.
func (w Wheel) String() string { return w.File }

// found is a wheel that an index has, and where.
type found struct {
	Wheel
	url    string
	yanked string // why, where it is
}

// Find finds the wheel of a version of a project that fits platform, such
// as linux/amd64, and fetches it. A yanked one is refused. Where no wheel is for
// any Python, it is the one for the oldest: bentoc takes data and libraries out
// of wheels, and runs no Python.
func (c *Client) Find(ctx context.Context, project, version, platform string) (Wheel, error) {
	w := Wheel{Project: NormalProject(project), Version: version}
	s, err := c.wheelIndex()
	if err != nil {
		return w, err
	}
	f, err := s.find(ctx, w, platform)
	if err != nil {
		return w, c.missingWheel(ctx, w.Project+" "+w.Version, err)
	}
	if f.yanked != "" {
		return w, &fetch.AbsentError{
			Text: fmt.Sprintf("%s %s was yanked from the package index: %s", w.Project, w.Version, f.yanked),
			Cure: "take another version",
		}
	}
	b, err := c.fetchWheel(ctx, f)
	if err != nil {
		return w, c.missingWheel(ctx, f.File, err)
	}
	f.Size, f.SHA256 = b.Size, b.Digest
	return f.Wheel, nil
}

// Fetch fetches a wheel that is known exactly into the store. One that is there
// already is not asked for; a yanked one is taken.
func (c *Client) Fetch(ctx context.Context, w Wheel) (store.Blob, error) {
	b := store.Blob{Digest: w.SHA256, Size: w.Size}
	if c.Store.Has(b) {
		return b, nil
	}
	s, err := c.wheelIndex()
	if err != nil {
		return b, err
	}
	f, err := s.locate(ctx, w)
	if err == nil {
		f.SHA256 = w.SHA256
		if b, err = c.fetchWheel(ctx, f); err == nil {
			err = fetch.CheckSize(w.File, w.SHA256, w.Size, b)
		}
	}
	var absent *fetch.AbsentError
	if errors.As(err, &absent) {
		return b, &fetch.MissingError{
			What:  "the wheel " + w.File,
			Cause: absent,
			Cure:  fmt.Sprintf("if it is gone for good, choose anew: bentoc lock --update=%s", w.Project),
		}
	}
	return b, c.missingWheel(ctx, w.File, err)
}

// wheelIndex is where wheels are looked for.
type wheelIndex interface {
	// find gives the best wheel of a version for a platform, or an fetch.AbsentError.
	find(ctx context.Context, w Wheel, platform string) (found, error)
	// locate says where the wheel of a file name is, or gives an fetch.AbsentError.
	locate(ctx context.Context, w Wheel) (found, error)
}

// fetchWheel downloads a wheel, or copies one from this machine.
func (c *Client) fetchWheel(ctx context.Context, f found) (store.Blob, error) {
	if path, local := fetch.LocalFile(f.url); local {
		r, err := os.Open(path)
		if err != nil {
			return store.Blob{}, err
		}
		defer r.Close()
		return c.Store.Put(ctx, f.File, r, f.SHA256)
	}
	if f.SHA256 != "" {
		return c.FileOf(ctx, f.File, f.url, store.Blob{Digest: f.SHA256, Size: f.Size})
	}
	b, err := c.Download(ctx, fetch.Remote{Name: f.File, Key: "wheel " + f.url, URL: f.url})
	if err != nil {
		return b, err
	}
	return b, c.wholeWheel(ctx, f.File, b)
}

// wholeWheel reads a wheel whose digest nobody has said, and compares its files
// with the checksums in it: a server that does not say how long an answer is can
// cut it unseen.
func (c *Client) wholeWheel(ctx context.Context, file string, b store.Blob) error {
	z, err := fetch.OpenZip(c.Store.Path(b.Digest))
	if err != nil {
		return fmt.Errorf("reading %s, as the package index gave it: %w", file, err)
	}
	defer z.Close()
	for _, f := range z.File {
		r, err := f.Open()
		if err == nil {
			_, err = io.Copy(io.Discard, store.ContextReader(ctx, r))
			err = errors.Join(err, r.Close())
		}
		if err != nil {
			return fmt.Errorf("reading %s of %s, as the package index gave it: %w", f.Name, file, err)
		}
	}
	return nil
}

// missingWheel adds the cure to an error about a wheel that could not be had.
func (c *Client) missingWheel(ctx context.Context, what string, err error) error {
	var bad *store.DigestError
	var absent *fetch.AbsentError
	var missing *fetch.MissingError
	var size *fetch.SizeError
	if errors.As(err, &size) || err == nil || ctx.Err() != nil || errors.As(err, &bad) || errors.As(err, &absent) || errors.As(err, &missing) {
		return err
	}
	if !strings.HasSuffix(what, ".whl") {
		what = "a wheel of " + what
	} else {
		what = "the wheel " + what
	}
	return &fetch.MissingError{
		What: what, Cause: err,
		Cure: fetch.CureOf(err, "set PIP_INDEX_URL to a Python package index that has it, or put pip (22.2 or newer) on PATH, which knows where to ask"),
	}
}
