package load

import (
	"bentoc.dev/compiler/diag"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

// notFollowed reports what stands where a runner, a graph or a model is to be referred
// to, and leads to none.
func (d *decoder) notFollowed(v cue.Value, collection, at string, code diag.Code) {
	e, _ := d.index.at(at)
	written, pos := e.value, d.index.valuePos(at)
	if written == nil || d.index.labelPos(at) == pos { // the path leads through a template
		if own := placedExpr(v); own != nil {
			pos = spanOf(own)
		}
	}
	d.diags.Errorf(code, pos, at, "this must be a reference to one of bento.%s", collection).
		Hintf("write it like %s.NAME", collection)
}

// placedExpr gives how v is written where that is in a file of the user's.
func placedExpr(v cue.Value) ast.Expr {
	for _, p := range partsOf(v) {
		if e := sourceExpr(p.v); e != nil && e.Pos().IsValid() && !fromSchemaFile(e.Pos().Filename()) {
			return e
		}
	}
	return nil
}
