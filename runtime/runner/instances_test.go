package runner_test

import (
	"context"
	"runtime"
	"testing"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/runner"
)

// wide is an engine whose runs use several cores.
type wide struct {
	*fake
	cores int
}

type wideModel struct {
	fakeModel
	cores int
}

func (m wideModel) Cores() int { return m.cores }

func (w wide) Open(context.Context) (engine.Loaded, error) {
	w.opened(1)
	return wideModel{fakeModel{w.fake}, w.cores}, nil
}

// As many instances are made as the cores can run, where the bento does not say.
func TestInstancesAndThreads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ cores, said, want int }{
		{1, 0, runtime.GOMAXPROCS(0)},
		{2, 0, max(runtime.GOMAXPROCS(0)/2, 1)},
		{1000, 0, 1},
		{0, 0, runtime.GOMAXPROCS(0)},
		{2, 3, 3},
	} {
		f := wide{&fake{}, c.cores}
		r := runner.New(runner.Config{Name: "it", Instances: c.said}, f)
		if err := r.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := r.State().Instances; got != c.want {
			t.Errorf("runs of %d cores: %d instances, want %d", c.cores, got, c.want)
		}
		if err := r.Close(t.Context()); err != nil || f.left() != 0 {
			t.Errorf("%v, %d are left open", err, f.left())
		}
	}
}
