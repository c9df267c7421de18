package load

import (
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
)

// switchNode reads what a node chooses by, and its arms.
func (d *valuer) switchNode(n *ir.Node, v cue.Value, at string) {
	on := at + "." + ir.NodeSwitch.Field()
	n.On = d.followed(v.LookupPath(cue.MakePath(cue.Def("#on"))), on)
	if fromSchemaFile(n.On.Pos.File) {
		n.On.Pos = d.index.valuePos(on)
	}
	d.arms(n, v, at)
}

// chooseNode reads by which headers a request is sent to an arm, and the arms.
func (d *valuer) chooseNode(n *ir.Node, v cue.Value, at string) {
	c, p := get(v, ir.NodeChoose.Field()), join(at, ir.NodeChoose.Field())
	n.Choose = &ir.Choose{Key: text(c, "key"), Header: text(c, "header"), Pos: d.index.labelPos(p)}
	d.arms(n, v, at)
}

// arms reads the arms of a node, and the type that all give.
func (d *valuer) arms(n *ir.Node, v cue.Value, at string) {
	n.Out = d.declaredOut(n, v, at, "the type that what every arm gives has to fit")
	arms := join(at, "arms")
	for _, m := range d.members(get(v, "arms"), arms) {
		n.Arms = append(n.Arms, d.arm(m.v, m.name, join(arms, m.name)))
	}
}

func (d *valuer) arm(v cue.Value, name, at string) *ir.Node {
	n := d.branch(v, name, at)
	n.Match = d.match(v.LookupPath(cue.MakePath(cue.Def("#match"))), at+".#match")
	n.Weight, _ = scalar(v, "weight").Float64() // what is no number CUE has said
	_ = get(v, "values").Decode(&n.Values)
	return n
}

// branch reads nodes that run only in some cases, and what they give.
func (d *valuer) branch(v cue.Value, name, at string) *ir.Node {
	n := &ir.Node{Name: name, Doc: d.doc(v, at), Pos: d.index.labelPos(at)}
	n.Nodes = d.nodes(get(v, "nodes"), join(at, "nodes"))
	n.Output = d.required(v, at, "#output", "references to what is given then")
	return n
}

// match reads the constraint of an arm, which is a type; nil where there is none.
func (d *valuer) match(v cue.Value, at string) *ir.Type {
	parts := solid(v)
	if len(parts) == 0 {
		return nil
	}
	if n := d.runtimeIn(v, maxChain); n != nil {
		pos := valueSpan(*n)
		if e := d.writtenExpr(v, at); e != nil {
			pos = spanOf(e)
		}
		d.diags.Errorf(diag.ComputedEdge, pos, at, "#match is known when the server is built, and cannot depend on a value of a request").
			Hintf("compare the two in a step that gives a bool, and choose by that")
		return anyType(d.index.valuePos(at))
	}
	return d.typer.ofParts(v, parts, at)
}

// isHit reports whether an error is about the values that choose an arm, which the
// schema works out.
func isHit(f finding) bool {
	labels := splitPath(f.path)
	return len(labels) > 0 && labels[len(labels)-1] == "#hit"
}

// unsureHit reports whether an error about them says only that they are not known: what
// is wrong with #on or #match is reported there.
func (c *collector) unsureHit(f finding) bool {
	for _, sure := range []string{"conflicting value", "invalid value %v (out of bound", "%d errors in empty disjunction:"} {
		if strings.HasPrefix(f.format, sure) {
			return false
		}
	}
	return true
}

// neverChosen reports an arm that CUE finds no value for.
func (c *collector) neverChosen(f finding) {
	arm := parentPath(f.path)
	at := arm + ".#match"
	pos := c.index.valuePos(at)
	f.users, f.schema = nil, nil
	c.report(diag.ArmNeverChosen, f, pos, "arm %s is never chosen: no value of #on is one of #match", lastLabel(arm)).
		Hintf("change #match, or take the arm out").
		Also(c.index.valuePos(parentPath(parentPath(arm))+".#on"), "#on is here")
}
