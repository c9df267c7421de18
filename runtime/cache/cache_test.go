package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/spec"
)

// opened gives a cache that is open, and what its metrics say.
func opened[I, O any](t *testing.T, cfg Config) (c *Cache[I, O], shown func(name string) string) {
	t.Helper()
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 1 << 20
	}
	if cfg.TTL == 0 {
		cfg.TTL = time.Minute
	}
	cfg.Graph, cfg.Node = "g", "n"
	r := metrics.NewRegistry()
	c = New[I, O](cfg)
	if err := c.begin(metrics.WithRegistry(context.Background(), r)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.close(context.Background()); err != nil {
			t.Error(err)
		}
		if c.store.bytes != 0 || len(c.store.entries) != 0 || c.store.recent.Len() != 0 || c.store.ages.Len() != 0 {
			t.Errorf("a closed cache holds %d bytes, %d entries", c.store.bytes, len(c.store.entries))
		}
	})
	return c, func(name string) string {
		var b bytes.Buffer
		_, _ = r.WriteTo(&b)
		for line := range strings.Lines(b.String()) {
			if value, ok := strings.CutPrefix(line, "bentoc_cache_"+name+`{graph="g",node="n"} `); ok {
				return strings.TrimSpace(value)
			}
		}
		return "none"
	}
}

type status int

func (s status) Error() string   { return fmt.Sprintf("status %d", int(s)) }
func (s status) StatusCode() int { return int(s) }

func TestHitsAndMisses(t *testing.T) {
	t.Parallel()
	c, shown := opened[string, []int](t, Config{})
	runs := 0
	own := func(_ context.Context, in string) ([]int, error) { runs++; return []int{len(in)}, nil }
	for range 3 {
		for _, in := range []string{"a", "bb"} {
			got, err := c.Run(t.Context(), own, in)
			if err != nil || len(got) != 1 || got[0] != len(in) {
				t.Fatal(got, err)
			}
			got[0] = 99 // of the one who got it alone
		}
	}
	if runs != 2 || shown("hits_total") != "4" || shown("misses_total") != "2" || shown("entries") != "2" {
		t.Errorf("%d runs, %s hits, %s misses, %s entries", runs, shown("hits_total"), shown("misses_total"), shown("entries"))
	}
	if c.store.bytes == 0 || shown("bytes") != fmt.Sprint(c.store.bytes) {
		t.Errorf("%s bytes shown of %d", shown("bytes"), c.store.bytes)
	}
}

// What did not end well in its time is not kept: errors, panics, ends of goroutines, runs
// under which a fallback answered, and those that were cut off though they gave something.
func TestNotKept(t *testing.T) {
	t.Parallel()
	fallen := graph.Guarded(graph.Guard{Fallback: func(context.Context, any, []any) (any, error) { return 1, nil }},
		func(context.Context, any, []any) (any, error) { return nil, errors.New("no") })
	for name, own := range map[string]func(context.Context, int) (int, error){
		"error":  func(context.Context, int) (int, error) { return 1, errors.New("no") },
		"status": func(context.Context, int) (int, error) { return 1, status(422) },
		"panic":  func(context.Context, int) (int, error) { panic("no") },
		"goexit": func(context.Context, int) (int, error) { runtime.Goexit(); return 1, nil },
		"fallback": func(ctx context.Context, _ int) (int, error) {
			_, err := fallen(ctx, nil, nil)
			return 1, err
		},
		"cut off": func(ctx context.Context, _ int) (int, error) { <-ctx.Done(); return 1, nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, shown := opened[int, int](t, Config{})
				for range 3 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					_, _ = c.Run(ctx, own, 1)
					cancel()
				}
				if shown("hits_total") != "0" || shown("misses_total") != "3" || shown("entries") != "0" || len(c.flights) != 0 {
					t.Errorf("%s hits, %s misses, %s entries, %d flights", shown("hits_total"), shown("misses_total"), shown("entries"), len(c.flights))
				}
			})
		})
	}
}

