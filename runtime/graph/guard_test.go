package graph_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/spec"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil))) // a fallback is logged
	os.Exit(m.Run())
}

// statusErr is an error with a status of HTTP, and a time after which to come back.
type statusErr struct {
	status int
	after  time.Duration
}

func (e statusErr) Error() string             { return fmt.Sprint("status ", e.status) }
func (e statusErr) StatusCode() int           { return e.status }
func (e statusErr) RetryAfter() time.Duration { return e.after }

// tally counts what guards do.
type tally struct{ quiet }

type counter struct{ n atomic.Int64 }

func (c *counter) Inc() { c.n.Add(1) }

type counters struct{ timeouts, retries, fallbacks counter }

type guardObserver struct {
	tally
	of *counters
}

func (o guardObserver) Guard(string, string, string) graph.GuardCounters {
	return graph.GuardCounters{Timeouts: &o.of.timeouts, Retries: &o.of.retries, Fallbacks: &o.of.fallbacks}
}

// guardCase is a node that has answers in turn: each is a result, or an error, after a
// time.
type guardCase struct {
	name     string
	guard    graph.Guard
	answers  []answer
	deadline time.Duration // of the request; 0: none
	fallback *answer

	want                         string // result or error
	runs                         int
	timeouts, retries, fallbacks int64
	atLeast, atMost              time.Duration
}

type answer struct {
	v    any
	err  error
	took time.Duration
	deaf bool // does not heed its context
}

func (a answer) give(ctx context.Context) (any, error) {
	if a.took > 0 {
		done := ctx.Done()
		if a.deaf {
			done = nil
		}
		select {
		case <-time.After(a.took):
		case <-done:
			return nil, ctx.Err()
		}
	}
	if a.v == "panic" {
		panic("boom")
	}
	return a.v, a.err
}

func TestGuard(t *testing.T) {
	t.Parallel()
	bad, busy, lost := statusErr{status: 422}, statusErr{status: 503}, errors.New("lost")
	three := graph.Guard{MaxAttempts: 3, InitialBackoff: 100 * time.Millisecond}
	timed := graph.Guard{Timeout: time.Second}
	both := graph.Guard{Timeout: time.Second, MaxAttempts: 3, InitialBackoff: 100 * time.Millisecond}
	for _, tc := range []guardCase{
		{name: "it goes well", guard: both, answers: []answer{{v: "a"}}, want: "a", runs: 1},
		{name: "the second attempt", guard: three, answers: []answer{{err: busy}, {v: "b"}}, want: "b", runs: 2, retries: 1, atLeast: 50 * time.Millisecond, atMost: 100 * time.Millisecond},
		{name: "pauses double", guard: three, answers: []answer{{err: lost}, {err: lost}, {v: "c"}}, want: "c", runs: 3, retries: 2, atLeast: 150 * time.Millisecond, atMost: 300 * time.Millisecond},
		{name: "no more attempts than said", guard: three, answers: []answer{{err: lost}, {err: lost}, {err: lost}}, want: "lost", runs: 3, retries: 2, atLeast: 150 * time.Millisecond, atMost: 300 * time.Millisecond},
		{name: "429 is overload", guard: three, answers: []answer{{err: statusErr{status: 429}}, {v: "b"}}, want: "b", runs: 2, retries: 1, atLeast: 50 * time.Millisecond, atMost: 100 * time.Millisecond},
		{name: "the request is wrong", guard: three, answers: []answer{{err: bad}}, fallback: &answer{v: "f"}, want: "status 422", runs: 1},
		{name: "the request is wrong, says the input", guard: three, answers: []answer{{err: &spec.InputError{Status: 400, Message: "no"}}}, fallback: &answer{v: "f"}, want: "no", runs: 1},
		{name: "wrapped in another node", guard: three, answers: []answer{{err: &graph.NodeError{Graph: "i", Node: "n", Err: bad}}}, fallback: &answer{v: "f"}, want: "i/n: status 422", runs: 1},
		{name: "a panic is not tried again", guard: three, answers: []answer{{v: "panic"}}, want: "panic: boom", runs: 1},
		{name: "a panic, and a fallback", guard: three, answers: []answer{{v: "panic"}}, fallback: &answer{v: "f"}, want: "f", runs: 1, fallbacks: 1},
		{name: "it asks for more time", guard: three, answers: []answer{{err: statusErr{503, time.Second}}, {v: "b"}}, want: "b", runs: 2, retries: 1, atLeast: time.Second, atMost: time.Second},
		{name: "no time for the pause", guard: three, answers: []answer{{err: statusErr{503, 2 * time.Second}}}, deadline: time.Second, want: "status 503", runs: 1},
		{name: "no time for the pause, and a fallback", guard: three, answers: []answer{{err: statusErr{503, 2 * time.Second}}}, deadline: time.Second, fallback: &answer{v: "f"}, want: "f", runs: 1, fallbacks: 1},
		{name: "too slow", guard: timed, answers: []answer{{v: "a", took: time.Minute}}, want: "node n took longer than 1s", runs: 1, timeouts: 1, atLeast: time.Second, atMost: time.Second},
		{name: "too slow, then quick", guard: both, answers: []answer{{took: time.Minute}, {v: "b"}}, want: "b", runs: 2, timeouts: 1, retries: 1, atLeast: 1050 * time.Millisecond, atMost: 1100 * time.Millisecond},
		{name: "too slow, and a fallback", guard: timed, answers: []answer{{took: time.Minute}}, fallback: &answer{v: "f", took: time.Minute}, want: "f", runs: 1, timeouts: 1, fallbacks: 1, atLeast: 61 * time.Second, atMost: 61 * time.Second},
		{name: "too slow, and wrong after all", guard: both, answers: []answer{{err: bad, took: 2 * time.Second, deaf: true}}, fallback: &answer{v: "f"}, want: "status 422", runs: 1, atLeast: 2 * time.Second, atMost: 2 * time.Second},
		{name: "deaf, but it gives what was asked for", guard: both, answers: []answer{{v: "a", took: 2 * time.Second, deaf: true}}, fallback: &answer{v: "f"}, want: "a", runs: 1, atLeast: 2 * time.Second, atMost: 2 * time.Second},
		{name: "the request ends first", guard: graph.Guard{Timeout: time.Minute, MaxAttempts: 3}, answers: []answer{{took: time.Hour}}, deadline: time.Second, fallback: &answer{v: "f"}, want: "context deadline exceeded", runs: 1, atLeast: time.Second, atMost: time.Second},
		{name: "a pause that is longer than the request", guard: graph.Guard{MaxAttempts: 3, InitialBackoff: time.Minute}, answers: []answer{{err: busy}}, deadline: time.Second, fallback: &answer{v: "f"}, want: "f", runs: 1, fallbacks: 1},
		{name: "the request ends in the fallback", guard: timed, answers: []answer{{err: busy}}, deadline: time.Second, fallback: &answer{v: "f", took: time.Hour}, want: "context deadline exceeded", runs: 1, fallbacks: 1, atLeast: time.Second, atMost: time.Second},
		{name: "the fallback fails", guard: timed, answers: []answer{{err: busy}}, fallback: &answer{err: lost}, want: "lost", runs: 1, fallbacks: 1},
	} {
		synctest.Test(t, func(t *testing.T) { tc.check(t) })
	}
}

