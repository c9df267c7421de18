package server

import (
	"context"
	"errors"
	"os"
	"time"

	"bentoc.dev/runtime/serve"
)

// cancelTime is how long requests have to end once they are cancelled, and
// connections to take their last bytes.
const cancelTime = 2 * time.Second

// settleTime is what the end takes at most, after the drain, of what heeds it.
const settleTime = cancelTime + closeTime

// closeTime is what runners have at least to close. They have as long as the grace
// period lasts.
const closeTime = time.Second

var errGrace = errors.New("the grace period is over")

var errDrainTime = errors.New("the drain time is over")

// drain ends the work of the server: readiness first, so that no orchestrator
// sends more, then what is in flight, then the runners.
func (s *server) drain(sig os.Signal, opened <-chan struct{}) {
	start := time.Now()
	killed := start.Add(s.settings.gracePeriod)
	s.health.Stopping("the server is stopping")
	// Until the delay has passed requests come as before, on connections that are
	// idle now too. Each answer asks for the end of its connection, so that a load
	// balancer leaves before it is told to.
	s.leaving.Store(true)
	s.log.Info("stopping", "signal", sig, "delay", s.settings.shutdownDelay, "grace", s.settings.gracePeriod)
	if s.settings.shutdownDelay > 0 {
		<-time.After(s.settings.shutdownDelay)
	}

	s.gate.Close()
	s.http.SetKeepAlivesEnabled(false) // closes idle connections
	s.log.Info("draining", "inflight", s.gate.Inside(), "timeout", s.settings.drainTimeout)
	ctx, cancel := context.WithTimeoutCause(context.Background(), s.settings.drainTimeout, errDrainTime)
	defer cancel()
	if err := s.gate.Wait(ctx); err != nil {
		s.log.Warn("cancelling requests", "cause", err, "inflight", s.gate.Inside())
	}
	s.cancel(serve.ErrStopping)

	// What was cancelled, and a runner that is still being opened, may heed it.
	settled := s.settled(opened)
	last, cancelLast := context.WithTimeoutCause(context.Background(), cancelTime, errDrainTime)
	defer cancelLast()
	if err := s.gate.Wait(last); err != nil {
		s.log.Warn("leaving requests whose steps do not end", "inflight", s.gate.Inside())
	}
	if err := s.http.Shutdown(last); err != nil {
		_ = s.http.Close() // ends connections whatever they do
	}
	select {
	case <-settled:
	case <-last.Done(): // connections may have taken all of the time
	}
	select {
	case <-settled:
		left := max(time.Until(killed), closeTime)
		ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(s.base), left, errGrace)
		defer cancel()
		s.closeGenerations(ctx)
	default:
		s.log.Warn("leaving a runner that is still being opened")
	}
	s.log.Info("stopped", "took", time.Since(start))
}
