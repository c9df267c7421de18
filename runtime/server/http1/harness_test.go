package http1_test

import (
	"bytes"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/server/http1"
)

// told is what came of a stream of requests that one connection brought.
type told struct {
	asked  []asked        // whole requests that the handler got
	status []string       // of the answers
	passed string         // what net/http read
	why    []http1.Reason // what was refused
}

// wire is a connection on which a stream comes in pieces, and then the end.
type wire struct {
	stream []byte
	sizes  func() int // of the pieces
	mu     sync.Mutex
	out    bytes.Buffer
	closed chan struct{}
	once   sync.Once
}

func (w *wire) Read(p []byte) (int, error) {
	if len(w.stream) == 0 {
		return 0, io.EOF
	}
	n := copy(p, w.stream[:min(w.sizes(), len(w.stream))])
	w.stream = w.stream[n:]
	return n, nil
}

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}

func (w *wire) Close() error                     { w.once.Do(func() { close(w.closed) }); return nil }
func (w *wire) LocalAddr() net.Addr              { return &net.UnixAddr{} }
func (w *wire) RemoteAddr() net.Addr             { return &net.UnixAddr{} }
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// tee keeps what is read.
type tee struct {
	net.Conn
	read strings.Builder
}

func (t *tee) Read(p []byte) (int, error) {
	n, err := t.Conn.Read(p)
	t.read.Write(p[:n])
	return n, err
}

type once struct {
	conn net.Conn
	wait chan struct{}
}

func (l *once) Accept() (net.Conn, error) {
	if c := l.conn; c != nil {
		l.conn = nil
		return c, nil
	}
	<-l.wait
	return nil, net.ErrClosed
}

func (l *once) Close() error   { return nil }
func (l *once) Addr() net.Addr { return &net.UnixAddr{} }

// ask has net/http read a stream, with the connection looked at or bare.
func ask(t *testing.T, stream string, sizes func() int, looked bool) (got told) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{stream: []byte(stream), sizes: sizes, closed: make(chan struct{})}
		var conn net.Conn = w
		if looked {
			conn = http1.New(w, func(r http1.Reason) { got.why = append(got.why, r) })
		}
		seen := &tee{Conn: conn}
		srv := &http.Server{ErrorLog: log.New(io.Discard, "", 0), MaxHeaderBytes: 64 << 10, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			if err != nil {
				w.Header().Set("Connection", "close")
				w.WriteHeader(400)
				return
			}
			got.asked = append(got.asked, asked{r.Method, r.RequestURI, string(b)})
			w.WriteHeader(200)
		})}
		l := &once{seen, w.closed}
		_ = srv.Serve(l)
		synctest.Wait()
		got.passed = seen.read.String()
		for line := range strings.Lines(w.out.String()) {
			if code, ok := strings.CutPrefix(line, "HTTP/1."); ok {
				got.status = append(got.status, code[2:5])
			}
		}
	})
	return got
}

// atOnce has everything come in one read, and byByte each byte in one.
func atOnce() int { return 1 << 20 }
func byByte() int { return 1 }
