package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/health"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/serve"
	"bentoc.dev/runtime/spec"
)

// generation is one build of a bento: what it serves, and what that runs on. A server
// has one that requests come to and, for a while after it was exchanged, those that
// still have requests.
type generation struct {
	bento   spec.Bento
	models  string // the folder of its models; "" is that of the image
	runners *runner.Set
	gate    *admit.Gate // holds every request that came to it
	router  *router
	ready   readiness
}

// generation makes what build describes ready to be opened.
func (s *server) generation(b spec.Bento, runners *runner.Set) (*generation, error) {
	b.Digest = cmp.Or(b.Digest, s.settings.digest)
	g := &generation{bento: b, runners: runners, gate: admit.NewGate()}
	g.gate.Open()
	g.router = &router{
		routes: map[string]*route{}, server: "bentoc/" + b.Name, access: s.access, name: b.Name, leaving: &s.leaving,
		misses: s.registry.Endpoint(g.labels(g.entry()), metrics.Unknown),
	}
	if err := errors.Join(s.mountDocuments(g), s.mountReadiness(g)); err != nil {
		return nil, err
	}
	if old := s.current.Load(); old != nil {
		continueRates(&b, &old.bento)
	}
	for i := range b.Services {
		if err := s.mountService(g, &b.Services[i]); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// continueRates has a bento go on with what another counted of who comes: an exchange of
// models makes nobody's rate another.
func continueRates(b, was *spec.Bento) {
	counted := map[[2]string]spec.Rates{} // by service and route, "" for the service's own
	eachRates := func(b *spec.Bento, f func(at [2]string, r *spec.Rates)) {
		for i := range b.Services {
			svc := &b.Services[i]
			f([2]string{svc.Name}, &svc.Rates)
			for j := range svc.Endpoints {
				f([2]string{svc.Name, svc.Endpoints[j].Route}, &svc.Endpoints[j].Rates)
			}
		}
	}
	eachRates(was, func(at [2]string, r *spec.Rates) { counted[at] = *r })
	eachRates(b, func(at [2]string, r *spec.Rates) {
		if old := counted[at]; old != nil && *r != nil {
			*r = (*r).Continue(old)
		}
	})
}

// mountDocuments serves all that is no endpoint.
func (s *server) mountDocuments(g *generation) error {
	served := map[string]http.Handler{
		"/":        page(),
		"/livez":   http.HandlerFunc(health.Livez),
		"/healthz": http.HandlerFunc(health.Livez),
		"/readyz":  http.HandlerFunc(s.health.Readyz),
		"/metrics": http.HandlerFunc(s.showMetrics),
	}
	for _, d := range g.bento.Documents {
		served[d.Path] = newDocument(d.ContentType, d.Data)
	}
	for path, h := range served {
		if err := g.router.get(path, h); err != nil {
			return err
		}
	}
	return nil
}

// mountService serves the endpoints of a service over all protocols.
func (s *server) mountService(g *generation, svc *spec.Service) error {
	o := serve.Options{Service: g.labels(svc.Name), Gate: s.gate, Limiter: admit.NewLimiter(svc.MaxConcurrency),
		Memory: s.memory.budget, Registry: s.registry, Log: s.log, Access: s.access, Stories: s.stories}
	for i := range svc.Endpoints {
		e := serve.New(svc, &svc.Endpoints[i], o)
		for _, p := range s.protocols {
			for _, r := range p(e) {
				if err := g.router.add(r); err != nil {
					return fmt.Errorf("endpoint %q of service %q: %w", svc.Endpoints[i].Name, svc.Name, err)
				}
			}
		}
	}
	return nil
}

// collectWaiting shows who waits for a place of what is served, and who is remembered for
// coming often.
func (s *server) collectWaiting() {
	g := s.current.Load()
	for i := range g.bento.Services {
		svc := &g.bento.Services[i]
		labels := g.labels(svc.Name)
		if svc.Queue != nil {
			s.registry.Queue(labels).Set(float64(svc.Queue.Waiting()))
		}
		if svc.Rates != nil {
			s.registry.Tenants(labels, "").Set(float64(svc.Rates.Tenants()))
		}
		for j := range svc.Endpoints {
			if e := &svc.Endpoints[j]; e.Rates != nil {
				s.registry.Tenants(labels, e.Route).Set(float64(e.Rates.Tenants()))
			}
		}
	}
}

// shrink has the engines of what is served give back what they keep for their next run.
func (s *server) shrink() {
	for _, r := range s.current.Load().runners.Runners() {
		if r.Shrink != nil {
			r.Shrink()
		}
	}
}

// entry names the service that what belongs to none in particular is counted for.
func (g *generation) entry() string {
	if len(g.bento.Services) > 0 {
		return g.bento.Services[0].Name
	}
	return g.bento.Name
}

func (g *generation) labels(service string) metrics.Service {
	version := g.bento.Digest
	if version == "" {
		version = "not available"
	}
	return metrics.Service{Bento: g.bento.Name, Version: version, Name: service}
}

// open opens the runners under ctx. Opening, which may be nil, is told which.
func (s *server) openRunners(ctx context.Context, g *generation, opening func(name string)) error {
	ctx = metrics.WithService(metrics.WithRegistry(ctx, s.registry), g.labels(g.entry()))
	ctx = engine.WithModels(admit.WithMemory(ctx, s.memory.budget), g.models)
	err := g.runners.Open(ctx, s.log, func(name string) {
		g.ready.begin(name)
		if opening != nil {
			opening(name)
		}
	})
	g.ready.end(err)
	return err
}

// prove asks a generation whose runners are open what it must answer rightly. Asking,
// which may be nil, is told that it does.
func (s *server) prove(g *generation, asking func()) error {
	if g.bento.Prove == nil || s.settings.noGolden {
		return nil
	}
	if asking != nil {
		asking()
	}
	ctx := metrics.WithService(metrics.WithRegistry(s.base, s.registry), g.labels(g.entry()))
	err := g.bento.Prove(admit.WithMemory(ctx, s.memory.budget), &g.bento)
	g.runners.Forget() // a client's session is not to go on from a golden case's
	return err
}

// enter gives the generation that a request is served by, from its first byte to its
// last; who entered leaves its gate.
func (s *server) enter() *generation {
	for {
		if g := s.current.Load(); g.gate.Enter() {
			return g
		} // else it was exchanged since
	}
}

// ServeHTTP serves one request.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g := s.enter()
	defer g.gate.Leave()
	g.router.ServeHTTP(w, r)
}

// swap exchanges what is served for what build makes, with the models of a folder, without a request lost: the new
// generation is opened while the old one serves, gets every request that comes from
// then on, and the old one is closed when its own have ended, or when the drain
// timeout is over. What is opened once a process is opened for the first generation
// and closed with the last. Where the new one cannot be served the old one stays.
//
// The channel is closed when the old generation is.
func (s *server) swap(build Build, models string) (closed <-chan struct{}, err error) {
	s.swapping.Lock()
	defer s.swapping.Unlock()
	start := time.Now()
	g, err := s.prepare(build)
	if err != nil {
		return nil, err
	}
	g.models = models
	err = s.openRunners(s.base, g, nil)
	if err == nil {
		err = s.prove(g, nil)
	}
	if err != nil {
		g.runners.Close(context.WithoutCancel(s.base), s.log)
		return nil, err
	}
	old := s.current.Swap(g)
	old.gate.Close()
	s.memory.settle(s.log) // with the models of both
	s.info(old).Set(0)
	s.info(g).Set(1) // also where nothing changed
	s.log.Info("exchanged", "digest", g.bento.Digest, "was", old.bento.Digest, "models", g.folder(), "took", time.Since(start))
	done := make(chan struct{})
	s.retiring.Add(1)
	go func() {
		defer s.retiring.Done()
		defer close(done)
		s.retire(old)
	}()
	return done, nil
}

// settled gives what is closed when no generation is being opened: none will be after
// the end of base.
func (s *server) settled(opened <-chan struct{}) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-opened
		s.swapping.Lock()
		defer s.swapping.Unlock()
	}()
	return done
}

