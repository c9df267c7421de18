package graph

import (
	"context"
	"time"

	"bentoc.dev/runtime/spec"
	"bentoc.dev/runtime/story"
)

// Observer is told how long each node of each graph takes.
type Observer interface {
	// Node gives what is told of one node of a graph. It is called once for
	// each node, not for each run, so that a run resolves no names.
	Node(graph string, node *spec.Node) NodeObserver
}

// NodeObserver is told of the runs of one node, from many goroutines at once.
type NodeObserver interface {
	// Observe says that a run took d and ended with err, nil for success.
	Observe(d time.Duration, err error)
}

type observerKey struct{}

// WithObserver gives a context under which every graph tells o of its nodes.
// The server sets it once, on the context that all its requests come from.
func WithObserver(ctx context.Context, o Observer) context.Context {
	return context.WithValue(ctx, observerKey{}, o)
}

// ObserverOf gives what is told of graphs under ctx, nil where nothing is.
func ObserverOf(ctx context.Context) Observer {
	o, _ := ctx.Value(observerKey{}).(Observer)
	return o
}

// MirrorObserver is an [Observer] that counts what package mirror does.
type MirrorObserver interface {
	// Mirror gives the counters of one node. It is called once for each.
	Mirror(graph, node, runner string) MirrorCounters
}

// MirrorCounters count runs of a node that are mirrored. A run is counted once, and as
// Compared too where it is Differing.
type MirrorCounters struct {
	Compared  Counter // the answers of both runners were compared
	Differing Counter // and they differed
	Failed    Counter // the second runner failed or was too slow
	Dropped   Counter // left out for want of a place or of CPUs, or at the server's end
}

type spareKey struct{}

// WithSpare gives a context under which [Spare] says what spare does.
func WithSpare(ctx context.Context, spare func() bool) context.Context {
	return context.WithValue(ctx, spareKey{}, spare)
}

// Spare reports whether the server has anything to spare for work that nobody waits for: not
// where it is about to stop, or short of memory.
func Spare(ctx context.Context) bool {
	spare, ok := ctx.Value(spareKey{}).(func() bool)
	return !ok || spare()
}

// timers holds what one observer gave for the nodes of one graph.
type timers struct {
	observer Observer
	nodes    []NodeObserver
	stories  bool // what happens to requests is kept
}

// timersFor gives what observes the nodes under ctx; nil when nothing does.
func (g *Graph) timersFor(ctx context.Context) *timers {
	o, ok := ctx.Value(observerKey{}).(Observer)
	if !ok {
		return nil
	}
	if t := g.timers.Load(); t != nil && t.observer == o {
		return t
	}
	t := &timers{observer: o, nodes: make([]NodeObserver, len(g.spec.Nodes)), stories: story.RecorderOf(ctx) != nil}
	for i := range g.spec.Nodes {
		t.nodes[i] = o.Node(g.spec.Name, &g.spec.Nodes[i])
	}
	g.timers.Store(t)
	return t
}
