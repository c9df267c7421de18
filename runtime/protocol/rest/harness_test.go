package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/logging"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/protocol/rest"
	"bentoc.dev/runtime/serve"
	"bentoc.dev/runtime/spec"
)

// harness is an HTTP server with one endpoint, on connections in memory, so
// that it works under the false clock of synctest as well.
type harness struct {
	t        *testing.T
	client   *http.Client
	handler  http.Handler
	dial     func() net.Conn
	gate     *admit.Gate
	memory   *admit.Memory
	registry *metrics.Registry
	log      *output
	access   *logging.Access
	lines    *output // of the access log
	stop     context.CancelCauseFunc
	handling sync.WaitGroup // what a handler does after the answer, such as its line
}

// output is a buffer for several goroutines.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// pipeListener is a listener whose connections are pipes.
type pipeListener struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.done) }); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

func (l *pipeListener) dial() net.Conn {
	here, there := net.Pipe()
	l.conns <- there
	return here
}

// endpoint is one that is written by hand.
type endpoint struct {
	Memory  int64 // that requests may take, 0 for no limit
	Timeout time.Duration
	MaxBody int64
	Strict  bool
	Decode  func(*spec.Source) (any, error)
	Form    func(*spec.Source) (any, error) // nil: Decode
	Run     func(context.Context, any) (any, error)
	Encode  func(any) (spec.Payload, error)
}

func (e endpoint) spec() spec.Endpoint {
	if e.Decode == nil {
		e.Decode = func(r *spec.Source) (any, error) { return string(r.Body), nil }
	}
	if e.Form == nil {
		e.Form = e.Decode
	}
	if e.Run == nil {
		e.Run = func(_ context.Context, in any) (any, error) { return in, nil }
	}
	if e.Encode == nil {
		e.Encode = func(out any) (spec.Payload, error) {
			return spec.Payload{ContentType: "application/json", Body: []byte(out.(string))}, nil
		}
	}
	return spec.Endpoint{
		Route: "/call", Timeout: e.Timeout, MaxBody: e.MaxBody, Strict: e.Strict, Handle: spec.Once(e.Run),
		In:  spec.Type{JSON: spec.Format{Decode: e.Decode}, Form: spec.Format{Decode: e.Form}},
		Out: spec.Type{JSON: spec.Format{Encode: e.Encode}},
	}
}

// start serves e as the one endpoint of s; requests may take all of its memory.
func start(t *testing.T, s spec.Service, e endpoint) *harness {
	t.Helper()
	return serveWithin(t, e.Memory, s, e.spec())
}

func serveSpec(t *testing.T, s spec.Service, e spec.Endpoint) *harness {
	t.Helper()
	return serveWithin(t, 0, s, e)
}

// serveWithin serves e where requests may take so much memory; 0 is no limit.
func serveWithin(t *testing.T, memory int64, s spec.Service, e spec.Endpoint) *harness {
	t.Helper()
	h := &harness{t: t, gate: admit.NewGate(), registry: metrics.NewRegistry(), log: &output{}, lines: &output{}}
	h.gate.Open()
	h.memory = admit.NewMemory(nil, nil)
	h.memory.SetLimit(memory)
	h.access = logging.NewAccess(h.lines, false)
	handler := rest.New(serve.New(&s, &e, serve.Options{
		Service: metrics.Service{Bento: "test", Version: "v1", Name: "svc"},
		Gate:    h.gate, Limiter: admit.NewLimiter(s.MaxConcurrency), Memory: h.memory, Registry: h.registry,
		Log: logging.New(h.log, false, "test", slog.LevelDebug), Access: h.access,
	}))
	base, stop := context.WithCancelCause(context.Background())
	h.stop, h.handler = stop, handler
	l := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	counted := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.handling.Add(1)
		defer h.handling.Done()
		handler.ServeHTTP(w, r)
	})
	srv := &http.Server{Handler: counted, BaseContext: func(net.Listener) context.Context { return base },
		ReadTimeout: rest.ReadTimeout, WriteTimeout: rest.WriteTimeout}
	served := make(chan struct{})
	go func() { defer close(served); _ = srv.Serve(l) }()
	transport := &http.Transport{
		DialContext:        func(context.Context, string, string) (net.Conn, error) { return l.dial(), nil },
		DisableCompression: true,
	}
	h.dial, h.client = l.dial, &http.Client{Transport: transport}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = srv.Close()
		<-served
		stop(nil)
		h.access.Close()
	})
	return h
}

// reply is an answer that was read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

func (h *harness) request(method, contentType string, body io.Reader) *http.Request {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, "http://test/call", body)
	if err != nil {
		h.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

func (h *harness) do(r *http.Request) reply {
	h.t.Helper()
	resp, err := h.client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(b)}
}

func (h *harness) post(body string) reply {
	h.t.Helper()
	return h.do(h.request(http.MethodPost, "application/json", strings.NewReader(body)))
}

// wantError checks that an answer is one JSON object with that message.
func (h *harness) wantError(r reply, status int, message string) {
	h.t.Helper()
	var got struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal([]byte(r.body), &got); err != nil {
		h.t.Errorf("the body is no JSON object: %q", r.body)
	}
	if r.status != status || got.Error != message || r.header.Get("Content-Type") != "application/json" {
		h.t.Errorf("got %d %q (%s), want %d %q", r.status, got.Error, r.header.Get("Content-Type"), status, message)
	}
}

// metric gives the value of a line of /metrics whose name and labels contain
// all of the parts; "" if there is none.
func (h *harness) metric(parts ...string) string {
	h.t.Helper()
	var b strings.Builder
	if _, err := h.registry.WriteTo(&b); err != nil {
		h.t.Fatal(err)
	}
lines:
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, p := range parts {
			if !strings.Contains(line, p) {
				continue lines
			}
		}
		return strings.TrimSpace(line[strings.LastIndexByte(line, ' '):])
	}
	return ""
}

// idle waits until no request is inside: a long answer may be read to its end
// before its request has ended.
func (h *harness) idle() {
	h.t.Helper()
	h.gate.Close()
	if err := h.gate.Wait(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	h.handling.Wait()
}
