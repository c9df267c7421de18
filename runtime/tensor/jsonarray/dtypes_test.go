package jsonarray

import "bentoc.dev/runtime/tensor"

// readers read a new tensor of each dtype.
var readers = map[tensor.DType]func([]byte) (tensor.Tensor, int, error){
	tensor.Float32: readNew[float32], tensor.Float64: readNew[float64], tensor.Float16: readNew[tensor.F16], tensor.BFloat16: readNew[tensor.BF16],
	tensor.Int8: readNew[int8], tensor.Int16: readNew[int16], tensor.Int32: readNew[int32], tensor.Int64: readNew[int64],
	tensor.Uint8: readNew[uint8], tensor.Uint16: readNew[uint16], tensor.Uint32: readNew[uint32], tensor.Uint64: readNew[uint64],
	tensor.Bool: readNew[bool], tensor.String: readNew[string],
}

func readNew[T Element](buf []byte) (tensor.Tensor, int, error) {
	data, dims, next, err := Read[T](buf, 0, nil, nil, nil)
	if err != nil {
		return tensor.Tensor{}, next, err
	}
	t, err := tensor.FromValues(data, dims)
	return t, next, err
}
