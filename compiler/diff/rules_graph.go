package diff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// graphRules are about how graphs are wired.
var graphRules = []Rule{
	{
		ID: "node-added", Audience: Operator, Severity: Safe,
		Purpose: "a graph has one more node",
		Explain: "Each request does more work. The metrics and traces of nodes have one more name. What reads its result is a finding of its own.",
		On: added(func(c *Call, new *ir.Node) {
			if new.Kind() == ir.NodeArm {
				return
			}
			c.Find("", Finding{After: nodeText(new), Reason: "each request " + nodeDoes(new) + " too"})
		}),
	},
	{
		ID: "node-removed", Audience: Operator, Severity: Risky,
		Purpose: "a graph has a node no more",
		Explain: "The metrics and traces with its name end: charts of them too, and alerts on them are silent whatever happens. What read its result is a finding of its own.",
		Cure:    "change the charts and alerts that name it",
		On: removed(func(c *Call, old *ir.Node) {
			if old.Kind() == ir.NodeArm {
				return
			}
			c.Find("", Finding{Before: nodeText(old), Reason: "no request " + nodeDoes(old) + " here any more, and the metrics with the node's name end"})
		}),
	},
	{
		ID: "arm-chosen-otherwise", Audience: Caller, Severity: Risky,
		Purpose: "an arm of a switch is chosen for other values",
		Explain: "A request that one arm answered is answered by another one, or by an arm that comes. Each value chooses one arm, before and after.",
		Cure:    "call it with requests of each arm and compare the answers",
		Covers:  []string{"Node.Match", "Node.Arms"},
		On: changed(func(c *Call, old, new *ir.Node) {
			if old.On == nil || new.On == nil {
				return
			}
			for _, arm := range old.Arms {
				is := armOf(new, arm.Name)
				switch {
				case is == nil:
					c.Find("arms."+arm.Name, Finding{Old: arm.Pos, Before: matchText(c.Old.Bento, arm), Reason: "the arm is gone: " + matchText(c.Old.Bento, arm) + " is answered by another one"})
				case !sameMatch(arm.Match, is.Match):
					c.Find("arms."+arm.Name, Finding{Old: arm.Pos, New: is.Pos, Before: matchText(c.Old.Bento, arm), After: matchText(c.New.Bento, is), Reason: "the arm is chosen for " + matchText(c.New.Bento, is)})
				}
			}
			for _, arm := range new.Arms {
				if armOf(old, arm.Name) == nil {
					c.Find("arms."+arm.Name, Finding{New: arm.Pos, After: matchText(c.New.Bento, arm), Reason: matchText(c.New.Bento, arm) + " is answered by an arm of its own"})
				}
			}
		}),
	},
	{
		ID: "arm-shares-changed", Audience: Operator, Severity: Risky,
		Purpose: "requests are sent to the arms of a node by other weights or headers",
		Explain: "An arm that gets more has more to do, and what is wrong with it, more callers see. Where a key is declared, callers whose arm it is no more get what another arm gives from the next request on; another key, or another name of the node or its graph, shares all of them out anew.",
		Cure:    "watch bentoc_node_arms_total, and errors and durations of the nodes of each arm",
		Covers:  []string{"Node.Choose", "Choose.Key", "Choose.Header", "Node.Weight", "Node.Values"},
		On: changed(func(c *Call, old, new *ir.Node) {
			if old.Choose == nil || new.Choose == nil {
				return
			}
			if was, is := choiceText(old), choiceText(new); was != is {
				c.Find("choose", Finding{Old: old.Choose.Pos, New: new.Choose.Pos, Before: was, After: is, Reason: "requests are sent to arms by " + is})
			}
			for _, arm := range old.Arms {
				was := shareText(old, arm)
				if is := armOf(new, arm.Name); is == nil {
					c.Find("arms."+arm.Name, Finding{Old: arm.Pos, Before: was, Reason: "the arm is gone, and its requests go to others"})
				} else if share := shareText(new, is); was != share {
					c.Find("arms."+arm.Name, Finding{Old: arm.Pos, New: is.Pos, Before: was, After: share, Reason: "the arm gets " + share})
				}
			}
			for _, arm := range new.Arms {
				if armOf(old, arm.Name) == nil {
					c.Find("arms."+arm.Name, Finding{New: arm.Pos, After: shareText(new, arm), Reason: "an arm comes that gets " + shareText(new, arm)})
				}
			}
		}),
	},
	{
		ID: "node-runs-other", Audience: Caller, Severity: Risky,
		Purpose: "a node of a graph runs another runner or graph",
		Explain: "The types fit, or the bento is refused; the values may be anything of them.",
		Cure:    "call it with known requests and compare the answers",
		Covers:  []string{"Node.Call", "Node.Graph"},
		On: changed(func(c *Call, old, new *ir.Node) {
			was, is := nodeText(old), nodeText(new)
			if old.Kind() == new.Kind() && (old.Call == "" && old.Graph == "" || c.same(was, is)) || was == is {
				return
			}
			c.Find(string(new.Kind()), Finding{Before: was, After: is, Reason: "what the node gives comes from " + is + " now"})
		}),
	},
	{
		ID: "node-rewired", Audience: Caller, Severity: Risky,
		Purpose: "what a node of a graph takes comes from elsewhere",
		Explain: "The types fit, or the bento is refused; what the node makes of other values is another result.",
		Cure:    "call it with known requests and compare the answers",
		Covers:  []string{"Node.In", "Node.Map", "Node.Each", "Node.Fold", "Node.Init", "Node.On", "Node.Output", "Value.Edge", "Value.Const", "Value.Object", "Value.List", "Value.Empty", "ValueField.Name", "ValueField.Value", "Edge.From", "Edge.Node", "Edge.Path"},
		On: changed(func(c *Call, old, new *ir.Node) {
			w := wiring{c: c, oldGraph: graphOf(c.OldPath), graph: graphOf(c.Path)}
			if old.Kind() != new.Kind() {
				return // it is another node
			}
			for _, slot := range []struct {
				name     string
				old, new *ir.Value
			}{{"#in", old.In, new.In}, {"map", old.Map, new.Map}, {"#each", old.Each, new.Each}, {"#fold", old.Fold, new.Fold}, {"#init", old.Init, new.Init}, {"#on", old.On, new.On}, {"#output", old.Output, new.Output}} {
				w.found = func(field string, was, is *ir.Value) {
					c.Find(field, rewired(strings.TrimPrefix(field, slot.name+"."), was, is))
				}
				if slot.name == "#on" {
					w.found = func(field string, was, is *ir.Value) { c.Find(field, rewired("what an arm is chosen by", was, is)) }
				}
				if slot.name == "map" {
					w.found = func(field string, was, is *ir.Value) { c.Find(field, rewired("the list", was, is)) }
				}
				w.value(slot.name, slot.old, slot.new)
			}
		}),
	},
	{
		ID: "node-guarded-otherwise", Audience: Operator, Severity: Risky,
		Purpose: "what is done about a node that fails or is slow is something else",
		Explain: "A shorter timeout, fewer attempts and a fallback that is gone let requests fail which were answered; more attempts are more work for what fails already; a fallback answers with another value in place of an error.",
		Cure:    "let the node fail once, and look at the answer and at bentoc_node_fallbacks_total",
		Covers:  []string{"Node.TimeoutMs", "Node.Retry", "Retry.MaxAttempts", "Retry.InitialBackoffMs", "Node.Fallback"},
		On: changed(func(c *Call, old, new *ir.Node) {
			if was, is := guardText(old), guardText(new); was != is && old.Kind() == new.Kind() {
				c.Find("", Finding{Before: was, After: is, Reason: "a run of it that fails, or takes long, ends otherwise"})
			}
		}),
	},
	{
		ID: "node-mirrored-otherwise", Audience: Operator, Severity: Risky,
		Purpose: "another runner mirrors a node, another share of it, or none",
		Explain: "Each mirrored run is work beside that of the requests, and memory for two copies; what is compared by another tolerance cannot be set beside what was. No answer changes.",
		Cure:    "watch bentoc_mirror_dropped_total and the CPU",
		Covers:  []string{"Node.Mirror", "Mirror.Call", "Mirror.Share", "Mirror.Tolerance", "Mirror.TimeoutMs", "Mirror.MaxInFlight"},
		On: changed(func(c *Call, old, new *ir.Node) {
			if was, is := mirrorText(old), mirrorText(new); was != is {
				c.Find("mirror", Finding{Before: was, After: is, Reason: "beside the requests, the node is seen by " + is})
			}
		}),
	},
	{
		ID: "node-cached-otherwise", Audience: Operator, Severity: Risky,
		Purpose: "answers of a node are kept for another time, in other memory, or not at all",
		Explain: "With a cache, a runner is not called for what it was asked before, and its answer may be as old as ttl says; without, or with less, it has more to do.",
		Cure:    "watch bentoc_cache_hits_total and bentoc_cache_bytes, and see that what a step looks up stays true for as long",
		Covers:  []string{"Node.Cache", "Cache.TTLMs", "Cache.MaxBytes"},
		On: changed(func(c *Call, old, new *ir.Node) {
			if was, is := cacheText(old.Cache), cacheText(new.Cache); was != is {
				c.Find("cache", Finding{Before: was, After: is, Reason: "what it gave is given again: " + is})
			}
		}),
	},
	{
		ID: "parallelism-changed", Audience: Operator, Severity: Risky,
		Purpose: "a map node works on another number of items at the same time",
		Explain: "More items at once end sooner and take more memory and instances from other requests; fewer take longer. Left out, it is four for each CPU, and at least 16. The results are the same.",
		Cure:    "measure it under load",
		Covers:  []string{"Node.Parallelism"},
		On: changed(func(c *Call, old, new *ir.Node) {
			if was, is := old.Parallelism, new.Parallelism; was != is && old.Kind() == ir.NodeMap && new.Kind() == ir.NodeMap {
				c.Find("parallelism", Finding{Before: atOnce(was), After: atOnce(is), Reason: "items are worked on " + atOnce(is) + " at the same time"})
			}
		}),
	},
	{
		ID: "output-rewired", Audience: Caller, Severity: Risky,
		Purpose: "what a graph gives back comes from elsewhere",
		Explain: "The type of the answer is compared by itself; its values are other ones.",
		Cure:    "call it with known requests and compare the answers",
		Covers:  []string{"Graph.Output", "Graph.Nodes", "Node.Nodes"},
		On: changed(func(c *Call, old, new *ir.Graph) {
			w := wiring{c: c, oldGraph: c.OldPath, graph: c.Path}
			w.found = func(field string, was, is *ir.Value) {
				if was == nil || is == nil { // a field of the answer that comes or goes
					return
				}
				c.Find(field, rewired(strings.TrimPrefix(field, "#output."), was, is))
			}
			w.value("#output", old.Output, new.Output)
		}),
	},
	{
		ID: "value-checked", Audience: Caller, Severity: Risky,
		Purpose: "a value inside a graph is checked when a request runs",
		Explain: "What gives the value does not always give one that fits what takes it. A request whose value does not fit is answered with 500, or with 400 where the value is the request's own, and was taken before.",
		Cure:    "give what takes the value a wider type, or what gives it a narrower one",
		Covers:  []string{"Edge.Check"},
		On: changed(func(c *Call, old, new *ir.Graph) {
			checked := checks(old, func(node string) string { return c.walk.now[c.OldPath+".nodes."+node] }, c.Path)
			for path, is := range checks(new, func(node string) string { return c.Path + ".nodes." + node }, c.Path) {
				if _, was := checked[path]; !was {
					c.Find("", Finding{Path: path, New: is.Pos, After: is.Edge.Ref(), Reason: is.Edge.Ref() + " does not always fit what takes it: it is checked when a request runs, and one that does not fit fails"})
				}
			}
		}),
	},
}