// An answer may be given again for as long as its time to live after its run began, and is
// gone then without anybody asking.
func TestTimeToLive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, shown := opened[int, int](t, Config{TTL: 10 * time.Second})
		runs := 0
		slow := func(context.Context, int) (int, error) { runs++; time.Sleep(3 * time.Second); return runs, nil }
		ask := func(in, want int) {
			t.Helper()
			if got, err := c.Run(t.Context(), slow, in); got != want || err != nil {
				t.Errorf("%d, %v; want %d", got, err, want)
			}
		}
		ask(1, 1)                                   // until 10
		time.Sleep(7*time.Second - time.Nanosecond) // 10 - 1 ns
		ask(1, 1)
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if shown("entries") != "0" || shown("bytes") != "0" {
			t.Errorf("%s entries are left, %s bytes", shown("entries"), shown("bytes"))
		}
		ask(1, 2) // 13, until 20
		ask(2, 3) // 16, until 23
		ask(1, 2)
		time.Sleep(4 * time.Second) // 20
		synctest.Wait()
		if shown("entries") != "1" {
			t.Errorf("%s entries are left", shown("entries"))
		}
		ask(2, 3)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if shown("entries") != "0" || shown("evictions_total") != "0" {
			t.Errorf("%s entries are left, %s were evicted", shown("entries"), shown("evictions_total"))
		}
		dull := New[int, int](Config{TTL: time.Second, MaxBytes: 1 << 20})
		_ = dull.begin(t.Context())
		for range 2 { // takes longer than its answer would live
			if got, _ := dull.Run(t.Context(), slow, 1); got != runs {
				t.Error(got)
			}
		}
		_ = dull.close(t.Context())
	})
}

// What asks while a run goes on waits for it, each as long as it likes; the run is that of
// whoever is left, and is cut off when nobody is.
func TestSingleFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, shown := opened[int, []int](t, Config{})
		var runs, cut atomic.Int32
		own := func(ctx context.Context, in int) ([]int, error) {
			runs.Add(1)
			select {
			case <-time.After(10 * time.Second):
				return []int{in}, nil
			case <-ctx.Done():
				cut.Add(1)
				return nil, context.Cause(ctx)
			}
		}
		start := time.Now()
		results := make(chan string, 20)
		ask := func(in int, limit time.Duration, cancelled bool) {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			if cancelled {
				ctx, cancel = context.WithCancel(t.Context())
				time.AfterFunc(limit, cancel)
			}
			go func() {
				defer cancel()
				out, err := c.Run(ctx, own, in)
				results <- fmt.Sprint(in, out, err, time.Since(start))
				if err == nil {
					out[0] = -1
				}
			}()
			synctest.Wait()
		}
		// The first goes at 2 s, one more at 4 s; two stay to the end.
		ask(1, 2*time.Second, true)
		ask(1, time.Minute, false)
		ask(1, 4*time.Second, false)
		ask(1, 20*time.Second, false)
		// All go.
		ask(2, 2*time.Second, false)
		ask(2, 3*time.Second, true)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		close(results)
		got := map[string]int{}
		for r := range results {
			got[r]++
		}
		for want, n := range map[string]int{
			"1 [] context canceled 2s": 1, "1 [] context deadline exceeded 4s": 1, "1 [1] <nil> 10s": 2,
			"2 [] context deadline exceeded 2s": 1, "2 [] context canceled 3s": 1,
		} {
			if got[want] != n {
				t.Errorf("%d × %s in %v", n, want, got)
			}
		}
		if runs.Load() != 2 || cut.Load() != 1 || shown("shared_total") != "2" || shown("misses_total") != "2" || len(c.flights) != 0 {
			t.Errorf("%d runs, %d cut off, %s shared, %s misses, %d in flight", runs.Load(), cut.Load(), shown("shared_total"), shown("misses_total"), len(c.flights))
		}
		if out, err := c.Run(t.Context(), own, 1); err != nil || out[0] != 1 || runs.Load() != 2 {
			t.Errorf("%v, %v: what was kept is another's to write to", out, err)
		}
	})
}

// A run has the latest deadline of those who wait, none where somebody has none; what its
// first request knows it knows too.
func TestFlightContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		c, _ := opened[int, int](t, Config{})
		start := time.Now()
		var seen []string
		own := func(ctx context.Context, _ int) (int, error) {
			time.Sleep(time.Second / 2)
			for range 4 {
				at, ok := ctx.Deadline()
				seen = append(seen, fmt.Sprint(ctx.Value(key{}), at.Sub(start), ok, ctx.Err()))
				time.Sleep(time.Second)
			}
			return 1, nil
		}
		for i, limit := range []time.Duration{2500 * time.Millisecond, 10 * time.Second, 0} {
			ctx, cancel := context.WithValue(t.Context(), key{}, i), context.CancelFunc(func() {})
			if limit > 0 {
				ctx, cancel = context.WithDeadline(ctx, start.Add(limit))
			}
			go func() { defer cancel(); _, _ = c.Run(ctx, own, 1) }()
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := strings.Join(seen[:3], ", "); got != "0 2.5s true <nil>, 0 10s true <nil>, 0 10s false <nil>" {
			t.Error(got)
		}
	})
}

