package server

import (
	"fmt"
	"net/http"
	"slices"
	"sync"

	"bentoc.dev/runtime/health"
	"bentoc.dev/runtime/runner"
)

// readiness is how far the runners of a generation are, which are opened one after the
// other.
type readiness struct {
	mu      sync.Mutex
	opening string // the one that is being opened, or did not open; "" before the first
	over    bool   // no more will be opened
	failed  bool   // since opening did not open
}

func (r *readiness) begin(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opening = name
}

func (r *readiness) end(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over, r.failed = true, err != nil
}

// of tells why one of the runners may get no requests, "" where it may.
func (r *readiness) of(life *runner.Life, all []runner.Life) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	place := func(name string) int {
		return slices.IndexFunc(all, func(l runner.Life) bool { return l.Name == name })
	}
	here, at := place(life.Name), place(r.opening)
	switch {
	case r.over && !r.failed, here < at:
		if life.Ailing == nil {
			return ""
		}
		return life.Ailing()
	case here == at && r.failed:
		return named(life) + " did not open: see the log"
	case here == at:
		return "opening " + named(life)
	case r.failed:
		return fmt.Sprintf("%s was not opened, as %s did not open", named(life), named(&all[at]))
	}
	return named(life) + " is opened after others"
}

// now tells of the runner that is being opened, or did not open.
func (r *readiness) now(all []runner.Life) string {
	r.mu.Lock()
	at := slices.IndexFunc(all, func(l runner.Life) bool { return l.Name == r.opening })
	r.mu.Unlock()
	if at < 0 {
		return "starting"
	}
	return r.of(&all[at], all)
}

// named names a runner and the model that it runs.
func named(l *runner.Life) string {
	if l.Model == "" || l.Model == l.Name {
		return fmt.Sprintf("runner %q", l.Name)
	}
	return fmt.Sprintf("runner %q (model %s)", l.Name, l.Model)
}

// mountReadiness serves /readyz/RUNNER for each runner of a generation.
func (s *server) mountReadiness(g *generation) error {
	all := g.runners.Runners()
	for i := range all {
		ready := func(w http.ResponseWriter, _ *http.Request) {
			reason := g.ready.of(&all[i], all)
			if s.leaving.Load() {
				reason = "the server is stopping"
			}
			health.Answer(w, reason)
		}
		if err := g.router.get("/readyz/"+all[i].Name, http.HandlerFunc(ready)); err != nil {
			return err
		}
	}
	return nil
}

// ailing tells of the first runner that is open and should get no requests.
func (s *server) ailing() string {
	g := s.current.Load()
	all := g.runners.Runners()
	for i := range all {
		if all[i].Ailing == nil {
			continue
		}
		if why := all[i].Ailing(); why != "" {
			return why
		}
	}
	return ""
}
