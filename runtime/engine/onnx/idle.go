//go:build linux && (amd64 || arm64)

package onnx

import (
	"log/slog"
	"sync"
	"time"
)

// idle gives memory back when a model rests. The library keeps the memory of its
// largest run for the next one, and lets go of it only at the end of a run that
// is told to; so one is begun that stops at once.
type idle struct {
	l *loaded

	mu      sync.Mutex
	timer   *time.Timer
	armed   bool
	last    time.Time
	stopped bool
	wait    sync.WaitGroup // a run of shrink
}

func (d *idle) start(l *loaded) {
	d.l = l
	if l.cfg.IdleShrink < 0 {
		d.stopped = true
		return
	}
	d.timer = time.AfterFunc(l.cfg.IdleShrink, d.fire)
	d.timer.Stop()
}

// used notes a run. The timer is only set where it does not run.
func (d *idle) used() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		return
	}
	d.last = time.Now()
	if !d.armed {
		d.armed = true
		d.timer.Reset(d.l.cfg.IdleShrink)
	}
}

// fire shrinks, or waits for the rest of the time when there were runs meanwhile.
func (d *idle) fire() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		return
	}
	if rest := d.l.cfg.IdleShrink - time.Since(d.last); rest > 0 {
		d.timer.Reset(rest)
		return
	}
	d.armed = false
	d.wait.Go(d.l.shrink)
}

// stop waits for a shrink that is in progress and allows no more.
func (d *idle) stop() {
	d.mu.Lock()
	d.stopped = true
	if d.timer != nil {
		d.timer.Stop()
	}
	d.mu.Unlock()
	d.wait.Wait()
}

// shrink gives the memory of the session back by way of an instance that has run
// before.
func (l *loaded) shrink() {
	for _, in := range l.instances {
		if done, err := in.shrink(); done {
			if err != nil {
				slog.Warn("giving memory back", "runner", l.cfg.Name, "error", err)
			}
			return
		}
	}
}

func (in *instance) shrink() (done bool, err error) {
	if !in.mu.TryLock() {
		return false, nil // it runs, so the model does not rest
	}
	defer in.mu.Unlock()
	if !in.ready {
		return false, nil
	}
	defer in.slot.Reset()
	return true, in.slot.Shrink()
}
