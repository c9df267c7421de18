//go:build ort && linux && (amd64 || arm64)

package onnx

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/engine/onnx/onnxtest"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/tensor"
)

func TestARunEndsSoonAfterItsContext(t *testing.T) {
	t.Parallel()
	runs := make(chan time.Duration, 1)
	m := opened(t, onnxtest.Slow(400, 300), func(c *setup) {
		c.Instances = 1
		c.Observe = func(_ int, _, run time.Duration) { runs <- run }
	})
	x, err := tensor.Make(tensor.Float32, []int{400, 400})
	if err != nil {
		t.Fatal(err)
	}
	infer(t, m, x)
	whole := <-runs
	shortest := whole
	for range 3 { // another program may have the processors meanwhile
		away := errors.New("the client went away")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(whole/10, func() { cancel(away) })
		if _, err := m.Call(ctx, []tensor.Tensor{x}); !errors.Is(err, away) {
			t.Errorf("the cancelled run gives %v", err)
		}
		run := <-runs
		shortest = min(shortest, run)
		t.Logf("a run of %v that was cancelled after a tenth took %v", whole, run)
	}
	if shortest > whole*3/4 {
		t.Errorf("of runs of %v that were cancelled after a tenth none took less than %v", whole, shortest)
	}
	infer(t, m, x) // the instance works on
	<-runs
}

func TestGivingMemoryBackTakesLessThanARun(t *testing.T) {
	t.Parallel()
	in := alone(t, onnxtest.Slow(400, 300))
	shrink := in.(engine.Shrinker).Shrink
	if done, err := shrink(); done || err != nil {
		t.Errorf("before any run: %v, %v", done, err)
	}
	x, err := tensor.Make(tensor.Float32, []int{400, 400})
	if err != nil {
		t.Fatal(err)
	}
	run := func() {
		t.Helper()
		item := &engine.Item{In: []tensor.Tensor{x}}
		if err := errors.Join(in.Run(t.Context(), []*engine.Item{item}), item.Err); err != nil || len(item.Out) != 1 {
			t.Fatal(err)
		}
	}
	fast := false
	for range 5 { // another program may have the processors meanwhile
		start := time.Now()
		run()
		whole := time.Since(start)
		start = time.Now()
		if done, err := shrink(); !done || err != nil {
			t.Errorf("shrinking: %v, %v", done, err)
		}
		took := time.Since(start)
		t.Logf("a run takes %v, giving its memory back %v", whole, took)
		fast = fast || took <= whole/4
	}
	if !fast {
		t.Error("giving memory back takes more than a quarter of a run")
	}
	run() // it runs as before
}

func TestCloseWaitsForWhatRuns(t *testing.T) {
	t.Parallel()
	m := runner.New(running{Name: "it", Instances: 1}, New(Config{ModelPath: written(t, onnxtest.Slow(300, 60)), Library: library(t)}))
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
		_, err := m.Call(t.Context(), []tensor.Tensor{x})
		done <- err
	}()
	<-started
	if err := m.Close(t.Context()); err != nil {
		t.Error(err)
	}
	var e *runner.Error
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

func TestRunningOutOfMemoryIsAnErrorOfTheRequest(t *testing.T) {
	t.Parallel()
	m := opened(t, onnxtest.Zeros(), func(c *setup) { c.Inputs = []IO{{Name: "shape"}} })
	_, err := m.Call(t.Context(), []tensor.Tensor{tensor.Of([]int64{1 << 58}, 1)})
	var e *runner.Error
	if !errors.As(err, &e) || e.StatusCode() != http.StatusServiceUnavailable {
		t.Errorf("2^60 bytes give %v", err)
	}
	out := infer(t, m, tensor.Of([]int64{2, 3}, 2))
	if !slices.Equal(out[0].Shape, []int{2, 3}) {
		t.Errorf("afterwards: %v", out)
	}
}

func TestOnlyTheItemThatTheModelRefusesFails(t *testing.T) {
	t.Parallel()
	m := opened(t, onnxtest.Lookup(10), func(c *setup) { c.MaxBatch, c.Instances = 8, 1 })
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			index := int64(i % 10)
			if i%10 == 3 {
				index = 1000
			}
			out, err := m.Call(t.Context(), []tensor.Tensor{tensor.Of([]int64{index})})
			var e *runner.Error
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
		_, err := m.Call(t.Context(), c.in)
		var e *runner.Error
		if !errors.As(err, &e) || e.StatusCode() != 422 || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	zero := opened(t, onnxtest.Identity(onnxtest.String, "N", "W"), nil)
	var e *runner.Error
	if _, err := zero.Call(t.Context(), []tensor.Tensor{tensor.OfStrings([]string{"a\x00b"}, 1)}); !errors.As(err, &e) || e.Status != 422 {
		t.Errorf("a zero byte gives %v", err)
	}
}

// TestAFileThatIsWrongAboutItsOutput has 7 columns declared where there are as
// many as go in.
func TestAFileThatIsWrongAboutItsOutput(t *testing.T) {
	t.Parallel()
	wrong := onnxtest.Identity(onnxtest.Float, "N", "W")
	wrong.Outputs[0].Dims = []any{"N", 7}
	m := opened(t, wrong, func(c *setup) { c.Outputs = []IO{{Name: "y", Shape: []int{-1}, Batched: true}} })
	_, err := m.Call(t.Context(), []tensor.Tensor{tensor.Of([]float32{1, 2}, 2)})
	var e *runner.Error
	if !errors.As(err, &e) || e.Status != 500 || !strings.Contains(err.Error(), "output y: the model gave a tensor of shape [2], declared is [7]") {
		t.Errorf("got %v", err)
	}
	seven := tensor.Of([]float32{1, 2, 3, 4, 5, 6, 7}, 7)
	if out := infer(t, m, seven); !slices.Equal(floats(t, out[0]), floats(t, seven)) {
		t.Errorf("got %v", out)
	}
}