// What is wrong with the input is wrong for all who wait; any other failure is that of who
// began, and the others run for themselves.
func TestSharedFailures(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		err  error
		runs int32
	}{{status(400), 1}, {status(422), 1}, {status(408), 5}, {status(413), 5}, {status(429), 5}, {status(500), 5}, {status(503), 5}, {errors.New("no"), 5}, {context.DeadlineExceeded, 5}} {
		synctest.Test(t, func(t *testing.T) {
			c, _ := opened[int, int](t, Config{})
			var runs, failed atomic.Int32
			own := func(context.Context, int) (int, error) {
				first := runs.Add(1) == 1
				time.Sleep(time.Second)
				if first {
					return 0, v.err
				}
				return 7, nil
			}
			var all sync.WaitGroup
			for range 5 {
				all.Go(func() {
					if _, err := c.Run(t.Context(), own, 1); err != nil {
						failed.Add(1)
					}
				})
				synctest.Wait()
			}
			all.Wait()
			if runs.Load() != v.runs || failed.Load() != map[bool]int32{true: 5, false: 1}[v.runs == 1] {
				t.Errorf("%v: %d runs, %d failed", v.err, runs.Load(), failed.Load())
			}
		})
	}
}

// The bytes are those of answers, their keys and all that belongs to them; what is larger
// than all of it is answered, to those who wait too, and not kept.
func TestMaxBytes(t *testing.T) {
	t.Parallel()
	c, shown := opened[int, []byte](t, Config{MaxBytes: 100 << 10})
	runs := map[int]int{}
	own := func(_ context.Context, n int) ([]byte, error) { runs[n]++; return make([]byte, n, 10*n), nil }
	for _, n := range []int{30 << 10, 31 << 10, 32 << 10, 30 << 10, 33 << 10, 30 << 10, 200 << 10, 200 << 10, 31 << 10} {
		if got, err := c.Run(t.Context(), own, n); len(got) != n || err != nil {
			t.Fatal(len(got), err)
		}
		if c.store.bytes > 100<<10 {
			t.Fatalf("%d bytes", c.store.bytes)
		}
	}
	if runs[30<<10] != 1 || runs[31<<10] != 2 || runs[200<<10] != 2 || shown("evictions_total") != "2" {
		t.Errorf("%v runs, %s evictions", runs, shown("evictions_total"))
	}
	none, _ := opened[int, int](t, Config{MaxBytes: entryBytes[int]()})
	for i := range 10 {
		if got, err := none.Run(t.Context(), func(_ context.Context, n int) (int, error) { return n, nil }, i); got != i || err != nil || len(none.store.entries) != 0 {
			t.Error(got, err, len(none.store.entries))
		}
	}
}

