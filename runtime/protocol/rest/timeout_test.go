package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/serve"
	"bentoc.dev/runtime/spec"
)

// timed sends a request with headers such as "X-Request-Timeout: 1".
func (h *harness) timed(body string, headers ...string) reply {
	h.t.Helper()
	r := h.request(http.MethodPost, "application/json", strings.NewReader(body))
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	return h.do(r)
}

// The least of what the endpoint, the client and a proxy say is a request's time, and
// the step sees it.
func TestTheLeastTimeoutWins(t *testing.T) {
	const own, proxy = "X-Request-Timeout: ", "x-envoy-expected-rq-timeout-ms: "
	for _, tc := range []struct {
		endpoint time.Duration
		headers  []string
		want     time.Duration
	}{
		{time.Minute, nil, time.Minute},
		{time.Minute, []string{own + "2"}, 2 * time.Second},
		{time.Minute, []string{own + "0.25"}, 250 * time.Millisecond},
		{time.Minute, []string{own + ".5"}, 500 * time.Millisecond},
		{time.Minute, []string{own + "120"}, time.Minute},
		{time.Minute, []string{own + strings.Repeat("9", 400)}, time.Minute},
		{time.Minute, []string{proxy + "1500"}, 1500 * time.Millisecond},
		{time.Minute, []string{proxy + "1500", own + "1"}, time.Second},
		{time.Minute, []string{proxy + "1500", own + "2"}, 1500 * time.Millisecond},
		{time.Minute, []string{own + "3", own + "2", own + "4"}, 2 * time.Second},
		{0, []string{own + "2"}, 2 * time.Second},
	} {
		t.Run(tc.want.String(), func(t *testing.T) {
			inTime(t, func(t *testing.T) {
				var seen time.Duration
				var cause error
				h := start(t, spec.Service{Timeout: tc.endpoint}, endpoint{Run: func(ctx context.Context, _ any) (any, error) {
					at, _ := ctx.Deadline()
					seen = time.Until(at)
					<-ctx.Done()
					cause = context.Cause(ctx)
					return nil, ctx.Err()
				}})
				begin := time.Now()
				r := h.timed(`{}`, tc.headers...)
				h.wantError(r, 504, fmt.Sprintf("not able to process the request in %v seconds", tc.want.Seconds()))
				if took := time.Since(begin); took != tc.want || seen != tc.want || !errors.Is(cause, serve.ErrTimeout) {
					t.Errorf("%v %q: answered after %v, seen %v, want %v; cause %v", tc.endpoint, tc.headers, took, seen, tc.want, cause)
				}
			})
		})
	}
}

// A timeout that nobody can read is refused, before any work.
func TestTimeoutsThatAreNone(t *testing.T) {
	inTime(t, func(t *testing.T) {
		h := start(t, spec.Service{}, endpoint{Run: func(context.Context, any) (any, error) {
			t.Error("it was run")
			return nil, nil
		}})
		for _, v := range []string{"", "0", "0.0", "-1", "+1", "1s", "1,5", "1e3", "inf", "NaN", "0x10", "1.2.3", ".", " ", strings.Repeat("z", 5000)} {
			for name, unit := range map[string]string{"X-Request-Timeout": "seconds", "X-Envoy-Expected-Rq-Timeout-Ms": "milliseconds"} {
				shown := strings.TrimSpace(v)
				if len(shown) > 40 {
					shown = shown[:40] + "…"
				}
				h.wantError(h.timed(`{}`, name+": "+v), 400, fmt.Sprintf("header %s is %s: want %s above 0, such as 2500", name, strconv.Quote(shown), unit))
			}
		}
	})
}

// Work that ends when nobody waits for it is counted.
func TestWorkForNobody(t *testing.T) {
	inTime(t, func(t *testing.T) {
		runs := 0
		h := start(t, spec.Service{MaxConcurrency: 5}, endpoint{Run: func(_ context.Context, in any) (any, error) {
			runs++
			time.Sleep(3 * time.Second) // deaf
			return in, nil
		}})
		wasted := func() string { return h.metric("bentoc_request_wasted_seconds_total") }
		if r := h.post(`{}`); r.status != 200 || wasted() != "0" {
			t.Errorf("got %d, %s seconds for nobody", r.status, wasted())
		}
		h.wantError(h.timed(`{}`, "X-Request-Timeout: 1"), 504, "not able to process the request in 1 seconds")
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if wasted() != "3" {
			t.Errorf("after a timeout %s seconds were for nobody", wasted())
		}
		conn := h.dial()
		go func() {
			_, _ = io.WriteString(conn, "POST /call HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
			time.Sleep(time.Second)
			_ = conn.Close()
		}()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if runs != 3 || wasted() != "6" {
			t.Errorf("%d runs, and %s seconds were for nobody", runs, wasted())
		}
	})
}

// A slow body has the request's own time.
func TestTimeoutWhileTheBodyComes(t *testing.T) {
	inTime(t, func(t *testing.T) {
		h := start(t, spec.Service{}, endpoint{})
		conn := h.slowly("X-Request-Timeout: 2\r\nContent-Length: 10")
		defer conn.Close()
		begin := time.Now()
		b, err := io.ReadAll(conn)
		if took := time.Since(begin); err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 408 ") || took < 2*time.Second || took > 3*time.Second {
			t.Errorf("after %v: %q %v", took, b, err)
		}
	})
}
