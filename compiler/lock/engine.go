package lock

import (
	"slices"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
)

// ortProject is the project whose wheels hold libonnxruntime.
const ortProject = "onnxruntime"

// engine gives the entries for libonnxruntime, where a model is run.
func (n Needs) engine() (entries []Entry, err error) {
	if len(n.Models) == 0 {
		return nil, nil
	}
	for _, p := range n.Platforms {
		w, err := fetch.ONNXRuntimeFor(p)
		if err != nil {
			return nil, err
		}
		entries = append(entries, wheelEntry(w))
	}
	return entries, nil
}

// checkModels reports models that the lock does not have, or has from another
// source. Whether files of the module have changed is not looked at here: see
// [ResolveModels].
func (n Needs) checkModels(name string, f *File) (diags diag.List) {
	for _, model := range sortedNames(n.Models) {
		m := n.Models[model]
		wheel := true
		if m.Source.PyPI != nil {
			_, wheel = f.ModelWheel(m.Source.PyPI)
		}
		if f.Model(model, m) == nil || !wheel {
			diags.Errorf(diag.LockStale, m.Pos, "bento.models."+model, "the lock does not have the model %s as it is declared here", model).
				Hintf("run bentoc lock")
		}
	}
	return diags
}

// keptModels gives the entries of the old lock that [ResolveModels] made.
func (r Request) keptModels() (entries []Entry) {
	for _, name := range sortedNames(r.Needs.Models) {
		m := r.Needs.Models[name]
		entries = slices.Concat(entries, r.Old.Of(KindModel, name), r.Old.Of(KindSignature, name))
		if s := m.Source.PyPI; s != nil {
			if w, ok := r.Old.ModelWheel(s); ok {
				entries = append(entries, wheelEntry(w))
			}
		}
	}
	return entries
}
