package sessions_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/runner/batch"
	"bentoc.dev/runtime/runner/sessions"
	"bentoc.dev/runtime/tensor"
)

// chain is an engine whose state says all that came before, and in which order: from x
// and the state s it makes s*31+x, which is the next state and the answer. An x that is
// negative fails.
type chain struct {
	before func(ctx context.Context, items []*engine.Item) error // nil: nothing
	wide   int                                                   // numbers of the state; 0: 1
	most   atomic.Int64                                          // the largest batch
}

var errNegative = errors.New("a negative number")

func (c *chain) Open(context.Context) (engine.Loaded, error) { return c, nil }
func (c *chain) Close(context.Context) error                 { return nil }
func (c *chain) width() int                                  { return max(c.wide, 1) }
func (c *chain) NewInstance(context.Context, engine.Placement) (engine.Instance, error) {
	return c, nil
}

func (c *chain) Signature() engine.Signature {
	x := engine.Tensor{Name: "x", DType: tensor.Int64, Shape: []int{1}}
	s := engine.Tensor{Name: "s", DType: tensor.Int64, Shape: []int{c.width()}}
	return engine.Signature{Inputs: []engine.Tensor{x, s}, Outputs: []engine.Tensor{x, s}, Batches: true}
}

func (c *chain) Run(ctx context.Context, items []*engine.Item) error {
	c.most.Store(max(c.most.Load(), int64(len(items))))
	if c.before != nil {
		if err := c.before(ctx, items); err != nil {
			return err
		}
	}
	for _, it := range items {
		x, _ := tensor.View[int64](it.In[0])
		s, _ := tensor.View[int64](it.In[1])
		if x[0] < 0 {
			it.Err = errNegative
			continue
		}
		next := make([]int64, len(s))
		for i := range next {
			next[i] = s[i]*31 + x[0]
		}
		it.Out = []tensor.Tensor{tensor.Of([]int64{next[0]}, 1), tensor.Of(next, len(next))}
	}
	return nil
}

// opened is a runner with state that is closed when the test ends.
func opened(t *testing.T, c *chain, cfg sessions.Config, rc runner.Config, memory *admit.Memory) (*sessions.Runner, *metrics.Registry) {
	t.Helper()
	rc.Name = "it"
	cfg.States = []sessions.State{{Name: "s", DType: tensor.Int64, Shape: []int{c.width()}}}
	r := sessions.New("it", runner.New(rc, c), cfg)
	registry := metrics.NewRegistry()
	ctx := metrics.WithRegistry(context.Background(), registry)
	if memory != nil {
		ctx = admit.WithMemory(ctx, memory)
	}
	if err := r.Open(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
		shows(t, registry, "bentoc_runner_sessions", 0)
		shows(t, registry, "bentoc_runner_session_bytes", 0)
	})
	return r, registry
}

// shows wants a metric of the runner to be so much.
func shows(t *testing.T, r *metrics.Registry, name string, want float64) {
	t.Helper()
	var b strings.Builder
	if _, err := r.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if line := fmt.Sprintf("\n%s{runner=\"it\"} %v\n", name, want); !strings.Contains(b.String(), line) {
		t.Errorf("there is no line%sin\n%s", line, b.String())
	}
}

// step makes a call and gives its number and step.
func step(ctx context.Context, r *sessions.Runner, key string, want int64, x int64) (got, at int64, err error) {
	ask := sessions.Ask{Key: key}
	if want != 0 {
		ask.Step = &want
	}
	out, at, err := r.Call(ctx, ask, []tensor.Tensor{tensor.Of([]int64{x}, 1)})
	if err != nil {
		return 0, 0, err
	}
	y, err := tensor.View[int64](out[0])
	if err != nil || len(out) != 1 {
		return 0, 0, fmt.Errorf("%d outputs: %w", len(out), err)
	}
	return y[0], at, nil
}

