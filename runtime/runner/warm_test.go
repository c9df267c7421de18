package runner_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/runner/warmup"
	"bentoc.dev/runtime/tensor"
)

var warm = warmup.Zeros(warmup.Tensor{Name: "x", DType: tensor.Float32, Shape: []int{3}})

// Each instance runs one item and a full batch before the runner is open, and nothing is
// counted.
func TestWarmUp(t *testing.T) {
	t.Parallel()
	f := &fake{}
	_, registry := started(t, runner.Config{Instances: 2, MaxBatch: 4, WarmUp: warm}, f)
	if !slices.Equal(f.sizes, []int{1, 4, 1, 4}) {
		t.Errorf("it ran %v", f.sizes)
	}
	var b strings.Builder
	if _, err := registry.WriteTo(&b); err != nil || !strings.Contains(b.String(), "\nbentoc_runner_run_seconds_count{runner=\"it\"} 0\n") {
		t.Errorf("%v; the runs are counted:\n%s", err, b.String())
	}
	bounded := &fake{}
	started(t, runner.Config{Instances: 1, MaxBatch: 4, WarmUp: warm, Work: runner.Work{Of: runner.Elements, Max: 11}}, bounded)
	if !slices.Equal(bounded.sizes, []int{1}) {
		t.Errorf("batches of 11 elements: it ran %v", bounded.sizes)
	}
}

// What fails then keeps the runner from opening, and nothing stays open.
func TestWarmUpThatFails(t *testing.T) {
	t.Parallel()
	fails := func(when func(items []*engine.Item) bool, err error) func(context.Context, []*engine.Item) error {
		return func(ctx context.Context, items []*engine.Item) error {
			if when(items) {
				return err
			}
			return double(ctx, items)
		}
	}
	for name, c := range map[string]struct {
		run  func(context.Context, []*engine.Item) error
		warm func() ([]tensor.Tensor, error)
		want string
	}{
		"one":   {fails(func(items []*engine.Item) bool { return len(items) == 1 }, errBad), warm, "runner it: warming up with 1 item: bad item"},
		"batch": {fails(func(items []*engine.Item) bool { return len(items) > 1 }, noMemory{}), warm, "runner it: warming up with 4 items: no memory"},
		"count": {fails(func(items []*engine.Item) bool { return len(items) > 1 }, &engine.CountError{}), warm, ""},
		"item": {func(_ context.Context, items []*engine.Item) error {
			for _, it := range items {
				it.Err = errBad
			}
			return nil
		}, warm, "runner it: warming up with 1 item: bad item"},
		"shape": {nil, warmup.Zeros(warmup.Tensor{Name: "x", DType: tensor.Float32, Shape: []int{3, 1}}), "warming up: runner it: input x: got a tensor of shape"},
		"type":  {nil, warmup.Zeros(warmup.Tensor{Name: "x", DType: tensor.String, Shape: []int{3}}), "warming up: runner it: input x: got a tensor of string"},
		"large": {nil, warmup.Zeros(warmup.Tensor{Name: "x", DType: tensor.Float32, Shape: []int{1 << 40, 1 << 40}}), "warming up: input x: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fake{run: c.run}
			r := runner.New(runner.Config{Name: "it", Instances: 1, MaxBatch: 4, WarmUp: c.warm}, f)
			err := r.Open(metrics.WithRegistry(t.Context(), metrics.NewRegistry()))
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				_ = r.Close(t.Context())
			} else if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if n := f.left(); n != 0 {
				t.Errorf("%d models and instances are left open", n)
			}
		})
	}
}

// A runner that has no memory for one item is told to get no requests for a while.
func TestNoMemoryForAnItem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		short := false
		f := &fake{run: func(ctx context.Context, items []*engine.Item) error {
			if short || len(items) > 1 {
				return noMemory{}
			}
			return double(ctx, items)
		}}
		r, _ := started(t, runner.Config{Model: "m", Instances: 1, MaxBatch: 8}, f)
		well := func(want string) {
			t.Helper()
			if got := r.Ailing(); got != want {
				t.Errorf("it says %q, want %q", got, want)
			}
		}
		crowd(t, r, nil) // in which batches are too large
		well("")
		short = true
		if _, err := r.Call(t.Context(), vector(1)); !errors.Is(err, noMemory{}) {
			t.Errorf("got %v", err)
		}
		well("runner it (model m) has no memory for an item")
		time.Sleep(9 * time.Second)
		well("runner it (model m) has no memory for an item")
		time.Sleep(2 * time.Second)
		well("")
		if _, err := r.Call(t.Context(), vector(1)); err == nil {
			t.Error("it has memory")
		}
		well("runner it (model m) has no memory for an item")
		short = false
		if _, err := r.Call(t.Context(), vector(1)); err != nil {
			t.Error(err)
		}
		well("")
	})
}
