package check

import (
	"strconv"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/model/onnxfile"
)

// warmUp sees that the sizes are known of what a model warms up with.
func (p *pass) warmUp(r *ir.Runner, name string, m *ir.Model) {
	w, in := r.WarmUp, p.b.Resolve(p.b.RunnerInput(name))
	if w == nil || in == nil {
		return
	}
	at := "runners." + name + ".warmUp"
	pos := first(w.Pos, r.Pos)
	names := symbols(in)
	for _, size := range sorted(w.Sizes) {
		if len(in.Axes(size)) > 0 {
			continue
		}
		d := p.errorf(diag.BadValue, p.at(at+".sizes."+size, pos), at+".sizes."+size, "no input of runner %s has a dimension %q", name, size)
		if len(names) > 0 {
			d.Hintf("an item has %s", strings.Join(names, ", "))
		}
	}
	for _, input := range r.WarmInputs(in, m.Signature) {
		switch _, err := strconv.Atoi(input.Unknown); {
		case input.Unknown == "":
		case err == nil:
			p.errorf(diag.MissingField, pos, at, "nobody says how large dimension %s of input %s is", input.Unknown, input.Name).
				Hintf("give it a size or a name in #input of the runner, such as `%s: schema.#Tensor & {shape: [\"n\"]}`, and the name a size here: `sizes: n: 16`", input.Name).
				Also(m.Pos, "the model is here: %s", onnxfile.Shapes(m.Signature.Inputs))
		default:
			p.errorf(diag.MissingField, pos, at, "nobody says how large dimension %s of input %s is", input.Unknown, input.Name).
				Hintf("write a size that is usual: `sizes: %s: 16`", input.Unknown).
				Also(m.Pos, "the model is here: %s", onnxfile.Shapes(m.Signature.Inputs))
		}
	}
}