// wants makes a call that is to give a number and a step.
func wants(t *testing.T, r *sessions.Runner, key string, n, x, number, at int64) {
	t.Helper()
	if got, is, err := step(t.Context(), r, key, n, x); err != nil || got != number || is != at {
		t.Errorf("%s, step %d with %d: got %d at step %d, %v; want %d at step %d", key, n, x, got, is, err, number, at)
	}
}

// refused makes a call that is to be refused by a step.
func refused(t *testing.T, r *sessions.Runner, key string, n, at int64) {
	t.Helper()
	_, _, err := step(t.Context(), r, key, n, 1)
	e, ok := errors.AsType[*sessions.StepError](err)
	if !ok || e.At != at || e.StatusCode() != 409 || len(key) > 2 && strings.Contains(e.Error(), key) {
		t.Errorf("%s, step %d: %v, want it refused at step %d, without the key", key, n, err, at)
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	r, registry := opened(t, &chain{}, sessions.Config{}, runner.Config{}, nil)
	refused(t, r, "secret", 2, 0)
	wants(t, r, "secret", 0, 1, 1, 1)
	wants(t, r, "secret", 0, 2, 33, 2)
	wants(t, r, "secret", 3, 3, 33*31+3, 3)
	refused(t, r, "secret", 3, 3) // it was made: a retry does not do it twice
	refused(t, r, "secret", 5, 3)
	refused(t, r, "secret", -4, 3)
	wants(t, r, "other", 0, 9, 9, 1)
	wants(t, r, "secret", 1, 7, 7, 1) // anew
	wants(t, r, "secret", 2, 0, 7*31, 2)
	shows(t, registry, "bentoc_runner_sessions", 2)
	shows(t, registry, "bentoc_runner_session_refused_total", 4)
	last := int64(3)
	if _, at, err := r.Call(t.Context(), sessions.Ask{Key: "secret", Step: &last, Last: true}, []tensor.Tensor{tensor.Of([]int64{1}, 1)}); at != 3 || err != nil {
		t.Errorf("the last step is %d: %v", at, err)
	}
	refused(t, r, "secret", 4, 0)
	r.Forget()
	shows(t, registry, "bentoc_runner_sessions", 0)
	shows(t, registry, "bentoc_runner_session_bytes", 0)
	for _, key := range []string{"", strings.Repeat("k", sessions.MaxKey+1)} {
		if _, _, err := step(t.Context(), r, key, 0, 1); err == nil {
			t.Errorf("a key of %d bytes is taken", len(key))
		}
	}
}

// What fails leaves the session as it was; one whose first call fails is none.
func TestFailedStep(t *testing.T) {
	t.Parallel()
	r, registry := opened(t, &chain{}, sessions.Config{}, runner.Config{}, nil)
	if _, _, err := step(t.Context(), r, "a", 0, -1); !errors.Is(err, errNegative) {
		t.Errorf("got %v", err)
	}
	shows(t, registry, "bentoc_runner_sessions", 0)
	wants(t, r, "a", 0, 5, 5, 1)
	for _, n := range []int64{0, 1, 2} { // a beginning anew that fails changes nothing either
		if _, _, err := step(t.Context(), r, "a", n, -1); !errors.Is(err, errNegative) {
			t.Errorf("got %v", err)
		}
	}
	ask := sessions.Ask{Key: "a", Last: true}
	if _, _, err := r.Call(t.Context(), ask, []tensor.Tensor{tensor.Of([]int64{-1}, 1)}); !errors.Is(err, errNegative) {
		t.Errorf("got %v", err)
	}
	wants(t, r, "a", 2, 1, 5*31+1, 2)
}

// Calls of one session run one after the other, in the order in which they came; one
// that is given up leaves the state to the next.
func TestCallsOfOneSessionAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &chain{before: func(ctx context.Context, _ []*engine.Item) error {
			select {
			case <-time.After(time.Second):
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}}
		r, _ := opened(t, c, sessions.Config{}, runner.Config{Instances: 8, MaxBatch: 8}, nil)
		var wg sync.WaitGroup
		want := int64(0)
		for i := range int64(8) {
			ctx, cancel := context.WithCancel(t.Context())
			given := i == 3 || i == 5
			if !given {
				want = want*31 + i
			}
			sum := want
			wg.Go(func() {
				got, _, err := step(ctx, r, "a", 0, i)
				if given != (err != nil) || err == nil && got != sum {
					t.Errorf("call %d: %d, %v; want %d", i, got, err, sum)
				}
			})
			synctest.Wait()
			switch i {
			case 3: // while it waits
				cancel()
			case 5: // while it runs: the fifth that does
				wg.Go(func() {
					time.Sleep(4*time.Second + time.Second/2)
					cancel()
				})
			default:
				defer cancel()
			}
		}
		wg.Wait()
		wants(t, r, "a", 7, 0, want*31, 7)
	})
}

