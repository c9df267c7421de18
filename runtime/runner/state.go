package runner

import (
	"bentoc.dev/runtime/runner/batch"
	"bentoc.dev/runtime/runner/cost"
)

// State is what a runner of batches does and has learned, to be shown as JSON.
type State struct {
	Instances int            `json:"instances"`         // batches at a time, at most
	MaxSize   int            `json:"maxSize"`           // items of a batch, at most
	MaxWork   float64        `json:"maxWork,omitempty"` // of a batch, in units; 0: any
	Unit      string         `json:"unit"`              // of work, such as "items"
	Alone     string         `json:"alone,omitempty"`   // why items run alone, in spite of MaxSize
	Waiting   int            `json:"waiting"`           // items
	Running   int            `json:"running"`           // batches
	Learned   *batch.Learned `json:"learned,omitempty"` // absent where sizes are not learned
	Profile   *Profile       `json:"profile,omitempty"` // of which it was
}

// Profile is what runs cost, as a bento takes it for the batching of the runner.
type Profile struct {
	Unit  string      `json:"unit"`
	Sizes []cost.Size `json:"sizes"`
}

// State gives the state at the moment; nil while the runner is not open.
func (r *Runner) State() *State {
	o := r.open.Load()
	if o == nil {
		return nil
	}
	b, w := o.batcher.State(), o.work()
	s := &State{
		Instances: o.cfg.Instances, MaxSize: o.cfg.MaxBatch, MaxWork: w.Max, Unit: w.Unit, Alone: o.alone(),
		Waiting: b.Waiting, Running: b.Running,
	}
	if b.Learned != nil {
		l := *b.Learned
		s.Learned, s.Profile = &l, &Profile{w.Unit, l.Cost.Sizes}
		l.Cost.Sizes = nil
	}
	return s
}

// alone says why items run alone though the bento asks for batches; "" where they do not.
func (o *opened) alone() string {
	o.trust.mu.Lock()
	defer o.trust.mu.Unlock()
	return o.trust.why
}
