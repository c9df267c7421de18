// Package cache keeps the answers of a node of a graph, or of an endpoint, and gives them
// again to whoever asks with the same input, for a time.
//
// # What is the same
//
// Inputs are the same where nothing that the work sees of them differs: see [value.Digest],
// whose sums nobody can make collide. Nothing else has a part in an answer, for the compiler
// lets only work have a cache that goes by its input alone. A cache belongs to one place of
// one generation: no answer of one node is another's, and none outlives an exchange of the
// models.
//
// # What is kept
//
// Answers of runs that ended well in their time, without the fallback of a node in them, as
// copies: neither what made an answer nor who gets it can change what others get. An answer
// is given again for as long as its time to live, counted from the beginning of its run, and
// while there is room, by bytes: what was not asked for longest goes first. Golden cases see
// the work itself.
//
// # Who asks while a run goes on
//
// They wait for it, each no longer than its own time. A run goes on as long as anybody waits
// for it, whoever began it; where the last one goes, it is cut off and waited for, so that
// what runs always has the place of a request. An error that says what is wrong with the
// input is the answer of all who wait. Any other is that of who began: the others then run
// for themselves, as without a cache.
package cache

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"bentoc.dev/runtime/spec"
	"bentoc.dev/runtime/value"
)

// Config says what a cache is of and what it may keep.
type Config struct {
	Service, Endpoint string // of an endpoint: its service's name and its route
	Graph, Node       string // of a node, as in metrics
	MaxBytes          int64  // of inputs' sums, answers and all that belongs to them
	TTL               time.Duration
}

// Cache keeps answers of type O to inputs of type I. Its methods may be called from many
// goroutines at once.
type Cache[I, O any] struct {
	cfg    Config
	counts counts
	shared bool // what is kept is only read by those who get it, so they need no copies

	mu      sync.Mutex // guards what follows
	open    bool
	store   store[O]
	flights map[value.Sum]*flight[O]
	running sync.WaitGroup
	base    context.Context // ends with the cache
	end     context.CancelCauseFunc
}

// asked is how a request wants to be answered.
type asked int

const (
	anyhow  asked = iota
	refresh       // by a run that begins now, and is kept
	apart         // by a run that is not kept, nor shared
)

// ErrClosed is why the context of a run ended that was cut off with the cache.
var ErrClosed = errors.New("the server has no time for what nobody waits for any more")

// New makes a cache, which keeps nothing before it is opened.
func New[I, O any](cfg Config) *Cache[I, O] {
	c := &Cache[I, O]{cfg: cfg, flights: map[value.Sum]*flight[O]{}}
	c.store.init(cfg)
	c.base, c.end = context.WithCancelCause(context.Background())
	return c
}

// Run gives what own does of in: what was kept, or what a run of it gives now.
func (c *Cache[I, O]) Run(ctx context.Context, own func(context.Context, I) (O, error), in I) (O, error) {
	out, _, err := c.run(ctx, own, in, anyhow)
	return out, err
}

func (c *Cache[I, O]) run(ctx context.Context, own func(context.Context, I) (O, error), in I, how asked) (out O, is spec.CacheUse, err error) {
	alone := func() (O, spec.CacheUse, error) {
		out, err := own(ctx, in)
		return out, spec.CacheBypass, err
	}
	if how == apart || spec.Uncached(ctx) {
		return alone()
	}
	key, ok := value.Digest(in)
	if !ok {
		return alone()
	}
	kept, f, began, ok := c.enter(ctx, key, how)
	switch {
	case kept != nil:
		count(c.counts.hits)
		out, _ = c.copy(kept.value) // which could be copied before
		return out, spec.CacheHit, nil
	case !ok:
		return alone()
	case !began:
		return c.join(ctx, f, own, in)
	}
	count(c.counts.misses)
	go c.fly(f, own, in)
	out, err = c.wait(ctx, f, true)
	return out, spec.CacheMiss, err
}

// enter finds what is kept, or the run that goes on, which ctx's request then waits for; or
// begins one. It is not ok where the cache is not open.
func (c *Cache[I, O]) enter(ctx context.Context, key value.Sum, how asked) (kept *entry[O], f *flight[O], began, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.open {
		return nil, nil, false, false
	}
	now := time.Now()
	if how == anyhow {
		if e := c.store.get(key, now); e != nil {
			return e, nil, false, true
		}
		if f = c.flights[key]; f != nil {
			f.enter(ctx)
			return nil, f, false, true
		}
	}
	f = newFlight[O](ctx, key, now, c.base)
	c.flights[key] = f // who comes later gets the newer answer
	c.running.Add(1)
	return nil, f, true, true
}

// join waits for another one's run.
func (c *Cache[I, O]) join(ctx context.Context, f *flight[O], own func(context.Context, I) (O, error), in I) (O, spec.CacheUse, error) {
	out, err := c.wait(ctx, f, false)
	switch {
	case err == nil:
		count(c.counts.shared)
		return out, spec.CacheShared, nil
	case errors.Is(err, errAlone):
		count(c.counts.misses)
		out, err = own(ctx, in)
		return out, spec.CacheMiss, err
	}
	return out, spec.CacheShared, err
}

// errAlone says that a run of another one is no answer to this request.
var errAlone = errors.New("another request's run is no answer to this one")

// verdict tells whether an error says what is wrong with the input, whoever asks.
func verdict(err error) bool {
	s, ok := errors.AsType[spec.StatusError](err)
	if !ok {
		return false
	}
	switch status := s.StatusCode(); status {
	case http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests:
		return false
	default:
		return status >= 400 && status <= 499
	}
}

// copy gives a copy of what is kept, for one who asks.
func (c *Cache[I, O]) copy(kept O) (O, bool) {
	if c.shared {
		return kept, true
	}
	return value.Copy(kept)
}
