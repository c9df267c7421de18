package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/protocol"
	"bentoc.dev/runtime/protocol/rest"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/spec"
	"bentoc.dev/runtime/tensor"
)

// model is the model of one generation: it may be asked only while it is open.
type model struct {
	t      *testing.T
	n      int
	open   atomic.Bool
	inside atomic.Int64
	events *events
}

// events are what was opened and closed, in order.
type events struct {
	mu    sync.Mutex
	all   []string
	paths []string // of the models that were opened
}

func (e *events) opened(path string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.paths = append(e.paths, path)
}

func (e *events) add(format string, args ...any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all = append(e.all, fmt.Sprintf(format, args...))
}

func (e *events) list() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.all)
}

// Open is that of an engine: the runner above it queues and gathers items.
func (m *model) Open(ctx context.Context) (engine.Loaded, error) {
	m.events.add("+%d", m.n)
	path := engine.ModelPath(ctx, "/models/model/model.onnx")
	m.events.opened(path)
	if strings.HasPrefix(path, "/broken/") {
		return nil, errors.New("no model")
	}
	m.open.Store(true)
	return m, nil
}

func (m *model) Signature() engine.Signature {
	one := []engine.Tensor{{Name: "x", DType: tensor.Float32, Shape: []int{1}}}
	return engine.Signature{Inputs: one, Outputs: one, Batches: true}
}

func (m *model) NewInstance(context.Context, engine.Placement) (engine.Instance, error) {
	return instance{m}, nil
}

type instance struct{ m *model }

// Run gives each item what it brought and the generation.
func (i instance) Run(ctx context.Context, items []*engine.Item) error {
	n, err := i.m.call(ctx, 200*time.Microsecond)
	for _, it := range items {
		x, e := tensor.View[float32](it.In[0])
		if e != nil {
			return e
		}
		it.Out = []tensor.Tensor{tensor.Of([]float32{x[0] + float32(n)}, 1)}
	}
	return err
}

func (instance) Close(context.Context) error { return nil }

func (m *model) Close(context.Context) error {
	m.events.add("-%d", m.n)
	if !m.open.Swap(false) {
		m.t.Errorf("generation %d was closed twice", m.n)
	}
	if n := m.inside.Load(); n != 0 {
		m.t.Errorf("generation %d was closed under %d requests", m.n, n)
	}
	return nil
}

func (m *model) call(ctx context.Context, wait time.Duration) (int, error) {
	m.inside.Add(1)
	defer m.inside.Add(-1)
	if !m.open.Load() {
		return 0, fmt.Errorf("generation %d is not open", m.n)
	}
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	if !m.open.Load() {
		return 0, fmt.Errorf("generation %d was closed", m.n)
	}
	return m.n, nil
}

// swapped builds generation n: two nodes and the result of its graph each say n.
func swapped(t *testing.T, ev *events, n int) Build {
	return func(set *runner.Set) spec.Bento {
		m := &model{t: t, n: n, events: ev}
		hook := func(what string) func(context.Context) error {
			return func(context.Context) error { ev.add("%s", what); return nil }
		}
		set.Add(runner.Life{Name: "step", Engine: "go", Once: runner.Hook{Open: hook("+step"), Close: hook("-step")}})
		r := runner.New(runner.Config{Name: "model", Instances: 2, MaxBatch: 4}, m)
		set.Add(r)
		slow := func(ctx context.Context, in any, _ []any) (any, error) {
			wait, err := time.ParseDuration(in.(string))
			if err != nil {
				return nil, err
			}
			return m.call(ctx, wait)
		}
		batched := func(ctx context.Context, _ any, _ []any) (any, error) {
			out, err := r.Call(ctx, []tensor.Tensor{tensor.Of([]float32{1000}, 1)})
			if err != nil {
				return nil, err
			}
			x, err := tensor.View[float32](out[0])
			if err != nil {
				return nil, err
			}
			return int(x[0]) - 1000, nil
		}
		g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{{Name: "a", Kind: "call", Run: slow}, {Name: "b", Kind: "call", Run: batched}},
			Output: func(_ any, out []any) (any, error) { return fmt.Sprint(out[0], " ", out[1], " ", n), nil }})
		return spec.Bento{Version: spec.Version, Name: "swap", Digest: fmt.Sprint("sha256:", n), Documents: []spec.Document{{Path: "/schema.json", ContentType: "application/json", Data: []byte(fmt.Sprint(n))}},
			Services: []spec.Service{{Name: "swap", Timeout: time.Minute, Endpoints: []spec.Endpoint{{
				Name: "call", Route: "/call", Handle: spec.Once(g.Run),
				In: spec.Type{JSON: spec.Format{Decode: func(s *spec.Source) (any, error) { return string(s.Body), nil }}},
				Out: spec.Type{JSON: spec.Format{Encode: func(v any) (spec.Payload, error) {
					return spec.Payload{ContentType: "text/plain", Body: []byte(v.(string))}, nil
				}}},
			}}}},
		}
	}
}

