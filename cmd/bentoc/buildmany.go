package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"bentoc.dev/compiler/diag"
)

// buildMany builds what PATH stands for, some at a time.
func (f *buildFlags) buildMany(ctx context.Context, s streams, many *manyFlags, args []string) error {
	if err := f.checkFlags(); err != nil {
		return err
	}
	for _, o := range f.outputs {
		if !isFolder(o) {
			return diag.WithHint(usagef("--output=%s: many bentos would be written there", o), "name a folder, such as -o images/")
		}
	}
	if f.metadata != "" {
		return usagef("--metadata-file=%s: many bentos would be written there", f.metadata)
	}
	all, err := many.pick(ctx, s, &f.sourceFlags, args)
	if err != nil {
		return err
	}
	taken := newClaims(all)
	each(all, min(atATime(), 4), func(b *one) {
		defer taken.pass(b)
		if b.skipped || ctx.Err() != nil {
			return
		}
		own := *f
		own.stored = &own.state
		own.seen = func(diags diag.List) { b.diags = append(b.diags, diags...) }
		own.claim = func(dests []string) error { return taken.take(b, dests) }
		b.said = "built"
		b.failed = own.build(ctx, streams{out: &b.out, err: &b.err}, []string{b.path})
	}, func(b *one) {
		if digests := b.out.String(); f.format == "text" {
			b.out.Reset()
			for line := range strings.Lines(digests) { // one a service
				fmt.Fprintf(&b.out, "%s  %s\n", strings.TrimSpace(line), b.path)
			}
		}
		if b.err.Len() > 0 {
			fmt.Fprintf(s.err, "\n%s\n", b.path)
		}
		b.tell(ctx, s)
	})
	return conclude(ctx, s.err, all)
}

// claims are outputs, each of one bento: of two that want the same, the first has it.
type claims struct {
	mu   sync.Mutex
	by   map[string]string
	turn map[*one]*sync.Once
	next map[*one]chan struct{} // closed when those after it may claim
	all  []*one
}

func newClaims(all []*one) *claims {
	c := &claims{by: map[string]string{}, turn: map[*one]*sync.Once{}, next: map[*one]chan struct{}{}, all: all}
	for _, b := range all {
		c.turn[b], c.next[b] = &sync.Once{}, make(chan struct{})
	}
	return c
}

// pass lets those after b claim.
func (c *claims) pass(b *one) { c.turn[b].Do(func() { close(c.next[b]) }) }

// take gives outputs to b, unless another has one of them. It waits for those before b,
// which have begun before it.
func (c *claims) take(b *one, dests []string) error {
	defer c.pass(b)
	for _, other := range c.all {
		if other == b {
			break
		}
		<-c.next[other]
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, dest := range dests {
		dest = filepath.Clean(dest)
		if other, ok := c.by[dest]; ok {
			return diag.WithHint(usagef("%s is written by %s too", dest, other), "give the bentos other names, or build them one by one")
		}
		c.by[dest] = b.path
	}
	return nil
}
