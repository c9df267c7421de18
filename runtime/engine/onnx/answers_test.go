//go:build ort && linux && (amd64 || arm64)

package onnx

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/engine/onnx/onnxtest"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/tensor"
)

// elements has two different values of every element type, by that of ONNX.
func elements() map[int][2]tensor.Tensor {
	return map[int][2]tensor.Tensor{
		onnxtest.Float:    {tensor.Of([]float32{1.5, -2}, 2), tensor.Of([]float32{3, 4}, 2)},
		onnxtest.Double:   {tensor.Of([]float64{1.5, -2}, 2), tensor.Of([]float64{3, 4}, 2)},
		onnxtest.Float16:  {tensor.Of([]tensor.F16{tensor.ToF16(0.5), tensor.ToF16(2)}, 2), tensor.Of([]tensor.F16{tensor.ToF16(3), 7}, 2)},
		onnxtest.BFloat16: {tensor.Of([]tensor.BF16{tensor.ToBF16(3), 9}, 2), tensor.Of([]tensor.BF16{tensor.ToBF16(5), 8}, 2)},
		onnxtest.Int8:     {tensor.Of([]int8{-128, 127}, 2), tensor.Of([]int8{3, 4}, 2)},
		onnxtest.Int16:    {tensor.Of([]int16{-32768, 1}, 2), tensor.Of([]int16{3, 4}, 2)},
		onnxtest.Int32:    {tensor.Of([]int32{-7, 1}, 2), tensor.Of([]int32{3, 4}, 2)},
		onnxtest.Int64:    {tensor.Of([]int64{-7, 1}, 2), tensor.Of([]int64{3, 4}, 2)},
		onnxtest.Uint8:    {tensor.Of([]uint8{255, 1}, 2), tensor.Of([]uint8{3, 4}, 2)},
		onnxtest.Uint16:   {tensor.Of([]uint16{65535, 1}, 2), tensor.Of([]uint16{3, 4}, 2)},
		onnxtest.Uint32:   {tensor.Of([]uint32{7, 1}, 2), tensor.Of([]uint32{3, 4}, 2)},
		onnxtest.Uint64:   {tensor.Of([]uint64{7, 1}, 2), tensor.Of([]uint64{3, 4}, 2)},
		onnxtest.Bool:     {tensor.Of([]bool{true, false}, 2), tensor.Of([]bool{true, true}, 2)},
		onnxtest.String:   {tensor.OfStrings([]string{"grüße", ""}, 2), tensor.OfStrings([]string{"x", "y"}, 2)},
	}
}

// TestOutputsThatNoNodeWrites: an output that is an input, one that is asked for
// twice, and what the library makes of an input without copying it.
func TestOutputsThatNoNodeWrites(t *testing.T) {
	t.Parallel()
	for elem, values := range elements() {
		for _, batch := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s/batch=%d", values[0].DType, batch), func(t *testing.T) {
				t.Parallel()
				dims := []any{"N", 2}
				m := onnxtest.Model{
					Inputs: []onnxtest.Value{{Name: "x", Elem: elem, Dims: dims}},
					Outputs: []onnxtest.Value{{Name: "x", Elem: elem, Dims: dims}, {Name: "chain", Elem: elem, Dims: dims},
						{Name: "flat", Elem: elem, Dims: dims}},
					Nodes: []onnxtest.Node{
						{Op: "Identity", Inputs: []string{"x"}, Outputs: []string{"i"}},
						{Op: "Identity", Inputs: []string{"i"}, Outputs: []string{"chain"}},
						{Op: "Reshape", Inputs: []string{"x", "shape"}, Outputs: []string{"r"}},
						{Op: "Reshape", Inputs: []string{"r", "back"}, Outputs: []string{"flat"}},
					},
					Weights: []onnxtest.Weight{onnxtest.Ints("shape", []int64{-1, 1, 2}, 3), onnxtest.Ints("back", []int64{-1, 2}, 2)},
				}
				model := opened(t, m, func(c *setup) {
					c.MaxBatch = batch
					for _, name := range []string{"x", "chain", "flat", "x", "chain"} {
						c.Outputs = append(c.Outputs, IO{Name: fmt.Sprint(name, len(c.Outputs)), File: name, Batched: true})
					}
				})
				items := make([][]tensor.Tensor, 8)
				for i := range items {
					items[i] = []tensor.Tensor{values[i%2]}
				}
				out, err := inferAll(t, model, items)
				if err != nil {
					t.Fatal(err)
				}
				for i := range out {
					for j, y := range out[i] {
						x := items[i][0]
						if y.DType != x.DType || !slices.Equal(y.Shape, x.Shape) || !slices.Equal(y.Data, x.Data) || !slices.Equal(y.Strings, x.Strings) {
							t.Errorf("item %d, output %d: %+v for %+v", i, j, y, x)
						}
					}
				}
			})
		}
	}
}

