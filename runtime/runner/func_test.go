package runner_test

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/runner"
)

// step makes an opened runner of a step, and the registry that counts its calls.
func step(t testing.TB, cfg runner.Config, f func(context.Context, int) (int, error)) (*runner.Func[int, int], *metrics.Registry) {
	t.Helper()
	cfg.Name, cfg.Engine = "cut", "go"
	registry := metrics.NewRegistry()
	r := runner.NewFunc(cfg, f)
	s := runner.NewSet(nil)
	s.Add(r)
	if err := s.Open(metrics.WithRegistry(context.Background(), registry), slog.New(slog.DiscardHandler), nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background(), slog.New(slog.DiscardHandler)) })
	return r, registry
}

func second(_ context.Context, n int) (int, error) {
	time.Sleep(time.Second)
	return -n, nil
}

func TestCallsOfAStepAreBoundedAndCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		r, registry := step(t, runner.Config{Instances: 2, MaxQueue: 3}, func(ctx context.Context, n int) (int, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			return second(ctx, n)
		})
		var wg sync.WaitGroup
		call := func() {
			wg.Go(func() {
				if out, err := r.Call(t.Context(), 7); out != -7 || err != nil {
					t.Errorf("got %d, %v", out, err)
				}
			})
			synctest.Wait()
		}
		for range 5 {
			call()
		}
		counted(t, registry, `bentoc_runner_queue_length{runner="cut"} 3`)
		_, err := r.Call(t.Context(), 7)
		refused(t, err, "runner cut is overloaded: 3 items are waiting")
		wg.Wait()
		if most.Load() != 2 {
			t.Errorf("%d calls ran at once", most.Load())
		}
		call()
		wg.Wait()
		counted(t, registry,
			`bentoc_runner_queue_length{runner="cut"} 0`,
			`bentoc_runner_dropped_total{reason="queue_full",runner="cut"} 1`,
			`bentoc_runner_run_seconds_sum{runner="cut"} 6`,
			`bentoc_runner_run_seconds_count{runner="cut"} 6`,
			`bentoc_runner_wait_seconds_sum{runner="cut"} 4`,
			`bentoc_runner_wait_seconds_count{runner="cut"} 6`)
	})
}

// A call that ends while it waits leaves its place in the queue; one that is let in
// gives its place back however it ends.
func TestPlacesOfAStepComeBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, registry := step(t, runner.Config{Instances: 1, MaxQueue: 1}, func(ctx context.Context, n int) (int, error) {
			time.Sleep(time.Second)
			switch n {
			case 1:
				panic("boom")
			case 2:
				runtime.Goexit()
			case 3:
				return 0, errBad
			}
			return n, nil
		})
		for n := range 4 {
			done := make(chan struct{})
			go func() {
				defer close(done)
				defer func() { _ = recover() }()
				_, _ = r.Call(context.Background(), n)
			}()
			synctest.Wait()
			gone := errors.New("the client went away")
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Millisecond, func() { cancel(gone) })
			if _, err := r.Call(ctx, 9); !errors.Is(err, gone) {
				t.Errorf("error is %v", err)
			}
			ctx, stop := context.WithTimeout(t.Context(), time.Millisecond)
			if _, err := r.Call(ctx, 9); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error is %v", err)
			}
			stop()
			<-done
		}
		counted(t, registry,
			`bentoc_runner_dropped_total{reason="client_gone",runner="cut"} 4`,
			`bentoc_runner_dropped_total{reason="timeout",runner="cut"} 4`,
			`bentoc_runner_run_seconds_count{runner="cut"} 4`,
			`bentoc_runner_queue_length{runner="cut"} 0`)
	})
}

// Two generations of a step have limits of their own, and one place in the metrics.
func TestGenerationsOfAStep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		registry := metrics.NewRegistry()
		ctx := metrics.WithRegistry(context.Background(), registry)
		log := slog.New(slog.DiscardHandler)
		hooks := new(runner.Hooks)
		var opened int
		var sets []*runner.Set
		var runners []*runner.Func[int, int]
		for range 2 {
			r := runner.NewFunc(runner.Config{Name: "cut", Instances: 1, Once: runner.Hook{Open: func(context.Context) error { opened++; return nil }}}, second)
			s := runner.NewSet(hooks)
			s.Add(r)
			if err := s.Open(ctx, log, nil); err != nil {
				t.Fatal(err)
			}
			sets, runners = append(sets, s), append(runners, r)
		}
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() { _, _ = runners[i%2].Call(t.Context(), 7) })
		}
		synctest.Wait()
		counted(t, registry, `bentoc_runner_queue_length{runner="cut"} 2`)
		wg.Wait()
		if took := time.Since(start); took != 2*time.Second || opened != 1 {
			t.Errorf("two calls of each took %v; opened %d times", took, opened)
		}
		sets[0].Close(ctx, log)
		go runners[1].Call(t.Context(), 7)
		go runners[1].Call(t.Context(), 7)
		synctest.Wait()
		counted(t, registry, `bentoc_runner_queue_length{runner="cut"} 1`, `bentoc_runner_run_seconds_count{runner="cut"} 4`)
		time.Sleep(time.Minute)
		sets[1].Close(ctx, log)
		counted(t, registry, `bentoc_runner_queue_length{runner="cut"} 0`)
	})
}

// Two sets of one process have models of their own.
func TestSetsHaveModelsOfTheirOwn(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	var engines [2]fake
	var sets [2]*runner.Set
	var runners [2]*runner.Runner
	hooks := new(runner.Hooks)
	for i := range sets {
		runners[i] = runner.New(runner.Config{Name: "it", Instances: 2, MaxBatch: 4}, &engines[i])
		sets[i] = runner.NewSet(hooks)
		sets[i].Add(runners[i])
		if err := sets[i].Open(t.Context(), log, nil); err != nil {
			t.Fatal(err)
		}
	}
	crowd(t, runners[0], nil)
	if engines[0].largest() == 0 || engines[1].largest() != 0 {
		t.Error("the items of one set ran in the other")
	}
	sets[0].Close(t.Context(), log)
	if engines[0].left() != 0 || engines[1].left() == 0 {
		t.Error("closing one set closed the other, or not itself")
	}
	crowd(t, runners[1], nil)
	sets[1].Close(t.Context(), log)
}

func same(_ context.Context, n int) (int, error) { return n, nil }

func TestACallOfAStepAllocatesNothing(t *testing.T) {
	for _, instances := range []int{0, 4} {
		r, _ := step(t, runner.Config{Instances: instances}, same)
		if n := testing.AllocsPerRun(1000, func() { _, _ = r.Call(t.Context(), 7) }); n > 0 {
			t.Errorf("with %d instances a call allocates %v times", instances, n)
		}
	}
	unopened := runner.NewFunc(runner.Config{Name: "cut"}, same)
	if out, err := unopened.Call(t.Context(), 7); out != 7 || err != nil {
		t.Errorf("before Open: %d, %v", out, err)
	}
}

func BenchmarkStep(b *testing.B) {
	for name, instances := range map[string]int{"free": 0, "bounded": 4} {
		b.Run(name, func(b *testing.B) {
			r, _ := step(b, runner.Config{Instances: instances}, same)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = r.Call(b.Context(), 7)
			}
		})
	}
}
