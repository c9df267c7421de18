package rest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/admit/fair"
	"bentoc.dev/runtime/spec"
)

// Requests wait for their turn in the declared order; those that cannot be in time, or
// for which there is no room, are told at once, and the rest is counted.
func TestQueue(t *testing.T) {
	inTime(t, func(t *testing.T) {
		var order []string
		h := start(t, spec.Service{Timeout: 10 * time.Second, MaxConcurrency: 1, Queue: fair.New(fair.Config{
			Places: 1, MaxRequests: 3, Priority: "X-Priority", Levels: []string{"high", "low"}})}, endpoint{
			Run: func(_ context.Context, in any) (any, error) {
				order = append(order, in.(string))
				time.Sleep(time.Second)
				return in, nil
			}})
		if r := h.post("learn"); r.status != 200 {
			t.Fatal(r.status)
		}
		answers := map[string]chan reply{}
		ask := func(body string, headers ...string) {
			answers[body] = make(chan reply, 1)
			go func() { answers[body] <- h.timed(body, headers...) }()
			synctest.Wait()
		}
		ask("first")
		ask("second")
		ask("third", "X-Priority: high")
		ask("gives way", "X-Priority: low")
		ask("fourth", "X-Priority: high") // the queue is full
		ask("hurried", "X-Request-Timeout: 1.5")
		h.wantError(<-answers["gives way"], 429, "too many requests are waiting")
		r := <-answers["hurried"]
		h.wantError(r, 503, "the request cannot be done in its time: too many are before it")
		if r.header.Get("Retry-After") != "4" {
			t.Errorf("Retry-After is %q", r.header.Get("Retry-After"))
		}
		time.Sleep(time.Minute)
		for _, name := range []string{"first", "second", "third", "fourth"} {
			if r := <-answers[name]; r.status != 200 || r.body != name {
				t.Errorf("%s: got %d %s", name, r.status, r.body)
			}
		}
		if want := "learn first third fourth second"; want != join(order) {
			t.Errorf("the order is %s, want %s", join(order), want)
		}
		for reason, want := range map[string]string{"queue_full": "1", "shed": "1", "concurrency": "0"} {
			if n := h.metric("bentoc_request_rejected_total", `reason="`+reason+`"`); n != want {
				t.Errorf("%s were counted as %s, want %s", n, reason, want)
			}
		}
		if n := h.metric("bentoc_request_queue_seconds_count"); n != "7" {
			t.Errorf("%s waits were counted", n)
		}
	})
}

// A client that leaves the queue frees its room, and one whose time passes in it is
// answered then.
func TestLeavingTheQueue(t *testing.T) {
	inTime(t, func(t *testing.T) {
		q := fair.New(fair.Config{Places: 1, MaxRequests: 5})
		h := start(t, spec.Service{MaxConcurrency: 1, Queue: q}, endpoint{Run: func(_ context.Context, in any) (any, error) {
			time.Sleep(time.Hour)
			return in, nil
		}})
		go h.post("holds")
		synctest.Wait()
		conn := h.slowly("Content-Length: 1")
		synctest.Wait()
		if q.Waiting() != 1 {
			t.Fatalf("%d wait", q.Waiting())
		}
		_ = conn.Close()
		synctest.Wait()
		if q.Waiting() != 0 {
			t.Errorf("%d wait for somebody who left", q.Waiting())
		}
		begin := time.Now()
		h.wantError(h.timed("x", "X-Request-Timeout: 2"), 504, "not able to process the request in 2 seconds")
		if took := time.Since(begin); took != 2*time.Second || q.Waiting() != 0 {
			t.Errorf("after %v; %d wait", took, q.Waiting())
		}
		time.Sleep(2 * time.Hour)
	})
}

// An endpoint's own maximum holds where its service has none.
func TestMaxConcurrencyOfAnEndpoint(t *testing.T) {
	inTime(t, func(t *testing.T) {
		e := endpoint{Run: func(_ context.Context, in any) (any, error) { time.Sleep(time.Second); return in, nil }}.spec()
		e.MaxConcurrency = 1
		h := serveSpec(t, spec.Service{}, e)
		first := make(chan reply, 1)
		go func() { first <- h.post("a") }()
		synctest.Wait()
		h.wantError(h.post("b"), 429, "too many requests")
		if r := <-first; r.status != 200 {
			t.Errorf("the first got %d", r.status)
		}
		if r := h.post("c"); r.status != 200 {
			t.Errorf("the third got %d", r.status)
		}
	})
}

func join(all []string) (s string) {
	for i, a := range all {
		if i > 0 {
			s += " "
		}
		s += a
	}
	return s
}
