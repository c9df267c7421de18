package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"bentoc.dev/runtime/graph"
)

// closeTime is how long one runner may take to close.
const closeTime = 10 * time.Second

// Life is how something that executes begins and ends.
type Life struct {
	Name   string
	Engine string                      // such as "go"
	Model  string                      // that it runs; "" for none
	Calls  int                         // of a step at a time, at most; 0: any number, or State tells
	Open   func(context.Context) error // nil: nothing to open
	Close  func(context.Context) error // nil: nothing to close
	// Once is what happens once a process, before Open and after Close: see [Hooks].
	Once Hook
	// State tells of a runner of batches, as [Runner.State] does; nil for others.
	State func() *State
	// Shrink has an engine give back what it keeps for its next run, as [Runner.Shrink]
	// does; nil for others.
	Shrink func()
	// Ailing tells why the runner should get no requests for a while, "" where it should;
	// nil where it always should.
	Ailing func() string
	// Forget forgets what calls have left in the runner; nil where they leave nothing.
	Forget func()
}

func (l Life) life() Life { return l }

// LifeOf gives the life of a runner, for one that adds something to it.
func LifeOf(m Member) Life { return m.life() }

// Member is what is added to a [Set]: a [*Runner], a [*Func], or a [Life] by itself.
type Member interface{ life() Life }

// Set is the runners of one generation. Its methods are called by one goroutine
// at a time.
type Set struct {
	hooks  *Hooks
	all    []Life
	opened []*Life
}

// NewSet makes an empty set. Sets with the same hooks share the runners that are
// opened once a process; nil gives the set hooks of its own.
func NewSet(hooks *Hooks) *Set {
	if hooks == nil {
		hooks = new(Hooks)
	}
	return &Set{hooks: hooks}
}

// Next makes an empty set for the generation after this one.
func (s *Set) Next() *Set { return NewSet(s.hooks) }

// Add adds a runner, which is opened after those that were added before and closed
// before them.
func (s *Set) Add(m Member) { s.all = append(s.all, m.life()) }

// Runners gives the runners in the order in which they were added.
func (s *Set) Runners() []Life { return s.all }

// OpenError says which runner did not open.
type OpenError struct {
	Runner string
	Err    error
}

func (e *OpenError) Error() string { return fmt.Sprintf("opening runner %q: %v", e.Runner, e.Err) }

// Unwrap gives what the runner said.
func (e *OpenError) Unwrap() error { return e.Err }

// Open opens the runners in order. At the first that does not open it stops, with
// an [*OpenError]; those before it stay open. Opening, which may be nil, is told
// which one is next.
func (s *Set) Open(ctx context.Context, log *slog.Logger, opening func(name string)) error {
	for i := range s.all {
		r := &s.all[i]
		if opening != nil {
			opening(r.Name)
		}
		start := time.Now()
		if err := s.open(ctx, r); err != nil {
			return &OpenError{Runner: r.Name, Err: err}
		}
		s.opened = append(s.opened, r)
		log.Debug("runner is open", "runner", r.Name, "engine", r.Engine, "took", time.Since(start))
	}
	return nil
}

func (s *Set) open(ctx context.Context, r *Life) error {
	if err := s.hooks.open(ctx, r); err != nil {
		return err
	}
	if err := guarded(ctx, r.Open); err != nil {
		return errors.Join(err, guarded(ctx, s.hooks.close(r)))
	}
	return nil
}

// Forget has the runners forget what calls have left in them, such as those of golden
// cases.
func (s *Set) Forget() {
	for _, r := range s.opened {
		if r.Forget != nil {
			r.Forget()
		}
	}
}

// Close closes what was opened, in reverse order. No runner is waited for longer
// than ten seconds.
func (s *Set) Close(ctx context.Context, log *slog.Logger) {
	for len(s.opened) > 0 {
		r := s.opened[len(s.opened)-1]
		s.opened = s.opened[:len(s.opened)-1]
		if err := s.close(ctx, r); err != nil {
			log.Error("runner did not close", "runner", r.Name, "err", err)
		}
	}
}

var errCloseTime = errors.New("closing took too long")

func (s *Set) close(ctx context.Context, r *Life) error {
	ctx, cancel := context.WithTimeoutCause(ctx, closeTime, errCloseTime)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		err := guarded(ctx, r.Close)
		done <- errors.Join(err, guarded(ctx, s.hooks.close(r)))
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done(): // the process ends, whatever the runner does
		return context.Cause(ctx)
	}
}

// guarded calls f, if there is one, and makes an error of a panic and of an end of
// the goroutine: f has one of its own.
func guarded(ctx context.Context, f func(context.Context) error) error {
	if f == nil {
		return nil
	}
	done := make(chan error, 1)
	go func() {
		returned := false
		defer func() {
			var p *graph.PanicError
			if v := recover(); v != nil {
				p = graph.NewPanicError(v)
			} else if !returned {
				p = graph.NewGoexitError()
			}
			if p != nil {
				done <- fmt.Errorf("%w\n%s", p, p.Stack)
			}
		}()
		err := f(ctx)
		if p, ok := errors.AsType[*graph.PanicError](err); ok {
			err = fmt.Errorf("%w\n%s", err, p.Stack)
		}
		returned = true
		done <- err
	}()
	return <-done
}
