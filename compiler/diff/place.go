package diff

import (
	"fmt"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// Direction tells who sends the values of a type.
type Direction string

// The directions.
const (
	Request Direction = "request" // the caller: what the old one takes, the new one should
	Answer  Direction = "answer"  // the server: what the new one gives, old clients should read
	// Positional is of a witness alone: arguments in the order of the old fields, which
	// are other fields now.
	Positional Direction = "positional"
)

// Place is a part of what an endpoint takes or answers, on one side: the whole, a field,
// the items of a list. Rules are shown both sides of a place, with the references to
// named types followed.
type Place struct {
	Direction Direction
	Type      *ir.Type
	// Field is the field of an object that the place is the value of, nil elsewhere.
	Field *ir.Field
	Pos   ir.Pos
}

// endpoint sees an endpoint, what it takes and what it answers. Files in a request of an old
// caller have at most maxBody bytes.
func (w *walk) endpoint(oldPath, path string, old, new *ir.Endpoint, maxBody int64) {
	oldIn, newIn, oldOut, newOut := inputOf(w.old, old), inputOf(w.new, new), outputOf(w.old, old), outputOf(w.new, new)
	w.places(oldPath+".input", path+".input", &Place{Direction: Request, Type: oldIn}, &Place{Direction: Request, Type: newIn}, map[visit]bool{})
	w.places(oldPath+".output", path+".output", &Place{Direction: Answer, Type: oldOut}, &Place{Direction: Answer, Type: newOut}, map[visit]bool{})
	w.end(Request, oldPath+".input", path+".input", oldIn, newIn, assign.Wire{Ignores: !new.Strict, Omits: true, MaxBody: maxBody})
	w.end(Answer, oldPath+".output", path+".output", oldOut, newOut, assign.Wire{Ignores: true, Full: true})
}

// inputOf gives the type of what an endpoint takes, nil where it is not known.
func inputOf(b *ir.Bento, e *ir.Endpoint) *ir.Type {
	if g := b.Graphs[e.Graph]; g != nil {
		return g.Input
	}
	return b.RunnerInput(e.Runner)
}

// outputOf gives the type of what an endpoint answers, nil where it is not known.
func outputOf(b *ir.Bento, e *ir.Endpoint) *ir.Type {
	g := b.Graphs[e.Graph]
	switch {
	case g != nil && g.Result != nil:
		return g.Result
	case g != nil:
		return ir.NewScope(b, g).ResultType()
	}
	return b.RunnerOutput(e.Runner)
}

// visit is a pair of types that are being compared: types may hold themselves.
type visit struct{ old, new *ir.Type }

func (w *walk) places(oldPath, path string, old, new *Place, open map[visit]bool) {
	old.Type, new.Type = w.old.Resolve(old.Type), w.new.Resolve(new.Type)
	v := visit{old.Type, new.Type}
	if old.Type == nil || new.Type == nil || open[v] {
		return
	}
	old.Pos, new.Pos = placed(old), placed(new)
	open[v] = true
	defer delete(open, v)
	see(w, oldPath, path, old, new)
	if old.Type.Kind != new.Type.Kind {
		return
	}
	part := func(suffix string, a, b *ir.Type) {
		if a != nil && b != nil {
			w.places(oldPath+suffix, path+suffix, &Place{Direction: old.Direction, Type: a}, &Place{Direction: new.Direction, Type: b}, open)
		}
	}
	part("[]", old.Type.Elem, new.Type.Elem)
	for i := range min(len(old.Type.Prefix), len(new.Type.Prefix)) {
		part(fmt.Sprintf("[%d]", i), old.Type.Prefix[i], new.Type.Prefix[i])
	}
	w.fields(oldPath, path, old, new, open)
}

func (w *walk) fields(oldPath, path string, old, new *Place, open map[visit]bool) {
	for i := range old.Type.Fields {
		from := &old.Type.Fields[i]
		p := &Place{Direction: old.Direction, Type: from.Type, Field: from}
		to := new.Type.Field(from.Name)
		if to == nil {
			p.Pos = placed(p)
			see(w, joinPath(oldPath, from.Name), "", p, nil)
			continue
		}
		w.places(joinPath(oldPath, from.Name), joinPath(path, from.Name), p, &Place{Direction: new.Direction, Type: to.Type, Field: to}, open)
	}
	for i := range new.Type.Fields {
		if to := &new.Type.Fields[i]; old.Type.Field(to.Name) == nil {
			p := &Place{Direction: new.Direction, Type: to.Type, Field: to}
			p.Pos = placed(p)
			see(w, "", joinPath(path, to.Name), nil, p)
		}
	}
}

func placed(p *Place) ir.Pos {
	switch {
	case p.Field != nil && p.Field.Pos.IsValid():
		return p.Field.Pos
	case p.Type != nil:
		return p.Type.Pos
	}
	return ir.Pos{}
}
