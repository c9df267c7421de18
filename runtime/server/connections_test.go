//go:build unix

package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

func (c *child) dial() *net.TCPConn {
	c.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.base, "http://"))
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = conn.Close() })
	return conn.(*net.TCPConn)
}

// greetAfter is a request whose step takes that long.
func greetAfter(wait time.Duration) string {
	body := fmt.Sprintf(`{"wait":%d}`, wait)
	return fmt.Sprintf("POST /greet HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// Clients that go away, or close their own side, while their requests are in flight give
// their places back.
func TestDisconnectsInFlight(t *testing.T) {
	t.Parallel()
	c := serve(t, "hello") // has 64 places
	c.waitFor(regexp.MustCompile(`\] ready `))
	for round := range 4 {
		var conns []*net.TCPConn
		for range 50 {
			conn := c.dial()
			if _, err := io.WriteString(conn, greetAfter(time.Minute)); err != nil {
				t.Fatal(err)
			}
			conns = append(conns, conn)
		}
		c.untilMetric(`bentoml_service_request_in_progress{endpoint="/greet"`, "50")
		for i, conn := range conns {
			switch i % 3 {
			case 0:
				_ = conn.Close()
			case 1:
				_ = conn.SetLinger(0) // with a reset
				_ = conn.Close()
			case 2:
				_ = conn.CloseWrite()
			}
		}
		c.untilMetric(`bentoml_service_request_in_progress{endpoint="/greet"`, "0")
		for i, conn := range conns {
			if i%3 == 2 { // silence must not look like an answer
				if b, _ := io.ReadAll(conn); len(b) != 0 {
					t.Errorf("a client that closed its side was told %q", b)
				}
			}
		}
		c.untilMetric(`bentoc_request_rejected_total{endpoint="/greet",reason="client_gone"`, fmt.Sprint(50*(round+1)))
		c.want(200, `{"text":"hello Ada"}`)(c.post("/greet", `{"name":"Ada"}`))
	}
}

// Health and metrics are answered when every place is taken and connections stand idle,
// half sent and half read.
func TestHealthUnderLoad(t *testing.T) {
	t.Parallel()
	c := serve(t, "hello")
	c.waitFor(regexp.MustCompile(`\] ready `))
	for range 100 {
		c.dial()
		if _, err := io.WriteString(c.dial(), "POST /greet HTTP/1.1\r\nHost"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c.dial(), "POST /greet HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n{"); err != nil {
			t.Fatal(err)
		}
		reader := c.dial()
		_ = reader.SetReadBuffer(4 << 10)
		if _, err := io.WriteString(reader, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	c.untilMetric(`bentoml_service_request_in_progress{endpoint="/greet"`, "100")
	for range 64 {
		if _, err := io.WriteString(c.dial(), greetAfter(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	c.untilMetric(`bentoml_service_request_in_progress{endpoint="/greet"`, "164")
	for range 20 {
		for path, want := range map[string]string{"/livez": "\n", "/healthz": "\n", "/readyz": "\n"} {
			c.want(200, want)(c.get(path))
		}
		if code, text, err := c.get("/metrics"); code != 200 || err != nil || !strings.Contains(text, "bentoc_ready 1\n") {
			t.Fatalf("/metrics: %d %v", code, err)
		}
		resp, err := client.Post(c.base+"/greet", "application/json", strings.NewReader(`{}`))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" {
			t.Fatalf("over the maximum: %d, Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
		}
	}
}

// A connection that was idle beside 10,000 others serves its next request, as many as the
// machine lets a process open.
func TestIdleConnections(t *testing.T) {
	t.Parallel()
	c := serve(t, "hello")
	c.waitFor(regexp.MustCompile(`\] ready `))
	n := 10_000
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	if most := int(min(files.Cur, 1<<20)) / 2; n > most { // the other half is for tests beside this one
		n = most
		t.Logf("a process may have %d files open: %d connections are tried", files.Cur, n)
	}
	var conns []*net.TCPConn
	for range 2 {
		for i := range n {
			if len(conns) < n {
				conns = append(conns, c.dial())
			}
			if _, err := io.WriteString(conns[i], greetAfter(0)); err != nil {
				t.Fatal(err)
			}
		}
		for _, conn := range conns {
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(resp.Body)
			if resp.StatusCode != 200 && resp.StatusCode != 429 || err != nil {
				t.Fatalf("%d %s %v", resp.StatusCode, b, err)
			}
		}
	}
}
