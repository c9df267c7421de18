package rest_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/spec"
)

const mb = 1 << 20

// slowly opens a connection that sends the head of a request and one byte of its body.
func (h *harness) slowly(head string) net.Conn {
	conn := h.dial()
	go fmt.Fprintf(conn, "POST /call HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n%s\r\n\r\n{", head)
	return conn
}

// Clients that send one byte of their body keep nobody out, neither of the places nor
// of the memory, however long a body they promise.
func TestSlowBodiesKeepNobodyOut(t *testing.T) {
	inTime(t, func(t *testing.T) {
		h := start(t, spec.Service{MaxConcurrency: 2, MaxBody: 4 * mb}, endpoint{Memory: 8 * mb})
		for range 50 {
			defer h.slowly("Content-Length: 4194304").Close()
			defer h.slowly("Content-Length: 10").Close()
			defer h.slowly("Transfer-Encoding: chunked").Close()
			defer h.slowly("Content-Encoding: gzip\r\nContent-Length: 4194304").Close()
		}
		time.Sleep(time.Second)
		if n := h.gate.Inside(); n != 200 {
			t.Fatalf("%d requests are in", n)
		}
		for range 10 {
			if r := h.post(`{}`); r.status != 200 {
				t.Fatalf("got %d %s", r.status, r.body)
			}
		}
		if n := h.memory.InUse(); n > 4*mb {
			t.Errorf("they hold %d bytes", n)
		}
		time.Sleep(5 * time.Minute) // they are sent away
		h.idle()
		if n := h.memory.InUse(); n != 0 {
			t.Errorf("%d bytes are in use at the end", n)
		}
	})
}

// A place is taken when the body is there: a slow one that ends when both are taken is
// told so.
func TestThePlaceIsTakenAfterTheBody(t *testing.T) {
	inTime(t, func(t *testing.T) {
		h := start(t, spec.Service{MaxConcurrency: 1}, endpoint{Run: func(_ context.Context, in any) (any, error) {
			time.Sleep(time.Second)
			return in, nil
		}})
		conn := h.slowly("Content-Length: 2")
		defer conn.Close()
		time.Sleep(time.Second)
		first := make(chan reply)
		go func() { first <- h.post(`{}`) }()
		time.Sleep(time.Millisecond)
		go func() { _, _ = io.WriteString(conn, "}") }()
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "1" {
			t.Errorf("got %+v %v", resp, err)
		}
		if r := <-first; r.status != 200 {
			t.Errorf("the other got %d", r.status)
		}
	})
}

// Clients that do not read their answers hold the bytes of these, and no place, until
// their connections are ended.
func TestSlowReadersKeepNobodyOut(t *testing.T) {
	inTime(t, func(t *testing.T) {
		const size = 3 * mb
		answer := strings.Repeat("x", size)
		h := start(t, spec.Service{MaxConcurrency: 1}, endpoint{Memory: 16 * mb, Run: func(_ context.Context, in any) (any, error) {
			switch in {
			case "large":
				return answer, nil
			case "wrong":
				return nil, &spec.InputError{Status: 400, Message: answer}
			}
			return in, nil
		}})
		for _, what := range []string{"large", "wrong", "large", "large"} {
			conn := h.dial()
			defer conn.Close()
			go fmt.Fprintf(conn, "POST /call HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n%s", what)
			synctest.Wait()
			if r := h.post("small"); r.status != 200 || r.body != "small" {
				t.Fatalf("beside %s: got %d %s", what, r.status, r.body)
			}
		}
		if n := h.memory.InUse(); n < 3*size || n > 3*size+mb {
			t.Errorf("three answers of %d bytes are counted as %d", size, n)
		}
		time.Sleep(5 * time.Minute) // they are sent away
		h.idle()
		if n := h.memory.InUse(); n != 0 {
			t.Errorf("%d bytes are in use at the end", n)
		}
	})
}

func zipped(n int) io.Reader {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(bytes.Repeat([]byte(" "), n))
	_ = w.Close()
	return &b
}

// What can never fit is refused with the limit, before it is read where its length is
// known and as it grows where it is not; what does not fit now is asked to come again.
func TestBodiesTakeMemory(t *testing.T) {
	inTime(t, func(t *testing.T) {
		h := start(t, spec.Service{}, endpoint{Memory: 3 * mb, Decode: func(r *spec.Source) (any, error) {
			if string(r.Body) == "hold" {
				if err := r.Memory.Take(5 * mb / 2); err != nil {
					return nil, err
				}
			}
			return "{}", nil
		}, Run: func(_ context.Context, in any) (any, error) {
			time.Sleep(time.Second)
			return in, nil
		}})
		r := h.post(strings.Repeat(" ", 4*mb))
		h.wantError(r, 413, "the request takes 4194304 bytes of memory, more than the 3145728 that the server has for requests")
		if r.header.Get("Retry-After") != "" {
			t.Errorf("headers are %v", r.header)
		}
		bomb := h.request("POST", "application/json", zipped(8*mb))
		bomb.Header.Set("Content-Encoding", "gzip")
		if r := h.do(bomb); r.status != 413 || !strings.Contains(r.body, "3145728") {
			t.Errorf("a bomb got %d %s", r.status, r.body)
		}
		if r := h.post(strings.Repeat(" ", 64<<10)); r.status != 200 {
			t.Errorf("what fits got %d %s", r.status, r.body)
		}
		held := make(chan reply)
		go func() { held <- h.post("hold") }()
		time.Sleep(100 * time.Millisecond)
		r = h.post(strings.Repeat(" ", mb/2))
		h.wantError(r, 503, "other requests hold the memory that the request takes")
		if r.header.Get("Retry-After") != "1" {
			t.Errorf("headers are %v", r.header)
		}
		if r := <-held; r.status != 200 {
			t.Errorf("the one that holds it got %d %s", r.status, r.body)
		}
		if full, never := h.metric("bentoc_request_rejected_total", `"memory_full"`), h.metric("bentoc_request_rejected_total", `"memory_limit"`); full != "1" || never != "2" {
			t.Errorf("%s and %s were counted", full, never)
		}
	})
}

