package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"bentoc.dev/buildkit/builder/sandbox"
	"bentoc.dev/buildkit/emit"
	"bentoc.dev/buildkit/export"
	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// gate is what a build has to pass before it gets its name: the bento's budgets and,
// where it is asked for, its golden cases.
type gate struct {
	flags    *buildFlags
	prepared *prepared
	figures  []compiler.Figure
}

// pass judges what was built. Where it refuses it has printed why.
func (g *gate) pass(ctx context.Context, s streams, a *export.Archive) error {
	b := g.prepared.bento
	if b.IR.Budgets == nil && !g.flags.test {
		return nil
	}
	contents, err := a.Contents()
	if err != nil {
		return err
	}
	c, err := g.container(ctx, s, a, contents)
	if err != nil {
		return err
	}
	if b.IR.Budgets != nil {
		if err := g.measure(ctx, s, contents, c); err != nil {
			return err
		}
		if diags := overBudget(b.IR, g.figures, b.Figures()); len(diags) > 0 {
			if err := g.flags.stop(s, b, diags); !errors.Is(err, compiler.ErrMistakes) {
				return err
			}
			return errRefused
		}
	}
	if !g.flags.test || c == nil {
		return nil
	}
	all, err := b.Cases()
	if err != nil || len(all) == 0 {
		return err
	}
	return g.flags.askCases(ctx, s, *c, b, all, false)
}

// container unpacks the image for this machine where the gate has to run it; nil where
// there is none, which is told.
func (g *gate) container(ctx context.Context, s streams, a *export.Archive, contents *export.Contents) (*sandbox.Container, error) {
	if !g.flags.test && !g.prepared.bento.IR.Budgets.Runs() {
		return nil, nil
	}
	if _, err := contents.Find(builderPlatform()); err != nil {
		fmt.Fprintf(s.err, "bentoc: note: no server is started to try it: this machine runs %s, and no image is for that\n", builderPlatform())
		return nil, nil
	}
	dir, err := g.flags.rootfsDir()
	if err != nil {
		return nil, err
	}
	return container(ctx, a, dir)
}

// measure takes the figures of what was built.
func (g *gate) measure(ctx context.Context, s streams, contents *export.Contents, c *sandbox.Container) error {
	images, err := emit.Images(ctx, g.prepared.plan, emit.Options{})
	if err != nil {
		return err
	}
	g.figures = []compiler.Figure{{What: "ops", Platform: "all", Value: int64(emit.Ops(images))}}
	for _, img := range contents.Images {
		g.figures = append(g.figures, compiler.Figure{What: "image", Platform: img.Platform, Value: img.Size})
		for _, l := range img.Layers {
			next := compiler.Figure{What: layerFigure + l.Content, Platform: img.Platform, Value: l.Size}
			for n := 2; ; n++ { // layers of one kind have numbers
				if _, taken := figure(g.figures, next); !taken {
					break
				}
				next.What = fmt.Sprintf("%s%s %d", layerFigure, l.Content, n)
			}
			g.figures = append(g.figures, next)
		}
	}
	if c == nil || !g.prepared.bento.IR.Budgets.Runs() {
		return nil
	}
	ready, memory := time.Duration(-1), int64(-1)
	for range attempts {
		took, bytes, err := g.start(ctx, s, *c)
		if err != nil {
			return err
		}
		if ready < 0 || took < ready {
			ready = took
		}
		if memory < 0 || bytes < memory {
			memory = bytes
		}
	}
	g.figures = append(g.figures, compiler.Figure{What: "ready", Platform: builderPlatform(), Value: (ready + time.Millisecond - 1).Milliseconds()},
		compiler.Figure{What: "memory", Platform: builderPlatform(), Value: memory})
	return nil
}

// layerFigure begins the figure of a layer.
const layerFigure = "layer: "

func (g *gate) start(ctx context.Context, s streams, c sandbox.Container) (ready time.Duration, memory int64, err error) {
	r, err := startTrial(ctx, c, g.flags.serverEnv(g.prepared.bento), s.err)
	if err != nil {
		return 0, 0, err
	}
	memory, err = r.resident(ctx)
	return r.ready, memory, firstError(err, r.stop())
}

