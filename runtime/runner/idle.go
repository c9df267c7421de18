package runner

import (
	"log/slog"
	"sync"
	"time"

	"bentoc.dev/runtime/engine"
)

// idle gives memory back when a model rests, where the engine keeps any.
type idle struct {
	o *opened

	mu      sync.Mutex
	timer   *time.Timer
	armed   bool
	last    time.Time
	stopped bool
	wait    sync.WaitGroup // a run of shrink
}

func (d *idle) start(o *opened) {
	d.o = o
	if o.cfg.IdleShrink < 0 {
		d.stopped = true
		return
	}
	d.timer = time.AfterFunc(o.cfg.IdleShrink, d.fire)
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
		d.timer.Reset(d.o.cfg.IdleShrink)
	}
}

// fire shrinks, or waits for the rest of the time when there were runs meanwhile.
func (d *idle) fire() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		return
	}
	if rest := d.o.cfg.IdleShrink - time.Since(d.last); rest > 0 {
		d.timer.Reset(rest)
		return
	}
	d.armed = false
	d.wait.Go(d.o.shrink)
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

// Shrink has the engine give back what it keeps for its next run, unless the runner is
// being opened or closed, or all of its instances run.
func (r *Runner) Shrink() {
	if !r.mu.TryLock() {
		return
	}
	defer r.mu.Unlock()
	if o := r.open.Load(); o != nil {
		o.shrink()
	}
}

// shrink gives memory back by way of the first instance that has some.
func (o *opened) shrink() {
	for _, in := range o.instances {
		if done, err := in.shrink(); done {
			if err != nil {
				slog.Warn("giving memory back", "runner", o.cfg.Name, "error", err)
			}
			return
		}
	}
}

func (in *instance) shrink() (done bool, err error) {
	s, ok := in.engine.(engine.Shrinker)
	if !ok || !in.mu.TryLock() {
		return false, nil // one that runs does not rest
	}
	defer in.mu.Unlock()
	return s.Shrink()
}
