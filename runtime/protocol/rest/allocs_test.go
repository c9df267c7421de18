package rest_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/logging"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/protocol"
	"bentoc.dev/runtime/protocol/rest"
	"bentoc.dev/runtime/serve"
	"bentoc.dev/runtime/server/http1"
	"bentoc.dev/runtime/spec"
)

type person struct{ Name string }

func readPerson(r *codec.Reader, v *person) {
	for ok := r.Object(); ok && r.Field(); {
		if string(r.Key()) == "name" {
			r.String(&v.Name)
		} else {
			r.Unknown()
		}
	}
}

func appendPerson(b []byte, v person) []byte {
	b = append(b, `{"name":`...)
	return append(codec.AppendString(b, v.Name), '}')
}

// TestAllocations holds what a request costs, of which net/http takes 19 for a
// handler that does nothing.
func TestAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector drops what is pooled")
	}
	for name, tc := range map[string]struct {
		timeout time.Duration
		access  *logging.Access
		most    float64
	}{
		"plain":           {0, nil, 27},
		"with a deadline": {time.Minute, nil, 27},
		"with a log":      {time.Minute, logging.NewAccess(io.Discard, true), 27},
	} {
		g := graph.New(spec.Graph{Name: "g", Nodes: []spec.Node{{Name: "n", Run: func(_ context.Context, in any, _ []any) (any, error) { return in, nil }}},
			Output: func(_ any, out []any) (any, error) { return out[0], nil }})
		e := spec.Endpoint{Route: "/call", Timeout: tc.timeout, Handle: spec.Once(g.Run),
			In:  spec.Type{JSON: codec.JSONObject(codec.Refuse, readPerson)},
			Out: spec.Type{JSON: codec.JSON(codec.Refuse, appendPerson)},
		}
		o := serve.Options{Gate: admit.NewGate(), Limiter: admit.NewLimiter(100), Registry: metrics.NewRegistry(),
			Log: slog.New(slog.DiscardHandler), Access: tc.access}
		o.Gate.Open()
		n := perRequest(t, rest.New(serve.New(&spec.Service{}, &e, o)))
		t.Logf("%s: %.1f allocations", name, n)
		if n > tc.most {
			t.Errorf("%s: %.1f allocations a request, more than %v", name, n, tc.most)
		}
	}
}

// perRequest gives the allocations of a server that answers one request after the
// other; the client makes none.
func perRequest(t *testing.T, h http.Handler) float64 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: h, ConnContext: protocol.ConnContext, ReadTimeout: rest.ReadTimeout, WriteTimeout: rest.WriteTimeout}
	defer srv.Close()
	go func() { _ = srv.Serve(&http1.Listener{Listener: l}) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const body = `{"name":"Ada"}`
	request := []byte("POST /call HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n" + body)
	r := bufio.NewReader(conn)
	ask := func() {
		if _, err := conn.Write(request); err != nil {
			t.Fatal(err)
		}
		for {
			line, err := r.ReadSlice('\n')
			if err != nil {
				t.Fatal(err)
			}
			if len(line) == 2 {
				break
			}
		}
		answer, err := r.Peek(len(body))
		if err != nil || string(answer) != body {
			t.Fatalf("%q, %v", answer, err)
		}
		_, _ = r.Discard(len(body))
	}
	for range 100 {
		ask()
	}
	const requests = 2000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range requests {
		ask()
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / requests
}
