package load

import (
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
)

func (d *decoder) graph(v cue.Value, name, at string) *ir.Graph {
	g := &ir.Graph{Doc: d.doc(v, at), Pos: d.index.labelPos(at)}
	in := v.LookupPath(cue.MakePath(cue.Def("#input")))
	parts := solid(in)
	if len(parts) == 0 {
		d.missingDef(at, "#input", "the types of what the graph takes")
		g.Input = &ir.Type{Kind: ir.KindObject, Pos: g.Pos}
	} else {
		g.Input = d.typer.object(in, parts, at+".#input")
	}
	vals := &valuer{decoder: d, graph: name}
	g.Nodes = vals.nodes(get(v, "nodes"), join(at, "nodes"))
	g.Output = vals.required(v, at, "#output", "references to what the graph gives back")
	return g
}

func (d *decoder) missingDef(at, def, what string) {
	d.diags.Errorf(diag.MissingField, d.index.labelPos(at), at, "%s is missing", def).
		Hintf("write %s: {…} with %s", def, what)
}

// required reads a definition that holds run-time values and must be there.
func (d *valuer) required(v cue.Value, at, def, what string) *ir.Value {
	val := d.optional(v, at, def)
	if val == nil {
		d.missingDef(at, def, what)
		return &ir.Value{Empty: "object", Pos: d.index.labelPos(at)}
	}
	return val
}

// optional reads a definition that holds run-time values, or gives nil.
func (d *valuer) optional(v cue.Value, at, def string) *ir.Value {
	x := v.LookupPath(cue.MakePath(cue.Def(def)))
	if !x.Exists() || len(solid(x)) == 0 {
		return nil
	}
	val := d.value(x, at+"."+def)
	if !val.Pos.IsValid() || fromSchemaFile(val.Pos.File) {
		val.Pos = d.index.labelPos(at + "." + def)
	}
	return val
}

func (d *valuer) nodes(v cue.Value, at string) []*ir.Node {
	if !v.Exists() {
		return nil
	}
	var out []*ir.Node
	for _, m := range d.members(v, at) {
		out = append(out, d.node(m.v, m.name, join(at, m.name)))
	}
	return out
}

func (d *valuer) node(v cue.Value, name, at string) *ir.Node {
	n := &ir.Node{Name: name, Doc: d.doc(v, at), Pos: d.index.labelPos(at)}
	switch d.oneOf(v, at, "call", "graph", "map") {
	case "call":
		n.Call = d.reference(get(v, "call"), "runners", join(at, "call"), diag.UnknownRunner)
	case "graph":
		n.Graph = d.reference(get(v, "graph"), "graphs", join(at, "graph"), diag.UnknownGraph)
	case "map":
		d.mapNode(n, v, at)
		return n
	}
	if get(v, "nodes").Exists() {
		p := join(at, "nodes")
		d.diags.Errorf(diag.OneOf, d.index.labelPos(p), p, "only a map node has nodes of its own")
	}
	n.In = d.optional(v, at, "#in")
	if n.In == nil {
		n.In = &ir.Value{Empty: "object", Pos: n.Pos}
	}
	return n
}

func (d *valuer) mapNode(n *ir.Node, v cue.Value, at string) {
	n.Map = d.value(get(v, "map"), join(at, "map"))
	if fromSchemaFile(n.Map.Pos.File) {
		n.Map.Pos = d.index.valuePos(join(at, "map"))
	}
	n.Nodes = d.nodes(get(v, "nodes"), join(at, "nodes"))
	n.Each = d.required(v, at, "#each", "references to what an item becomes")
}
