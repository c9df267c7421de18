package spec

import "context"

// Cached is told, before an output is sent of what has a cache, how it came about.
type Cached interface{ Cached(how CacheUse) }

// CacheUse is how an answer came about of what has a cache.
type CacheUse uint8

const (
	NoCache     CacheUse = iota // it has none
	CacheHit                    // it was kept
	CacheShared                 // another request's run gave it
	CacheMiss                   // a run of its own
	CacheBypass                 // a run of its own that the cache has no part in
)

// String gives its name, as the access log has it; "" for no cache.
func (u CacheUse) String() string {
	return [...]string{"", "hit", "shared", "miss", "bypass"}[u]
}

type uncachedKey struct{}

// WithoutCaches gives a context under which what has a cache runs as if it had none.
func WithoutCaches(ctx context.Context) context.Context {
	return context.WithValue(ctx, uncachedKey{}, true)
}

// Uncached tells whether ctx is of [WithoutCaches].
func Uncached(ctx context.Context) bool { return ctx.Value(uncachedKey{}) != nil }