// The state of each of many sessions is that of its own calls alone, whatever runs
// together, fails or is given up.
func TestStatesDoNotCross(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &chain{wide: 3, before: func(context.Context, []*engine.Item) error {
			time.Sleep(time.Millisecond)
			return nil
		}}
		r, _ := opened(t, c, sessions.Config{}, runner.Config{Instances: 2, MaxBatch: 16}, nil)
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				random := rand.New(rand.NewPCG(1, uint64(i)))
				key, state, n := fmt.Sprint("session ", i), int64(0), int64(1)
				for range 100 {
					x := random.Int64N(1000)
					ctx, cancel := context.WithCancel(t.Context())
					switch random.IntN(8) {
					case 0:
						x = -1
					case 1:
						time.AfterFunc(time.Duration(random.IntN(3000))*time.Microsecond, cancel)
					}
					got, at, err := step(ctx, r, key, n, x)
					cancel()
					e, late := errors.AsType[*sessions.StepError](err)
					switch {
					case late:
						t.Errorf("%s: %v, and none was lost", key, e)
					case x < 0 && err == nil, x >= 0 && err == nil && (got != state*31+x || at != n):
						t.Errorf("%s: %d gives %d at step %d, want %d at step %d", key, x, got, at, state*31+x, n)
					case err == nil:
						state, n = got, n+1
					}
				}
			})
		}
		wg.Wait()
		if c.most.Load() < 2 {
			t.Error("nothing ran together")
		}
	})
}

func TestSessionsExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, registry := opened(t, &chain{}, sessions.Config{TTL: time.Minute}, runner.Config{}, nil)
		wants(t, r, "a", 1, 1, 1, 1)
		time.Sleep(40 * time.Second)
		wants(t, r, "b", 1, 1, 1, 1)
		wants(t, r, "a", 2, 1, 32, 2)
		time.Sleep(40 * time.Second)
		wants(t, r, "b", 2, 1, 32, 2)
		time.Sleep(30 * time.Second) // a was used 70 seconds ago, b 30
		synctest.Wait()
		shows(t, registry, "bentoc_runner_sessions", 1)
		refused(t, r, "a", 3, 0)
		wants(t, r, "a", 0, 4, 4, 1) // which says that it is new
		wants(t, r, "b", 3, 0, 32*31, 3)
		time.Sleep(time.Hour)
		synctest.Wait()
		shows(t, registry, "bentoc_runner_sessions", 0)
	})
}

