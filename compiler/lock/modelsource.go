package lock

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/store"
	"bentoc.dev/compiler/ir"
)

// ModelSource is where the files of a model come from.
type ModelSource struct {
	Fetch *fetch.Client
	// Dir is the root of the CUE module on disk.
	Dir   string
	Model *ir.Model
	// Wheel holds the model where it comes from a package index.
	Wheel fetch.Wheel
}

// File gives the path on this machine of a file of the model, and what it is.
// With a digest in want, a file of another digest is a [store.DigestError], and
// one that is in the store already is not looked for.
func (s ModelSource) File(ctx context.Context, want ModelFile) (string, ModelFile, error) {
	if s.Model.Source.Path != "" {
		return s.local(ctx, want)
	}
	b := store.Blob{Digest: want.Digest, Size: want.Size}
	if want.Digest != "" && s.Fetch.Store.Has(b) {
		return s.Fetch.Store.Path(b.Digest), want, nil
	}
	var err error
	if s.Model.Source.PyPI != nil {
		b, err = s.inWheel(ctx, want)
	} else {
		b, err = s.download(ctx, want)
	}
	if err != nil {
		return "", want, err
	}
	return s.Fetch.Store.Path(b.Digest), ModelFile{want.Name, b.Size, b.Digest}, nil
}

// name gives the path of a file of the model inside its source.
func (s ModelSource) name(file string) string {
	main := s.Model.File
	if s.Model.Source.Path != "" {
		main = sourcePath(s.Model)
	}
	if file == MainFile {
		return main
	}
	return path.Join(path.Dir(main), file)
}

// local gives a file of the module. Links that lead out of it are errors.
func (s ModelSource) local(ctx context.Context, want ModelFile) (string, ModelFile, error) {
	root, err := os.OpenRoot(s.Dir)
	if err != nil {
		return "", want, fmt.Errorf("opening the module: %w", err)
	}
	defer root.Close()
	name := filepath.FromSlash(s.name(want.Name))
	switch fi, err := root.Stat(name); {
	case err != nil:
		return "", want, fmt.Errorf("reading a model: %w", err)
	case !fi.Mode().IsRegular():
		return "", want, &fetch.AbsentError{
			Text: fmt.Sprintf("%s is a folder or something else that is no file", s.name(want.Name)),
			Cure: "name the .onnx file itself",
		}
	}
	full := filepath.Join(s.Dir, name)
	sum, size, err := s.Fetch.Store.FileDigest(ctx, full)
	if err == nil && want.Digest != "" && want.Digest != sum {
		err = &changedError{store.DigestError{Name: s.name(want.Name), Want: want.Digest, Got: sum}}
	}
	return full, ModelFile{want.Name, size, sum}, err
}

// download brings a model that is a file behind a URL.
func (s ModelSource) download(ctx context.Context, want ModelFile) (store.Blob, error) {
	h := s.Model.Source.HTTP
	if want.Name != MainFile {
		return store.Blob{}, &fetch.AbsentError{
			Text: fmt.Sprintf("the model has weights in a second file, %s, and a URL is one file", want.Name),
			Cure: "put the files into the module, or save the model with its weights in it",
		}
	}
	return s.Fetch.File(ctx, path.Base(h.URL), h.URL, "sha256:"+h.SHA256)
}

// inWheel unpacks a file of a wheel into the store.
func (s ModelSource) inWheel(ctx context.Context, want ModelFile) (store.Blob, error) {
	if _, err := s.Fetch.Wheel(ctx, s.Wheel); err != nil {
		return store.Blob{}, err
	}
	wheel, err := s.Fetch.OpenWheel(s.Wheel)
	if err != nil {
		return store.Blob{}, err
	}
	defer wheel.Close()
	f, err := wheel.File(s.name(want.Name))
	if err != nil {
		return store.Blob{}, err
	}
	r, err := f.Open()
	if err != nil {
		return store.Blob{}, fmt.Errorf("reading %s: %w", s.Wheel, err)
	}
	defer r.Close()
	return s.Fetch.Store.Put(ctx, f.Name, r, want.Digest)
}

// changedError says that a file of the module is not the one that is locked.
type changedError struct{ store.DigestError }

// Unwrap gives the digests.
func (e *changedError) Unwrap() error { return &e.DigestError }

// Hint gives the cure.
func (e *changedError) Hint() string { return "if it was meant to change, run bentoc lock" }
