package cache

import (
	"context"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/runner"
)

// counts are the metrics, nil before the cache is open.
type counts struct {
	hits, misses, shared, evictions *metrics.Counter
	bytes, entries                  *metrics.Gauge
	shownBytes, shownEntries        float64 // of the gauges, which generations share
}

func count(c *metrics.Counter) {
	if c != nil {
		c.Inc()
	}
}

// show has the gauges say what s holds, in place of what they said of it before.
func (c *counts) show(s interface {
	held() (bytes, entries float64)
}) {
	bytes, entries := s.held()
	c.bytes.Add(bytes - c.shownBytes)
	c.entries.Add(entries - c.shownEntries)
	c.shownBytes, c.shownEntries = bytes, entries
}

func (s *store[O]) held() (bytes, entries float64) {
	return float64(s.bytes), float64(len(s.entries))
}

func (c *counts) open(ctx context.Context, cfg Config) {
	r, labels := metrics.From(ctx), []string{"graph", cfg.Graph, "node", cfg.Node}
	if cfg.Endpoint != "" {
		s := metrics.ServiceOf(ctx)
		labels = []string{"endpoint", cfg.Endpoint, "runner_name", cfg.Service, "service_name", s.Bento, "service_version", s.Version}
	}
	c.hits = r.Counter("bentoc_cache_hits_total", "Answers that a cache had kept.", labels...)
	c.misses = r.Counter("bentoc_cache_misses_total", "Runs of what has a cache.", labels...)
	c.shared = r.Counter("bentoc_cache_shared_total", "Answers that the run of another request gave which went on.", labels...)
	c.evictions = r.Counter("bentoc_cache_evictions_total", "Answers that were dropped for want of room before their time.", labels...)
	c.bytes = r.Gauge("bentoc_cache_bytes", "Memory that the answers in a cache take.", labels...)
	c.entries = r.Gauge("bentoc_cache_entries", "Answers in a cache.", labels...)
}

// Life is how the cache begins and ends, with the runners that it is of.
func (c *Cache[I, O]) Life() runner.Life {
	name := c.cfg.Graph + "/" + c.cfg.Node + "/cache"
	if c.cfg.Endpoint != "" {
		name = c.cfg.Service + c.cfg.Endpoint + "/cache"
	}
	return runner.Life{Name: name, Engine: "cache", Open: c.begin, Close: c.close, Forget: c.drop, Shrink: c.drop}
}

// begin opens the cache. What it holds counts as memory of requests, and is given up where
// one of them needs that.
func (c *Cache[I, O]) begin(ctx context.Context) error {
	reserve := admit.MemoryFrom(ctx).Reserve(c.drop)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.open(ctx, c.cfg)
	c.store.reserve, c.store.evicted = reserve, c.counts.evictions.Inc
	c.store.timer = time.AfterFunc(c.cfg.TTL, c.expire)
	c.store.timer.Stop()
	c.open = true
	return nil
}

func (c *Cache[I, O]) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open {
		c.store.expire(time.Now())
		c.counts.show(&c.store)
	}
}

// drop keeps nothing of what there is.
func (c *Cache[I, O]) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open {
		c.store.clear()
		c.counts.show(&c.store)
	}
}

// close drops all, cuts off what runs and waits for it, no longer than ctx lasts.
func (c *Cache[I, O]) close(ctx context.Context) error {
	c.drop()
	c.mu.Lock()
	was := c.open
	c.open = false
	c.mu.Unlock()
	if !was {
		return nil
	}
	c.store.timer.Stop()
	c.store.reserve.Close()
	c.end(ErrClosed)
	done := make(chan struct{})
	go func() { c.running.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
