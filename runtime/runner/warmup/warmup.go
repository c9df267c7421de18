// Package warmup makes inputs for the runs of a model that come before its first request.
//
// What a model needs for a run, it gets at the first: memory, pages of its file, kernels
// that are chosen by the sizes. A server that is ready has done all that, and knows that
// the model runs.
package warmup

import (
	"fmt"

	"bentoc.dev/runtime/tensor"
)

// Tensor is one input of an item, whose sizes are all known.
type Tensor struct {
	Name  string // in the bento, for errors
	DType tensor.DType
	Shape []int
}

// Zeros gives what makes an item of zeros, false and empty texts.
func Zeros(inputs ...Tensor) func() ([]tensor.Tensor, error) {
	return func() ([]tensor.Tensor, error) {
		item := make([]tensor.Tensor, len(inputs))
		for i, in := range inputs {
			var err error
			if in.DType == tensor.String {
				var n int
				if n, err = tensor.Count(in.Shape); err == nil {
					item[i] = tensor.OfStrings(make([]string, n), in.Shape...)
				}
			} else {
				item[i], err = tensor.Make(in.DType, in.Shape)
			}
			if err != nil {
				return nil, fmt.Errorf("input %s: %w", in.Name, err)
			}
		}
		return item, nil
	}
}
