package tensor

import "fmt"

func errNoNumbers(d DType) error {
	return fmt.Errorf("dtype %s does not hold floating-point numbers", d)
}

// convert copies a tensor's elements through f.
func convert[T Element](t Tensor, f func(T) float32) ([]float32, error) {
	v, err := View[T](t)
	if err != nil {
		return nil, err
	}
	return mapped(v, f), nil
}

// mapped copies a slice through f.
func mapped[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}