func (tc *guardCase) check(t *testing.T) {
	t.Helper()
	runs := 0
	guard := tc.guard
	guard.Graph, guard.Node, guard.Kind = "g", "n", "call"
	if tc.fallback != nil {
		guard.Fallback = func(ctx context.Context, _ any, _ []any) (any, error) { return tc.fallback.give(ctx) }
	}
	run := graph.Guarded(guard, func(ctx context.Context, _ any, _ []any) (any, error) {
		runs++
		return tc.answers[runs-1].give(ctx)
	})
	o := guardObserver{of: &counters{}}
	ctx := graph.WithObserver(t.Context(), o)
	if tc.deadline > 0 {
		limited, cancel := context.WithTimeout(ctx, tc.deadline)
		defer cancel()
		ctx = limited
	}
	start, before := time.Now(), goroutines()
	res, err := run(ctx, nil, nil)
	took, got := time.Since(start), res
	if err != nil {
		got = err.Error()
	}
	if got != tc.want {
		t.Errorf("%s: got %v, want %s", tc.name, got, tc.want)
	}
	if runs != tc.runs || o.of.timeouts.n.Load() != tc.timeouts || o.of.retries.n.Load() != tc.retries || o.of.fallbacks.n.Load() != tc.fallbacks {
		t.Errorf("%s: %d runs, %d timeouts, %d retries, %d fallbacks", tc.name, runs, o.of.timeouts.n.Load(), o.of.retries.n.Load(), o.of.fallbacks.n.Load())
	}
	if took < tc.atLeast || took > tc.atMost {
		t.Errorf("%s: it took %v", tc.name, took)
	}
	synctest.Wait()
	if after := goroutines(); after > before {
		t.Errorf("%s: %d goroutines became %d", tc.name, before, after)
	}
}

