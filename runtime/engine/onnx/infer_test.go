//go:build ort && linux && (amd64 || arm64)

package onnx

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bentoc.dev/runtime/engine/onnx/onnxtest"
	"bentoc.dev/runtime/tensor"
)

func TestInferAddsWithoutTheBatchAxis(t *testing.T) {
	t.Parallel()
	m := opened(t, onnxtest.Add(), nil)
	out := infer(t, m, tensor.Of([]float32{1, 2, 3, 4}, 4), tensor.Of([]float32{10, 20, 30, 40}, 4))
	if len(out) != 1 || !slices.Equal(out[0].Shape, []int{4}) || !slices.Equal(floats(t, out[0]), []float32{11, 22, 33, 44}) {
		t.Errorf("outputs %v", out)
	}
}

func TestItemsOfConcurrentRequestsNeverCross(t *testing.T) {
	t.Parallel()
	var items, runs atomic.Int64
	m := opened(t, onnxtest.Add(), func(c *setup) {
		c.MaxBatch = 8
		c.Observe = func(size int, _, _ time.Duration) { items.Add(int64(size)); runs.Add(1) }
	})
	var wg sync.WaitGroup
	for g := range 32 {
		wg.Go(func() {
			for i := range 200 {
				a, b := float32(g*1000+i), float32(i)
				out, err := m.Call(t.Context(), []tensor.Tensor{
					tensor.Of([]float32{a, a + 1, a + 2, a + 3}, 4), tensor.Of([]float32{b, b, b, b}, 4)})
				if err != nil {
					t.Error(err)
					return
				}
				if got := floats(t, out[0]); got[0] != a+b || got[3] != a+3+b {
					t.Errorf("item %v+%v got %v", a, b, got)
					return
				}
			}
		})
	}
	wg.Wait()
	if items.Load() != 6400 {
		t.Errorf("%d items ran", items.Load())
	}
	t.Logf("%d items in %d runs", items.Load(), runs.Load())
}

func TestEveryElementType(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		elem int
		x    tensor.Tensor
	}{
		{onnxtest.Float, tensor.Of([]float32{1.5, -2}, 2)},
		{onnxtest.Double, tensor.Of([]float64{math.Pi, -2}, 2)},
		{onnxtest.Float16, tensor.Of([]tensor.F16{tensor.ToF16(0.5), 0}, 2)},
		{onnxtest.BFloat16, tensor.Of([]tensor.BF16{tensor.ToBF16(3), 0}, 2)},
		{onnxtest.Int8, tensor.Of([]int8{-128, 127}, 2)},
		{onnxtest.Int16, tensor.Of([]int16{-32768, 32767}, 2)},
		{onnxtest.Int32, tensor.Of([]int32{math.MinInt32, 7}, 2)},
		{onnxtest.Int64, tensor.Of([]int64{math.MinInt64, 7}, 2)},
		{onnxtest.Uint8, tensor.Of([]uint8{255, 1}, 2)},
		{onnxtest.Uint16, tensor.Of([]uint16{65535, 1}, 2)},
		{onnxtest.Uint32, tensor.Of([]uint32{math.MaxUint32, 1}, 2)},
		{onnxtest.Uint64, tensor.Of([]uint64{math.MaxUint64, 1}, 2)},
		{onnxtest.Bool, tensor.Of([]bool{true, false}, 2)},
		{onnxtest.String, tensor.OfStrings([]string{"grüße, 世界", ""}, 2)},
	} {
		t.Run(c.x.DType.String(), func(t *testing.T) {
			t.Parallel()
			m := opened(t, onnxtest.Identity(c.elem, "N", "W"), func(c *setup) { c.MaxBatch = 4 })
			items := [][]tensor.Tensor{{c.x}, {c.x}, {c.x}}
			out, err := inferAll(t, m, items)
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range out {
				y := item[0]
				if y.DType != c.x.DType || !slices.Equal(y.Shape, c.x.Shape) || !slices.Equal(y.Data, c.x.Data) || !slices.Equal(y.Strings, c.x.Strings) {
					t.Errorf("%+v comes back as %+v", c.x, y)
				}
			}
		})
	}
}

