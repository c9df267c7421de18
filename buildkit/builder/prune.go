package builder

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/moby/buildkit/client"
)

// PruneOptions say what to keep of the build cache.
type PruneOptions struct {
	// KeepBytes is how much may stay; 0 keeps nothing that is not in use.
	KeepBytes int64
	// KeepNewer keeps what was used within this time.
	KeepNewer time.Duration
}

// Prune removes build cache, what was used longest ago first, and gives the
// bytes that it freed.
func (b *Builder) Prune(ctx context.Context, o PruneOptions) (freed int64, err error) {
	l, err := b.current()
	if err != nil {
		return 0, err
	}
	return prune(ctx, l.client, o)
}

func prune(ctx context.Context, c *client.Client, o PruneOptions) (freed int64, err error) {
	ch := make(chan client.UsageInfo)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for u := range ch {
			freed += u.Size
		}
	}()
	opts := []client.PruneOption{client.PruneAll}
	if o.KeepBytes > 0 || o.KeepNewer > 0 {
		opts = append(opts, client.WithKeepOpt(o.KeepNewer, 0, o.KeepBytes, 0))
	}
	err = c.Prune(ctx, ch, opts...)
	close(ch)
	<-done
	if err != nil {
		return freed, fmt.Errorf("pruning the build cache: %w", err)
	}
	return freed, nil
}

// prunedFile of the state folder was touched when the cache was last tidied.
const prunedFile = "pruned"

// tidyEvery is how often a build looks whether the cache has outgrown its bound.
const tidyEvery = 24 * time.Hour

// tidy prunes the embedded builder's cache once a day, after a build: the
// controller's own collector starts too late for short builds. Failing to is
// no reason for a build to fail.
func (b *Builder) tidy(ctx context.Context, c *client.Client) {
	if b.Remote() {
		return
	}
	mark := filepath.Join(b.opts.State, prunedFile)
	fi, err := os.Stat(mark)
	if err == nil && time.Since(fi.ModTime()) < tidyEvery {
		return
	}
	if os.WriteFile(mark, nil, 0o600) != nil {
		return
	}
	now := time.Now()
	if os.Chtimes(mark, now, now) == nil && err == nil { // not after the very first build
		prune(ctx, c, PruneOptions{KeepBytes: b.opts.KeepBytes}) //nolint:errcheck // see above
	}
}
