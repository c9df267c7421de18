package http1_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/server/http1"
)

// A connection that is told of few deadlines fails when one that is told of all does.
// The judge is the bare connection, and the clock that of the test.
func TestDeadlinesAreThoseOfTheConnection(t *testing.T) {
	for seed := range uint64(300) {
		bare := story(t, seed, func(c net.Conn) net.Conn { return c })
		ours := story(t, seed, func(c net.Conn) net.Conn { return http1.New(c, nil) })
		if !slices.Equal(bare, ours) {
			t.Fatalf("seed %d: %s\nwant %s", seed, strings.Join(ours, "\n     "), strings.Join(bare, "\n     "))
		}
	}
}

// story reads and writes under deadlines that are set before and meanwhile, and tells
// what came of it, and when.
func story(t *testing.T, seed uint64, open func(net.Conn) net.Conn) (told []string) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		random := rand.New(rand.NewPCG(seed, 0))
		below, client := net.Pipe()
		conn := open(below)
		defer client.Close()
		defer conn.Close()
		deadline := func() time.Time {
			switch n := random.IntN(8); n {
			case 0, 1:
				return time.Time{}
			case 2:
				return time.Unix(1, 0)
			case 3:
				return time.Now().Add(-time.Second)
			default:
				return time.Now().Add(time.Duration(random.IntN(10)+1) * time.Second)
			}
		}
		for i := range 40 {
			set, use := conn.SetReadDeadline, conn.Read
			if i%3 == 2 {
				set, use = conn.SetWriteDeadline, conn.Write
			}
			for range random.IntN(3) {
				_ = set(deadline())
				time.Sleep(time.Duration(random.IntN(4)) * time.Second)
			}
			done := async(func() string {
				n, err := use([]byte{'x'})
				return fmt.Sprintf("%d: %d %v at %v", i, n, err != nil && errors.Is(err, os.ErrDeadlineExceeded), time.Since(begin))
			})
			for range random.IntN(3) { // while it is in use
				time.Sleep(time.Duration(random.IntN(4)) * time.Second)
				synctest.Wait()
				_ = set(deadline())
				synctest.Wait() // what ends is not asked again; a socket does not see two at once either
			}
			if time.Sleep(time.Duration(random.IntN(20)) * time.Second); random.IntN(2) == 0 {
				synctest.Wait()
				_ = client.SetDeadline(time.Now().Add(time.Microsecond))
				if i%3 == 2 {
					_, _ = client.Read([]byte{0})
				} else {
					_, _ = client.Write([]byte{'y'})
				}
			}
			time.Sleep(time.Second)
			_ = set(time.Unix(1, 0)) // as net/http ends a read that goes on
			told = append(told, <-done)
		}
	})
	return told
}

func async(f func() string) <-chan string {
	done := make(chan string, 1)
	go func() { done <- f() }()
	return done
}

// counted counts how often the connection below is told of deadlines.
type counted struct {
	net.Conn
	n *atomic.Int64
}

func (c counted) SetReadDeadline(t time.Time) error  { c.n.Add(1); return c.Conn.SetReadDeadline(t) }
func (c counted) SetWriteDeadline(t time.Time) error { c.n.Add(1); return c.Conn.SetWriteDeadline(t) }

// Requests that are answered at once move hardly any timers, and a connection whose
// deadlines lie behind it goes on.
func TestFewDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told atomic.Int64
		below, client := net.Pipe()
		closed := make(chan struct{})
		srv := &http.Server{ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute,
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
			})}
		var wg sync.WaitGroup
		wg.Go(func() { _ = srv.Serve(&once{http1.New(counted{below, &told}, nil), closed}) })
		r := bufio.NewReader(client)
		ask := func() {
			t.Helper()
			go io.WriteString(client, post+"Content-Length: 2\r\n\r\nab")
			resp, err := http.ReadResponse(r, nil)
			if err != nil || resp.StatusCode != 200 {
				t.Fatal(err)
			}
		}
		for range 1000 {
			ask()
			synctest.Wait()
		}
		// A read that waits is ended, begun again and given the time of a head: 3.
		if n := told.Load(); n > 3100 {
			t.Errorf("told %d times in 1000 requests, of 9000", n)
		}
		for range 100 { // 9 s is less than any of them, and sums up to more than all
			time.Sleep(9 * time.Second)
			ask()
		}
		time.Sleep(119 * time.Second)
		ask()
		time.Sleep(121 * time.Second)
		if _, err := client.Read([]byte{0}); !errors.Is(err, io.EOF) {
			t.Errorf("a connection that was idle for too long: %v, want the end", err)
		}
		_ = client.Close()
		close(closed)
		wg.Wait()
		_ = srv.Close()
	})
}
