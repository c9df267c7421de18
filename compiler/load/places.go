package load

import (
	"strings"

	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
)

// places gives the position of every field of the bento, by its path below
// it, without quotes: labels.org.example.
func (d *decoder) places(bento cue.Value) map[string]ir.Pos {
	at := map[string]ir.Pos{}
	if s := d.index.root.kids["bento"]; s != nil {
		d.place(at, "", s)
		d.made(at, nil, s, bento, false)
	}
	return at
}

// place notes what is spelt out below s.
func (d *decoder) place(at map[string]ir.Pos, path string, s *spot) {
	for name, kid := range s.kids {
		p := strings.TrimPrefix(path+"."+name, ".")
		if _, ok := at[p]; !ok && kid.value != nil {
			at[p] = kid.place()
		}
		d.place(at, p, kid)
	}
}

// made notes the fields of v that are not spelt out: a comprehension, a pattern
// or a reference makes them. Computed tells that this holds for v itself.
func (d *decoder) made(at map[string]ir.Pos, path []string, s *spot, v cue.Value, computed bool) {
	const deepest = 8 // services.NAME.endpoints.NAME.traffic.FIELD has six
	if len(path) > deepest || !computed && !s.brings() || v.IncompleteKind() != cue.StructKind {
		return
	}
	it, err := v.Fields()
	if err != nil {
		return
	}
	for it.Next() {
		name := selName(it.Selector())
		if len(path) == 0 && name == "graphs" {
			continue // values of graphs have places of their own
		}
		p := append(path[:len(path):len(path)], name)
		kid := d.index.find(s, []string{name}, maxFollowed)
		if kid == nil || kid.value == nil {
			continue
		}
		key := strings.Join(p, ".")
		if _, ok := at[key]; !ok {
			at[key] = kid.place()
		}
		if !referring(name) {
			d.made(at, p, kid, it.Value(), computed || s.kids[name] != kid)
		}
	}
}

// referring reports whether a field refers to a thing that has places of its own.
func referring(name string) bool {
	return name == "runner" || name == "graph" || name == "model" || name == "endpoint"
}

// brings reports whether anything below s is not spelt out.
func (s *spot) brings() bool {
	if len(s.open) > 0 || len(s.from) > 0 {
		return true
	}
	for name, kid := range s.kids {
		if !referring(name) && name != "graphs" && !strings.HasPrefix(name, "#") && kid.brings() {
			return true
		}
	}
	return false
}
