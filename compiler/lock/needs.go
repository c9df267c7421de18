package lock

import (
	"slices"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/need"
)

// known gives the entries that follow from this bentoc, from the sources and from
// the modules that were chosen for them.
func known(n need.Needs, modules []Entry) (entries []Entry) {
	for _, k := range kinds {
		for _, i := range n.Of(k.name, "") {
			if i.Sum != "" {
				entries = append(entries, k.entry(i))
			}
		}
		if k.follows != nil {
			entries = append(entries, k.follows(n, modules)...)
		}
	}
	return entries
}

// Check compares a lock with what a bento needs, without asking anybody. Name is
// how diagnostics call the file. A nil file is one that is not there.
func Check(name string, f *File, n need.Needs) (diags diag.List) {
	if f == nil {
		diags.Errorf(diag.LockMissing, diag.Pos{}, "", "there is no %s", name).
			Hintf("run bentoc lock, and commit the file that it writes")
		return diags
	}
	known := known(n, f.Of(KindModule, ""))
	wrong := f.mismatches(name, n, known)
	diags = append(diags, wrong...)
	for _, want := range known {
		// What is wrong already explains an entry that follows from it.
		explained := len(wrong) > 0 && kindOf(want.Kind).follows != nil
		if why := f.differs(want); why != "" && f.another(want) == nil && !explained {
			diags.Errorf(diag.LockStale, f.place(name, want), "", "%s", why).
				Hintf("run bentoc lock, and look at what it changes")
		}
	}
	for _, k := range slices.Backward(kinds) { // what people wrote comes first
		if k.check != nil {
			diags = append(diags, k.check(f, name, n)...)
		}
	}
	return diags
}

// differs says why f does not have the entry want, "" when it has it.
func (f *File) differs(want Entry) string {
	found := f.Of(want.Kind, want.Name)
	same := func(e Entry) bool { return slices.Equal(e.Fields, want.Fields) }
	if slices.ContainsFunc(found, same) {
		return ""
	}
	return kindOf(want.Kind).stale(want, found)
}

// place is where f speaks of the thing that want is about, or of what is most
// like it.
func (f *File) place(name string, want Entry) diag.Pos {
	line, best := 1, -1
	for _, e := range f.Entries {
		like := 0
		if e.Kind != want.Kind {
			continue
		}
		if e.Name == want.Name {
			like = 1
			for i, field := range e.Fields {
				if i < len(want.Fields) && field == want.Fields[i] {
					like++
				}
			}
		}
		if like >= best {
			line, best = max(e.Line, 1), like
		}
	}
	return diag.Pos{File: name, Line: line, Col: 1}
}