// record writes the figures of a build that kept its budgets into the lock, unless it
// is frozen. What is measured by the clock or in memory stays within a factor of two:
// it is never the same twice, and a lock that changes with each build says nothing.
func (g *gate) record(s streams) error {
	if g.figures == nil || g.flags.frozen() {
		return nil
	}
	b := g.prepared.bento
	old := b.Figures()
	for i, now := range g.figures {
		if now.What != "ready" && now.What != "memory" {
			continue
		}
		if was, ok := figure(old, now); ok && now.Value*2 >= was && now.Value <= was*2 {
			g.figures[i].Value = was
		}
	}
	for _, was := range old { // of platforms and starts that are not part of this build
		if _, ok := figure(g.figures, was); !ok && !slices.ContainsFunc(g.figures, func(f compiler.Figure) bool { return f.Platform == was.Platform && f.What == "image" }) {
			g.figures = append(g.figures, was)
		}
	}
	if data := b.Record(g.figures); data != nil {
		return writeWhole(b.LockFile(), data)
	}
	return nil
}

// figure gives the value of the figure that is about the same as f.
func figure(all []compiler.Figure, f compiler.Figure) (int64, bool) {
	for _, g := range all {
		if g.What == f.What && g.Platform == f.Platform {
			return g.Value, true
		}
	}
	return 0, false
}

// budget is one bound of a bento.
type budget struct {
	field  string
	limit  int64
	covers func(what string) bool
	noun   func(f compiler.Figure) string
	unit   func(int64) string
}

func budgetsOf(b *ir.Budgets) []budget {
	is := func(name string) func(string) bool { return func(what string) bool { return what == name } }
	of := func(text string) func(compiler.Figure) string {
		return func(f compiler.Figure) string { return fmt.Sprintf(text, f.Platform) }
	}
	number := func(n int64) string { return fmt.Sprint(n) }
	return []budget{
		{"image", b.Image, is("image"), of("the image for %s has"), bytesText},
		{"layer", b.Layer, func(what string) bool { return strings.HasPrefix(what, layerFigure) }, func(f compiler.Figure) string {
			return fmt.Sprintf("the layer %q for %s has", strings.TrimPrefix(f.What, layerFigure), f.Platform)
		}, bytesText},
		{"ops", int64(b.Ops), is("ops"), func(compiler.Figure) string { return "the build has as many steps as" }, number},
		{"ready", b.ReadyMs, is("ready"), of("the server for %s is ready after"), millis},
		{"memory", b.Memory, is("memory"), of("the ready server for %s has in memory"), bytesText},
	}
}

func millis(n int64) string { return (time.Duration(n) * time.Millisecond).String() }

// overBudget says which budgets the figures of a build go over, and what has grown
// since the old ones.
func overBudget(b *ir.Bento, now, old []compiler.Figure) (diags diag.List) {
	for _, bound := range budgetsOf(b.Budgets) {
		for _, f := range now {
			if bound.limit == 0 || !bound.covers(f.What) || f.Value <= bound.limit {
				continue
			}
			path := "budgets." + bound.field
			pos := b.At[path]
			if !pos.IsValid() {
				pos = b.Budgets.Pos
			}
			has, limit := bound.unit(f.Value), bound.unit(bound.limit)
			if has == limit {
				has, limit = fmt.Sprintf("%d bytes", f.Value), fmt.Sprintf("%d", bound.limit)
			}
			d := diags.Errorf(diag.OverBudget, pos, "bento."+path, "%s %s, its budget is %s", bound.noun(f), has, limit)
			if why := grown(f, now, old, bound.unit); why != "" {
				d.Hintf("%s", why)
			} else {
				d.Hintf("make it smaller, or raise the budget; bento.lock has no figures of an earlier build to compare with")
			}
		}
	}
	return diags
}

// grown says how a figure came to be larger than it was: by which layers, of an image.
func grown(f compiler.Figure, now, old []compiler.Figure, unit func(int64) string) string {
	was, ok := figure(old, f)
	if !ok {
		return ""
	}
	if f.Value <= was {
		return "it has not grown since the build that bento.lock has the figures of: the budget is lower now"
	}
	text := fmt.Sprintf("it has grown by %s since the build that bento.lock has the figures of", unit(f.Value-was))
	if f.What != "image" {
		return text
	}
	var parts []string
	for _, l := range now {
		if l.Platform != f.Platform || !strings.HasPrefix(l.What, layerFigure) {
			continue
		}
		name := strings.TrimPrefix(l.What, layerFigure)
		switch before, ok := figure(old, l); {
		case !ok:
			parts = append(parts, fmt.Sprintf("%s is new and has %s", name, unit(l.Value)))
		case l.Value > before:
			parts = append(parts, fmt.Sprintf("%s has grown by %s", name, unit(l.Value-before)))
		}
	}
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	return text
}
