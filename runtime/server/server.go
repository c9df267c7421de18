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
	"sync"
	"sync/atomic"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/health"
	"bentoc.dev/runtime/logging"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/protocol"
	"bentoc.dev/runtime/protocol/rest"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/serve"
	"bentoc.dev/runtime/server/http1"
	"bentoc.dev/runtime/spec"
	"bentoc.dev/runtime/story"
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
	settings  *settings
	build     Build                            // makes the next generation; nil in tests without one
	protocols []protocol.Protocol              // what every endpoint is served over
	lookup    func(name string) (string, bool) // of the environment
	start     time.Time
	log       *slog.Logger
	access    *logging.Access
	stories   *story.Recorder // nil: nobody wants to know
	registry  *metrics.Registry
	health    *health.State
	gate      *admit.Gate
	memory    *memory
	http      *http.Server
	leaving   atomic.Bool // a signal came: connections are used no more

	base   context.Context // what all requests come from
	cancel context.CancelCauseFunc

	current   atomic.Pointer[generation]
	swapping  sync.Mutex     // held while generations are exchanged
	reloading sync.Mutex     // held while models are opened anew
	retiring  sync.WaitGroup // generations that were, and are not closed yet
}

// newServer makes the server of b, whose runners are in set.
func newServer(b spec.Bento, set *runner.Set, s *settings, p *process) (*server, error) {
	srv := &server{
		settings: s, build: p.build, protocols: p.protocols, lookup: p.lookup, start: time.Now(),
		log:      logging.New(p.stderr, s.json, b.Name, s.level),
		registry: metrics.NewRegistry(),
		health:   health.NewState("starting"),
		gate:     admit.NewGate(),
		memory:   newMemory(s.memory, p.lookup, cgroupLimit),
	}
	if s.access.on {
		srv.access = logging.NewAccess(p.stdout, s.access.json)
		srv.access.Sample(s.access.sample, s.slow)
	}
	srv.stories = srv.recorder()
	base := srv.stories.With(graph.WithObserver(graph.WithSpare(context.Background(), srv.spare), srv.registry.Nodes()))
	srv.base, srv.cancel = context.WithCancelCause(base)
	srv.memory.log, srv.memory.shrink = srv.log, srv.shrink
	g, err := srv.generation(b, set)
	if err != nil {
		return nil, err
	}
	srv.current.Store(g)
	srv.measure()
	srv.http = &http.Server{
		Handler:           srv,
		BaseContext:       func(net.Listener) context.Context { return srv.base },
		ConnContext:       protocol.ConnContext,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       rest.ReadTimeout,
		WriteTimeout:      rest.WriteTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(srv.log.Handler(), slog.LevelWarn),
	}
	return srv, nil
}

// spare reports whether there is anything to spare for work that nobody waits for.
func (s *server) spare() bool {
	return !s.leaving.Load() && !s.gate.Closed() && s.memory.pressure.Grade() == admit.Calm
}

// measure sets up the metrics of the process.
func (s *server) measure() {
	s.registry.Process(s.start)
	s.memory.show(s.registry)
	s.info(s.current.Load()).Set(1)
	ready := s.registry.Gauge("bentoc_ready", "1 when the server may get requests.")
	dropped := s.registry.Gauge("bentoc_access_log_dropped", "Lines of requests that were dropped because nobody read them in time.")
	s.registry.Collect(s.collectLearned)
	s.registry.Collect(s.collectWaiting)
	s.registry.Collect(func() {
		ready.Set(0)
		if s.health.Reason() == "" {
			ready.Set(1)
		}
		dropped.Set(float64(s.access.Dropped()))
	})
}

// info is the gauge of what is served, or was. Models are told where they are not those
// of the image, of which the digest tells nothing.
func (s *server) info(g *generation) *metrics.Gauge {
	labels := []string{"name", g.bento.Name, "digest", g.bento.Digest, "go_version", runtime.Version(), "spec_version", strconv.Itoa(spec.Version)}
	if g.models != "" {
		labels = append(labels, "models", g.models)
	}
	return s.registry.Gauge("bentoc_build_info", "What is served, and by what.", labels...)
}

func (s *server) showMetrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", metrics.ContentType)
	_, _ = s.registry.WriteTo(w) // the client may have gone away
}

// strict gives a listener whose connections are held to the grammar of HTTP.
func (s *server) strict(l net.Listener) net.Listener {
	var refused [http1.Reasons]*metrics.Counter
	for why := range http1.All() {
		refused[why] = s.registry.Counter("bentoc_connection_refused_total",
			"Connections that were ended because a request on them was malformed, by what was wrong.", "reason", why.String())
	}
	return &http1.Listener{Listener: l, Refused: func(why http1.Reason) { refused[why].Inc() }}
}

// serve runs the server until a signal.
func (p *process) serve(b spec.Bento, runners *runner.Set, set *settings) error {
	if err := checkEnv(b.RequiredEnv, p.lookup); err != nil {
		return err
	}
	s, err := newServer(b, runners, set, p)
	if err != nil {
		return err
	}
	defer s.access.Close()
	slog.SetDefault(s.log) // steps log through slog
	paceCollector(p.lookup, s.memory.total).start()
	listener, err := net.Listen("tcp", set.address())
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	if set.debug != "" {
		local, err := listenLocal(set.debug)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		defer func() { _ = local.Close() }() // and removes its file
		go s.serveLocal(local)
	}
	s.log.Info("listening", "addr", listener.Addr().String(), "digest", s.current.Load().bento.Digest)
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(s.strict(listener)) }()
	opened := s.open()
	defer reapOrphans()()
	stopReloads := s.reloads()
	defer stopReloads()
	select {
	case err := <-failed: // the listener broke
		s.cancel(serve.ErrStopping)
		<-s.settled(opened)
		s.closeGenerations(context.Background())
		return fmt.Errorf("serving: %w", err)
	case sig := <-p.signals:
		return s.stop(sig, opened, p.signals)
	}
}

// open opens the first generation on a goroutine of its own and then lets requests
// in. The channel is closed when that has ended, well or not: where a runner does not
// open the server is not ready, and /readyz and the log say why.
func (s *server) open() <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		g := s.current.Load()
		all := g.runners.Runners()
		err := s.openRunners(s.base, g, func(string) { s.health.Starting(g.ready.now(all)) })
		if _, ok := errors.AsType[*runner.OpenError](err); ok {
			s.health.Failed(g.ready.now(all))
		}
		if err != nil {
			if s.base.Err() == nil {
				s.log.Error("not ready, and will not be", "err", err)
			}
			return
		}
		if err := s.prove(g, func() { s.health.Starting("asking golden cases") }); err != nil {
			s.health.Failed("a golden case has another answer: see the log")
			if s.base.Err() == nil {
				s.log.Error("not ready, and will not be", "err", err)
			}
			return
		}
		s.memory.settle(s.log)
		s.health.Check(s.ailing)
		s.gate.Open()
		s.health.Ready()
		s.logPage(g)
		s.log.Info("ready", "runners", len(g.runners.Runners()), "took", time.Since(s.start))
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