func TestAnOutputThatIsAConstant(t *testing.T) {
	t.Parallel()
	m := onnxtest.Add()
	m.Weights = []onnxtest.Weight{onnxtest.Floats("w", []float32{7, 8, 9}, 3)}
	m.Outputs = append(m.Outputs, onnxtest.Value{Name: "w", Elem: onnxtest.Float, Dims: []any{3}})
	model := opened(t, m, nil)
	for i := range 3 {
		x := tensor.Of([]float32{float32(i), 2, 3, 4}, 4)
		if out := infer(t, model, x, x); !slices.Equal(floats(t, out[1]), []float32{7, 8, 9}) || floats(t, out[0])[0] != float32(2*i) {
			t.Errorf("run %d: %v", i, out)
		}
	}
}

// ones gives the places of a vector that are not zero, which are as many as they
// are: a detector in small.
func ones() onnxtest.Model {
	return onnxtest.Model{
		Inputs:  []onnxtest.Value{{Name: "x", Elem: onnxtest.Float, Dims: []any{"n", 3}}},
		Outputs: []onnxtest.Value{{Name: "y", Elem: onnxtest.Int64, Dims: []any{"m", 2}}},
		Nodes: []onnxtest.Node{
			{Op: "NonZero", Inputs: []string{"x"}, Outputs: []string{"z"}},
			{Op: "Transpose", Inputs: []string{"z"}, Outputs: []string{"y"}, Attrs: map[string]any{"perm": []int{1, 0}}},
		},
	}
}

// TestRowsNeverReachAnotherCaller: as many rows as items say nothing about whose
// they are.
func TestRowsNeverReachAnotherCaller(t *testing.T) {
	t.Parallel()
	r := metrics.NewRegistry()
	ctx := metrics.WithRegistry(t.Context(), r)
	m := runner.New(running{Name: "it", Instances: 1, MaxBatch: 8}, New(Config{ModelPath: written(t, ones()), Library: library(t),
		Inputs: []IO{{Name: "x", Batched: true}}, Outputs: []IO{{Name: "y", Batched: true}}}))
	if err := m.Open(ctx); err != nil {
		t.Fatal(err)
	}
	defer m.Close(ctx)
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := range 50 {
				x := make([]float32, 3)
				var at int64 = -1
				count := 0
				for j := range x {
					if (g*7+i*3)>>j&1 == 1 {
						x[j], at = 1, int64(j)
						count++
					}
				}
				out, err := m.Call(ctx, []tensor.Tensor{tensor.Of(x, 3)})
				if count != 1 {
					var e *runner.Error
					var wrong *engine.CountError
					if !errors.As(err, &e) || e.StatusCode() != http.StatusInternalServerError || !errors.As(err, &wrong) || wrong.Values != count || wrong.Items != 1 {
						t.Errorf("%v gives %v, %v", x, out, err)
					}
					continue
				}
				if err != nil {
					t.Errorf("%v: %v", x, err)
					continue
				}
				if got, _ := tensor.View[int64](out[0]); !slices.Equal(got, []int64{0, at}) {
					t.Errorf("%v gives %v", x, got)
				}
			}
		})
	}
	wg.Wait()
	_, err := m.Call(ctx, []tensor.Tensor{tensor.Of([]float32{1, 1, 0}, 3)})
	if want := "runner it: output y: the model gave 2 values along batch axis 0 for 1 item"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	var text strings.Builder
	if _, err := r.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), `bentoc_runner_mismatched_total{runner="it"} 0`) {
		t.Error("mismatches are not counted")
	}
}

