package batch

// State is what a batcher has to do, and what its scheduler has learned.
type State struct {
	Waiting int      // items
	Running int      // batches
	Learned *Learned // nil: the scheduler does not learn
}

// State gives the state at the moment.
func (b *Batcher[I, O]) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := State{Waiting: b.queue.len, Running: b.active}
	if l, ok := b.cfg.Scheduler.(Learner); ok {
		learned := l.Learned()
		s.Learned = &learned
	}
	return s
}
