package runner_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/tensor"
)

// TestBatchesAreBelievedWhenTheyAreRight, whatever the engine gets wrong about them.
func TestBatchesAreBelievedWhenTheyAreRight(t *testing.T) {
	t.Parallel()
	shifted := func(_ context.Context, items []*engine.Item) error { // rows of another item
		for k, it := range items {
			it.Out = []tensor.Tensor{twice(items[(k+1)%len(items)].In[0], 0)}
		}
		return nil
	}
	crowded := func(_ context.Context, items []*engine.Item) error { // a part of the others
		for _, it := range items {
			it.Out = []tensor.Tensor{twice(it.In[0], float32(len(items)-1)*50)}
		}
		return nil
	}
	few := func(ctx context.Context, items []*engine.Item) error {
		if len(items) > 1 {
			return &engine.CountError{Output: "x", Values: 1, Items: len(items)}
		}
		return double(ctx, items)
	}
	for name, c := range map[string]struct {
		f        *fake
		together bool
	}{
		"right":          {&fake{run: double}, true},
		"proven":         {&fake{run: double, prove: func() error { return nil }}, true},
		"not proven":     {&fake{run: double, prove: func() error { return errors.New("who knows") }}, false},
		"one at a time":  {&fake{run: double, alone: true}, false},
		"rows of others": {&fake{run: shifted}, false},
		"proven wrongly": {&fake{run: shifted, prove: func() error { return nil }}, false},
		"less the mean":  {&fake{run: crowded}, false},
		"too few":        {&fake{run: few}, false},
		"out of memory": {&fake{run: func(ctx context.Context, items []*engine.Item) error {
			if len(items) > 4 {
				return noMemory{}
			}
			return double(ctx, items)
		}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := c.f
			f.run = slowly(f.run)
			r, _ := started(t, runner.Config{Instances: 1, MaxBatch: 8}, f)
			crowd(t, r, nil) // in which it is found out
			f.largest()
			crowd(t, r, nil)
			if together := f.largest() > 1; together != c.together {
				t.Errorf("items run together: %v", together)
			}
		})
	}
}

type noMemory struct{}

func (noMemory) Error() string     { return "no memory" }
func (noMemory) OutOfMemory() bool { return true }
func (noMemory) StatusCode() int   { return http.StatusServiceUnavailable }

// An item that the engine refuses fails alone, however it says so.
func TestOnlyTheBadItemFails(t *testing.T) {
	t.Parallel()
	bad := func(it *engine.Item) bool {
		x, _ := tensor.View[float32](it.In[0])
		return int(x[0])%7 == 3
	}
	for name, run := range map[string]func(context.Context, []*engine.Item) error{
		"batch": func(ctx context.Context, items []*engine.Item) error {
			for _, it := range items {
				if bad(it) {
					return errBad
				}
			}
			return double(ctx, items)
		},
		"item": func(ctx context.Context, items []*engine.Item) error {
			err := double(ctx, items)
			for _, it := range items {
				if bad(it) {
					it.Err = errBad
				}
			}
			return err
		},
		"panic": func(ctx context.Context, items []*engine.Item) error {
			for _, it := range items {
				if bad(it) {
					panic(errBad)
				}
			}
			return double(ctx, items)
		},
		"forgotten": func(ctx context.Context, items []*engine.Item) error {
			err := double(ctx, items)
			for _, it := range items {
				if bad(it) {
					it.Out = nil
				}
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := started(t, runner.Config{Instances: 2, MaxBatch: 8}, &fake{run: slowly(run)})
			crowd(t, r, func(x float32, err error) bool {
				if int(x)%7 != 3 {
					return false
				}
				e, ok := errors.AsType[*runner.Error](err)
				if !ok || e.StatusCode() != 500 || !strings.HasPrefix(err.Error(), "runner it: ") {
					t.Errorf("item %v: %v", x, err)
				}
				if _, ok := errors.AsType[*graph.PanicError](err); ok != (name == "panic") {
					t.Errorf("item %v: %v", x, err)
				}
				return true
			})
		})
	}
}

