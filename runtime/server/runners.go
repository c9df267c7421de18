package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/spec"
)

// closeTime is how long one runner may take to close.
const closeTime = 10 * time.Second

// openRunners opens the runners in order. At the first that does not open it
// stops: the server is then not ready, and the log says why.
func (s *server) openRunners(ctx context.Context) error {
	for i := range s.bento.Runners {
		r := &s.bento.Runners[i]
		s.health.Starting(fmt.Sprintf("opening runner %q", r.Name))
		start := time.Now()
		if err := guarded(ctx, r.Open); err != nil {
			s.health.Failed(fmt.Sprintf("runner %q did not open: see the log", r.Name))
			return fmt.Errorf("opening runner %q: %w", r.Name, err)
		}
		s.opened = append(s.opened, r)
		if took := time.Since(start); r.Open != nil {
			s.log.Debug("runner is open", "runner", r.Name, "engine", r.Engine, "took", took)
		}
	}
	return nil
}

// closeRunners closes what was opened, in reverse order.
func (s *server) closeRunners(ctx context.Context) {
	for len(s.opened) > 0 {
		r := s.opened[len(s.opened)-1]
		s.opened = s.opened[:len(s.opened)-1]
		if err := s.closeRunner(ctx, r); err != nil {
			s.log.Error("runner did not close", "runner", r.Name, "err", err)
		}
	}
}

var errCloseTime = errors.New("closing took too long")

func (s *server) closeRunner(ctx context.Context, r *spec.Runner) error {
	ctx, cancel := context.WithTimeoutCause(ctx, closeTime, errCloseTime)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- guarded(ctx, r.Close) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done(): // the process ends, whatever the runner does
		return context.Cause(ctx)
	}
}

// guarded calls f, if there is one, and makes an error of a panic.
func guarded(ctx context.Context, f func(context.Context) error) (err error) {
	if f == nil {
		return nil
	}
	defer func() {
		if v := recover(); v != nil {
			p := graph.NewPanicError(v)
			err = fmt.Errorf("%w\n%s", p, p.Stack)
		}
	}()
	return f(ctx)
}