// Many small answers take no more of the heap than is counted, within a factor.
func TestRealSize(t *testing.T) {
	c, _ := opened[int, map[string]any](t, Config{MaxBytes: 16 << 20})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 50_000 {
		_, _ = c.Run(t.Context(), func(_ context.Context, n int) (map[string]any, error) {
			return map[string]any{"name": fmt.Sprint("a name ", n), "scores": []any{1.5, int64(n)}}, nil
		}, i)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > c.store.bytes*5/4 || c.store.bytes > 16<<20 {
		t.Errorf("%d bytes are held, %d counted, of %d entries", held, c.store.bytes, len(c.store.entries))
	}
	runtime.KeepAlive(c)
}

// What a cache holds counts as memory of requests, is no more than half of it, and is given
// up where a request needs it.
func TestMemoryOfRequests(t *testing.T) {
	t.Parallel()
	m := admit.NewMemory(nil, nil)
	m.SetLimit(1 << 20)
	c := New[int, []byte](Config{MaxBytes: 10 << 20, TTL: time.Hour})
	if err := c.begin(admit.WithMemory(t.Context(), m)); err != nil {
		t.Fatal(err)
	}
	own := func(_ context.Context, n int) ([]byte, error) { return make([]byte, 10_000), nil }
	for i := range 200 {
		_, _ = c.Run(t.Context(), own, i)
	}
	if m.InUse() != c.store.bytes || m.InUse() > 512<<10 || m.InUse() < 400<<10 {
		t.Errorf("%d bytes in use, %d held", m.InUse(), c.store.bytes)
	}
	share := m.Share(t.Context())
	if err := share.Take(900 << 10); err != nil || c.store.bytes != 0 {
		t.Errorf("%v, %d bytes are held", err, c.store.bytes)
	}
	if _, err := c.Run(t.Context(), own, 1); err != nil || c.store.bytes != 0 {
		t.Errorf("%v: %d bytes are held though requests need them", err, c.store.bytes)
	}
	share.Release()
	_, _ = c.Run(t.Context(), own, 1)
	c.Life().Shrink()
	if c.store.bytes != 0 || m.InUse() != 0 {
		t.Errorf("%d bytes are held, %d in use", c.store.bytes, m.InUse())
	}
	_, _ = c.Run(t.Context(), own, 1)
	_ = c.close(t.Context())
	if m.InUse() != 0 || m.GiveUp() {
		t.Errorf("%d bytes in use after the end", m.InUse())
	}
}

// Golden cases run what they ask for; a cache that is not open, or closed, keeps nothing.
func TestAlone(t *testing.T) {
	t.Parallel()
	c, _ := opened[int, int](t, Config{})
	runs := 0
	own := func(context.Context, int) (int, error) { runs++; return runs, nil }
	_, _ = c.Run(t.Context(), own, 1)
	if got, _ := c.Run(spec.WithoutCaches(t.Context()), own, 1); got != 2 {
		t.Error(got)
	}
	if got, _ := c.Run(t.Context(), own, 1); got != 1 {
		t.Error(got)
	}
	c.Life().Forget()
	if got, _ := c.Run(t.Context(), own, 1); got != 3 {
		t.Error(got)
	}
	_ = c.close(t.Context())
	for want := 4; want < 6; want++ {
		if got, _ := c.Run(t.Context(), own, 1); got != want {
			t.Error(got)
		}
	}
}

// A cache that closes cuts off what runs, whoever waits for it.
func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := opened[int, int](t, Config{})
		errs := make(chan error, 1)
		go func() {
			_, err := c.Run(t.Context(), func(ctx context.Context, _ int) (int, error) { <-ctx.Done(); return 0, context.Cause(ctx) }, 1)
			errs <- err
		}()
		synctest.Wait()
		if err := c.close(t.Context()); err != nil {
			t.Error(err)
		}
		if err := <-errs; !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
}

// Of many who ask for few things at random, go away at random and get failures at random,
// each gets the answer to its own question or an error of its own, nothing is left behind,
// and the bound holds at each moment.
func TestStress(t *testing.T) {
	t.Parallel()
	c, _ := opened[string, []string](t, Config{MaxBytes: 8 << 10, TTL: 2 * time.Millisecond})
	own := func(ctx context.Context, in string) ([]string, error) {
		switch rand.IntN(12) {
		case 0:
			return nil, status([]int{422, 500, 503}[rand.IntN(3)])
		case 1:
			panic("at random")
		case 2:
			<-ctx.Done()
			return []string{"cut off"}, context.Cause(ctx)
		case 3:
			time.Sleep(rand.N(2 * time.Millisecond))
		}
		return []string{in, strings.Repeat("x", rand.IntN(3000))}, nil
	}
	run := func(ctx context.Context, in string) (out []string, err error) {
		defer func() { // as the node around it does
			if recover() != nil {
				err = errors.New("panic")
			}
		}()
		return c.Run(ctx, own, in)
	}
	const askers, times = 16, 500
	var all sync.WaitGroup
	var answered atomic.Int64
	for range askers {
		all.Go(func() {
			for range times {
				ctx, cancel := context.WithTimeout(context.Background(), rand.N(3*time.Millisecond))
				in := fmt.Sprint(rand.IntN(12))
				out, err := run(ctx, in)
				if err == nil {
					answered.Add(1)
					if out[0] != in {
						t.Errorf("%s got the answer to %s", in, out[0])
					}
					out[0] = "mine"
				}
				cancel()
				c.mu.Lock()
				if c.store.bytes > 8<<10 {
					t.Errorf("%d bytes", c.store.bytes)
				}
				c.mu.Unlock()
			}
		})
	}
	all.Wait()
	c.running.Wait()
	if len(c.flights) != 0 || answered.Load() < askers*times/4 {
		t.Errorf("%d flights are left, %d were answered", len(c.flights), answered.Load())
	}
}