// first makes a server of generation 0, which is open.
func first(t *testing.T, ev *events, drain time.Duration) *server {
	t.Helper()
	set := runner.NewSet(nil)
	b := swapped(t, ev, 0)(set)
	s, err := newServer(b, set, &settings{stopTimes: stopTimes{drainTimeout: drain}}, &process{protocols: []protocol.Protocol{rest.Routes}, stdout: io.Discard, stderr: io.Discard,
		lookup: func(string) (string, bool) { return "", false }})
	if err != nil {
		t.Fatal(err)
	}
	<-s.open()
	return s
}

func (s *server) drained() { s.drain(os.Interrupt, closedChannel()) }

func closedChannel() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// slowly is a body that comes in two parts.
type slowly struct {
	text string
	wait time.Duration
}

func (s *slowly) Read(p []byte) (int, error) {
	if s.text == "" {
		return 0, io.EOF
	}
	n := copy(p, s.text[:1])
	s.text = s.text[1:]
	time.Sleep(s.wait)
	return n, nil
}

// Sixteen callers and twenty exchanges: every request is answered, by one generation
// from its first byte to its last, and none by an older one than the caller saw.
func TestSwapLosesNothing(t *testing.T) {
	t.Parallel()
	const callers, swaps = 16, 20
	ev := &events{}
	s := first(t, ev, time.Minute)
	srv := httptest.NewUnstartedServer(s)
	srv.Config = s.http
	srv.Start()
	defer srv.Close()
	client := srv.Client()
	client.Transport.(*http.Transport).MaxIdleConnsPerHost = callers
	var answers [swaps + 1]atomic.Int64
	var total atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	ask := func(c, i int) (int, error) {
		var body io.Reader = strings.NewReader("0s")
		switch (c + i) % 4 {
		case 0:
			body = strings.NewReader("3ms")
		case 1:
			body = &slowly{"100us", 500 * time.Microsecond} // it comes in before an exchange and is read after it
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/call", body)
		if err != nil {
			return 0, err
		}
		resp, err := client.Do(r)
		if err != nil {
			return 0, err
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != 200 {
			return 0, fmt.Errorf("%d %s, %v", resp.StatusCode, text, err)
		}
		var a, b, n int
		if _, err := fmt.Sscan(string(text), &a, &b, &n); err != nil || a != n || b != n {
			return 0, fmt.Errorf("an answer of several generations: %s, %v", text, err)
		}
		return n, nil
	}
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			last := 0
			for i := 0; ctx.Err() == nil; i++ {
				n, err := ask(c, i)
				if err != nil || n < last {
					t.Errorf("caller %d, request %d: generation %d after %d, %v", c, i, n, last, err)
					return
				}
				last = n
				answers[n].Add(1)
				total.Add(1)
			}
		})
	}
	var closed []<-chan struct{}
	for n := 1; n <= swaps; n++ {
		for before := total.Load(); total.Load() < before+callers && !t.Failed(); {
			time.Sleep(time.Millisecond)
		}
		c, err := s.swap(swapped(t, ev, n), "")
		if err != nil {
			t.Fatal(err)
		}
		if code, doc := getText(t, client, srv.URL+"/schema.json"); code != 200 || doc != fmt.Sprint(n) {
			t.Errorf("after exchange %d the document is %d %s", n, code, doc)
		}
		closed = append(closed, c)
	}
	for answers[swaps].Load() == 0 && !t.Failed() {
		time.Sleep(time.Millisecond)
	}
	stop()
	all.Wait()
	for _, c := range closed {
		<-c
	}
	got := ev.list()
	for n := range swaps {
		if i, j := slices.Index(got, fmt.Sprintf("+%d", n+1)), slices.Index(got, fmt.Sprintf("-%d", n)); i < 0 || j < i {
			t.Errorf("generation %d was closed before the next was open: %v", n, got)
		}
	}
	if len(got) != 1+2*swaps+1 || got[0] != "+step" || slices.Contains(got, "-step") {
		t.Errorf("opened and closed was %v", got)
	}
	if text := metricsOf(t, s); !strings.Contains(text, `bentoc_build_info{name="swap",digest="sha256:20"`) || !strings.Contains(text, `digest="sha256:19"`) {
		t.Errorf("metrics are %s", text)
	}
	client.CloseIdleConnections()
	s.drained()
	if got = ev.list(); !slices.Equal(got[len(got)-2:], []string{"-20", "-step"}) {
		t.Errorf("at the end was closed %v", got)
	}
	t.Logf("%d requests", total.Load())
}

