package check

import (
	"fmt"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkChoices sees that a node with choose has arms that requests can be sent to, by
// weights or by one arm's values of a header, and that these give what the node says.
func checkChoices(p *pass) {
	chance := map[string]string{} // graphs with a choice by weight, and one of these
	for _, name := range sorted(p.b.Graphs) {
		s := p.scopes[name]
		ir.WalkNodes(p.b.Graphs[name], func(path string, n *ir.Node) {
			c := choosing{p: p, graph: name, path: path, n: n, at: p.nodePath(name, path)}
			switch around, _ := ir.SplitPath(path); {
			case n.Choose != nil:
				if c.choice() > 1 && chance[name] == "" {
					chance[name] = path
				}
			case n.Kind() == ir.NodeArm && s.Node(around).Choose == nil && (n.Weight != 0 || n.Values != nil):
				p.errorf(diag.UnknownField, n.Pos, c.at, "only an arm of a node with choose has weight and values").
					Hintf("say in #match when the arm is chosen")
			}
		})
	}
	p.byChance(chance)
}

// choice checks one node with choose, and gives how many arms have a weight.
func (c *choosing) choice() (weighed int) {
	header := c.n.Choose.Header
	sent := map[string]*ir.Node{}
	for _, arm := range c.n.Arms {
		c.output(arm)
		at := c.at + ".arms." + arm.Name
		switch {
		case arm.Match != nil:
			c.p.errorf(diag.UnknownField, first(arm.Match.Pos, arm.Pos), at+".#match", "only an arm of a node with #on has #match").
				Hintf("give the arm a weight, or the values of a header")
		case len(arm.Values) > 0 && header == "":
			c.p.errorf(diag.MissingField, arm.Pos, at+".values", "arm %s has values, but choose names no header that has them", arm.Name).
				Hintf("add choose: header: …")
		case arm.Weight == 0 && len(arm.Values) == 0:
			c.p.warnf(diag.ArmWithoutWeight, arm.Pos, at, "no request goes to arm %s: it has no weight%s", arm.Name, orValues(header)).
				Hintf("add weight: …, or take the arm away")
		}
		if arm.Weight > 0 {
			weighed++
		}
		for i, v := range arm.Values {
			if before := sent[v]; before != nil {
				c.p.errorf(diag.ArmsOverlap, arm.Pos, fmt.Sprintf("%s.values.%d", at, i), "the value %q of %s is one of arm %s already", v, header, before.Name).
					Also(before.Pos, "arm %s is here", before.Name)
			}
			sent[v] = arm
		}
	}
	switch {
	case len(c.n.Arms) == 0:
		c.p.errorf(diag.MissingField, c.n.Pos, c.at+".arms", "node %s has no arms to choose from", c.n.Name).
			Hintf("add arms: NAME: {weight: …, #output: …}")
	case weighed == 0:
		c.p.errorf(diag.ArmNeverChosen, first(c.n.Choose.Pos, c.n.Pos), c.at+".arms", "no arm of node %s has a weight: a request without a header that sends it to one goes to none", c.n.Name).
			Hintf("add weight: 1 to the arm that all others are to go to")
	case header != "" && len(sent) == 0:
		c.p.errorf(diag.MissingField, first(c.n.Choose.Pos, c.n.Pos), c.at+".choose.header", "no arm of node %s names a value of %s", c.n.Name, header).
			Hintf("add values: [\"…\"] to an arm, or take header away")
	}
	return weighed
}

func orValues(header string) string {
	if header == "" {
		return ""
	}
	return ", and no value of " + header + " sends one there"
}

// byChance warns of golden cases that ask what chance has a part in.
func (p *pass) byChance(graphs map[string]string) {
	for _, name := range sorted(p.b.Tests) {
		t := p.b.Tests[name]
		e := p.b.Tested(t)
		if e == nil {
			continue
		}
		if graph, node := p.reached(e.Graph, graphs, map[string]bool{}); node != "" {
			p.warnf(diag.AnswerByChance, t.Pos, "tests."+name, "which arm of node %s of graph %s answers this case is left to chance", node, graph).
				Hintf("ask each arm in a case of its own, by an endpoint of what it runs")
		}
	}
}

// reached gives the first of graphs that a graph is, or runs.
func (p *pass) reached(graph string, graphs map[string]string, seen map[string]bool) (name, node string) {
	g := p.b.Graphs[graph]
	if g == nil || seen[graph] {
		return "", ""
	}
	seen[graph] = true
	if node := graphs[graph]; node != "" {
		return graph, node
	}
	ir.WalkNodes(g, func(_ string, n *ir.Node) {
		for _, inner := range n.Graphs() {
			if node == "" {
				name, node = p.reached(inner, graphs, seen)
			}
		}
	})
	return name, node
}