func TestInputsAreHeldAgainstTheSignature(t *testing.T) {
	t.Parallel()
	f := &fake{}
	r, _ := started(t, runner.Config{Instances: 1}, f)
	for want, in := range map[string][]tensor.Tensor{
		"runner it: 2 inputs given, the model takes 1":                            append(vector(1), vector(1)...),
		"runner it: input x: got a tensor of float64, the model takes float32":    {tensor.Of([]float64{1}, 1)},
		"runner it: input x: got a tensor of shape [1, 1], the model takes [?]":   {tensor.Of([]float32{1}, 1, 1)},
		"runner it: input x: shape [4] holds 4 elements of float32, got 15 bytes": {{DType: tensor.Float32, Shape: []int{4}, Data: make([]byte, 15)}},
	} {
		_, err := r.Call(t.Context(), in)
		if e, ok := errors.AsType[*runner.Error](err); !ok || e.Status != 422 || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if f.largest() != 0 {
		t.Error("the engine was asked")
	}
}

func TestLifeOfARunner(t *testing.T) {
	t.Parallel()
	f := &fake{}
	r := runner.New(runner.Config{Name: "it"}, f)
	_, err := r.Call(t.Context(), vector(1))
	if e, ok := errors.AsType[*runner.Error](err); !ok || e.Status != 503 || err.Error() != "runner it: the model is not open" {
		t.Errorf("before Open: %v", err)
	}
	for range 2 {
		if err := r.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.Open(t.Context()); err == nil {
			t.Error("opened twice")
		}
		if _, err := r.Call(t.Context(), vector(1)); err != nil {
			t.Error(err)
		}
		for range 2 {
			if err := r.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
	f.broken = errors.New("no place")
	r = runner.New(runner.Config{Name: "it", Instances: 3}, f)
	if err := r.Open(t.Context()); err == nil || err.Error() != "runner it: no place" {
		t.Errorf("opening gives %v", err)
	}
	if n := f.left(); n != 0 {
		t.Errorf("%d models and instances are left open", n)
	}
}

func TestARunnerThatRestsGivesMemoryBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		r, _ := started(t, runner.Config{Instances: 3, IdleShrink: time.Minute}, f)
		want := func(n int) {
			t.Helper()
			synctest.Wait()
			f.mu.Lock()
			defer f.mu.Unlock()
			if f.shrunk != n {
				t.Errorf("memory was given back %d times, not %d", f.shrunk, n)
			}
		}
		for i := range 3 {
			for range 5 {
				if _, err := r.Call(t.Context(), vector(1)); err != nil {
					t.Error(err)
				}
				time.Sleep(50 * time.Second)
				want(i)
			}
			time.Sleep(11 * time.Second)
			want(i + 1)
			time.Sleep(time.Hour)
			want(i + 1)
		}
	})
}

func TestAFullQueueOfAModel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, registry := started(t, runner.Config{Instances: 1, MaxQueue: 2}, &fake{run: func(ctx context.Context, items []*engine.Item) error {
			time.Sleep(time.Second)
			return double(ctx, items)
		}})
		for range 3 {
			go r.Call(t.Context(), vector(1))
			synctest.Wait()
		}
		_, err := r.Call(t.Context(), vector(1))
		refused(t, err, "runner it is overloaded: 2 items are waiting")
		counted(t, registry, `bentoc_runner_queue_length{runner="it"} 2`, `bentoc_runner_dropped_total{reason="queue_full",runner="it"} 1`)
		time.Sleep(time.Minute)
	})
}

func refused(t *testing.T, err error, text string) {
	t.Helper()
	e, ok := errors.AsType[interface {
		error
		StatusCode() int
		RetryAfter() time.Duration
	}](err)
	if !ok || e.StatusCode() != http.StatusServiceUnavailable || e.RetryAfter() < time.Second || e.Error() != text {
		t.Errorf("a call too many gets %v", err)
	}
}

// counted looks for lines of the metrics.
func counted(t *testing.T, registry *metrics.Registry, lines ...string) {
	t.Helper()
	var text strings.Builder
	if _, err := registry.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if !strings.Contains(text.String(), line+"\n") {
			t.Errorf("no line %s in\n%s", line, text.String())
		}
	}
}