// graphOf gives the path of the graph that a node's path lies in.
func graphOf(node string) string { return node[:strings.Index(node, ".nodes.")] }

// nodeText gives the path of what a node runs.
func nodeText(n *ir.Node) string {
	switch n.Kind() {
	case ir.NodeCall:
		return "runners." + n.Call
	case ir.NodeGraph:
		return "graphs." + n.Graph
	}
	return string(n.Kind())
}

// nodeDoes says what a request does by a node.
func nodeDoes(n *ir.Node) string {
	switch n.Kind() {
	case ir.NodeCall:
		return "calls " + n.Call
	case ir.NodeGraph:
		return "runs " + n.Graph
	}
	if len(n.Arms) > 0 {
		return fmt.Sprintf("runs one of %s", plural(len(n.Arms), "arm"))
	}
	return fmt.Sprintf("runs %s for each item of a list", plural(len(n.Nodes), "node"))
}

func atOnce(n int) string {
	if n == 0 {
		return "by the number of CPUs"
	}
	return countText(n)
}

// guardText says what is done about a node that fails or is slow.
func guardText(n *ir.Node) string {
	var parts []string
	if n.TimeoutMs > 0 {
		parts = append(parts, fmt.Sprintf("timeout %gms", n.TimeoutMs))
	}
	if r := n.Retry; r != nil {
		parts = append(parts, fmt.Sprintf("%d attempts, first pause %gms", r.MaxAttempts, r.InitialBackoffMs))
	}
	if n.Fallback != nil {
		parts = append(parts, "a fallback")
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

// mirrorText says what a second runner sees of a node.
func mirrorText(n *ir.Node) string {
	m := n.Mirror
	if m == nil {
		return "no other runner"
	}
	return fmt.Sprintf("runner %s, %.4g %% of its runs, tolerance %g, timeout %gms, %d in flight", m.Call, 100*m.Share, m.Tolerance, m.TimeoutMs, m.MaxInFlight)
}

// cacheText says what is kept of answers.
func cacheText(c *ir.Cache) string {
	if c == nil {
		return "never"
	}
	return fmt.Sprintf("for %gms, in %d bytes", c.TTLMs, c.MaxBytes)
}

// armOf gives the arm of a switch that has a name, nil where none has.
func armOf(n *ir.Node, name string) *ir.Node {
	for _, arm := range n.Arms {
		if arm.Name == name {
			return arm
		}
	}
	return nil
}

// choiceText says by what requests are sent to arms.
func choiceText(n *ir.Node) string {
	var parts []string
	if n.Choose.Header != "" {
		parts = append(parts, "the header "+n.Choose.Header)
	}
	if n.Choose.Key != "" {
		return strings.Join(append(parts, "weights with the key "+n.Choose.Key), ", ")
	}
	return strings.Join(append(parts, "weights"), ", ")
}

// shareText says which requests an arm gets.
func shareText(n, arm *ir.Node) string {
	sum := 0.0
	for _, a := range n.Arms {
		sum += a.Weight
	}
	text := "no requests by weight"
	if arm.Weight > 0 {
		text = fmt.Sprintf("%.4g %% of the requests", 100*arm.Weight/sum)
	}
	if len(arm.Values) > 0 {
		text += fmt.Sprintf(", and those with %s", strings.Join(arm.Values, ", "))
	}
	return text
}

func sameMatch(old, new *ir.Type) bool {
	a, errA := json.Marshal(old)
	b, errB := json.Marshal(new)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// matchText says what an arm matches.
func matchText(b *ir.Bento, arm *ir.Node) string {
	if arm.Match == nil {
		return "what no other arm matches"
	}
	return assign.Describe(b, arm.Match)
}

// checks gives the values of a graph that are checked at run time, by path on the new
// side, where a node of g is called as named says.
func checks(g *ir.Graph, named func(node string) string, graph string) map[string]*ir.Value {
	all := map[string]*ir.Value{}
	ir.WalkValues(g, func(p ir.Place, v *ir.Value) {
		if v.Edge == nil || v.Edge.Check == nil {
			return
		}
		path := graph
		if p.Path != "" {
			path = named(p.Path)
		}
		for _, name := range append([]string{"#" + string(p.Role)}, p.Field...) {
			path = joinPath(path, name)
		}
		all[path] = v
	})
	return all
}
