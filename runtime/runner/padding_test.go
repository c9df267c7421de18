package runner_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/engine/pad"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/tensor"
)

func padded(budget float64) runner.Config {
	axis := []pad.Axis{{Tensor: 0, Dim: 0}}
	return runner.Config{Instances: 1, MaxBatch: 8, Padding: pad.New(pad.Config{Of: "w", Inputs: axis, Outputs: axis, Budget: budget})}
}

// each gives the elements of an item's output by those of its input.
func each(f func(x []float32, i int) float32) func(context.Context, []*engine.Item) error {
	return slowly(func(_ context.Context, items []*engine.Item) error {
		for _, it := range items[1:] {
			if !slices.Equal(it.In[0].Shape, items[0].In[0].Shape) {
				return fmt.Errorf("shapes %v and %v in one batch", it.In[0].Shape, items[0].In[0].Shape)
			}
		}
		for _, it := range items {
			x, err := tensor.View[float32](it.In[0])
			if err != nil {
				return err
			}
			out := make([]float32, len(x))
			for i := range x {
				out[i] = f(x, i)
			}
			it.Out = []tensor.Tensor{tensor.Of(out, len(out))}
		}
		return nil
	})
}

// ask calls the runner at once with items of many lengths and holds each answer against
// what the item gives alone.
func ask(t *testing.T, r *runner.Runner, seed uint64, f func(x []float32, i int) float32, low float32) {
	t.Helper()
	var wg sync.WaitGroup
	for g := range uint64(16) {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, g))
			for range 40 {
				x := make([]float32, 1+random.IntN(40))
				for i := range x {
					x[i] = low + random.Float32()
				}
				out, err := r.Call(context.Background(), vector(x...))
				if err != nil {
					t.Errorf("an item of %d: %v", len(x), err)
					continue
				}
				got, err := tensor.View[float32](out[0])
				if err != nil || len(got) != len(x) {
					t.Errorf("an item of %d gives %d %v", len(x), len(got), err)
					continue
				}
				for i := range x {
					if d := got[i] - f(x, i); d > 1e-4 || d < -1e-4 {
						t.Errorf("an item of %d gives %v at %d, alone it gives %v", len(x), got[i], i, f(x, i))
						break
					}
				}
			}
		})
	}
	wg.Wait()
}

// Items of several lengths run together, and each has the answer that it has alone.
func TestPaddedItemsRunTogether(t *testing.T) {
	t.Parallel()
	// Each element depends on those before it, as in a model that masks what is beyond.
	sum := func(x []float32, i int) (s float32) {
		for _, v := range x[:i+1] {
			s += v
		}
		return s
	}
	var mu sync.Mutex
	together := 0
	run := each(sum)
	f := &fake{}
	f.run = func(ctx context.Context, items []*engine.Item) error {
		mu.Lock()
		together = max(together, len(items))
		mu.Unlock()
		return run(ctx, items)
	}
	r, _ := started(t, padded(0.5), f)
	for seed := range uint64(5) {
		ask(t, r, seed, sum, -0.5)
	}
	if together < 4 {
		t.Errorf("%d items ran together at most", together)
	}
}

// A model that heeds what is added is refused when it is opened, in whichever way it does.
func TestModelsThatHeedPadding(t *testing.T) {
	t.Parallel()
	mean := func(x []float32, i int) float32 {
		s := float32(0)
		for _, v := range x {
			s += v
		}
		return x[i] - s/float32(len(x))
	}
	most := func(x []float32, i int) float32 { return x[i] / (1 + slices.Max(x)*slices.Max(x)) }
	least := func(x []float32, i int) float32 { return x[i] / (1 + slices.Min(x)*slices.Min(x)) }
	for name, f := range map[string]func([]float32, int) float32{
		"mean": mean, "largest": most, "smallest": least,
		"last":   func(x []float32, i int) float32 { return x[len(x)-1] },
		"mirror": func(x []float32, i int) float32 { return x[len(x)-1-i] },
		"length": func(x []float32, i int) float32 { return float32(len(x)) },
	} {
		fk := &fake{run: each(f)}
		c := padded(0.5)
		c.Name = "it"
		r := runner.New(c, fk)
		err := r.Open(t.Context())
		var e *pad.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), "runner it: batching.pad: an item of w=") {
			t.Errorf("%s: %v", name, err)
		}
		if n := fk.left(); n != 0 {
			t.Errorf("%s: %d models and instances are left open", name, n)
		}
	}
	// One whose outputs are of another length than its inputs.
	half := &fake{run: func(_ context.Context, items []*engine.Item) error {
		for _, it := range items {
			n := (it.In[0].Shape[0] + 1) / 2
			it.Out = []tensor.Tensor{tensor.Of(make([]float32, n), n)}
		}
		return nil
	}}
	if err := runner.New(padded(0.5), half).Open(t.Context()); err == nil || !strings.Contains(err.Error(), "axis 0 is not as long") {
		t.Errorf("got %v", err)
	}
}

// A model that heeds what is added for some values alone is found out by the batches that
// have them: every answer is right, and items of several lengths run apart from then on.
func TestModelThatHeedsPaddingSometimes(t *testing.T) {
	t.Parallel()
	f := func(x []float32, i int) float32 {
		if slices.Max(x) > 5 {
			return x[i] + float32(len(x))
		}
		return x[i]
	}
	fk := &fake{run: each(f)}
	r, _ := started(t, padded(0.5), fk)
	ask(t, r, 1, f, 10)
	ask(t, r, 2, f, 10)
}

// A model that takes no made-up item is opened, and its first batches are compared.
func TestModelThatTakesNoMadeUpItem(t *testing.T) {
	t.Parallel()
	f := func(x []float32, i int) float32 { return x[i] - x[len(x)-1] }
	run := each(f)
	fk := &fake{}
	fk.run = func(ctx context.Context, items []*engine.Item) error {
		if x, err := tensor.View[float32](items[0].In[0]); err != nil || slices.Max(x) < 5 {
			return errBad
		}
		return run(ctx, items)
	}
	r, _ := started(t, padded(0.5), fk)
	ask(t, r, 1, f, 10)
}
