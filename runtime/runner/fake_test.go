package runner_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/tensor"
)

// fake is an engine that doubles numbers, and what it is told to do beside it.
type fake struct {
	run    func(ctx context.Context, items []*engine.Item) error // nil: double
	prove  func() error                                          // nil: it proves nothing
	alone  bool                                                  // it takes one item at a time
	broken error                                                 // of the second instance

	mu     sync.Mutex
	sizes  []int
	shrunk int
	open   int // models and instances
}

func (f *fake) note(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sizes = append(f.sizes, n)
}

func (f *fake) opened(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open += n
}

func (f *fake) left() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open
}

// largest gives the size of the largest batch since it was asked last.
func (f *fake) largest() (most int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range f.sizes {
		most = max(most, n)
	}
	f.sizes = nil
	return most
}

type fakeModel struct{ *fake }

type provenModel struct{ fakeModel }

func (m provenModel) Prove() error { return m.prove() }
func (m provenModel) Quick() bool  { return true }

func (f *fake) Open(context.Context) (engine.Loaded, error) {
	f.opened(1)
	if f.prove != nil {
		return provenModel{fakeModel{f}}, nil
	}
	return fakeModel{f}, nil
}

func (m fakeModel) Signature() engine.Signature {
	one := []engine.Tensor{{Name: "x", DType: tensor.Float32, Shape: []int{-1}}}
	return engine.Signature{Inputs: one, Outputs: one, Batches: !m.alone}
}

func (m fakeModel) NewInstance(_ context.Context, p engine.Placement) (engine.Instance, error) {
	if p.Instance > 0 && m.broken != nil {
		return nil, m.broken
	}
	m.opened(1)
	return &fakeInstance{fake: m.fake}, nil
}

func (m fakeModel) Close(context.Context) error {
	m.opened(-1)
	return nil
}

type fakeInstance struct {
	*fake
	ran bool
}

func (in *fakeInstance) Run(ctx context.Context, items []*engine.Item) error {
	in.note(len(items))
	in.ran = true
	if in.fake.run != nil {
		return in.fake.run(ctx, items)
	}
	return double(ctx, items)
}

func (in *fakeInstance) Shrink() (bool, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.ran {
		in.shrunk++
	}
	return in.ran, nil
}

func (in *fakeInstance) Close(context.Context) error {
	in.opened(-1)
	return nil
}

func double(_ context.Context, items []*engine.Item) error {
	for _, it := range items {
		it.Out = []tensor.Tensor{twice(it.In[0], 0)}
	}
	return nil
}

// twice doubles the numbers of x and adds more to each.
func twice(x tensor.Tensor, more float32) tensor.Tensor {
	in, err := tensor.View[float32](x)
	if err != nil {
		panic(err)
	}
	out := make([]float32, len(in))
	for i := range in {
		out[i] = 2*in[i] + more
	}
	return tensor.Of(out, len(out))
}

func vector(x ...float32) []tensor.Tensor { return []tensor.Tensor{tensor.Of(x, len(x))} }

// started opens a runner of f and closes it when the test ends.
func started(t *testing.T, cfg runner.Config, f *fake) (*runner.Runner, *metrics.Registry) {
	t.Helper()
	cfg.Name = "it"
	registry := metrics.NewRegistry()
	r := runner.New(cfg, f)
	if err := r.Open(metrics.WithRegistry(context.Background(), registry)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if n := f.left(); n != 0 {
			t.Errorf("%d models and instances are left open", n)
		}
	})
	return r, registry
}

// crowd calls the runner from many goroutines and checks each answer.
func crowd(t *testing.T, r *runner.Runner, wrong func(x float32, err error) bool) {
	t.Helper()
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := range 20 {
				x := float32(g*100 + i)
				out, err := r.Call(context.Background(), vector(x, x+1))
				if wrong != nil && wrong(x, err) {
					continue
				}
				if err != nil {
					t.Errorf("item %v: %v", x, err)
					continue
				}
				got, _ := tensor.View[float32](out[0])
				if len(got) != 2 || got[0] != 2*x || got[1] != 2*x+2 {
					t.Errorf("item %v gives %v", x, got)
				}
			}
		})
	}
	wg.Wait()
}

// slowly lets items come together.
func slowly(run func(context.Context, []*engine.Item) error) func(context.Context, []*engine.Item) error {
	return func(ctx context.Context, items []*engine.Item) error {
		time.Sleep(100 * time.Microsecond)
		return run(ctx, items)
	}
}

var errBad = errors.New("bad item")
