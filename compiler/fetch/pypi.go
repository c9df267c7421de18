package fetch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"bentoc.dev/compiler/fetch/store"
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

// AbsentError says that what a source asks for does not exist, or may not be
// used: that is for the user to mend, not for the machine.
type AbsentError struct {
	Text string
	Cure string // may be ""
}

// Error says what there is not.
func (e *AbsentError) Error() string { return e.Text }

// Hint gives the cure.
func (e *AbsentError) Hint() string { return e.Cure }

// found is a wheel that an index has, and where.
type found struct {
	Wheel
	url    string
	yanked string // why, where it is
}

// FindWheel finds the wheel of a version of a project that fits platform, such
// as linux/amd64, and fetches it. A yanked one is refused. Where no wheel is for
// any Python, it is the one for the oldest: bentoc takes data and libraries out
// of wheels, and runs no Python.
func (c *Client) FindWheel(ctx context.Context, project, version, platform string) (Wheel, error) {
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
		return w, &AbsentError{
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

// Wheel fetches a wheel that is known exactly into the store. One that is there
// already is not asked for; a yanked one is taken.
func (c *Client) Wheel(ctx context.Context, w Wheel) (store.Blob, error) {
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
		b, err = c.fetchWheel(ctx, f)
	}
	var absent *AbsentError
	if errors.As(err, &absent) {
		return b, &MissingError{
			What:  "the wheel " + w.File,
			Cause: absent,
			Cure:  fmt.Sprintf("if it is gone for good, choose anew: bentoc lock --update=%s", w.Project),
		}
	}
	return b, c.missingWheel(ctx, w.File, err)
}

// wheelIndex is where wheels are looked for.
type wheelIndex interface {
	// find gives the best wheel of a version for a platform, or an AbsentError.
	find(ctx context.Context, w Wheel, platform string) (found, error)
	// locate says where the wheel of a file name is, or gives an AbsentError.
	locate(ctx context.Context, w Wheel) (found, error)
}

// wheelIndex gives the configured package indexes, else pip.
func (c *Client) wheelIndex() (wheelIndex, error) {
	indexes, err := c.packageIndexes()
	if err != nil || len(indexes) > 0 {
		return simpleIndexes{c, indexes}, err
	}
	return pip{c}, nil
}

// fetchWheel downloads a wheel, or copies one from this machine.
func (c *Client) fetchWheel(ctx context.Context, f found) (store.Blob, error) {
	if path, local := localFile(f.url); local {
		r, err := os.Open(path)
		if err != nil {
			return store.Blob{}, err
		}
		defer r.Close()
		return c.Store.Put(ctx, f.File, r, f.SHA256)
	}
	if f.SHA256 != "" {
		return c.File(ctx, f.File, f.url, f.SHA256)
	}
	return c.download(ctx, remoteFile{name: f.File, key: "wheel " + f.url, url: f.url})
}

// missingWheel adds the cure to an error about a wheel that could not be had.
func (c *Client) missingWheel(ctx context.Context, what string, err error) error {
	var bad *store.DigestError
	var absent *AbsentError
	var missing *MissingError
	if err == nil || ctx.Err() != nil || errors.As(err, &bad) || errors.As(err, &absent) || errors.As(err, &missing) {
		return err
	}
	if !strings.HasSuffix(what, ".whl") {
		what = "a wheel of " + what
	} else {
		what = "the wheel " + what
	}
	return &MissingError{
		What: what, Cause: err,
		Cure: cureOf(err, "set PIP_INDEX_URL to a Python package index that has it, or put pip (22.2 or newer) on PATH, which knows where to ask"),
	}
}
