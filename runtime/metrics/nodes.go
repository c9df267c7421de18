package metrics

import (
	"time"

	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/spec"
)

// nodeBounds are the buckets of a node's durations, in seconds: a node may be a
// Go step of microseconds or a model of seconds.
var nodeBounds = []float64{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}

// Nodes gives the observer that counts the nodes of graphs.
func (r *Registry) Nodes() graph.Observer { return nodes{r} }

type nodes struct{ registry *Registry }

func (n nodes) Node(g string, node *spec.Node) graph.NodeObserver {
	labels := []string{"graph", g, "kind", node.Kind, "node", node.Name}
	return &nodeMetrics{
		duration: n.registry.Histogram("bentoc_node_duration_seconds", "Time that a node of a graph took.", nodeBounds, labels...),
		errors:   n.registry.Counter("bentoc_node_errors_total", "Runs of a node of a graph that ended in an error.", labels...),
	}
}

// Guard gives the counters of a node that has a guard.
func (n nodes) Guard(g, node, kind string) graph.GuardCounters {
	labels := []string{"graph", g, "kind", kind, "node", node}
	return graph.GuardCounters{
		Timeouts:  n.registry.Counter("bentoc_node_timeouts_total", "Attempts of a node of a graph whose time was over.", labels...),
		Retries:   n.registry.Counter("bentoc_node_retries_total", "Attempts of a node of a graph after the first.", labels...),
		Fallbacks: n.registry.Counter("bentoc_node_fallbacks_total", "Runs of a node of a graph that its fallback had to answer.", labels...),
	}
}

// Mirror gives the counters of a node that a second runner sees a share of.
func (n nodes) Mirror(g, node, runner string) graph.MirrorCounters {
	labels := []string{"graph", g, "node", node, "runner_name", runner}
	return graph.MirrorCounters{
		Compared:  n.registry.Counter("bentoc_mirror_compared_total", "Mirrored runs of a node of a graph whose two answers were compared.", labels...),
		Differing: n.registry.Counter("bentoc_mirror_differing_total", "Mirrored runs of a node of a graph whose two answers differed.", labels...),
		Failed:    n.registry.Counter("bentoc_mirror_failed_total", "Mirrored runs of a node of a graph in which the second runner failed or was too slow.", labels...),
		Dropped:   n.registry.Counter("bentoc_mirror_dropped_total", "Runs of a node of a graph that were to be mirrored and were left out.", labels...),
	}
}

// Arm gives the counter of one arm of a node that chooses.
func (n nodes) Arm(g, node, arm string) graph.Counter {
	return n.registry.Counter("bentoc_node_arms_total", "Requests that a node of a graph sent to an arm.", "arm", arm, "graph", g, "kind", "choose", "node", node)
}

type nodeMetrics struct {
	duration *Histogram
	errors   *Counter
}

// Observe counts one run of the node.
func (m *nodeMetrics) Observe(d time.Duration, err error) {
	m.duration.Observe(d.Seconds())
	if err != nil {
		m.errors.Inc()
	}
}
