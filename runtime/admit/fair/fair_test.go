package fair_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/admit/fair"
	"bentoc.dev/runtime/spec"
)

// load is requests that ask for places of a queue, each of which it holds for its work.
type load struct {
	t      *testing.T
	q      *fair.Queue
	mu     sync.Mutex // guards what follows
	began  []string   // names, in order
	counts map[string]map[spec.Verdict]int
	held   map[string]time.Duration
	inside int
	most   int
}

func begin(t *testing.T, c fair.Config) *load {
	return &load{t: t, q: fair.New(c), counts: map[string]map[spec.Verdict]int{}, held: map[string]time.Duration{}}
}

// ask has a request come and, when it has a place, hold it for its work.
func (l *load) ask(ctx context.Context, name, tenant, level string, work time.Duration, ticket spec.Ticket) {
	ticket.Header = func(h string) string { return map[string]string{"T": tenant, "P": level}[h] }
	v, retry := l.q.Acquire(ctx, &ticket)
	l.mu.Lock()
	if l.counts[tenant] == nil {
		l.counts[tenant] = map[spec.Verdict]int{}
	}
	l.counts[tenant][v]++
	if v == spec.Admitted {
		l.began = append(l.began, name)
		l.inside++
		l.most = max(l.most, l.inside)
	} else if v != spec.Ended && (retry < time.Second || retry > time.Minute) {
		l.t.Errorf("%s: try again in %v", name, retry)
	}
	l.mu.Unlock()
	if v != spec.Admitted {
		return
	}
	time.Sleep(work)
	l.mu.Lock()
	l.inside--
	l.held[tenant] += work
	l.mu.Unlock()
	l.q.Release(&ticket, work)
}

// names are those of the requests that began so far.
func (l *load) names() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.began)
}

// full is how many requests of a tenant were turned away so far.
func (l *load) full(tenant string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[tenant][spec.Full]
}

func (l *load) idle() {
	l.t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.q.Waiting() != 0 || l.q.InFlight() != 0 || l.inside != 0 {
		l.t.Errorf("%d wait, %d are in flight, %d hold places", l.q.Waiting(), l.q.InFlight(), l.inside)
	}
}

func inBubble(t *testing.T, f func(t *testing.T)) { t.Helper(); synctest.Test(t, f) }

// Places are given in the order of arrival where nothing else is declared, and never
// more than there are.
func TestOrder(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := begin(t, fair.Config{Places: 2, MaxRequests: 100})
		var want []string
		for i := range 50 {
			name := fmt.Sprint(i)
			want = append(want, name)
			go l.ask(t.Context(), name, "", "", time.Second, spec.Ticket{})
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Minute)
		l.idle()
		if !slices.Equal(l.began, want) || l.most != 2 {
			t.Errorf("began in the order %v, %d at once", l.began, l.most)
		}
	})
}

// Tenants with work of different lengths and numbers get places for the same time, or
// for that which their weights say; one that comes late has no more than its share.
func TestShares(t *testing.T) {
	for _, tc := range []struct {
		weights map[string]int
		want    float64 // a's time over b's
	}{{nil, 1}, {map[string]int{"a": 3}, 3}, {map[string]int{"a": 1, "b": 4}, 0.25}} {
		inBubble(t, func(t *testing.T) {
			l := begin(t, fair.Config{Places: 3, MaxRequests: 1000, Tenant: "T", Weights: tc.weights})
			ctx, stop := context.WithTimeout(t.Context(), 10*time.Minute)
			defer stop()
			for range 2000 { // a floods with long requests
				go l.ask(ctx, "a", "a", "", 5*time.Second, spec.Ticket{})
			}
			time.Sleep(time.Minute)
			l.mu.Lock()
			clear(l.held)
			l.mu.Unlock()
			for range 9 * 60 * 10 { // more than b may have
				go l.ask(ctx, "b", "b", "", time.Second/2, spec.Ticket{})
				time.Sleep(100 * time.Millisecond)
			}
			synctest.Wait()
			l.mu.Lock()
			got := l.held["a"].Seconds() / l.held["b"].Seconds()
			l.mu.Unlock()
			if math.Abs(got/tc.want-1) > 0.1 {
				t.Errorf("%v: a has had %v times the time of b, want %v", tc.weights, got, tc.want)
			}
			<-ctx.Done()
			time.Sleep(time.Minute)
			l.idle()
		})
	}
}

