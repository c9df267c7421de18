package plan

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"bentoc.dev/compiler/ir"
)

// Padding is what the program that opens models reads of a runner whose items are padded:
// see runtime/engine/onnx/open.
type Padding struct {
	Model   string     `json:"model"`
	Inputs  []PadIO    `json:"inputs"` // in the order of the runner's fields
	Outputs []PadIO    `json:"outputs"`
	Pad     PadOptions `json:"pad"`
}

// PadIO is an input or an output of a model.
type PadIO struct {
	Name, File string
	Batched    bool
	Axis       int // that counts items
}

// PadOptions are what the bento declares.
type PadOptions struct {
	Of      string    `json:"of"`
	Inputs  []PadAxis `json:"inputs"`
	Outputs []PadAxis `json:"outputs"`
	Value   float64   `json:"value"`
	Budget  float64   `json:"budget"`
}

// PadAxis is a dimension of an input or an output.
type PadAxis struct {
	Tensor int `json:"tensor"`
	Dim    int `json:"dim"`
}

// paddings has the step try the padding of the runners that declare one.
func (b *builder) paddings(o *Open, e *Engine, root string) error {
	for _, name := range slices.Sorted(maps.Keys(b.served.Runners)) {
		r := b.served.Runners[name]
		m := b.Bento.Models[r.Engine.RunsModel()]
		if r.Engine.Kind() != e.Kind || r.Batching == nil || r.Batching.Pad == nil || m == nil || m.Signature == nil {
			continue
		}
		in, out := b.Bento.RunnerInput(name), b.Bento.RunnerOutput(name)
		p := r.Batching.Pad
		text, err := json.Marshal(Padding{
			Model: root + b.Bento.ModelPath(r.Engine.RunsModel()), Inputs: padIO(in, m, m.Signature.Inputs), Outputs: padIO(out, m, m.Signature.Outputs),
			Pad: PadOptions{Of: p.Of, Inputs: padAxes(in, p.Of), Outputs: padAxes(out, p.Of), Value: p.Value, Budget: p.Budget},
		})
		if err != nil {
			return fmt.Errorf("planning how the padding of runner %s is tried: %w", name, err)
		}
		if len(o.Paddings) == 0 {
			o.Args = append(o.Args, "--")
		}
		o.Args = append(o.Args, string(text))
		pos := p.Pos
		if !pos.IsValid() {
			pos = r.Pos
		}
		o.Paddings = append(o.Paddings, OpenModel{Name: name, Pos: pos})
	}
	return nil
}

func padIO(t *ir.Type, m *ir.Model, sig []ir.TensorField) []PadIO {
	var all []PadIO
	for i := range t.Fields {
		k := slices.IndexFunc(sig, func(f ir.TensorField) bool { return f.Name == t.Fields[i].Name })
		if k < 0 {
			continue // which the checks report
		}
		io := PadIO{Name: sig[k].Name, File: sig[k].File, Batched: sig[k].Batched}
		if m.BatchAxis != nil && *m.BatchAxis > 0 && io.Batched {
			io.Axis = *m.BatchAxis
		}
		all = append(all, io)
	}
	return all
}

func padAxes(t *ir.Type, of string) []PadAxis {
	all := []PadAxis{}
	for _, a := range t.Axes(of) {
		all = append(all, PadAxis{a.Field, a.Dim})
	}
	return all
}
