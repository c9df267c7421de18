package runner_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/runner/adaptive"
	"bentoc.dev/runtime/runner/cost"
	"bentoc.dev/runtime/tensor"
)

func TestWorkOfAnItem(t *testing.T) {
	t.Parallel()
	words := tensor.Tensor{DType: tensor.String, Shape: []int{3}, Strings: []string{"a", "", "bcd"}}
	picture := tensor.Of(make([]float32, 3*4*5), 3, 4, 5)
	scalar := tensor.Of([]int64{7})
	empty := tensor.Of([]float32{}, 0, 4)
	list := tensor.Tensor{List: []tensor.Tensor{picture, scalar}}
	for _, c := range []struct {
		item                   []tensor.Tensor
		elements, bytes, sides float64
	}{
		{nil, 0, 0, 1},
		{[]tensor.Tensor{scalar}, 1, 8, 1},
		{[]tensor.Tensor{words}, 3, 4, 1},
		{[]tensor.Tensor{picture, scalar}, 61, 248, 20},
		{[]tensor.Tensor{list}, 61, 248, 1},
		{[]tensor.Tensor{empty}, 0, 0, 4},
	} {
		sides := runner.Lengths(runner.Axis{Axis: 1}, runner.Axis{Axis: 2}, runner.Axis{Input: 9})
		if e, b, s := runner.Elements(c.item), runner.Bytes(c.item), sides(c.item); e != c.elements || b != c.bytes || s != c.sides {
			t.Errorf("%v: %g elements, %g bytes, sides %g; want %g, %g, %g", c.item, e, b, s, c.elements, c.bytes, c.sides)
		}
	}
}

// What a batch may cost bounds it beside its size, whichever shape its items are of; an
// item over that runs alone, and right.
func TestWorkBoundsBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{run: func(ctx context.Context, items []*engine.Item) error {
			time.Sleep(time.Second)
			return double(ctx, items)
		}}
		r, _ := started(t, runner.Config{Instances: 1, MaxBatch: 8, Work: runner.Work{Unit: "T", Of: runner.Lengths(runner.Axis{}), Max: 12}}, f)
		first := r.State()
		done := make(chan float32, 16)
		call := func(n int) {
			go func() {
				out, err := r.Call(t.Context(), []tensor.Tensor{tensor.Of(append(make([]float32, n-1), float32(n)), n)})
				if err != nil {
					t.Error(err)
					done <- 0
					return
				}
				x, _ := tensor.View[float32](out[0])
				if len(x) != n || x[n-1] != float32(2*n) {
					t.Errorf("an item of %d got %v", n, x)
				}
				done <- 0
			}()
			synctest.Wait()
		}
		sizes := []int{4, 4, 4, 4, 4, 4, 4, 20, 20, 6, 6}
		for _, n := range sizes {
			call(n)
		}
		for range sizes {
			<-done
		}
		// The first runs alone; then 3 × 4, 3 × 4, 20, 20 and 2 × 6. Those of a shape that
		// is new are run together, and alone to compare.
		f.mu.Lock()
		for _, n := range f.sizes {
			if n > 3 {
				t.Errorf("batches of %v items", f.sizes)
			}
		}
		f.mu.Unlock()
		if f.largest() != 3 {
			t.Error("three items of 4 did not run together")
		}
		if first.MaxWork != 12 || first.Unit != "T" || first.MaxSize != 8 || first.Learned != nil {
			t.Errorf("the state is %+v", first)
		}
		if err := r.Close(t.Context()); err != nil || r.State() != nil {
			t.Errorf("closed with %v, and the state %v", err, r.State())
		}
	})
}

// What a runner has learned is shown, and another one begins with it.
func TestWhatIsLearnedIsTakenOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{run: func(ctx context.Context, items []*engine.Item) error {
			time.Sleep(time.Second)
			return double(ctx, items)
		}}
		item := []tensor.Tensor{tensor.Of([]float32{1}, 1)}
		run := func(costs []cost.Size) *runner.State {
			r, _ := started(t, runner.Config{Instances: 1, MaxBatch: 4, Scheduler: adaptive.Config{Costs: costs}.New}, f)
			s := r.State()
			if costs == nil {
				for range 3 {
					if _, err := r.Call(t.Context(), item); err != nil {
						t.Error(err)
					}
				}
				synctest.Wait() // a run is learned of after its answer
				s = r.State()
			}
			if err := r.Close(t.Context()); err != nil {
				t.Error(err)
			}
			return s
		}
		first := run(nil)
		if first.Unit != "bytes" || first.Learned == nil || first.Profile == nil {
			t.Fatalf("the state is %+v", first)
		}
		b, err := json.Marshal(first.Profile)
		if err != nil {
			t.Fatal(err)
		}
		if string(b) != `{"unit":"bytes","sizes":[{"work":4,"seconds":1,"runs":3}]}` {
			t.Errorf("the profile is %s", b)
		}
		next := run(first.Profile.Sizes)
		if len(next.Profile.Sizes) != 1 || next.Profile.Sizes[0].Seconds != 1 {
			t.Errorf("another one begins with %+v", next.Profile)
		}
	})
}