// A body without a length that is over the limit is known as that where the server has
// hardly more memory than the limit.
func TestTooLargeIsKnownInLittleMemory(t *testing.T) {
	inTime(t, func(t *testing.T) {
		h := start(t, spec.Service{}, endpoint{Memory: 11 * mb, MaxBody: 8 * mb, Run: func(context.Context, any) (any, error) { return "{}", nil }})
		bomb := h.request("POST", "application/json", zipped(9*mb))
		bomb.Header.Set("Content-Encoding", "gzip")
		h.wantError(h.do(bomb), 413, "the body is over the limit of 8388608 bytes")
	})
}

// A decoder that needs a large piece waits for those who have it, and no longer than
// the endpoint's time.
func TestDecodersWaitForMemory(t *testing.T) {
	inTime(t, func(t *testing.T) {
		h := start(t, spec.Service{Timeout: 4 * time.Second}, endpoint{Memory: 10 * mb, Decode: func(r *spec.Source) (any, error) {
			if err := r.Memory.Take(6 * mb); err != nil {
				return nil, err
			}
			return "{}", nil
		}, Run: func(_ context.Context, in any) (any, error) {
			time.Sleep(1500 * time.Millisecond)
			return in, nil
		}})
		statuses := make(chan int, 5)
		begin := time.Now()
		for range 5 {
			go func() { statuses <- h.post(`{}`).status }()
		}
		count := map[int]int{}
		for range 5 {
			count[<-statuses]++
		}
		if count[200] != 2 || count[504] != 3 || time.Since(begin) > 4*time.Second+100*time.Millisecond {
			t.Errorf("statuses %v after %v", count, time.Since(begin))
		}
		h.idle()
		if n := h.memory.InUse(); n != 0 {
			t.Errorf("%d bytes are in use at the end", n)
		}
	})
}

// However requests end, nothing of the memory and no place stays taken.
func TestNothingStaysTaken(t *testing.T) {
	inTime(t, func(t *testing.T) {
		const service = 24 * mb
		act := func(r *rand.Rand, where string) {
			switch n := r.IntN(12); {
			case n == 0:
				panic(where)
			case n == 1:
				runtime.Goexit()
			case n < 6:
				time.Sleep(time.Duration(r.IntN(3000)) * time.Millisecond)
			}
		}
		var mu sync.Mutex
		r := rand.New(rand.NewPCG(1, 2)) // guarded by mu
		source := func() *rand.Rand {
			mu.Lock()
			defer mu.Unlock()
			return rand.New(rand.NewPCG(r.Uint64(), r.Uint64()))
		}
		h := start(t, spec.Service{MaxConcurrency: 5, Timeout: 2 * time.Second}, endpoint{
			Memory: service,
			Decode: func(q *spec.Source) (any, error) {
				r := source()
				for range r.IntN(3) {
					if err := q.Memory.Take(int64(r.IntN(12 * mb))); err != nil {
						return nil, err
					}
					act(r, "decode")
					q.Memory.Give(int64(r.IntN(2 * mb)))
				}
				return "{}", nil
			},
			Run: func(_ context.Context, in any) (any, error) { act(source(), "run"); return in, nil },
		})
		var clients sync.WaitGroup
		for range 8 {
			clients.Go(func() {
				r := source()
				for range 15 {
					var body io.Reader = strings.NewReader(strings.Repeat(" ", r.IntN(mb/2)))
					if r.IntN(2) == 0 {
						body = zipped(r.IntN(2 * mb))
					}
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(r.IntN(5000))*time.Millisecond)
					q := h.request("POST", "application/json", body).WithContext(ctx)
					if r.IntN(2) == 0 {
						q.Header.Set("Content-Encoding", "gzip") // which is sometimes a lie
					}
					if r.IntN(3) == 0 {
						q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
					}
					if resp, err := h.client.Do(q); err == nil {
						_, _ = io.Copy(io.Discard, resp.Body)
						_ = resp.Body.Close()
					}
					cancel()
				}
			})
		}
		clients.Wait()
		h.idle()
		if n := h.memory.InUse(); n != 0 {
			t.Errorf("%d bytes are in use at the end", n)
		}
		whole := h.memory.Share(t.Context())
		if err := whole.Take(service); err != nil {
			t.Error(err)
		}
	})
}

var _ spec.Memory = (*admit.Share)(nil)