// TestShapesThatOnlyTheLibraryRefuses are mistakes of the client, who is not told
// where the library was compiled.
func TestShapesThatOnlyTheLibraryRefuses(t *testing.T) {
	t.Parallel()
	m := opened(t, onnxtest.Model{
		Inputs:  []onnxtest.Value{{Name: "x", Elem: onnxtest.Float, Dims: []any{"a"}}, {Name: "shape", Elem: onnxtest.Int64, Dims: []any{"r"}}},
		Outputs: []onnxtest.Value{{Name: "y", Elem: onnxtest.Float}},
		Nodes:   []onnxtest.Node{{Op: "Reshape", Inputs: []string{"x", "shape"}, Outputs: []string{"y"}}},
	}, func(c *setup) { c.Inputs = []IO{{Name: "x"}, {Name: "shape"}} })
	_, err := m.Call(t.Context(), []tensor.Tensor{tensor.Of([]float32{1}, 1), tensor.Of([]int64{3}, 1)})
	var e *runner.Error
	if !errors.As(err, &e) || e.StatusCode() != http.StatusUnprocessableEntity {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(e.Error(), "cannot be reshaped to the requested shape") || strings.Contains(e.Error(), "/") {
		t.Errorf("the client is told %s", e)
	}
}

// TestNothingInFrontOfTheBatchAxis: a size of zero there leaves no elements.
func TestNothingInFrontOfTheBatchAxis(t *testing.T) {
	t.Parallel()
	for _, elem := range []int{onnxtest.Float, onnxtest.String} {
		m := opened(t, onnxtest.Identity(elem, "a", "N", 3), func(c *setup) {
			c.MaxBatch, c.Instances = 4, 1
			c.Inputs = []IO{{Name: "x", Batched: true, Axis: 1}}
			c.Outputs = []IO{{Name: "y", Batched: true, Axis: 1}}
		})
		for _, a := range []int{0, 1, 2} {
			var items [][]tensor.Tensor
			for i := range 6 {
				x := tensor.OfStrings(slices.Repeat([]string{fmt.Sprint(i)}, 3*a), a, 3)
				if elem == onnxtest.Float {
					x = tensor.Of(slices.Repeat([]float32{float32(i)}, 3*a), a, 3)
				}
				items = append(items, []tensor.Tensor{x})
			}
			out, err := inferAll(t, m, items)
			if err != nil {
				t.Fatal(err)
			}
			for i := range out {
				x, y := items[i][0], out[i][0]
				if !slices.Equal(y.Shape, x.Shape) || !slices.Equal(y.Data, x.Data) || !slices.Equal(y.Strings, x.Strings) {
					t.Errorf("%+v comes back as %+v", x, y)
				}
			}
		}
	}
}

// TestOutputsWithoutRoomForTheAxis are of a lower rank than the declared axis.
func TestOutputsWithoutRoomForTheAxis(t *testing.T) {
	t.Parallel()
	sum := onnxtest.Identity(onnxtest.Float)
	sum.Nodes[0].Op = "Squeeze"
	m := opened(t, sum, func(c *setup) {
		c.MaxBatch = 4
		c.Inputs, c.Outputs = []IO{{Name: "x", Batched: true}}, []IO{{Name: "y", Batched: true}}
	})
	_, err := inferAll(t, m, [][]tensor.Tensor{{tensor.Of([]float32{1}, 1)}, {tensor.Of([]float32{3}, 1)}})
	var e *runner.Error
	if !errors.As(err, &e) || e.StatusCode() != 500 || !strings.Contains(err.Error(), "output y: the model gave a tensor of shape [], which has no batch axis 0") {
		t.Errorf("got %v", err)
	}
}