// An attempt does not begin which, by what attempts took lately, cannot end before the
// request does.
func TestARetryHasTheTimeThatItTakes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fail := false
		runs := 0
		run := graph.Guarded(graph.Guard{MaxAttempts: 9}, func(ctx context.Context, _ any, _ []any) (any, error) {
			runs++
			if fail {
				return nil, errors.New("lost")
			}
			time.Sleep(time.Second)
			return "a", nil
		})
		if _, err := run(t.Context(), nil, nil); err != nil {
			t.Fatal(err)
		}
		fail, runs = true, 0
		ctx, cancel := context.WithTimeout(t.Context(), 900*time.Millisecond)
		defer cancel()
		if _, err := run(ctx, nil, nil); err == nil || runs != 1 {
			t.Errorf("%d attempts, %v", runs, err)
		}
		runs = 0
		ctx, cancel = context.WithTimeout(t.Context(), 1100*time.Millisecond)
		defer cancel()
		if _, err := run(ctx, nil, nil); err == nil || runs != 9 {
			t.Errorf("%d attempts, %v", runs, err)
		}
	})
}

// What came too late for one run is never the result of another, nor of a later attempt.
func TestLateResultsAreNobodyElses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var turn atomic.Int64
		run := graph.Guarded(graph.Guard{Node: "n", Timeout: time.Second, MaxAttempts: 2}, func(ctx context.Context, in any, _ []any) (any, error) {
			if turn.Add(1)%2 == 1 {
				select {
				case <-time.After(time.Duration(turn.Load()) * time.Second):
				case <-ctx.Done():
					return fmt.Sprint("late ", in), ctx.Err()
				}
			}
			return fmt.Sprint("own ", in), nil
		})
		g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{node("n", nil, run)}, Output: last})
		done := make(chan struct{})
		for i := range 50 {
			go func() {
				defer func() { done <- struct{}{} }()
				got, err := g.Run(t.Context(), i)
				if err == nil && got != fmt.Sprint("own ", i) {
					t.Errorf("run %d got %v", i, got)
				}
			}()
		}
		for range 50 {
			<-done
		}
	})
}

// A sibling's failure ends a pause, and no further attempt begins.
func TestASiblingsFailureEndsThePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bad := errors.New("bad")
		runs := 0
		tries := graph.Guarded(graph.Guard{MaxAttempts: 5, InitialBackoff: time.Minute, Fallback: func(context.Context, any, []any) (any, error) {
			t.Error("the fallback ran")
			return nil, nil
		}}, func(context.Context, any, []any) (any, error) { runs++; return nil, errors.New("lost") })
		g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{
			node("tries", nil, tries),
			node("bad", nil, func(context.Context, any, []any) (any, error) { time.Sleep(time.Second); return nil, bad }),
		}, Output: last})
		start := time.Now()
		if _, err := g.Run(t.Context(), nil); !errors.Is(err, bad) || runs != 1 || time.Since(start) != time.Second {
			t.Errorf("%v after %v and %d attempts", err, time.Since(start), runs)
		}
	})
}

func TestFold(t *testing.T) {
	t.Parallel()
	add := func(_ context.Context, acc, item string) (string, error) {
		if item == "bad" {
			return "", errors.New("bad item")
		}
		return acc + item, nil
	}
	for _, tc := range []struct {
		items []string
		want  string
	}{{nil, "0"}, {[]string{"a"}, "0a"}, {strings.Split("abcdefgh", ""), "0abcdefgh"}, {[]string{"a", "bad", "c"}, "sum[1]: bad item"}} {
		got, err := graph.Fold(t.Context(), "sum", tc.items, "0", add)
		if err != nil {
			got = err.Error()
		}
		if got != tc.want {
			t.Errorf("%v: %s, want %s", tc.items, got, tc.want)
		}
	}
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	if _, err := graph.Fold(ctx, "sum", []string{"a"}, "", add); !errors.Is(err, gone) {
		t.Errorf("of an ended request: %v", err)
	}
	if _, err := graph.Fold(t.Context(), "sum", []int{1}, 0, func(context.Context, int, int) (int, error) { panic("boom") }); err == nil || err.Error() != "sum[0]: panic: boom" {
		t.Errorf("a panic: %v", err)
	}
}

// Never more than said run at once, and with one the items run in order.
func TestMapAtMost(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1, 2, 7, 1000} {
		synctest.Test(t, func(t *testing.T) {
			var now, most, begun atomic.Int64
			got, err := graph.MapAtMost(t.Context(), limit, "m", make([]int, 50), func(_ context.Context, i, _ int) (int, error) {
				n := now.Add(1)
				defer now.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				if order := begun.Add(1) - 1; limit == 1 && int(order) != i {
					t.Errorf("item %d begins as number %d", i, order)
				}
				time.Sleep(time.Duration(50-i) * time.Second)
				return i, nil
			})
			if err != nil || int(most.Load()) != min(limit, 50) {
				t.Errorf("%d at once, want %d; %v", most.Load(), limit, err)
			}
			for i, v := range got {
				if v != i {
					t.Errorf("result %d is %d", i, v)
				}
			}
		})
	}
}