// A tenant that fills the queue keeps nobody out of it, and loses the newest of its own.
func TestNobodyFillsTheQueueForOthers(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := begin(t, fair.Config{Places: 1, MaxRequests: 10, Tenant: "T"})
		for range 100 {
			go l.ask(t.Context(), "a", "a", "", time.Second, spec.Ticket{})
		}
		synctest.Wait()
		if n := l.full("a"); n != 89 || l.q.Waiting() != 10 {
			t.Fatalf("%d were turned away, %d wait", n, l.q.Waiting())
		}
		for range 3 {
			go l.ask(t.Context(), "b", "b", "", time.Second, spec.Ticket{})
			synctest.Wait()
		}
		if n := l.full("a"); n != 92 || l.q.Waiting() != 10 {
			t.Errorf("%d were turned away, %d wait", n, l.q.Waiting())
		}
		time.Sleep(time.Minute)
		l.idle()
		if l.counts["b"][spec.Admitted] != 3 || slices.Index(l.began, "b") > 3 {
			t.Errorf("b had %v, in %v", l.counts["b"], l.began)
		}
	})
}

// Higher levels begin first, and a full queue turns lower ones away for them.
func TestLevels(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := begin(t, fair.Config{Places: 1, MaxRequests: 4, Priority: "P", Levels: []string{"high", "normal", "low"}})
		for _, level := range []string{"high", "low", "what", "normal", "low", "normal", "high", "high", "low"} {
			go l.ask(t.Context(), level, "", level, time.Second, spec.Ticket{})
			synctest.Wait()
		}
		time.Sleep(time.Minute)
		l.idle()
		if want := []string{"high", "high", "high", "normal", "normal"}; !slices.Equal(l.began, want) {
			t.Errorf("began %v, want %v", l.began, want)
		}
	})
}

// An endpoint that has its own maximum in flight holds nobody else up.
func TestEndpoints(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := begin(t, fair.Config{Places: 3, MaxRequests: 100})
		for range 5 {
			go l.ask(t.Context(), "one", "", "", time.Second, spec.Ticket{Endpoint: "one", Max: 1})
			synctest.Wait()
		}
		for range 4 {
			go l.ask(t.Context(), "other", "", "", time.Second, spec.Ticket{Endpoint: "other"})
			synctest.Wait()
		}
		if want, began := []string{"one", "other", "other"}, l.names(); !slices.Equal(began, want) {
			t.Errorf("began %v, want %v", began, want)
		}
		time.Sleep(1500 * time.Millisecond)
		synctest.Wait()
		began := l.names()
		slices.Sort(began)
		if want := []string{"one", "one", "other", "other", "other", "other"}; !slices.Equal(began, want) {
			t.Errorf("began %v, want %v", began, want)
		}
		time.Sleep(time.Minute)
		l.idle()
	})
}

// Bytes that wait are bounded, and one that is more than that alone never waits.
func TestBytes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := begin(t, fair.Config{Places: 1, MaxRequests: 100, MaxBytes: 100})
		for _, n := range []int64{1000, 60, 50, 40, 1, 101} { // the first finds a place
			go l.ask(t.Context(), fmt.Sprint(n), "", "", time.Second, spec.Ticket{Bytes: n})
			synctest.Wait()
		}
		time.Sleep(time.Minute)
		l.idle()
		if want := []string{"1000", "60", "40"}; !slices.Equal(l.began, want) {
			t.Errorf("began %v, want %v", l.began, want)
		}
	})
}

// Ten times as much as can be done: what is begun is done in its time, nearly all of the
// places' time is used for it, and who cannot be served is told at once, not at the end.
func TestOverload(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		const places, work, time_ = 4, 5 * time.Millisecond, 100 * time.Millisecond
		l := begin(t, fair.Config{Places: places, MaxRequests: 10_000})
		r := rand.New(rand.NewPCG(1, 1))
		good, late, told := 0, 0, 0
		ask := func(took time.Duration) {
			ctx, cancel := context.WithTimeout(t.Context(), time_)
			defer cancel()
			came := time.Now()
			var ticket spec.Ticket
			v, _ := l.q.Acquire(ctx, &ticket)
			l.mu.Lock()
			defer l.mu.Unlock()
			if v != spec.Admitted {
				if time.Since(came) < time.Millisecond {
					told++
				}
				return
			}
			l.mu.Unlock()
			time.Sleep(took)
			l.q.Release(&ticket, took)
			l.mu.Lock()
			if time.Since(came) <= time_ {
				good++
			} else {
				late++
			}
		}
		begin := time.Now()
		asked := 0
		for time.Since(begin) < 4*time.Second {
			asked++
			go ask(work/2 + time.Duration(r.Int64N(int64(work))))
			time.Sleep(time.Duration(r.ExpFloat64() * float64(work) / places / 10))
		}
		time.Sleep(time.Second)
		l.idle()
		peak := float64(places) * 4 / work.Seconds()
		t.Logf("%d asked, %d in time (%.3f of the peak), %d late, %d told at once", asked, good, float64(good)/peak, late, told)
		if float64(good) < 0.95*peak || float64(late) > 0.02*float64(good) || float64(told) < 0.95*float64(asked-good-late) {
			t.Errorf("%d asked, %d in time of %.0f, %d late, %d told at once", asked, good, peak, late, told)
		}
	})
}

