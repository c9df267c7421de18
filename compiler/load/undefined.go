package load

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/diag"
	"cuelang.org/go/cue/ast"
)

// undefined reports a reference to something that is not there, as what it was
// meant to be: a runner, a graph, a model, or the beginning of an edge.
func (c *collector) undefined(f finding) {
	name := ""
	if len(f.args) > 0 {
		name = strings.Trim(fmt.Sprint(f.args[len(f.args)-1]), `"`)
	}
	pos := c.valuePos(f)
	f.users = nil
	labels := splitPath(f.path)
	code, collection := refersTo(labels)
	if collection != "" {
		d := c.report(code, f, pos, "there is no %s %q", strings.TrimSuffix(collection, "s"), name)
		names := c.namesUnder("bento." + collection)
		if s := suggest(name, names); s != "" {
			d.Hintf("did you mean %q?", s)
		} else if len(names) > 0 {
			d.Hintf("the %s are %s", collection, strings.Join(names, ", "))
		}
		return
	}
	d := c.report(code, f, pos, "there is nothing called %q here", name)
	if code == diag.DanglingEdge {
		c.edgeHint(d, f.path, name)
	}
}

// refersTo tells what a reference at a path is meant to be.
func refersTo(labels []string) (diag.Code, string) {
	for _, l := range labels {
		if l == "#in" || l == "#output" || l == "#each" || l == "map" {
			return diag.DanglingEdge, ""
		}
	}
	last := ""
	if len(labels) > 0 {
		last = labels[len(labels)-1]
	}
	switch last {
	case "call", "runner":
		return diag.UnknownRunner, "runners"
	case "graph":
		return diag.UnknownGraph, "graphs"
	case "model":
		return diag.BadModel, "models"
	}
	return diag.Incomplete, ""
}

// namesUnder gives the fields that are written below a path.
func (c *collector) namesUnder(path string) []string {
	var names []string
	n := len(splitPath(path))
	for p := range c.index {
		if labels := splitPath(p); len(labels) == n+1 && parentPath(p) == path && !strings.HasPrefix(labels[n], "#") {
			names = append(names, labels[n])
		}
	}
	return sorted(names)
}

// edgeHint tells how the beginning of an edge is written.
func (c *collector) edgeHint(d *diag.Diagnostic, path, name string) {
	labels := splitPath(path)
	graph := ""
	for i := 0; i+2 < len(labels); i++ {
		if labels[i] == "graphs" {
			graph = join(join(join("", labels[0]), "graphs"), labels[i+1])
			break
		}
	}
	nodes := c.namesUnder(graph + ".nodes")
	for _, n := range nodes {
		if n == name {
			d.Hintf("outside `nodes` a node is called nodes.%s, so write nodes.%s.#out", name, name)
			return
		}
	}
	if s := suggest(name, nodes); s != "" {
		d.Hintf("did you mean node %q?", s)
	} else {
		d.Hintf("refer to #input, to a node's #out or to the #item of a map node")
	}
}

// exprText gives the source of an expression in one short line.
func exprText(e ast.Expr) string {
	return shorten(formatExpr(e))
}
