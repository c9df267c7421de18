package load

import (
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
)

var kindPath = cue.MakePath(cue.Def("#kind"))

// helperKind gives the name of the schema's IO type that v is, such as
// "tensor" for schema.#Tensor & {…}.
func helperKind(v cue.Value) (string, bool) {
	if v.IncompleteKind() != cue.StructKind {
		return "", false
	}
	s, err := v.LookupPath(kindPath).String()
	return s, err == nil
}

// helper reads a picture, a file or a tensor.
func (t *typer) helper(v cue.Value, kind string, pos ir.Pos, path string) *ir.Type {
	typ := &ir.Type{Kind: ir.Kind(kind), Pos: pos}
	switch typ.Kind {
	case ir.KindTensor:
		typ.DType, _ = v.LookupPath(cue.ParsePath("dtype")).String()
		t.shape(v, typ, path)
	case ir.KindImage, ir.KindFile:
		typ.MediaTypes = texts(v.LookupPath(cue.ParsePath("mediaTypes")))
		typ.MaxBytes, _ = v.LookupPath(cue.ParsePath("maxBytes")).Int64()
		typ.MaxPixels, _ = v.LookupPath(cue.ParsePath("maxPixels")).Int64()
	default:
		t.errorf(pos, path, "values of kind %q are not supported", kind)
		return anyType(pos)
	}
	if err := v.Err(); err != nil {
		t.diags.Errorf(diag.Conflict, pos, path, "%s", plainMessage(err))
	}
	return typ
}

// shape reads the dimensions of a tensor: an integer is a size, a text a
// symbol, anything open any size.
func (t *typer) shape(v cue.Value, typ *ir.Type, path string) {
	shape := v.LookupPath(cue.ParsePath("shape"))
	if !shape.Exists() {
		return
	}
	if n := shape.Len(); !n.IsConcrete() {
		if _, err := n.Int64(); err != nil && shape.LookupPath(cue.MakePath(cue.Index(0))).Exists() {
			t.errorf(t.place(shape, path+".shape"), path, "a shape with an open end is not supported").Hintf("leave shape out for any number of dimensions")
		}
		return
	}
	it, err := shape.List()
	if err != nil {
		return
	}
	typ.Rank0 = true
	for it.Next() {
		typ.Rank0 = false
		typ.Shape = append(typ.Shape, dimOf(it.Value()))
	}
}

func dimOf(v cue.Value) ir.Dim {
	if n, err := v.Int64(); err == nil {
		return ir.Dim{Size: n}
	}
	if s, err := v.String(); err == nil {
		return ir.Dim{Symbol: s}
	}
	return ir.Dim{}
}

// texts gives the strings of a list.
func texts(v cue.Value) []string {
	it, err := v.List()
	if err != nil {
		return nil
	}
	var out []string
	for it.Next() {
		if s, err := it.Value().String(); err == nil {
			out = append(out, s)
		}
	}
	return out
}
