package runner

import (
	"context"
	"errors"
	"sync"
)

// Hook is what is opened and closed once a process. Either may be nil.
type Hook struct{ Open, Close func(context.Context) error }

// Hooks are the hooks of the runners of a process, whatever number of sets these are
// in: a user's Open and Close work on the variables of a package,
// of which there is one. They are opened with the first set and closed with the
// last one that is open.
type Hooks struct {
	mu     sync.Mutex
	held   map[string]*hook // by runner
	shared map[string]any   // see [Set.Shared]
}

// hook is one runner of the process.
type hook struct {
	done chan struct{} // closed when it was opened, well or not
	err  error         // of opening
	sets int           // that have it open; under Hooks.mu
	over bool          // it was closed; under Hooks.mu
}

var errHookOver = errors.New("it was closed before, and is opened once a process")

// Shared gives what all sets of a process have under a name, and makes it for the first.
func (s *Set) Shared(name string, first func() any) any {
	h := s.hooks
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.shared == nil {
		h.shared = map[string]any{}
	}
	if _, ok := h.shared[name]; !ok {
		h.shared[name] = first()
	}
	return h.shared[name]
}

// open opens r for one more set.
func (h *Hooks) open(ctx context.Context, r *Life) error {
	if r.Once.Open == nil && r.Once.Close == nil {
		return nil
	}
	k, first, err := h.enter(r.Name)
	if err != nil {
		return err
	}
	if first {
		k.err = guarded(ctx, r.Once.Open)
		close(k.done)
	}
	<-k.done
	if k.err != nil {
		h.leave(k)
	}
	return k.err
}

// enter counts one more set of a hook. The first has it opened.
func (h *Hooks) enter(name string) (k *hook, first bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held == nil {
		h.held = map[string]*hook{}
	}
	if k = h.held[name]; k == nil {
		k, first = &hook{done: make(chan struct{})}, true
		h.held[name] = k
	}
	if k.over {
		return nil, false, errHookOver
	}
	k.sets++
	return k, first, nil
}

// leave gives back a hook that did not open: nobody closes it.
func (h *Hooks) leave(k *hook) {
	h.mu.Lock()
	defer h.mu.Unlock()
	k.sets--
}

// close gives what closes r for one set, nil where another has it open.
func (h *Hooks) close(r *Life) func(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	k := h.held[r.Name]
	if k == nil {
		return nil
	}
	if k.sets--; k.sets > 0 {
		return nil
	}
	k.over = true
	return r.Once.Close
}
