package load

import (
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/schema"
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
		d.namesOnly(g.Input, at+".#input")
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
	if !x.Exists() || x.IncompleteKind() == cue.TopKind && len(solid(x)) == 0 {
		return nil
	}
	val := d.followed(x, at+"."+def)
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

// nodeKinds read what is a kind's own: the field of its name. There is one for each kind
// of the IR; a test holds that.
var nodeKinds map[ir.NodeKind]func(d *valuer, n *ir.Node, v cue.Value, at string)

func init() { // arms have nodes of their own
	nodeKinds = map[ir.NodeKind]func(d *valuer, n *ir.Node, v cue.Value, at string){
		ir.NodeCall: func(d *valuer, n *ir.Node, v cue.Value, at string) {
			n.Call = d.reference(get(v, "call"), "runners", join(at, "call"), diag.UnknownRunner)
		},
		ir.NodeGraph: func(d *valuer, n *ir.Node, v cue.Value, at string) {
			n.Graph = d.reference(get(v, "graph"), "graphs", join(at, "graph"), diag.UnknownGraph)
		},
		ir.NodeMap:    (*valuer).mapNode,
		ir.NodeFold:   (*valuer).foldNode,
		ir.NodeSwitch: (*valuer).switchNode,
		ir.NodeChoose: (*valuer).chooseNode,
	}
}

func (d *valuer) node(v cue.Value, name, at string) *ir.Node {
	n := &ir.Node{Name: name, Doc: d.doc(v, at), Pos: d.index.labelPos(at)}
	var fields []string
	for _, k := range ir.NodeKinds() {
		fields = append(fields, k.Field())
	}
	var k ir.NodeKind
	if i := slices.Index(fields, d.oneOf(v, at, fields...)); i >= 0 {
		k = ir.NodeKinds()[i]
	}
	if read := nodeKinds[k]; read != nil {
		read(d, n, v, at)
	}
	n.In = d.optional(v, at, "#in")
	d.guard(n, v, at)
	n.Parallelism = d.number(v, "parallelism", at)
	if k != ir.NodeSwitch && k != ir.NodeChoose && get(v, "arms").Exists() {
		p := join(at, "arms")
		d.diags.Errorf(diag.OneOf, d.index.labelPos(p), p, "only a node with #on or choose has arms").
			Hintf("add #on: a reference to what chooses one of them, or choose: {} to share requests out among them")
	}
	if k.HasNodes() {
		n.Nodes = d.nodes(get(v, "nodes"), join(at, "nodes"))
		n.Each = d.required(v, at, "#each", "references to what an item becomes")
		return n
	}
	n.Each = d.optional(v, at, "#each") // the checks refuse it
	if get(v, "nodes").Exists() {
		p := join(at, "nodes")
		d.diags.Errorf(diag.OneOf, d.index.labelPos(p), p, "only a node with #map or #fold, and an arm, have nodes of their own")
	}
	if n.In == nil && (k.TakesArgument() || k == "") {
		n.In = &ir.Value{Empty: "object", Pos: n.Pos}
	}
	return n
}

// isMapItem reports whether a place is where the schema takes an item out of what a
// map or fold node maps over: CUE says there, once more and at the wrong line, that it is no
// list.
func isMapItem(p ir.Pos) bool {
	if p.File != schemaDir+"/graph.cue" {
		return false
	}
	lines := strings.Split(string(schema.Files()["graph.cue"]), "\n")
	return p.Line <= len(lines) && strings.Contains(lines[p.Line-1], " & [_, ...])[0]")
}

// isMap reports whether the value of a #map is written at a place.
func (ix *index) isMap(p ir.Pos) bool {
	for e, s := range ix.spots {
		if name, ok := labelName(s.label); ok && (name == "#map" || name == "#fold") && posOf(e.Pos()) == p {
			return true
		}
	}
	return false
}

// foldNode reads the list, what the value is at first, and its type.
func (d *valuer) foldNode(n *ir.Node, v cue.Value, at string) {
	list := at + "." + ir.NodeFold.Field()
	n.Fold = d.followed(v.LookupPath(cue.MakePath(cue.Def(ir.NodeFold.Field()))), list)
	if fromSchemaFile(n.Fold.Pos.File) {
		n.Fold.Pos = d.index.valuePos(list)
	}
	n.Init = d.required(v, at, "#init", "what #acc is before the first item")
	n.Out = d.declaredOut(n, v, at, "the type of #acc, and of what it is in the end")
}

// declaredOut reads the #out of a node that has to say it.
func (d *valuer) declaredOut(n *ir.Node, v cue.Value, at, what string) *ir.Type {
	out := v.LookupPath(cue.MakePath(cue.Def("#out")))
	parts := solid(out)
	if len(parts) == 0 {
		d.missingDef(at, "#out", what)
		return anyType(n.Pos)
	}
	return d.typer.ofParts(out, parts, at+".#out")
}

func (d *valuer) mapNode(n *ir.Node, v cue.Value, at string) {
	at += "." + ir.NodeMap.Field()
	n.Map = d.followed(v.LookupPath(cue.MakePath(cue.Def(ir.NodeMap.Field()))), at)
	if fromSchemaFile(n.Map.Pos.File) {
		n.Map.Pos = d.index.valuePos(at)
	}
}