// closeGenerations closes all that is open, when the server has settled.
func (s *server) closeGenerations(ctx context.Context) {
	s.retiring.Wait()
	s.current.Load().runners.Close(ctx, s.log)
}

// prepare builds a generation, unless the server is not the one for it.
func (s *server) prepare(build Build) (*generation, error) {
	if s.base.Err() != nil {
		return nil, context.Cause(s.base)
	}
	if reason := s.health.Reason(); reason != "" {
		return nil, errors.New("the server is not ready: " + reason)
	}
	set := s.current.Load().runners.Next()
	b := build(set)
	if err := errors.Join(checkVersion(&b), checkEnv(b.RequiredEnv, s.lookup)); err != nil {
		return nil, err
	}
	return s.generation(b, set)
}

// retire closes a generation that gets no requests any more.
func (s *server) retire(g *generation) {
	ctx, cancel := context.WithTimeoutCause(s.base, s.settings.drainTimeout, errDrainTime)
	defer cancel()
	if err := g.gate.Wait(ctx); err != nil {
		s.log.Warn("closing under requests that have not ended", "digest", g.bento.Digest, "cause", err, "inflight", g.gate.Inside())
	}
	g.runners.Close(context.WithoutCancel(s.base), s.log)
	s.memory.settle(s.log)
}
