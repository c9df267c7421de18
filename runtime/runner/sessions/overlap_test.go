package sessions

import (
	"math/rand/v2"
	"slices"
	"testing"

	"bentoc.dev/runtime/tensor"
)

// TestOverlap cuts rows of numbers into pieces of random lengths and wants each to begin
// with what came before it, zeros at first.
func TestOverlap(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 3))
		rows, kept := 1+random.IntN(3), 1+random.IntN(6)
		o := Overlap{Length: kept}
		all := make([][]int16, rows) // as it was so far, with the zeros before it
		for i := range all {
			all[i] = make([]int16, kept)
		}
		var before *tensor.Tensor
		for range 8 {
			n := random.IntN(8) // less than what is kept, too, and nothing
			var in, want []int16
			for i := range all {
				for range n {
					all[i] = append(all[i], int16(random.Int32()))
				}
				in = append(in, all[i][len(all[i])-n:]...)
				want = append(want, all[i][len(all[i])-n-kept:]...)
			}
			whole, tail, err := o.join(before, tensor.Of(in, 1, rows, n))
			if err != nil {
				t.Fatal(err)
			}
			got, err := tensor.View[int16](whole)
			if err != nil || !slices.Equal(got, want) || !slices.Equal(whole.Shape, []int{1, rows, kept + n}) {
				t.Fatalf("seed %d: got %v of %v, %v; want %v", seed, got, whole.Shape, err, want)
			}
			before = &tail
		}
		if _, _, err := o.join(before, tensor.Of(make([]int16, rows+1), 1, rows+1, 1)); err == nil {
			t.Error("another number of rows follows on these")
		}
		if _, _, err := o.join(before, tensor.Of(make([]int32, rows), 1, rows, 1)); err == nil {
			t.Error("another type follows on this")
		}
	}
	if _, _, err := (Overlap{Length: 1}).join(nil, tensor.Of([]int16{1})); err == nil {
		t.Error("a scalar overlaps")
	}
	if _, _, err := (Overlap{Length: 1}).join(nil, tensor.OfStrings([]string{"a"}, 1)); err == nil {
		t.Error("texts overlap")
	}
}
