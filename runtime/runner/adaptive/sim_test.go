package adaptive_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/runner/adaptive"
	"bentoc.dev/runtime/runner/batch"
	"bentoc.dev/runtime/runner/cores"
	"bentoc.dev/runtime/runner/fixed"
)

// curve gives how long a batch of n items runs.
type curve func(n int) time.Duration

// affine is a run that takes fixed, and each for every item.
func affine(fixed, each time.Duration) curve {
	return func(n int) time.Duration { return fixed + time.Duration(n)*each }
}

// machine is cores that runs share: where there are more runs than cores, all are
// slower.
type machine struct {
	cores int
	mu    sync.Mutex
	runs  int
}

// work takes as long as d of one core does.
func (m *machine) work(d time.Duration) {
	m.mu.Lock()
	m.runs++
	slow := max(1, float64(m.runs)/float64(m.cores))
	m.mu.Unlock()
	time.Sleep(time.Duration(float64(d) * slow))
	m.mu.Lock()
	m.runs--
	m.mu.Unlock()
}

// arrivals gives when items come, from the start on.
type arrivals func(r *rand.Rand) []time.Duration

// poisson is items at a rate each second, for a while.
func poisson(rate float64, span time.Duration) arrivals {
	return func(r *rand.Rand) (at []time.Duration) {
		for t := r.ExpFloat64() / rate; t < span.Seconds(); t += r.ExpFloat64() / rate {
			at = append(at, time.Duration(t*float64(time.Second)))
		}
		return at
	}
}

// bursts is n items at once, every so often.
func bursts(n int, every, span time.Duration) arrivals {
	return func(*rand.Rand) (at []time.Duration) {
		for t := time.Duration(0); t < span; t += every {
			for range n {
				at = append(at, t)
			}
		}
		return at
	}
}

// uneven is quiet and busy times in turns.
func uneven(quiet, busy float64, each, span time.Duration) arrivals {
	return func(r *rand.Rand) (at []time.Duration) {
		for begin := time.Duration(0); begin < span; begin += 2 * each {
			for i, rate := range []float64{quiet, busy} {
				for _, t := range poisson(rate, each)(r) {
					at = append(at, begin+time.Duration(i)*each+t)
				}
			}
		}
		return at
	}
}

// outcome is how a scheduler did.
type outcome struct {
	good      int           // items answered inside the deadline
	mean, p99 time.Duration // of all that were answered
}

func (o outcome) String() string { return fmt.Sprintf("good %d mean %v p99 %v", o.good, o.mean, o.p99) }

// load is what one runner is asked.
type load struct {
	cost      func(time.Duration) curve // at a time since the start
	instances int
	items     arrivals
	deadline  time.Duration
	target    time.Duration
}

// simulate runs loads beside each other on a machine of two cores, each with a
// scheduler of its own.
func simulate(t *testing.T, loads []load, scheduler func(i int) batch.Scheduler) (all []outcome) {
	t.Helper()
	all = make([]outcome, len(loads))
	synctest.Test(t, func(t *testing.T) {
		m, shared := &machine{cores: 2}, cores.New(2)
		var wg sync.WaitGroup
		for i, l := range loads {
			wg.Go(func() { all[i] = drive(t, m, shared, l, scheduler(i), uint64(i)) })
		}
		wg.Wait()
	})
	return all
}

func drive(t *testing.T, m *machine, shared *cores.Budget, l load, s batch.Scheduler, seed uint64) (o outcome) {
	start := time.Now()
	b := batch.New(batch.Config[int, int]{MaxSize: 64, MaxQueue: 4096, Instances: l.instances, Scheduler: s, Cores: shared,
		Run: func(_ context.Context, _ int, items, out []int) error {
			m.work(l.cost(time.Since(start))(len(items)))
			copy(out, items)
			return nil
		}})
	var mu sync.Mutex
	var took []time.Duration
	var wg sync.WaitGroup
	for i, at := range l.items(rand.New(rand.NewPCG(seed, 7))) {
		time.Sleep(at - time.Since(start))
		wg.Go(func() {
			begin := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), l.deadline)
			defer cancel()
			if got, err := b.Do(ctx, i); err != nil || got != i {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(begin))
		})
	}
	wg.Wait()
	if err := b.Close(t.Context()); err != nil {
		t.Error(err)
	}
	slices.Sort(took)
	sum := 0.0
	for _, d := range took {
		sum += d.Seconds()
	}
	if o.good = len(took); o.good > 0 {
		o.mean, o.p99 = time.Duration(sum/float64(o.good)*1e9), took[o.good*99/100]
	}
	return o
}

func always(c curve) func(time.Duration) curve { return func(time.Duration) curve { return c } }

// then is one cost up to a time, and another from it on.
func then(at time.Duration, a, b curve) func(time.Duration) curve {
	return func(t time.Duration) curve {
		if t < at {
			return a
		}
		return b
	}
}

