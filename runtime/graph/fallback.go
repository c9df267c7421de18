package graph

import (
	"context"
	"sync/atomic"
)

type fallbacksKey struct{}

// WatchFallbacks gives a context of which [FellBack] tells whether the fallback of a node
// answered under it: what comes of that is no answer to be kept.
func WatchFallbacks(ctx context.Context) context.Context {
	return context.WithValue(ctx, fallbacksKey{}, new(atomic.Bool))
}

// FellBack tells whether a fallback answered under ctx, which is of [WatchFallbacks].
func FellBack(ctx context.Context) bool {
	fell, ok := ctx.Value(fallbacksKey{}).(*atomic.Bool)
	return ok && fell.Load()
}

func fallsBack(ctx context.Context) {
	if fell, ok := ctx.Value(fallbacksKey{}).(*atomic.Bool); ok {
		fell.Store(true)
	}
}
