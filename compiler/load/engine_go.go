package load

import (
	"cuelang.org/go/cue"

	"bentoc.dev/compiler/ir"
)

func init() {
	engines["go"] = func(d *decoder, e *ir.Engine, v cue.Value, at string) {
		e.Go = &ir.GoEngine{
			Package: text(v, "package"), Func: text(v, "func"),
			Open: text(v, "open"), Close: text(v, "close"), Pos: d.index.labelPos(at),
		}
	}
}
