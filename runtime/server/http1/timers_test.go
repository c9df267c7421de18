package http1_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/server/http1"
)

// heard keeps which deadlines the connection below is told of.
type heard struct {
	net.Conn
	mu    sync.Mutex
	times []time.Time
}

func (h *heard) SetReadDeadline(t time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.times = append(h.times, t)
	return h.Conn.SetReadDeadline(t)
}

func (h *heard) SetWriteDeadline(t time.Time) error { return h.SetReadDeadline(t) }

// A time that lies ahead makes a timer of the runtime's below, and each one wakes the
// thread that waits for connections.
func TestNoTimersBelow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end, client := net.Pipe()
		below := &heard{Conn: end}
		closed := make(chan struct{})
		srv := &http.Server{ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute,
			Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				time.Sleep(time.Millisecond) // the server waits to hear that the client is gone
			})}
		var wg sync.WaitGroup
		wg.Go(func() { _ = srv.Serve(&once{http1.New(below, nil), closed}) })
		r := bufio.NewReader(client)
		for range 100 {
			time.Sleep(7 * time.Second)
			go io.WriteString(client, post+"Content-Length: 2\r\n\r\nab")
			if resp, err := http.ReadResponse(r, nil); err != nil || resp.StatusCode != 200 {
				t.Fatal(err)
			}
		}
		_ = client.Close()
		close(closed)
		wg.Wait()
		_ = srv.Close()
		if len(below.times) < 100 {
			t.Errorf("told %d times: nothing that goes on was ended", len(below.times))
		}
		for _, at := range below.times {
			if !at.IsZero() && at.After(time.Now().Add(-time.Hour)) {
				t.Fatalf("the connection below is told of %v", at)
			}
		}
	})
}

// A closed connection is told of nothing more, whatever was asked for before and after:
// it may be lingering for its client's sake.
func TestNoDeadlineAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end, client := net.Pipe()
		defer client.Close()
		below := &heard{Conn: end}
		c := http1.New(below, nil)
		if err := c.SetDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
		if err := c.SetDeadline(time.Now().Add(time.Second)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%v, want that it is closed", err)
		}
		time.Sleep(time.Minute)
		if len(below.times) > 0 {
			t.Errorf("told of %v", below.times)
		}
	})
}

// Who takes the connection over finds the deadlines on the connection below, and those
// that are asked for later.
func TestDeadlinesAreHandedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end, client := net.Pipe()
		defer client.Close()
		below := &heard{Conn: end}
		c := http1.New(below, nil)
		defer c.Close()
		first, second := time.Now().Add(time.Second), time.Now().Add(time.Hour)
		_ = c.SetReadDeadline(first)
		bare := c.NetConn()
		_ = c.SetReadDeadline(second)
		if n := len(below.times); n != 3 || !below.times[0].Equal(first) || !below.times[1].IsZero() || !below.times[2].Equal(second) {
			t.Errorf("told of %v", below.times)
		}
		begin := time.Now()
		if _, err := bare.Read([]byte{0}); err == nil || time.Since(begin) != time.Hour {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}