// One request that took long does not have all others turned away for ever.
func TestRecovers(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := begin(t, fair.Config{Places: 1, MaxRequests: 10})
		l.ask(t.Context(), "slow", "", "", time.Hour, spec.Ticket{})
		for range 200 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			l.ask(ctx, "fast", "", "", time.Millisecond, spec.Ticket{})
			cancel()
		}
		if n := len(l.names()); n != 201 {
			t.Fatalf("%d began", n)
		}
		for range 5 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			go l.ask(ctx, "fast", "", "", time.Millisecond, spec.Ticket{})
		}
		time.Sleep(time.Minute)
		l.idle()
		if n := len(l.names()); n != 206 {
			t.Errorf("%d began", n)
		}
	})
}

// Whatever comes and goes, all places are given back and no tenant is kept.
func TestRandom(t *testing.T) {
	for seed := range uint64(20) {
		inBubble(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 2))
			c := fair.Config{Places: 1 + r.IntN(4), MaxRequests: 1 + r.IntN(20), MaxBytes: int64(r.IntN(2) * 500)}
			if r.IntN(2) == 0 {
				c.Tenant, c.Weights = "T", map[string]int{"1": 5}
			}
			if r.IntN(2) == 0 {
				c.Priority, c.Levels = "P", []string{"0", "1"}
			}
			l := begin(t, c)
			for range 400 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(r.IntN(3000))*time.Millisecond)
				if r.IntN(5) == 0 {
					time.AfterFunc(time.Duration(r.IntN(500))*time.Millisecond, cancel)
				}
				name, level, work := fmt.Sprint(r.IntN(5)), fmt.Sprint(r.IntN(3)), time.Duration(r.IntN(200))*time.Millisecond
				ticket := spec.Ticket{Endpoint: fmt.Sprint(r.IntN(3)), Bytes: int64(r.IntN(200))}
				if ticket.Endpoint == "0" {
					ticket.Max = 1
				}
				go func() { defer cancel(); l.ask(ctx, name, name, level, work, ticket) }()
				time.Sleep(time.Duration(r.IntN(30)) * time.Millisecond)
			}
			time.Sleep(time.Minute)
			l.idle()
			if l.most > c.Places {
				t.Errorf("%d at once of %d places", l.most, c.Places)
			}
			n := 0
			for _, v := range l.counts {
				for _, k := range v {
					n += k
				}
			}
			if n != 400 {
				t.Errorf("%d of 400 were told", n)
			}
		})
	}
}

// Names that are made up, and long ones, take bounded memory and have nobody's share
// forgotten: who has had more goes on waiting for others.
func TestNamesWithoutEnd(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		l := begin(t, fair.Config{Places: 2, MaxRequests: 100, Tenant: "T"})
		go l.ask(t.Context(), "holds", "holds", "", 24*time.Hour, spec.Ticket{})
		synctest.Wait()
		l.ask(t.Context(), "a", "a", "", time.Hour, spec.Ticket{})
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range 6000 {
			ticket := spec.Ticket{Header: func(string) string { return strings.Repeat("x", 20_000) + fmt.Sprint(i) }}
			if v, _ := l.q.Acquire(t.Context(), &ticket); v != spec.Admitted {
				t.Fatal(v)
			}
			l.q.Release(&ticket, time.Millisecond)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
			t.Errorf("names of tenants take %d MB", grown>>20)
		}
		go l.ask(t.Context(), "x", "x", "", time.Minute, spec.Ticket{})
		for _, name := range []string{"a", "b", "c"} {
			synctest.Wait()
			go l.ask(t.Context(), name, name, "", time.Second, spec.Ticket{})
		}
		time.Sleep(time.Hour)
		if began := l.names(); !slices.Equal(began, []string{"holds", "a", "x", "b", "c", "a"}) {
			t.Errorf("began %v: a has had an hour and is last", began)
		}
		time.Sleep(24 * time.Hour)
		l.idle()
	})
}
