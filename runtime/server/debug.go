package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"bentoc.dev/runtime/runner"
)

// debugMode is who may read the local socket: its owner.
const debugMode = 0o600

// listenLocal listens on the socket that BENTOC_DEBUG_SOCKET names, a path or, behind
// an @, a name without a file. What a process that is no more has left there is
// replaced; a socket that somebody answers on, or anything else, is not.
func listenLocal(path string) (net.Listener, error) {
	if path[0] != '@' {
		if info, err := os.Lstat(path); err == nil {
			if info.Mode().Type() != os.ModeSocket {
				return nil, fmt.Errorf("BENTOC_DEBUG_SOCKET: %s is there, and no socket", path)
			}
			c, err := net.DialTimeout("unix", path, time.Second)
			if err == nil {
				return nil, errors.Join(fmt.Errorf("BENTOC_DEBUG_SOCKET: another process listens on %s", path), c.Close())
			}
			if errors.Is(err, syscall.ECONNREFUSED) {
				if err := os.Remove(path); err != nil {
					return nil, fmt.Errorf("BENTOC_DEBUG_SOCKET: %w", err)
				}
			}
		}
	}
	old := syscall.Umask(0o777 &^ debugMode) // nobody is running yet who makes other files
	l, err := net.Listen("unix", path)
	syscall.Umask(old)
	if err != nil {
		return nil, fmt.Errorf("BENTOC_DEBUG_SOCKET: %w", err)
	}
	return l, nil
}

// serveLocal serves what is for the operator's eyes alone, until l is closed.
func (s *server) serveLocal(l net.Listener) {
	local := &http.Server{Handler: s.local(), ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout} // opening models takes its time
	if err := local.Serve(l); err != nil && !errors.Is(err, net.ErrClosed) {
		s.log.Warn("the local socket is served no more", "err", err)
	}
}

// local is what the local socket has.
func (s *server) local() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/batching", s.showBatching)
	mux.HandleFunc("GET /debug/requests", s.showRequests)
	mux.HandleFunc("GET /models", s.showModels)
	mux.HandleFunc("POST /models", s.postModels)
	return mux
}

// showBatching tells what each runner of batches has learned.
func (s *server) showBatching(w http.ResponseWriter, _ *http.Request) {
	states := map[string]*runner.State{}
	for _, r := range s.current.Load().runners.Runners() {
		if r.State == nil {
			continue
		}
		if state := r.State(); state != nil {
			states[r.Name] = state
		}
	}
	answerLocal(w, http.StatusOK, map[string]any{"runners": states})
}

// answerLocal answers on the local socket.
func answerLocal(w http.ResponseWriter, code int, v any) {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil { // an infinity that was measured
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(append(b, '\n')) // the reader may have gone away
}

// collectLearned shows in the metrics what the runners have learned.
func (s *server) collectLearned() {
	for _, r := range s.current.Load().runners.Runners() {
		if r.State == nil {
			continue
		}
		state := r.State()
		if state == nil || state.Learned == nil {
			continue
		}
		gauge := func(name, help string) func(float64) { return s.registry.Gauge(name, help, "runner", r.Name).Set }
		l := state.Learned
		gauge("bentoc_runner_batch_target", "Items of a batch, at most, as what runs cost makes it best.")(float64(l.Batch))
		gauge("bentoc_runner_run_fixed_seconds", "Time that a run takes however small it is, as learned.")(l.Cost.Fixed)
		gauge("bentoc_runner_run_unit_seconds", "Time that a run takes for each unit of its work, an item or what the bento says, as learned.")(l.Cost.Each)
	}
}