// Where there are too many, that ends which was used least lately, and none that runs.
func TestTooManySessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		c := &chain{before: func(_ context.Context, items []*engine.Item) error {
			if x, _ := tensor.View[int64](items[0].In[0]); x[0] == 99 {
				<-hold
			}
			return nil
		}}
		r, _ := opened(t, c, sessions.Config{MaxSessions: 2}, runner.Config{Instances: 4}, nil)
		wants(t, r, "a", 1, 1, 1, 1)
		wants(t, r, "b", 1, 1, 1, 1)
		wants(t, r, "a", 2, 1, 32, 2)
		wants(t, r, "c", 1, 1, 1, 1)
		refused(t, r, "b", 2, 0)
		var wg sync.WaitGroup
		for _, key := range []string{"a", "c"} {
			wg.Go(func() {
				if _, _, err := step(t.Context(), r, key, 0, 99); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		_, _, err := step(t.Context(), r, "d", 0, 1)
		if e, ok := errors.AsType[*sessions.FullError](err); !ok || e.StatusCode() != 503 || e.RetryAfter() <= 0 {
			t.Errorf("beside two that run: %v", err)
		}
		close(hold)
		wg.Wait()
		wants(t, r, "a", 4, 0, (32*31+99)*31, 4)
	})
}

// States take no more than they may, and what they take is taken from the memory that the
// server has for requests.
func TestMemoryOfStates(t *testing.T) {
	t.Parallel()
	const wide = 1 << 14 // 128 KiB
	memory := admit.NewMemory(nil, func() {})
	memory.SetLimit(64 << 20)
	r, registry := opened(t, &chain{wide: wide}, sessions.Config{MaxBytes: 10*(wide*8+1024) + 1}, runner.Config{}, memory)
	for i := range int64(30) {
		wants(t, r, fmt.Sprint(i), 1, i, i, 1)
	}
	shows(t, registry, "bentoc_runner_sessions", 10)
	if used := memory.InUse(); used < 10*wide*8 || used > 11*wide*8+spare {
		t.Errorf("%d bytes of the memory of requests are taken", used)
	}
	refused(t, r, "19", 2, 0)
	wants(t, r, "20", 2, 0, 20*31, 2)
	r.Forget()
	if used := memory.InUse(); used > spare {
		t.Errorf("%d bytes stay", used)
	}

	// Where requests hold all of it, what rests ends, and then nothing begins.
	held := memory.Share(t.Context())
	for held.Take(512<<10) == nil {
		continue
	}
	var err error
	for i := range 100 {
		if _, _, err = step(t.Context(), r, "same", 0, int64(i)); err != nil {
			break
		}
	}
	if err != nil {
		t.Errorf("one session does not fit where %d bytes are kept: %v", memory.InUse(), err)
	}
	held.Release()

	small, _ := opened(t, &chain{wide: wide}, sessions.Config{MaxBytes: wide}, runner.Config{}, nil)
	_, _, err = step(t.Context(), small, "a", 0, 1)
	if e, ok := errors.AsType[*sessions.FullError](err); !ok || !e.Bytes {
		t.Errorf("a state that is larger than all may be: %v", err)
	}
}

// spare is what may be kept of memory for the states to come.
const spare = 5 << 20

func TestClosedAndOpenedAnew(t *testing.T) {
	t.Parallel()
	r, _ := opened(t, &chain{}, sessions.Config{}, runner.Config{}, nil)
	wants(t, r, "a", 1, 1, 1, 1)
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := step(t.Context(), r, "a", 0, 1); err == nil {
		t.Error("a closed runner answers")
	}
	if err := r.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	refused(t, r, "a", 2, 0)
	wants(t, r, "a", 1, 1, 1, 1)
}

// More calls of sessions wait than may: the others are refused.
func TestTooManyWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		c := &chain{before: func(context.Context, []*engine.Item) error { <-hold; return nil }}
		r, _ := opened(t, c, sessions.Config{}, runner.Config{}, nil)
		var wg sync.WaitGroup
		var full atomic.Int64
		for range batch.DefaultMaxQueue + 10 {
			wg.Go(func() {
				_, _, err := step(t.Context(), r, "a", 0, 1)
				if _, ok := errors.AsType[*batch.FullError](err); ok {
					full.Add(1)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(hold)
		wg.Wait()
		if full.Load() != 9 {
			t.Errorf("%d were refused", full.Load())
		}
	})
}
