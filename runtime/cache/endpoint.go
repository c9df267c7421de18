package cache

import (
	"context"
	"strings"

	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/spec"
)

// Endpoint is the cache of an endpoint. A request is admitted, limited, read and checked as
// any other before the cache is asked, and an answer is encoded as any other.
//
// A client may say in Cache-Control that it wants no answer that was kept, by no-cache, or
// that its own is not to be kept either, by no-store.
type Endpoint struct{ cache *Cache[any, any] }

// NewEndpoint makes the cache of an endpoint.
func NewEndpoint(cfg Config) *Endpoint {
	c := New[any, any](cfg)
	c.shared = true // an answer is encoded, and not written to
	return &Endpoint{c}
}

// Life is how the cache begins and ends.
func (e *Endpoint) Life() runner.Life { return e.cache.Life() }

// Handle makes a function that returns its one output an endpoint's Handle, as [spec.Once]
// does, of what is kept.
func (e *Endpoint) Handle(run func(ctx context.Context, in any) (any, error)) func(context.Context, any, spec.Sender) error {
	return func(ctx context.Context, in any, out spec.Sender) error {
		how := anyhow
		if h, ok := out.(spec.Headers); ok {
			how = wanted(h.Header("Cache-Control"))
		}
		v, is, err := e.cache.run(ctx, run, in, how)
		if err != nil {
			return err
		}
		if t, ok := out.(spec.Cached); ok {
			t.Cached(is)
		}
		return out.Send(v)
	}
}

// wanted is what a request's Cache-Control asks for.
func wanted(header string) asked {
	how := anyhow
	for header != "" {
		var directive string
		directive, header, _ = strings.Cut(header, ",")
		switch directive = strings.TrimSpace(directive); {
		case strings.EqualFold(directive, "no-store"):
			return apart
		case strings.EqualFold(directive, "no-cache"):
			how = refresh
		}
	}
	return how
}
