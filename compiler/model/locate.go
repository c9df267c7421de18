package model

import (
	"context"
	"fmt"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/pypi"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/model/onnxfile"
	"bentoc.dev/compiler/store"
)

// File is one file of a model.
type File struct {
	Name   string // in the folder of the model in the image
	Main   bool   // the model's own file; the others hold external weights
	Size   int64  // bytes
	Digest string // sha256:HEX
}

// Place is where the files of models are looked for.
type Place struct {
	// Fetch may be nil for models of the module: their files are read each time then.
	Fetch *fetch.Client
	// Dir is the root of the CUE module on disk.
	Dir string
	// Wheel gives a wheel that models are in: the locked one, or the one that is
	// being chosen.
	Wheel func(context.Context, Wheel) (pypi.Wheel, error)
}

// Locate gives the path on this machine of a file of the model, and what it is.
// With a digest in want, a file of another digest is a [store.DigestError], and
// one that is in the store already is not looked for.
func (p Place) Locate(ctx context.Context, m *ir.Model, want File) (string, File, error) {
	return SourceOf(m).locate(ctx, p, want)
}

// stored is locate for a file that get brings into the store.
func (p Place) stored(s Source, want File, get func() (store.Blob, error)) (string, File, error) {
	b := store.Blob{Digest: want.Digest, Size: want.Size}
	if want.Digest != "" && p.Fetch.Store.Has(b) {
		return p.Fetch.Store.Path(b.Digest), want, nil
	}
	b, err := get()
	switch {
	case err != nil || want.Digest == "":
	case b.Digest != want.Digest:
		err = &store.DigestError{Name: Name(s, want), Want: want.Digest, Got: b.Digest}
	case b.Size != want.Size:
		err = &fetch.SizeError{Name: Name(s, want), Digest: want.Digest, Want: want.Size, Got: b.Size}
	}
	if err != nil {
		return "", want, err
	}
	return p.Fetch.Store.Path(b.Digest), File{want.Name, want.Main, b.Size, b.Digest}, nil
}

// Here reports whether a file can be read without asking anybody.
func (p Place) Here(m *ir.Model, f File) bool {
	return SourceOf(m).Local() || p.Fetch.Store.Has(store.Blob{Digest: f.Digest, Size: f.Size})
}

// Weights gives the files with a model's external weights.
func (p Place) Weights(ctx context.Context, m *ir.Model, header *onnxfile.Model) (files []File, err error) {
	for _, x := range header.Files() {
		_, file, err := p.Locate(ctx, m, File{Name: x.Location})
		if err != nil {
			return nil, err
		}
		if file.Size < x.MinSize {
			return nil, &fetch.AbsentError{Text: fmt.Sprintf("%s, which holds weights of the model, has %d bytes; the model needs %d", x.Location, file.Size, x.MinSize)}
		}
		files = append(files, file)
	}
	return files, nil
}

// MainOf gives the model's own file out of all.
func MainOf(files []File) (File, bool) {
	for _, f := range files {
		if f.Main {
			return f, true
		}
	}
	return File{}, false
}
