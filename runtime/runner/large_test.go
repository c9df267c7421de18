package runner_test

import (
	"testing"

	"bentoc.dev/runtime/admit"
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
