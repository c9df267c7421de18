package runner_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/runner"
)

// trace notes what is done with runners, in order.
type trace struct {
	mu   sync.Mutex
	done []string
}

func (t *trace) say(what string) func(context.Context) error {
	return func(context.Context) error {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.done = append(t.done, what)
		return nil
	}
}

func (t *trace) runner(name string, once bool) runner.Life {
	if once {
		return runner.Life{Name: name, Engine: "go", Once: runner.Hook{Open: t.say("+" + name), Close: t.say("-" + name)}}
	}
	return runner.Life{Name: name, Engine: "go", Open: t.say("+" + name), Close: t.say("-" + name)}
}

func (t *trace) want(tb testing.TB, done ...string) {
	tb.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.Equal(t.done, done) {
		tb.Errorf("was done: %v, want %v", t.done, done)
	}
	t.done = nil
}

func set(hooks *runner.Hooks, runners ...runner.Life) *runner.Set {
	s := runner.NewSet(hooks)
	for _, r := range runners {
		s.Add(r)
	}
	return s
}

func open(s *runner.Set) error {
	return s.Open(context.Background(), slog.New(slog.DiscardHandler), nil)
}

func shut(s *runner.Set) { s.Close(context.Background(), slog.New(slog.DiscardHandler)) }

func TestSetOpensInOrderAndClosesInReverse(t *testing.T) {
	t.Parallel()
	var tr trace
	s := set(nil, tr.runner("b", false), runner.Life{Name: "none"}, tr.runner("a", true))
	var told []string
	if err := s.Open(t.Context(), slog.New(slog.DiscardHandler), func(name string) { told = append(told, name) }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(told, []string{"b", "none", "a"}) {
		t.Errorf("told of %v", told)
	}
	shut(s)
	shut(s)
	tr.want(t, "+b", "+a", "-a", "-b")
}

// What did not open is not closed; what was opened before it is.
func TestSetStopsAtTheFirstThatDoesNotOpen(t *testing.T) {
	t.Parallel()
	cut := errors.New("the model is cut short")
	for name, open2 := range map[string]func(context.Context) error{
		"error": func(context.Context) error { return cut },
		"panic": func(context.Context) error { panic(cut) },
	} {
		for _, once := range []bool{false, true} {
			var tr trace
			bad := tr.runner("bad", once)
			if once {
				bad.Once.Open = open2
			} else {
				bad.Open = open2
			}
			s := set(nil, tr.runner("a", once), bad, tr.runner("c", once))
			err := open(s)
			if e, ok := errors.AsType[*runner.OpenError](err); !ok || e.Runner != "bad" || name == "error" && !errors.Is(err, cut) {
				t.Errorf("%s: error is %v", name, err)
			}
			shut(s)
			tr.want(t, "+a", "-a")
		}
	}
}

// Two sets of one process have nothing in common.
func TestSetsAreIndependent(t *testing.T) {
	t.Parallel()
	var tr trace
	one, two := set(nil, tr.runner("a", false)), set(nil, tr.runner("a", false))
	if err := errors.Join(open(one), open(two)); err != nil {
		t.Fatal(err)
	}
	shut(one)
	tr.want(t, "+a", "+a", "-a")
	shut(two)
	tr.want(t, "-a")
}

// A hook is opened by the first generation and closed by the last, once.
func TestHooksRunOnceAProcess(t *testing.T) {
	t.Parallel()
	var tr trace
	hooks := new(runner.Hooks)
	var sets []*runner.Set
	for range 3 {
		s := set(hooks, tr.runner("step", true), tr.runner("model", false))
		if err := open(s); err != nil {
			t.Fatal(err)
		}
		sets = append(sets, s)
	}
	tr.want(t, "+step", "+model", "+model", "+model")
	shut(sets[1])
	shut(sets[0])
	tr.want(t, "-model", "-model")
	shut(sets[2])
	tr.want(t, "-model", "-step")
	if err := open(set(hooks, tr.runner("step", true))); err == nil {
		t.Error("a hook was opened again after it was closed")
	}
	tr.want(t)
}

// Generations that open at once open a hook once, and none goes on before it is open.
func TestHooksOpenOnceAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hooks := new(runner.Hooks)
		opened := 0
		slow := runner.Life{Name: "slow", Once: runner.Hook{Open: func(context.Context) error {
			time.Sleep(time.Second)
			opened++
			return nil
		}}}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := open(set(hooks, slow)); err != nil || opened != 1 {
					t.Error("not open:", err)
				}
			})
		}
		wg.Wait()
	})
}

func TestCloseIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var tr trace
		deaf := runner.Life{Name: "deaf", Close: func(context.Context) error { time.Sleep(time.Hour); return nil }}
		s := set(nil, tr.runner("a", false), deaf)
		if err := open(s); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		shut(s)
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("closing took %v", took)
		}
		tr.want(t, "+a", "-a")
		time.Sleep(2 * time.Hour)
	})
}

func ExampleSet() {
	s := runner.NewSet(nil)
	s.Add(runner.Life{Name: "spell", Engine: "go", Open: func(context.Context) error { fmt.Println("open"); return nil }})
	fmt.Println(s.Open(context.Background(), slog.New(slog.DiscardHandler), nil))
	// Output:
	// open
	// <nil>
}
