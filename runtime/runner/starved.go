package runner

import (
	"sync/atomic"
	"time"

	"bentoc.dev/runtime/engine"
)

// starved is since when a model has not had the memory for one item alone. A batch that
// is too large says nothing: its items run again in smaller ones.
type starved struct{ since atomic.Pointer[time.Time] } // nil: it has

// starvedTime is for how long a runner that had no memory should get no requests. By then
// others have given some back, and it is tried again.
const starvedTime = 10 * time.Second

func (s *starved) note(items int, err error) {
	switch {
	case err != nil && items == 1 && engine.OutOfMemory(err):
		now := time.Now()
		s.since.Store(&now)
	case err == nil && s.since.Load() != nil:
		s.since.Store(nil)
	}
}

// Ailing tells why the runner should get no requests for a while: it had not even the
// memory for one item. "" where it should.
func (r *Runner) Ailing() string {
	o := r.open.Load()
	if o == nil {
		return ""
	}
	at := o.starved.since.Load()
	if at == nil || time.Since(*at) > starvedTime {
		return ""
	}
	what := "runner " + r.cfg.Name
	if r.cfg.Model != "" && r.cfg.Model != r.cfg.Name {
		what += " (model " + r.cfg.Model + ")"
	}
	return what + " has no memory for an item"
}
