package rest_test

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/admit/rate"
	"bentoc.dev/runtime/spec"
)

// Who comes too often is told when to come again, and is let in then; others are not
// kept out, and each refusal is counted for its reason.
func TestRates(t *testing.T) {
	inTime(t, func(t *testing.T) {
		e := endpoint{}.spec()
		e.Rates = rate.New(rate.Config{All: rate.Rate{Requests: 1, Per: 10 * time.Second, Burst: 3}})
		h := serveSpec(t, spec.Service{Rates: rate.New(rate.Config{Header: "X-Tenant", Each: rate.Rate{Requests: 1, Per: 4 * time.Second, Burst: 1}})}, e)
		ask := func(tenant string) reply { return h.timed("x", "X-Tenant: "+tenant) }
		for _, tenant := range []string{"a", "b"} {
			if r := ask(tenant); r.status != 200 {
				t.Fatalf("%s got %d", tenant, r.status)
			}
		}
		r := ask("a")
		h.wantError(r, 429, "too many requests: the rate limit of the tenant is reached")
		if got := r.header.Get("Retry-After"); got != "4" {
			t.Errorf("Retry-After is %q", got)
		}
		time.Sleep(4 * time.Second)
		if r := ask("a"); r.status != 200 { // the third of the endpoint's three
			t.Fatalf("a was told to come now, and got %d", r.status)
		}
		r = ask("c")
		h.wantError(r, 429, "too many requests: the rate limit is reached")
		if got := r.header.Get("Retry-After"); got != "6" {
			t.Errorf("Retry-After is %q", got)
		}
		// a has to wait for 4 seconds for itself and for longer for all.
		r = ask("a")
		after, err := strconv.Atoi(r.header.Get("Retry-After"))
		if r.status != 429 || err != nil || after < 6 {
			t.Errorf("got %d, Retry-After %d %v", r.status, after, err)
		}
		time.Sleep(6 * time.Second)
		if r := ask("c"); r.status != 200 {
			t.Errorf("c was told to come now, and got %d: it was counted though it was turned away", r.status)
		}
		for reason, want := range map[string]string{"tenant_rate_limit": "1", "rate_limit": "2", "concurrency": "0"} {
			if n := h.metric("bentoc_request_rejected_total", `reason="`+reason+`"`); n != want {
				t.Errorf("%s were counted as %s, want %s", n, reason, want)
			}
		}
	})
}

// A request that is turned away for its rate takes no place, and its body is not waited
// for.
func TestRatesComeFirst(t *testing.T) {
	inTime(t, func(t *testing.T) {
		began := 0
		h := start(t, spec.Service{MaxConcurrency: 1, Rates: rate.New(rate.Config{All: rate.Rate{Requests: 1, Per: time.Hour, Burst: 1}})},
			endpoint{Run: func(_ context.Context, in any) (any, error) { began++; return in, nil }})
		if r := h.post("x"); r.status != 200 {
			t.Fatal(r.status)
		}
		conn := h.slowly("Content-Length: 1000000")
		synctest.Wait()
		b := make([]byte, 12)
		if n, err := conn.Read(b); err != nil || string(b[:n]) != "HTTP/1.1 429" {
			t.Errorf("got %q %v", b[:n], err)
		}
		_ = conn.Close()
		if began != 1 {
			t.Errorf("%d began", began)
		}
	})
}
