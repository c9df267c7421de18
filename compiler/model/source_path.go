package model

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/store"
)

// inModule is a file of the module, or one in a folder of it.
type inModule struct{ m *ir.Model }

var _ = source("path", func(m *ir.Model) Source { return inModule{m} })

func (inModule) Check(string, func(string) diag.Pos) diag.List { return nil }
func (s inModule) Origin() string                              { return "path:" + s.Main() }
func (s inModule) Main() string                                { return path.Join(s.m.Source.Path, s.m.File) }
func (inModule) Pinned() string                                { return "" }
func (inModule) Wheel() *Wheel                                 { return nil }
func (inModule) Local() bool                                   { return true }

// locate gives a file of the module. Links that lead out of it are errors.
func (s inModule) locate(ctx context.Context, p Place, want File) (string, File, error) {
	root, err := os.OpenRoot(p.Dir)
	if err != nil {
		return "", want, fmt.Errorf("opening the module: %w", err)
	}
	defer root.Close()
	name := filepath.FromSlash(Name(s, want))
	switch fi, err := root.Stat(name); {
	case err != nil:
		return "", want, fmt.Errorf("reading a model: %w", err)
	case !fi.Mode().IsRegular():
		return "", want, &fetch.AbsentError{
			Text: fmt.Sprintf("%s is a folder or something else that is no file", Name(s, want)),
			Cure: "name the .onnx file itself",
		}
	}
	full := filepath.Join(p.Dir, name)
	digest := store.FileDigest
	if p.Fetch != nil {
		digest = p.Fetch.Store.FileDigest
	}
	sum, size, err := digest(ctx, full)
	if err == nil && want.Digest != "" && want.Digest != sum {
		err = &ChangedError{store.DigestError{Name: Name(s, want), Want: want.Digest, Got: sum}}
	}
	return full, File{want.Name, want.Main, size, sum}, err
}

// ChangedError says that a file of the module is not the one that is locked.
type ChangedError struct{ store.DigestError }

// Unwrap gives the digests.
func (e *ChangedError) Unwrap() error { return &e.DigestError }

// Hint gives the cure.
func (e *ChangedError) Hint() string { return "if it was meant to change, run bentoc lock" }
