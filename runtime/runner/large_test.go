package runner_test

import (
	"context"
	"testing"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/runner"
)

// TestALargeRunGivesItsMemoryBack: where requests share a bounded memory, what a run
// took that is large beside it is measured and given back before the next one.
func TestALargeRunGivesItsMemoryBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limit  int64 // 0: none
		floats int
		want   int
	}{
		"large":    {64 << 10, 1 << 10, 1},
		"small":    {64 << 10, 8, 0},
		"no limit": {0, 1 << 10, 0},
	} {
		f, looked := &fake{}, 0
		m := admit.NewMemory(func() int64 {
			if f.shrunk > 0 {
				t.Errorf("%s: the memory was measured when it had been given back", name)
			}
			looked++
			return c.limit
		}, nil)
		m.SetLimit(c.limit)
		r := runner.New(runner.Config{Name: "it", Instances: 1}, f)
		if err := r.Open(admit.WithMemory(t.Context(), m)); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Call(t.Context(), vector(make([]float32, c.floats)...)); err != nil {
			t.Error(err)
		}
		if err := r.Close(t.Context()); err != nil { // the run is over
			t.Error(err)
		}
		if f.shrunk != c.want || looked != c.want {
			t.Errorf("%s: given back %d times and measured %d times, want %d", name, f.shrunk, looked, c.want)
		}
	}
}

// TestShrinkWhenAsked: a runner that is asked gives back what its engine keeps, and does
// nothing before it is open, when it is closed, and while all of its instances run.
func TestShrinkWhenAsked(t *testing.T) {
	t.Parallel()
	f := &fake{}
	r := runner.New(runner.Config{Name: "it", Instances: 1}, f)
	r.Shrink()
	if err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	began, end := make(chan struct{}), make(chan struct{})
	f.run = func(_ context.Context, items []*engine.Item) error {
		close(began)
		<-end
		items[0].Out = items[0].In
		return nil
	}
	done := make(chan error, 1)
	go func() {
		_, err := r.Call(context.Background(), vector(1))
		done <- err
	}()
	<-began
	r.Shrink()
	if f.shrunk != 0 {
		t.Errorf("shrunk %d times though it was not open, or ran", f.shrunk)
	}
	close(end)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for f.shrunk == 0 { // the instance is let go of after the answer
		r.Shrink()
	}
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	shrunk := f.shrunk
	r.Shrink()
	if f.shrunk != shrunk {
		t.Error("a closed runner shrank")
	}
}
