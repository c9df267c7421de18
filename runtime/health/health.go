// Package health answers the questions that an orchestrator asks: is the
// process alive, and may it get requests. Paths and bodies are BentoML's, whose
// client polls /readyz before its first call.
//
//	/livez, /healthz  200 while the process listens
//	/readyz           200 when all runners are open and well and the server is not stopping, else 503 and why
package health

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// State is whether the server may get requests. A new one is starting.
type State struct {
	mu     sync.Mutex
	reason string        // why it is not ready; "" when it is
	ready  chan struct{} // closed when ready
	final  bool          // it will not become ready any more
	ailing func() string // may be nil
}

// Check has f tell why a server that is ready should get no requests for a while, "" where
// it should. It is asked each time that somebody wants to know.
func (s *State) Check(f func() string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ailing = f
}

// NewState makes a state that is starting and says so with reason.
func NewState(reason string) *State {
	return &State{reason: reason, ready: make(chan struct{})}
}

// Starting says what the start waits for.
func (s *State) Starting(reason string) { s.set(reason, false) }

// Failed says that the start went wrong: the server stays alive, so that its
// log and its metrics can be read, and never becomes ready.
func (s *State) Failed(reason string) { s.set(reason, true) }

// Stopping says that the server takes no more requests.
func (s *State) Stopping(reason string) { s.set(reason, true) }

func (s *State) set(reason string, final bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reason, s.final = reason, final || s.final
}

// Ready says that requests may come. It has no effect after Failed or Stopping.
func (s *State) Ready() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.final || s.reason == "" {
		return
	}
	s.reason = ""
	close(s.ready)
}

// Reason is why the server is not ready, "" when it is.
func (s *State) Reason() string {
	s.mu.Lock()
	reason, ailing := s.reason, s.ailing
	s.mu.Unlock()
	if reason == "" && ailing != nil {
		return ailing()
	}
	return reason
}

// pollWait is how long a starting server holds a request for /readyz: BentoML's
// client asks again without a pause, and so gets its answer when it is true.
const pollWait = 50 * time.Millisecond

// Readyz answers /readyz.
func (s *State) Readyz(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	wait := s.reason != "" && !s.final
	s.mu.Unlock()
	if wait {
		select {
		case <-s.ready:
		case <-time.After(pollWait):
		case <-r.Context().Done():
		}
	}
	Answer(w, s.Reason())
}

// Answer answers 200, or 503 and a reason if there is one.
func Answer(w http.ResponseWriter, reason string) {
	if reason != "" {
		text(w, http.StatusServiceUnavailable, reason+"\n")
		return
	}
	text(w, http.StatusOK, "\n")
}

// Livez answers /livez and /healthz.
func Livez(w http.ResponseWriter, _ *http.Request) { text(w, http.StatusOK, "\n") }

func text(w http.ResponseWriter, status int, body string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // the client may have gone away
}
