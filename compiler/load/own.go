package load

import (
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// own gives the place of the field that the bento itself spells out at a path, or of the
// closest one around it; whole is false where a template or a policy brings the rest in.
func (ix *index) own(path string) (pos ir.Pos, whole bool) {
	s, brought := ix.root, false
	for _, name := range splitPath(path) {
		kid := s.kids[name]
		if kid == nil {
			for _, o := range s.open {
				if o.takes(name) {
					kid = o.spot
					break
				}
			}
		}
		if kid == nil {
			return pos, !brought
		}
		brought = brought || len(kid.from) > 0
		if s = kid; s.label != nil {
			pos = spanOf(s.label)
		}
	}
	return pos, true
}

// ShowUses has each diagnostic that is placed in a template, or a policy, tell which field of
// the bento is made of it: of the many that may be, one is wrong.
func (r *Result) ShowUses(l diag.List) {
	if r.index == nil {
		return
	}
	for i := range l {
		d := &l[i]
		if !d.Pos.IsValid() || d.Path == "" {
			continue
		}
		at, whole := r.index.own(d.Path)
		if whole || !at.IsValid() || sameLine(at, d.Pos) {
			continue
		}
		told := false
		for _, also := range d.Related {
			told = told || sameLine(at, also.Pos)
		}
		if !told {
			d.Also(at, "it is used here")
		}
	}
}

func sameLine(a, b ir.Pos) bool { return a.File == b.File && a.Line == b.Line }