func TestHalfPrecisionGoesInAndOut(t *testing.T) {
	t.Parallel()
	m := opened(t, onnxtest.Cast(onnxtest.Float16, onnxtest.BFloat16), nil)
	x, err := tensor.FromFloat32(tensor.Float16, []float32{1, -0.5, 3.140625}, []int{3})
	if err != nil {
		t.Fatal(err)
	}
	y := infer(t, m, x)[0]
	got, err := tensor.ToFloat32(y)
	if err != nil || y.DType != tensor.BFloat16 || !slices.Equal(got, []float32{1, -0.5, 3.140625}) {
		t.Errorf("%v as %s (%v)", got, y.DType, err)
	}
}

func TestMapsOfClassifiersBecomeGoMaps(t *testing.T) {
	t.Parallel()
	ints := opened(t, onnxtest.ZipMap([]int{7, -8, 9}), func(c *setup) { c.MaxBatch = 4 })
	out, err := inferAll(t, ints, [][]tensor.Tensor{
		{tensor.Of([]float32{0.1, 0.2, 0.7}, 3)}, {tensor.Of([]float32{0.5, 0.25, 0.25}, 3)}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []map[int64]float32{{7: 0.1, -8: 0.2, 9: 0.7}, {7: 0.5, -8: 0.25, 9: 0.25}} {
		got, err := tensor.Map[int64, float32](out[i][0])
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("item %d: %v (%v), want %v", i, got, err, want)
		}
	}
	texts := opened(t, onnxtest.ZipMap([]string{"cat", "dog", "bird"}), nil)
	got, err := tensor.Map[string, float32](infer(t, texts, tensor.Of([]float32{0.1, 0.2, 0.7}, 3))[0])
	if err != nil || got["bird"] != 0.7 || len(got) != 3 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestBatchAxisInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, elem := range []int{onnxtest.Float, onnxtest.String} {
		m := opened(t, onnxtest.Identity(elem, 2, "batch", 3), func(c *setup) {
			c.MaxBatch = 4
			c.Inputs = []IO{{Name: "state", File: "x", Batched: true, Axis: 1}}
			c.Outputs = []IO{{Name: "next", File: "y", Batched: true, Axis: 1}}
		})
		var items [][]tensor.Tensor
		for k := range 4 {
			x := tensor.OfStrings(strings.Split(strings.Repeat(fmt.Sprint(k, ","), 6), ",")[:6], 2, 3)
			if elem == onnxtest.Float {
				f := float32(k) * 10
				x = tensor.Of([]float32{f, f + 1, f + 2, f + 3, f + 4, f + 5}, 2, 3)
			}
			items = append(items, []tensor.Tensor{x})
		}
		out, err := inferAll(t, m, items)
		if err != nil {
			t.Fatal(err)
		}
		for k := range items {
			x, y := items[k][0], out[k][0]
			if !slices.Equal(y.Shape, []int{2, 3}) || !slices.Equal(x.Data, y.Data) || !slices.Equal(x.Strings, y.Strings) {
				t.Errorf("item %d: %v comes back as %v", k, x, y)
			}
		}
	}
}

func TestItemsOfManyShapes(t *testing.T) {
	t.Parallel()
	m := opened(t, onnxtest.Identity(onnxtest.Float, "N", "H", "W"), func(c *setup) { c.MaxBatch = 8 })
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := range 100 {
				h, w := (g+i)%4, (g*i)%150
				data := make([]float32, h*w)
				for j := range data {
					data[j] = float32(g*1000 + i + j)
				}
				out, err := m.Call(t.Context(), []tensor.Tensor{tensor.Of(data, h, w)})
				if err != nil || !slices.Equal(out[0].Shape, []int{h, w}) || !slices.Equal(floats(t, out[0]), data) {
					t.Errorf("%d×%d: %v", h, w, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestInputsGoByNameNotByOrder(t *testing.T) {
	t.Parallel()
	minus := onnxtest.Add()
	minus.Nodes[0].Op = "Sub"
	m := opened(t, minus, func(c *setup) {
		c.Inputs = []IO{{Name: "second", File: "b", Batched: true}, {Name: "first", File: "a", Batched: true}}
	})
	ten, one := tensor.Of([]float32{10, 10, 10, 10}, 4), tensor.Of([]float32{1, 2, 3, 4}, 4)
	if got := floats(t, infer(t, m, one, ten)[0]); !slices.Equal(got, []float32{9, 8, 7, 6}) {
		t.Errorf("10 - 1 and so on is %v", got)
	}
}

// TestAnInputWithoutABatchAxis is of the kind of a voice detector, which takes
// the sample rate beside the samples.
func TestAnInputWithoutABatchAxis(t *testing.T) {
	t.Parallel()
	model := onnxtest.Add()
	model.Inputs[1].Dims = []any{}
	var largest atomic.Int64
	m := opened(t, model, func(c *setup) {
		c.MaxBatch = 8
		c.Observe = func(n int, _, _ time.Duration) { largest.Store(max(largest.Load(), int64(n))) }
	})
	var items [][]tensor.Tensor
	for i := range 5 {
		items = append(items, []tensor.Tensor{tensor.Of([]float32{1, 2, 3, 4}, 4), tensor.Of([]float32{float32(i)})})
	}
	out, err := inferAll(t, m, items)
	if err != nil {
		t.Fatal(err)
	}
	for i := range out {
		if got := floats(t, out[i][0]); got[3] != float32(4+i) || !slices.Equal(out[i][0].Shape, []int{4}) {
			t.Errorf("item %d got %v of shape %v", i, got, out[i][0].Shape)
		}
	}
	if largest.Load() != 1 {
		t.Errorf("%d items ran together", largest.Load())
	}
}

// TestItemsThatShareAnInput runs together what has one value of it, and nothing else.
func TestItemsThatShareAnInput(t *testing.T) {
	t.Parallel()
	model := onnxtest.Add()
	model.Inputs[1].Dims = []any{}
	var largest atomic.Int64
	m := opened(t, model, func(c *setup) {
		c.Instances, c.MaxBatch = 1, 8
		c.Observe = func(n int, _, _ time.Duration) { largest.Store(max(largest.Load(), int64(n))) }
	})
	var wg sync.WaitGroup
	for g := range 24 {
		wg.Go(func() {
			for i := range 100 {
				x, shared := float32(g*1000+i), float32(g%3)
				out, err := m.Call(t.Context(), []tensor.Tensor{tensor.Of([]float32{x, 0, 0, -x}, 4), tensor.Of([]float32{shared})})
				if err != nil {
					t.Error(err)
					return
				}
				if got := floats(t, out[0]); !slices.Equal(got, []float32{x + shared, shared, shared, shared - x}) {
					t.Errorf("%v and %v give %v", x, shared, got)
				}
			}
		})
	}
	wg.Wait()
	if largest.Load() < 2 {
		t.Error("nothing ran together")
	}
}

func TestOutputsThatAreNotAskedFor(t *testing.T) {
	t.Parallel()
	model := onnxtest.Add()
	model.Outputs = append(model.Outputs, onnxtest.Value{Name: "twice", Elem: onnxtest.Float, Dims: []any{"N", 4}})
	model.Nodes = append(model.Nodes, onnxtest.Node{Op: "Add", Inputs: []string{"sum", "sum"}, Outputs: []string{"twice"}})
	x := tensor.Of([]float32{1, 2, 3, 4}, 4)
	for _, c := range []struct {
		outputs []IO
		want    []float32 // the first element of each output
	}{
		{nil, []float32{2, 4}},
		{[]IO{{Name: "twice", Batched: true}}, []float32{4}},
		{[]IO{{Name: "double", File: "twice", Batched: true}, {Name: "sum", Batched: true}}, []float32{4, 2}},
	} {
		m := opened(t, model, func(cfg *setup) { cfg.Outputs = c.outputs })
		var got []float32
		for _, y := range infer(t, m, x, x) {
			got = append(got, floats(t, y)[0])
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("outputs %v give %v, want %v", c.outputs, got, c.want)
		}
	}
}
