package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/health"
	"bentoc.dev/runtime/logging"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/protocol/rest"
	"bentoc.dev/runtime/spec"
)

// Timeouts against clients that hold connections without using them. Those for
// bodies and answers are the handlers' own.
const (
	headerTimeout = 10 * time.Second
	// idleTimeout is longer than that of common load balancers (60 s), so that
	// they, not we, close a connection that nobody uses.
	idleTimeout    = 120 * time.Second
	maxHeaderBytes = 64 << 10
)

// server is a bento that is being served.
type server struct {
	bento    spec.Bento
	settings *settings
	start    time.Time
	log      *slog.Logger
	access   *logging.Access
	registry *metrics.Registry
	health   *health.State
	gate     *admit.Gate
	http     *http.Server

	base   context.Context // what all requests come from
	cancel context.CancelCauseFunc
	opened []*spec.Runner // by the goroutine that opens; read after it ended
}

func newServer(b spec.Bento, s *settings, p *process) (*server, error) {
	srv := &server{
		bento: b, settings: s, start: time.Now(),
		log:      logging.New(p.stderr, s.json, b.Name, s.level),
		registry: metrics.NewRegistry(),
		health:   health.NewState("starting"),
		gate:     admit.NewGate(),
	}
	if s.access {
		srv.access = logging.NewAccess(p.stdout, s.json)
	}
	base := graph.WithObserver(context.Background(), srv.registry.Nodes())
	base = metrics.WithService(metrics.WithRegistry(base, srv.registry), srv.labels(srv.entry()))
	srv.base, srv.cancel = context.WithCancelCause(base)
	rt, err := srv.routes()
	if err != nil {
		return nil, err
	}
	srv.http = &http.Server{
		Handler:           rt,
		BaseContext:       func(net.Listener) context.Context { return srv.base },
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       rest.ReadTimeout,
		WriteTimeout:      rest.WriteTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(srv.log.Handler(), slog.LevelWarn),
	}
	return srv, nil
}

// routes makes the router of everything that is served.
func (s *server) routes() (*router, error) {
	rt := &router{routes: map[string]*route{}, server: "bentoc/" + s.bento.Name, access: s.access, name: s.bento.Name}
	rt.misses = s.registry.Endpoint(s.labels(s.entry()), metrics.Unknown)
	s.measure()
	for path, h := range map[string]http.Handler{
		"/":            page(),
		"/schema.json": newDocument("application/json", s.bento.SchemaJSON),
		"/docs.json":   newDocument("application/json", s.bento.OpenAPI),
		"/livez":       http.HandlerFunc(health.Livez),
		"/healthz":     http.HandlerFunc(health.Livez),
		"/readyz":      http.HandlerFunc(s.health.Readyz),
		"/metrics":     http.HandlerFunc(s.showMetrics),
	} {
		if err := rt.get(path, h); err != nil {
			return nil, err
		}
	}
	for i := range s.bento.Services {
		svc := &s.bento.Services[i]
		o := rest.Options{Server: rt.server, Service: s.labels(svc.Name), Gate: s.gate, Limiter: admit.NewLimiter(svc.MaxConcurrency),
			Registry: s.registry, Log: s.log, Access: s.access}
		for j := range svc.Endpoints {
			if err := rt.post(svc.Endpoints[j].Route, rest.New(svc, &svc.Endpoints[j], o)); err != nil {
				return nil, fmt.Errorf("endpoint %q of service %q: %w", svc.Endpoints[j].Name, svc.Name, err)
			}
		}
	}
	return rt, nil
}

// entry names the service that what belongs to none in particular is counted for.
func (s *server) entry() string {
	if len(s.bento.Services) > 0 {
		return s.bento.Services[0].Name
	}
	return s.bento.Name
}

func (s *server) labels(service string) metrics.Service {
	version := s.bento.Digest
	if version == "" {
		version = "not available"
	}
	return metrics.Service{Bento: s.bento.Name, Version: version, Name: service}
}

// measure sets up the metrics of the process.
func (s *server) measure() {
	s.registry.Process(s.start)
	s.registry.Gauge("bentoc_build_info", "What is served, and by what.", "name", s.bento.Name, "digest", s.bento.Digest,
		"go_version", runtime.Version(), "spec_version", strconv.Itoa(spec.Version)).Set(1)
	ready := s.registry.Gauge("bentoc_ready", "1 when the server may get requests.")
	dropped := s.registry.Gauge("bentoc_access_log_dropped", "Lines of requests that were dropped because nobody read them in time.")
	s.registry.Collect(func() {
		ready.Set(0)
		if s.health.Reason() == "" {
			ready.Set(1)
		}
		dropped.Set(float64(s.access.Dropped()))
	})
}

func (s *server) showMetrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", metrics.ContentType)
	_, _ = s.registry.WriteTo(w) // the client may have gone away
}

// serve runs the server until a signal.
func (p *process) serve(b spec.Bento, set *settings) error {
	if err := checkEnv(b.RequiredEnv, p.lookup); err != nil {
		return err
	}
	limitMemory(p.lookup)
	s, err := newServer(b, set, p)
	if err != nil {
		return err
	}
	defer s.access.Close()
	slog.SetDefault(s.log) // steps log through slog
	listener, err := net.Listen("tcp", set.address())
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	s.log.Info("listening", "addr", listener.Addr(), "digest", b.Digest)
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(listener) }()
	opened := s.open()
	select {
	case err := <-failed: // the listener broke
		s.cancel(rest.ErrStopping)
		<-opened
		s.closeRunners(context.Background())
		return fmt.Errorf("serving: %w", err)
	case sig := <-p.signals:
		return s.stop(sig, opened, p.signals)
	}
}

// open opens the runners on a goroutine of its own and then lets requests in.
// The channel is closed when that has ended, well or not.
func (s *server) open() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.openRunners(s.base); err != nil {
			if s.base.Err() == nil {
				s.log.Error("not ready, and will not be", "err", err)
			}
			return
		}
		s.gate.Open()
		s.health.Ready()
		s.log.Info("ready", "runners", len(s.bento.Runners), "took", time.Since(s.start))
	}()
	return done
}

var errSecondSignal = errors.New("ended by a second signal")

// stop stops the server in good order, or at once on another signal.
func (s *server) stop(sig os.Signal, opened <-chan struct{}, signals <-chan os.Signal) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.drain(sig, opened)
	}()
	select {
	case <-done:
		return nil
	case <-signals:
		return errSecondSignal
	}
}