func getText(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func metricsOf(t *testing.T, s *server) string {
	t.Helper()
	var b strings.Builder
	if _, err := s.registry.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A generation that cannot be served is none: what serves stays, and what was opened
// of the other is closed.
func TestSwapThatFails(t *testing.T) {
	t.Parallel()
	good := func(t *testing.T, ev *events, change func(set *runner.Set, b *spec.Bento)) Build {
		return func(set *runner.Set) spec.Bento {
			b := swapped(t, ev, 1)(set)
			change(set, &b)
			return b
		}
	}
	for name, tc := range map[string]struct {
		change func(set *runner.Set, b *spec.Bento)
		want   string
		events []string
	}{
		"runner": {func(set *runner.Set, _ *spec.Bento) {
			set.Add(runner.Life{Name: "bad", Open: func(context.Context) error { return errors.New("no weights") }})
		}, `opening runner "bad": no weights`, []string{"+step", "+0", "+1", "-1"}},
		"panic": {func(set *runner.Set, _ *spec.Bento) {
			set.Add(runner.Life{Name: "bad", Open: func(context.Context) error { panic("no weights") }})
		}, `opening runner "bad": panic: no weights`, []string{"+step", "+0", "+1", "-1"}},
		"version": {func(_ *runner.Set, b *spec.Bento) { b.Version++ }, "the server was generated for version", []string{"+step", "+0"}},
		"environment": {func(_ *runner.Set, b *spec.Bento) { b.RequiredEnv = []string{"TOKEN"} },
			"environment variable TOKEN is required but not set", []string{"+step", "+0"}},
		"golden cases": {func(_ *runner.Set, b *spec.Bento) {
			b.Prove = func(context.Context, *spec.Bento) error { return errors.New("golden case ada: another answer") }
		}, "golden case ada: another answer", []string{"+step", "+0", "+1", "-1"}},
		"routes": {func(_ *runner.Set, b *spec.Bento) { b.Services[0].Endpoints[0].Route = "/metrics" }, "the route /metrics is taken", []string{"+step", "+0"}},
	} {
		ev := &events{}
		s := first(t, ev, time.Minute)
		if _, err := s.swap(good(t, ev, tc.change), ""); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
		if got := ev.list(); !slices.Equal(got, tc.events) {
			t.Errorf("%s: opened and closed was %v, want %v", name, got, tc.events)
		}
		if w := ask(t, s, "GET", "/schema.json"); w.Body.String() != "0" {
			t.Errorf("%s: generation %s is served", name, w.Body)
		}
		if _, err := s.swap(swapped(t, ev, 2), ""); err != nil {
			t.Errorf("%s: the next one: %v", name, err)
		}
		s.drained()
		if _, err := s.swap(swapped(t, ev, 3), ""); err == nil {
			t.Errorf("%s: exchanged while the server stops", name)
		}
	}
}

// The old generation has the drain timeout, and the server's end ends that too.
func TestSwapUnderRequestsThatDoNotEnd(t *testing.T) {
	t.Parallel()
	for _, stopped := range []bool{true, false} {
		ev := &events{}
		s := first(t, ev, map[bool]time.Duration{true: 100 * time.Millisecond, false: 50 * time.Millisecond}[stopped])
		release, inside := make(chan struct{}), make(chan struct{})
		s.current.Load().router.routes["/deaf"] = &route{get: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			close(inside)
			<-release
		})}
		go ask(t, s, "GET", "/deaf")
		<-inside
		closed, err := s.swap(swapped(t, ev, 1), "")
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-closed:
			t.Error("the old generation was closed at once")
		default:
		}
		if stopped {
			s.drained()
		}
		<-closed
		if got := ev.list(); !slices.Contains(got, "-0") || slices.Contains(got, "-1") != stopped {
			t.Errorf("stopped %t: opened and closed was %v", stopped, got)
		}
		close(release)
	}
}
