// Package alike compares what a model gives for an item alone with what it gives for the
// item beside others.
package alike

import (
	"math"
	"slices"

	"bentoc.dev/runtime/tensor"
)

// tolerance is by how much numbers may differ that were computed alone and in a
// batch, as a part of the largest number of the output: sums are rounded in
// another order. Of elements that are no floats, none may differ.
func tolerance(d tensor.DType) float64 {
	switch d {
	case tensor.Float16, tensor.BFloat16:
		return 0.02
	case tensor.Float32, tensor.Float64:
		return 0.002
	}
	return 0
}

// Same says whether two outputs are the same but for rounding. most is the
// largest number of the output.
func Same(a, b tensor.Tensor, most float64) bool {
	if a.DType != b.DType || !slices.Equal(a.Shape, b.Shape) || len(a.List) != len(b.List) || (a.Keys == nil) != (b.Keys == nil) {
		return false
	}
	if a.Keys != nil && !Same(*a.Keys, *b.Keys, 0) {
		return false
	}
	for i := range a.List {
		if !Same(a.List[i], b.List[i], most) {
			return false
		}
	}
	limit := tolerance(a.DType)
	if limit == 0 || Identical(a, b) {
		return Identical(a, b)
	}
	x, y := numbers(a), numbers(b)
	for i := range x {
		if x[i] != y[i] && !(math.Abs(x[i]-y[i]) <= limit*most) && !(math.IsNaN(x[i]) && math.IsNaN(y[i])) {
			return false
		}
	}
	return true
}

// Largest is the largest finite number of a value of floats, without its sign; 0
// for others.
func Largest(t tensor.Tensor) (most float64) {
	for _, elem := range t.List {
		most = max(most, Largest(elem))
	}
	if tolerance(t.DType) == 0 {
		return most
	}
	for _, x := range numbers(t) {
		if x = math.Abs(x); x <= math.MaxFloat64 {
			most = max(most, x)
		}
	}
	return most
}

// numbers gives the elements of a tensor of floats.
func numbers(t tensor.Tensor) []float64 {
	if t.DType == tensor.Float64 {
		if x, err := tensor.View[float64](t); err == nil {
			return x
		}
		return nil
	}
	narrow, err := tensor.ToFloat32(t)
	if err != nil {
		return nil
	}
	wide := make([]float64, len(narrow))
	for i, x := range narrow {
		wide[i] = float64(x)
	}
	return wide
}

// Identical compares the elements of tensors of one shape.
func Identical(a, b tensor.Tensor) bool {
	return string(a.Data) == string(b.Data) && slices.Equal(a.Strings, b.Strings)
}
