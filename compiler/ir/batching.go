package ir

import "strings"

// Batching says how a runner gathers items. Times are in milliseconds.
type Batching struct {
	MaxSize         int            `json:"maxSize,omitempty"`
	LatencyTargetMs float64        `json:"latencyTargetMs,omitempty"`
	Fixed           *FixedBatching `json:"fixed,omitempty"` // nil: sizes are learned
	Cost            *BatchCost     `json:"cost,omitempty"`
	Pad             *BatchPad      `json:"pad,omitempty"` // nil: items of one shape run together
	Profile         *BatchProfile  `json:"profile,omitempty"`
	Pos             Pos            `json:"-"`
}

// FixedBatching runs batches that are full, or whose first item has waited.
type FixedBatching struct {
	WaitMs float64 `json:"waitMs,omitempty"` // 0: an idle instance takes what there is
}

// BatchCost says what the work of a batch is counted in: elements, bytes, or the product
// of the lengths of dimensions.
type BatchCost struct {
	Of         string   `json:"of,omitempty"` // "elements" or "bytes"; "" for dimensions
	Dimensions []string `json:"dimensions,omitempty"`
	Max        int      `json:"max,omitempty"` // of a batch; 0: any
}

// Unit names what is counted.
func (c *BatchCost) Unit() string {
	if c.Of != "" {
		return c.Of
	}
	return strings.Join(c.Dimensions, "*")
}

// BatchPad lengthens items along a dimension, so that they run together.
type BatchPad struct {
	Of     string  `json:"of"` // the dimension
	Value  float64 `json:"value,omitempty"`
	Budget float64 `json:"budget"` // of an item's own length
	Pos    Pos     `json:"-"`
}

// BatchProfile is how long runs took that were measured before.
type BatchProfile struct {
	Unit  string      `json:"unit"` // of work
	Sizes []BatchSize `json:"sizes"`
}

// BatchSize is how long runs of about one size took.
type BatchSize struct {
	Work    float64 `json:"work"` // in units
	Seconds float64 `json:"seconds"`
	Runs    int     `json:"runs"` // that it is of
}

// WorkUnit names what the work of a run is counted in, where the runner runs a model of
// that signature: items, or bytes where they may be of several shapes, if the bento does
// not say.
func (r *Runner) WorkUnit(sig *Signature) string {
	if r.Batching != nil && r.Batching.Cost != nil {
		return r.Batching.Cost.Unit()
	}
	for _, f := range sig.Inputs {
		if f.Shape == nil {
			return "bytes"
		}
		for _, d := range f.Shape {
			if d.Size == 0 {
				return "bytes"
			}
		}
	}
	return "items"
}

// Axis is a dimension of a tensor of an object: the index of the field, and that of the
// dimension.
type Axis struct{ Field, Dim int }

// Axes finds the dimensions called symbol in the tensors of an object.
func (t *Type) Axes(symbol string) (all []Axis) {
	for i := range t.Fields {
		for k, d := range t.Fields[i].Type.Shape {
			if d.Symbol == symbol {
				all = append(all, Axis{i, k})
			}
		}
	}
	return all
}
