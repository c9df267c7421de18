//go:build ort && linux && (amd64 || arm64)

// These tests run real models on the real library. They are compiled with the
// tag "ort" and need the path of libonnxruntime.so, of version 1.24 or later, in
// BENTOC_ORT_LIB; without it they fail:
//
//	pip download --no-deps --only-binary=:all: -d DIR onnxruntime
//	unzip -j DIR/onnxruntime-*.whl 'onnxruntime/capi/libonnxruntime.so.*' -d DIR
//	BENTOC_ORT_LIB=$(echo DIR/libonnxruntime.so.*) go test -tags ort ./runtime/engine/onnx/...
package onnx

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bentoc.dev/runtime/engine/onnx/onnxtest"
	"bentoc.dev/runtime/engine/onnx/ort"
	"bentoc.dev/runtime/tensor"
)

// library is the path of the library, or the end of the test.
func library(t testing.TB) string {
	t.Helper()
	path := os.Getenv(LibraryEnv)
	if path == "" {
		t.Fatalf("%s is not set: it must name libonnxruntime.so for tests with the tag ort", LibraryEnv)
	}
	return path
}

// written writes a model's file and returns its path.
func written(t testing.TB, m onnxtest.Model) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, m.Encode(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// opened opens a model and closes it when the test ends.
func opened(t testing.TB, m onnxtest.Model, change func(*Config)) *Model {
	t.Helper()
	cfg := Config{Name: "it", ModelPath: written(t, m), Library: library(t), Instances: 2}
	if change != nil {
		change(&cfg)
	}
	model := New(cfg)
	if err := model.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := model.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return model
}

// infer runs an item that must succeed.
func infer(t testing.TB, m *Model, in ...tensor.Tensor) []tensor.Tensor {
	t.Helper()
	out, err := m.Infer(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func floats(t testing.TB, x tensor.Tensor) []float32 {
	t.Helper()
	v, err := tensor.View[float32](x)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestInferAddsWithoutTheBatchAxis(t *testing.T) {
	t.Parallel()
	m := opened(t, onnxtest.Add(), nil)
	out := infer(t, m, tensor.Of([]float32{1, 2, 3, 4}, 4), tensor.Of([]float32{10, 20, 30, 40}, 4))
	if len(out) != 1 || !slices.Equal(out[0].Shape, []int{4}) || !slices.Equal(floats(t, out[0]), []float32{11, 22, 33, 44}) {
		t.Errorf("outputs %v", out)
	}
	if meta := m.Metadata(); meta["author"] != "onnxtest" || meta["labels"] != "one\ntwo" || len(meta) != 2 {
		t.Errorf("metadata %v", meta)
	}
}

func TestItemsOfConcurrentRequestsNeverCross(t *testing.T) {
	t.Parallel()
	var items, runs atomic.Int64
	m := opened(t, onnxtest.Add(), func(c *Config) {
		c.MaxBatch = 8
		c.Observe = func(size int, _, _ time.Duration) { items.Add(int64(size)); runs.Add(1) }
	})
	var wg sync.WaitGroup
	for g := range 32 {
		wg.Go(func() {
			for i := range 200 {
				a, b := float32(g*1000+i), float32(i)
				out, err := m.Infer(t.Context(), []tensor.Tensor{
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

func TestItemsOfOneRequestRunTogether(t *testing.T) {
	t.Parallel()
	var sizes []int
	m := opened(t, onnxtest.Add(), func(c *Config) {
		c.MaxBatch, c.Instances = 8, 1
		c.Observe = func(size int, _, _ time.Duration) { sizes = append(sizes, size) }
	})
	var items [][]tensor.Tensor
	for i := range 19 {
		f := float32(i)
		items = append(items, []tensor.Tensor{tensor.Of([]float32{f, f, f, f}, 4), tensor.Of([]float32{1, 2, 3, 4}, 4)})
	}
	out, err := m.InferAll(t.Context(), items)
	if err != nil {
		t.Fatal(err)
	}
	for i := range out {
		if got := floats(t, out[i][0]); got[0] != float32(i)+1 || got[3] != float32(i)+4 {
			t.Errorf("item %d got %v", i, got)
		}
	}
	if !slices.Equal(sizes, []int{8, 8, 3}) {
		t.Errorf("runs of %v items", sizes)
	}
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
			m := opened(t, onnxtest.Identity(c.elem, "N", "W"), func(c *Config) { c.MaxBatch = 4 })
			items := [][]tensor.Tensor{{c.x}, {c.x}, {c.x}}
			out, err := m.InferAll(t.Context(), items)
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
	ints := opened(t, onnxtest.ZipMap([]int{7, -8, 9}), func(c *Config) { c.MaxBatch = 4 })
	out, err := ints.InferAll(t.Context(), [][]tensor.Tensor{
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
		m := opened(t, onnxtest.Identity(elem, 2, "batch", 3), func(c *Config) {
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
		out, err := m.InferAll(t.Context(), items)
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
	m := opened(t, onnxtest.Identity(onnxtest.Float, "N", "H", "W"), func(c *Config) { c.MaxBatch = 8 })
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := range 100 {
				h, w := (g+i)%4, (g*i)%150
				data := make([]float32, h*w)
				for j := range data {
					data[j] = float32(g*1000 + i + j)
				}
				out, err := m.Infer(t.Context(), []tensor.Tensor{tensor.Of(data, h, w)})
				if err != nil || !slices.Equal(out[0].Shape, []int{h, w}) || !slices.Equal(floats(t, out[0]), data) {
					t.Errorf("%d×%d: %v", h, w, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestOnlyTheItemThatTheModelRefusesFails(t *testing.T) {
	t.Parallel()
	m := opened(t, onnxtest.Lookup(10), func(c *Config) { c.MaxBatch, c.Instances = 8, 1 })
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			index := int64(i % 10)
			if i%10 == 3 {
				index = 1000
			}
			out, err := m.Infer(t.Context(), []tensor.Tensor{tensor.Of([]int64{index})})
			var e *Error
			if index == 1000 {
				if !errors.As(err, &e) || e.Status != http.StatusUnprocessableEntity || !strings.Contains(err.Error(), "out of data bounds") {
					t.Errorf("index 1000 gives %v", err)
				}
			} else if err != nil || floats(t, out[0])[0] != float32(index)*10 {
				t.Errorf("index %d gives %v, %v", index, out, err)
			}
		})
	}
	wg.Wait()
}

func TestInputsThatDoNotFitAre422(t *testing.T) {
	t.Parallel()
	m := opened(t, onnxtest.Add(), nil)
	good := tensor.Of([]float32{1, 2, 3, 4}, 4)
	for _, c := range []struct {
		in   []tensor.Tensor
		want string
	}{
		{[]tensor.Tensor{good}, "runner it: 1 inputs given, the model takes 2"},
		{[]tensor.Tensor{good, tensor.Of([]float64{1}, 1)}, "runner it: input b: got a tensor of float64, the model takes float32"},
		{[]tensor.Tensor{good, tensor.Of([]float32{1}, 1)}, "runner it: input b: got a tensor of shape [1], the model takes [4]"},
		{[]tensor.Tensor{good, {DType: tensor.Float32, Shape: []int{4}, Data: make([]byte, 15)}}, "runner it: input b: shape [4] holds 4 elements of float32, got 15 bytes"},
	} {
		_, err := m.Infer(t.Context(), c.in)
		var e *Error
		if !errors.As(err, &e) || e.StatusCode() != 422 || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	zero := opened(t, onnxtest.Identity(onnxtest.String, "N", "W"), nil)
	var e *Error
	if _, err := zero.Infer(t.Context(), []tensor.Tensor{tensor.OfStrings([]string{"a\x00b"}, 1)}); !errors.As(err, &e) || e.Status != 422 {
		t.Errorf("a zero byte gives %v", err)
	}
}

func TestRunningOutOfMemoryIsAnErrorOfTheRequest(t *testing.T) {
	t.Parallel()
	m := opened(t, onnxtest.Zeros(), func(c *Config) { c.Inputs = []IO{{Name: "shape"}} })
	_, err := m.Infer(t.Context(), []tensor.Tensor{tensor.Of([]int64{1 << 58}, 1)})
	var e *Error
	if !errors.As(err, &e) || e.StatusCode() != http.StatusServiceUnavailable {
		t.Errorf("2^60 bytes give %v", err)
	}
	out := infer(t, m, tensor.Of([]int64{2, 3}, 2))
	if !slices.Equal(out[0].Shape, []int{2, 3}) {
		t.Errorf("afterwards: %v", out)
	}
}

func TestARunEndsSoonAfterItsContext(t *testing.T) {
	t.Parallel()
	runs := make(chan time.Duration, 1)
	m := opened(t, onnxtest.Slow(400, 300), func(c *Config) {
		c.Instances = 1
		c.Observe = func(_ int, _, run time.Duration) { runs <- run }
	})
	x, err := tensor.Make(tensor.Float32, []int{400, 400})
	if err != nil {
		t.Fatal(err)
	}
	infer(t, m, x)
	whole := <-runs
	for range 3 {
		away := errors.New("the client went away")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(whole/10, func() { cancel(away) })
		if _, err := m.Infer(ctx, []tensor.Tensor{x}); !errors.Is(err, away) {
			t.Errorf("the cancelled run gives %v", err)
		}
		run := <-runs
		if run > whole*3/4 {
			t.Errorf("a run of %v that was cancelled after a tenth took %v", whole, run)
		}
		t.Logf("a run of %v that was cancelled after a tenth took %v", whole, run)
	}
	infer(t, m, x) // the instance works on
	<-runs
}

func TestModelsThatDoNotLoad(t *testing.T) {
	t.Parallel()
	good := written(t, onnxtest.Add())
	bad := filepath.Join(t.TempDir(), "bad.onnx")
	if err := os.WriteFile(bad, []byte("not a model"), 0o600); err != nil {
		t.Fatal(err)
	}
	outside := onnxtest.Add()
	outside.Weights = []onnxtest.Weight{{Name: "w", Elem: onnxtest.Float, Dims: []int{4}, File: "missing.bin"}}
	outside.Nodes = append(outside.Nodes, onnxtest.Node{Op: "Add", Inputs: []string{"sum", "w"}, Outputs: []string{"z"}})
	outside.Outputs[0].Name = "z"
	for _, c := range []struct {
		name string
		cfg  Config
		want []string
	}{
		{"missing file", Config{ModelPath: "/nowhere/m.onnx"}, []string{"runner it: loading model /nowhere/m.onnx: ", "File doesn't exist"}},
		{"not ONNX", Config{ModelPath: bad}, []string{"runner it: loading model " + bad, "Protobuf parsing failed"}},
		{"missing weights", Config{ModelPath: written(t, outside)}, []string{"missing.bin"}},
		{"library", Config{ModelPath: good, Library: "/nowhere/lib.so"}, []string{"runner it: opening the ONNX runtime library /nowhere/lib.so", "No such file"}},
		{"option", Config{ModelPath: good, SessionOptions: map[string]string{"session.spin": "1"}}, []string{`unknown session option "session.spin"`}},
		{"own option", Config{ModelPath: good, SessionOptions: map[string]string{"session.intra_op_num_threads": "1"}}, []string{"is set by threads"}},
		{"no such input", Config{ModelPath: good, Inputs: []IO{{Name: "a"}, {Name: "image", File: "c"}}},
			[]string{`no input "c"; the file has "a" (float32 [N 4]), "b" (float32 [N 4])`}},
		{"no such output", Config{ModelPath: good, Outputs: []IO{{Name: "y"}}}, []string{`no output "y"; the file has "sum"`}},
		{"input left out", Config{ModelPath: good, Inputs: []IO{{Name: "a", Batched: true}}}, []string{`input "b" (float32 [N 4]) of the file is not declared`}},
		{"dtype", Config{ModelPath: good, Inputs: []IO{{Name: "a", DType: tensor.Int8}, {Name: "b"}}}, []string{`input "a": declared as int8, but the file has float32 [N 4]`}},
		{"rank", Config{ModelPath: good, Inputs: []IO{{Name: "a", Shape: []int{1, 4}, Batched: true}, {Name: "b"}}}, []string{"declared with 2 dimensions an item"}},
		{"size", Config{ModelPath: good, Inputs: []IO{{Name: "a", Shape: []int{5}, Batched: true}, {Name: "b"}}}, []string{"dimension 0 of an item is declared as 5"}},
		{"axis", Config{ModelPath: good, Inputs: []IO{{Name: "a", Batched: true, Axis: 2}, {Name: "b"}}}, []string{"batch axis 2, but"}},
		{"fixed axis", Config{ModelPath: good, Inputs: []IO{{Name: "a", Batched: true, Axis: 1}, {Name: "b"}}}, []string{"batch axis 1 is fixed to 4"}},
	} {
		c.cfg.Name = "it"
		if c.cfg.Library == "" {
			c.cfg.Library = library(t)
		}
		m := New(c.cfg)
		err := m.Open(t.Context())
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", c.name, err, want)
			}
		}
		var e *Error
		if _, err := m.Infer(t.Context(), nil); !errors.As(err, &e) || e.Status != 503 {
			t.Errorf("%s: Infer gives %v", c.name, err)
		}
		if err := m.Close(t.Context()); err != nil {
			t.Errorf("%s: Close gives %v", c.name, err)
		}
	}
}

func TestExternalWeightsLieBesideTheModel(t *testing.T) {
	t.Parallel()
	m := onnxtest.Add()
	w := onnxtest.Floats("w", []float32{100, 200, 300, 400}, 4)
	raw := w.Raw
	w.File = "weights.bin"
	m.Weights = []onnxtest.Weight{w}
	m.Nodes = append(m.Nodes, onnxtest.Node{Op: "Add", Inputs: []string{"sum", "w"}, Outputs: []string{"z"}})
	m.Outputs[0].Name = "z"
	model := opened(t, m, func(c *Config) {
		if err := os.WriteFile(filepath.Join(filepath.Dir(c.ModelPath), "weights.bin"), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	})
	x := tensor.Of([]float32{1, 2, 3, 4}, 4)
	if got := floats(t, infer(t, model, x, x)[0]); !slices.Equal(got, []float32{102, 204, 306, 408}) {
		t.Error(got)
	}
}

// TestAFileThatIsWrongAboutItsOutput has 7 columns declared where there are as
// many as go in.
func TestAFileThatIsWrongAboutItsOutput(t *testing.T) {
	t.Parallel()
	wrong := onnxtest.Identity(onnxtest.Float, "N", "W")
	wrong.Outputs[0].Dims = []any{"N", 7}
	m := opened(t, wrong, func(c *Config) { c.Outputs = []IO{{Name: "y", Shape: []int{-1}, Batched: true}} })
	_, err := m.Infer(t.Context(), []tensor.Tensor{tensor.Of([]float32{1, 2}, 2)})
	var e *Error
	if !errors.As(err, &e) || e.Status != 500 || !strings.Contains(err.Error(), "output y: the model gave a tensor of shape [2], declared is [7]") {
		t.Errorf("got %v", err)
	}
	seven := tensor.Of([]float32{1, 2, 3, 4, 5, 6, 7}, 7)
	if out := infer(t, m, seven); !slices.Equal(floats(t, out[0]), floats(t, seven)) {
		t.Errorf("got %v", out)
	}
}

func TestMemoryIsGivenBackAfterARest(t *testing.T) {
	t.Parallel()
	m := opened(t, onnxtest.MLP(64, 128, 8), func(c *Config) { c.IdleShrink = 20 * time.Millisecond })
	x, err := tensor.Make(tensor.Float32, []int{64})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		infer(t, m, x)
		l := m.loaded.Load()
		deadline := time.Now().Add(10 * time.Second)
		for resting := false; !resting; {
			l.idle.mu.Lock()
			resting = !l.idle.armed
			l.idle.mu.Unlock()
			if time.Now().After(deadline) {
				t.Fatal("the model does not rest")
			}
		}
		l.idle.wait.Wait()
		for _, in := range l.instances {
			in.mu.Lock()
			if in.ready {
				in.mu.Unlock()
				if done, err := in.shrink(); !done || err != nil {
					t.Errorf("shrinking: %v, %v", done, err)
				}
				break
			}
			in.mu.Unlock()
		}
	}
}

func TestCloseWaitsForWhatRuns(t *testing.T) {
	t.Parallel()
	cfg := Config{Name: "it", ModelPath: written(t, onnxtest.Slow(300, 60)), Library: library(t), Instances: 1}
	m := New(cfg)
	if err := m.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := m.Open(t.Context()); err == nil {
		t.Error("a model was opened twice")
	}
	x, _ := tensor.Make(tensor.Float32, []int{300, 300})
	done := make(chan error, 1)
	started := make(chan struct{})
	go func() {
		close(started)
		_, err := m.Infer(t.Context(), []tensor.Tensor{x})
		done <- err
	}()
	<-started
	if err := m.Close(t.Context()); err != nil {
		t.Error(err)
	}
	var e *Error
	if err := <-done; err != nil && !errors.As(err, &e) { // it may have come too late
		t.Error(err)
	}
	if err := m.Open(t.Context()); err != nil {
		t.Errorf("opening again: %v", err)
	}
	if err := m.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestSessionOptionsAreKnownToTheLibrary looks for each key in the library's file.
func TestSessionOptionsAreKnownToTheLibrary(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(library(t))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, key := range sessionOptions {
		if !strings.Contains(text, key) {
			t.Errorf("the library does not know %q", key)
		}
	}
	opened(t, onnxtest.Add(), func(c *Config) {
		c.SessionOptions = map[string]string{"session.set_denormal_as_zero": "1"}
	})
}

func TestSignatureOfTheFile(t *testing.T) {
	t.Parallel()
	lib, err := ort.Open(library(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		m    onnxtest.Model
		want string
	}{
		{onnxtest.Add(), "a float32 [N 4], b float32 [N 4] -> sum float32 [N 4]"},
		{onnxtest.ZipMap([]string{"a", "b", "c"}), "x float32 [N 3] -> y sequence of map of string to float32 of any shape"},
		{onnxtest.Zeros(), "shape int64 [rank] -> y float32 of any shape"},
		{onnxtest.Identity(onnxtest.BFloat16, nil, 2, "w"), "x bfloat16 [? 2 w] -> y bfloat16 [? 2 w]"},
	} {
		s, err := lib.Load(written(t, c.m), ort.Options{})
		if err != nil {
			t.Fatal(err)
		}
		show := func(infos []ort.Info) string {
			var out []string
			for _, i := range infos {
				out = append(out, fmt.Sprintf("%s %s", i.Name, i.Type))
			}
			return strings.Join(out, ", ")
		}
		if got := show(s.Inputs()) + " -> " + show(s.Outputs()); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
		s.Close()
	}
	if !strings.Contains(lib.Version(), ".") {
		t.Errorf("version %q", lib.Version())
	}
}
