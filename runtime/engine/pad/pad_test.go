package pad_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"bentoc.dev/runtime/engine/pad"
	"bentoc.dev/runtime/tensor"
)

// No item is lengthened by more than its budget, and lengths of one class are neighbours.
func TestBudget(t *testing.T) {
	t.Parallel()
	for _, budget := range []float64{0.001, 0.1, 0.25, 0.5, 1, 4} {
		p := pad.New(pad.Config{Of: "w", Inputs: []pad.Axis{{Tensor: 0, Dim: 0}}, Budget: budget})
		key := func(n int) uint64 { return p.Key([]tensor.Tensor{{DType: tensor.Float32, Shape: []int{n}}}) }
		classes, least := 1, 1
		for n := 1; n <= 20_000; n++ {
			if key(n) != key(least) {
				classes, least = classes+1, n
			}
			if float64(n-least) > budget*float64(least) {
				t.Fatalf("budget %v: %d and %d run together", budget, least, n)
			}
		}
		if budget >= 0.25 && classes > 60 {
			t.Errorf("budget %v makes %d classes", budget, classes)
		}
		for _, n := range []int{0, 1 << 24, 1<<24 + 1, 1 << 40} {
			if key(n) == key(n+1) {
				t.Errorf("budget %v: %d and %d run together", budget, n, n+1)
			}
		}
	}
}

// at is the element of a tensor of int32 at a place.
func at(t *testing.T, x tensor.Tensor, place []int) int32 {
	t.Helper()
	view, err := tensor.View[int32](x)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for k, p := range place {
		i = i*x.Shape[k] + p
	}
	return view[i]
}

// Padded tensors have the elements that they had at the same places, and the value beyond;
// cut back they are as they were. Axes that have the length twice are padded twice.
func TestPadAndCut(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		shape, axes := make([]int, 1+r.IntN(4)), []pad.Axis(nil)
		length, longer := 1+r.IntN(5), 0
		longer = length + r.IntN(4)
		n := 1
		for k := range shape {
			shape[k] = 1 + r.IntN(4)
			if k == 0 || r.IntN(3) == 0 {
				shape[k] = length
				axes = append(axes, pad.Axis{Tensor: 1, Dim: k})
			}
			n *= shape[k]
		}
		data := make([]int32, n)
		for i := range data {
			data[i] = r.Int32()
		}
		other, x := tensor.Of([]float32{1, 2}, 2), tensor.Of(data, shape...)
		p := pad.New(pad.Config{Of: "w", Inputs: axes, Outputs: axes, Value: -7, Budget: 1})
		if got := p.Length([]tensor.Tensor{other, x}); got != length {
			t.Fatalf("the length is %d, not %d", got, length)
		}
		padded, err := p.Pad([]tensor.Tensor{other, x}, longer)
		if err != nil {
			t.Fatal(err)
		}
		place := make([]int, len(shape))
		var walk func(k int, beyond bool)
		walk = func(k int, beyond bool) {
			if k == len(shape) {
				want := int32(-7)
				if !beyond {
					want = at(t, x, place)
				}
				if got := at(t, padded[1], place); got != want {
					t.Fatalf("%v of %v to %d: at %v is %d, not %d", axes, shape, longer, place, got, want)
				}
				return
			}
			for i := range padded[1].Shape[k] {
				place[k] = i
				walk(k+1, beyond || i >= shape[k])
			}
		}
		walk(0, false)
		if err := p.Cut(padded, length, longer); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(padded[1].Shape, shape) || string(padded[1].Data) != string(x.Data) || string(padded[0].Data) != string(other.Data) {
			t.Fatalf("%v of %v to %d and back gives %v", axes, shape, longer, padded)
		}
		if longer > length {
			if err := p.Cut([]tensor.Tensor{other, x}, length, longer); err == nil {
				t.Fatal("an output that is not as long as its item was padded to is cut")
			}
		}
	}
}

// The value is one of the tensor's own type.
func TestValues(t *testing.T) {
	t.Parallel()
	p := pad.New(pad.Config{Of: "w", Inputs: []pad.Axis{{Tensor: 0, Dim: 0}}, Value: 3, Budget: 1})
	half, err := tensor.FromFloat32(tensor.Float16, []float32{1}, []int{1})
	if err != nil {
		t.Fatal(err)
	}
	wantHalf, err := tensor.FromFloat32(tensor.Float16, []float32{1, 3, 3, 3}, []int{4})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ x, want tensor.Tensor }{
		{tensor.Of([]float32{1}, 1), tensor.Of([]float32{1, 3, 3, 3}, 4)},
		{tensor.Of([]float64{1}, 1), tensor.Of([]float64{1, 3, 3, 3}, 4)},
		{half, wantHalf},
		{tensor.Of([]int8{1}, 1), tensor.Of([]int8{1, 3, 3, 3}, 4)},
		{tensor.Of([]int64{1}, 1), tensor.Of([]int64{1, 3, 3, 3}, 4)},
		{tensor.Of([]uint16{1}, 1), tensor.Of([]uint16{1, 3, 3, 3}, 4)},
		{tensor.Of([]bool{false}, 1), tensor.Of([]bool{false, true, true, true}, 4)},
	} {
		got, err := p.Pad([]tensor.Tensor{tc.x}, 4)
		if err != nil || string(got[0].Data) != string(tc.want.Data) {
			t.Errorf("%s: %v %v, want %v", tc.x.DType, got, err, tc.want)
		}
	}
	if _, err := p.Pad([]tensor.Tensor{tensor.OfStrings([]string{"a"}, 1)}, 2); err == nil {
		t.Error("texts were padded")
	}
	if p.Length([]tensor.Tensor{tensor.Of([]float32{1}, 1)}) != 1 {
		t.Error("the length of one is another")
	}
	two := pad.New(pad.Config{Of: "w", Inputs: []pad.Axis{{Tensor: 0, Dim: 0}, {Tensor: 1, Dim: 0}}, Budget: 1})
	if n := two.Length([]tensor.Tensor{tensor.Of([]float32{1}, 1), tensor.Of([]float32{1, 2}, 2)}); n != 0 {
		t.Errorf("inputs that do not agree have the length %d", n)
	}
}