var (
	perceptron  = affine(40*time.Millisecond, 2*time.Millisecond) // batches are worth a lot
	convolution = affine(0, 80*time.Millisecond)                  // and nothing
	recurrent   = affine(20*time.Millisecond, 20*time.Millisecond)
)

// sizes are the fixed schedulers that the one which learns is held against.
var sizes = []fixed.Config{{Size: 1}, {Size: 2}, {Size: 4}, {Size: 8}, {Size: 16}, {Size: 32}, {Size: 64}, {Size: 16, Wait: 50 * time.Millisecond}}

// TestItDoesAsWellAsTheBestFixedSize compares what is answered in time, and how soon,
// with each fixed size: with the best, which nobody knows before.
func TestItDoesAsWellAsTheBestFixedSize(t *testing.T) {
	t.Parallel()
	const ms, span = time.Millisecond, 10 * time.Second
	cases := map[string]struct {
		load
		steady bool // the mean time is as good, too
	}{
		"perceptron, light":            {load{always(perceptron), 2, poisson(6, 2*span), 500 * ms, 0}, true},
		"perceptron, half":             {load{always(perceptron), 2, poisson(100, span/2), 500 * ms, 0}, true},
		"perceptron, heavy":            {load{always(perceptron), 2, poisson(400, span/4), 600 * ms, 0}, true},
		"perceptron, too much":         {load{always(perceptron), 2, poisson(900, span/4), 1000 * ms, 0}, false},
		"perceptron, one instance":     {load{always(perceptron), 1, poisson(200, span/2), 500 * ms, 0}, true},
		"perceptron, bursts":           {load{always(perceptron), 2, bursts(40, 500*ms, span), 400 * ms, 0}, false},
		"perceptron, uneven":           {load{always(perceptron), 2, uneven(5, 400, 1500*ms, span/2), 600 * ms, 0}, false},
		"convolution, half":            {load{always(convolution), 2, poisson(12, 4*span), 800 * ms, 0}, true},
		"convolution, heavy":           {load{always(convolution), 2, poisson(22, 4*span), 1200 * ms, 0}, true},
		"convolution, bursts":          {load{always(convolution), 2, bursts(8, 600*ms, 4*span), 700 * ms, 0}, false},
		"recurrent, heavy":             {load{always(recurrent), 2, poisson(70, span), 800 * ms, 0}, true},
		"a cost that rises half-way":   {load{then(span/2, perceptron, affine(80*ms, 10*ms)), 2, poisson(120, span), 1000 * ms, 0}, false},
		"a cost that becomes another":  {load{then(span, perceptron, affine(0, 30*ms)), 2, poisson(50, 2*span), 1000 * ms, 0}, false},
		"a cost that falls half-way":   {load{then(span, convolution, perceptron), 2, poisson(20, 2*span), 1200 * ms, 0}, false},
		"perceptron, a latency target": {load{always(perceptron), 2, poisson(300, span/4), 300 * ms, 300 * ms}, true},
		"a target that cannot be met":  {load{always(perceptron), 2, poisson(300, span/4), 500 * ms, 10 * ms}, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := simulate(t, []load{c.load}, func(int) batch.Scheduler { return adaptive.Config{LatencyTarget: c.target}.New() })[0]
			var best outcome
			for _, size := range sizes {
				o := simulate(t, []load{c.load}, func(int) batch.Scheduler { return size.New() })[0]
				if o.good > best.good+best.good/1000 || o.good >= best.good && o.mean < best.mean {
					best = o
				}
			}
			t.Logf("learned: %v; the best fixed: %v", got, best)
			if float64(got.good) < 0.95*float64(best.good) || c.steady && float64(got.mean) > float64(best.mean)/0.95 {
				t.Errorf("learned: %v; the best fixed: %v", got, best)
			}
		})
	}
}

// TestRunnersThatShareCores has a model to which batches are worth a lot beside one to
// which they are worth nothing, each of which would take all cores.
func TestRunnersThatShareCores(t *testing.T) {
	t.Parallel()
	const span = 10 * time.Second
	loads := []load{
		{always(perceptron), 2, poisson(150, span), 600 * time.Millisecond, 0},
		{always(convolution), 2, poisson(9, span), 600 * time.Millisecond, 0},
	}
	got := simulate(t, loads, func(int) batch.Scheduler { return adaptive.Config{}.New() })
	best := []int{0, 0}
	for _, first := range sizes {
		for _, second := range []fixed.Config{{Size: 1}, {Size: 8}} {
			o := simulate(t, loads, func(i int) batch.Scheduler { return []fixed.Config{first, second}[i].New() })
			if o[0].good+o[1].good > best[0]+best[1] {
				best = []int{o[0].good, o[1].good}
			}
		}
	}
	t.Logf("learned: %v; the best fixed: %v", got, best)
	for i := range best {
		if float64(got[i].good) < 0.95*float64(best[i]) {
			t.Errorf("runner %d: learned: %v; the best fixed: good %d", i, got[i], best[i])
		}
	}
}
