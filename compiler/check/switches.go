package check

import (
	"strings"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// checkSwitches sees that a switch chooses by something that is always there and of
// which the arms can be told apart, that each of its values chooses one arm, and that
// the arms give what the switch says.
func checkSwitches(p *pass) {
	for _, name := range sorted(p.b.Graphs) {
		s := p.scopes[name]
		ir.WalkNodes(p.b.Graphs[name], func(path string, n *ir.Node) {
			if n.On == nil {
				return
			}
			c := choosing{p: p, graph: name, path: path, n: n, at: p.nodePath(name, path)}
			for _, arm := range n.Arms {
				c.output(arm)
			}
			if !c.named() {
				return
			}
			if c.in = s.TypeOf(n.On); c.in.Type != nil && c.chooses() {
				c.cover()
			}
		})
	}
}

// choosing checks one switch.
type choosing struct {
	p           *pass
	graph, path string
	n           *ir.Node
	at          string // data path
	in          ir.Inferred
}

// output checks what an arm gives against what the switch says that all give.
func (c *choosing) output(arm *ir.Node) {
	path := ir.JoinPath(c.path, arm.Name)
	a := assignment{p: c.p, graph: c.graph, at: ir.Place{Scope: path, Node: arm, Path: path, Role: ir.RoleOutput}, dims: assign.NewSizes()}
	if c.n.Out != nil && arm.Output != nil {
		a.member(arm.Output, c.n.Out, true)
	}
}

// named sees that all arms but default say what they match.
func (c *choosing) named() bool {
	fine := true
	if len(c.n.Arms) == 0 {
		c.p.errorf(diag.MissingField, c.n.Pos, c.at+".arms", "node %s has no arms to choose from", c.n.Name).
			Hintf("add arms: NAME: {#match: …, #output: …}")
		return false
	}
	for _, arm := range c.n.Arms {
		at := c.at + ".arms." + arm.Name + ".#match"
		switch isDefault := arm.Name == ir.DefaultArm; {
		case arm.Match == nil && !isDefault:
			c.p.errorf(diag.MissingField, arm.Pos, at, "arm %s does not say what it matches", arm.Name).
				Hintf("add #match: …; the arm for what no other one matches is called %s", ir.DefaultArm)
			fine = false
		case arm.Match != nil && isDefault:
			c.p.errorf(diag.BadValue, first(arm.Match.Pos, arm.Pos), at, "arm %s takes what no other arm matches, and has no #match", arm.Name).
				Hintf("take #match out, or call the arm something else")
			fine = false
		}
	}
	return fine
}

// chooses sees that #on and each #match are of types that can be compared.
func (c *choosing) chooses() bool {
	on, at := c.n.On, c.at+".#on"
	pos := first(on.Pos, c.n.Pos)
	switch {
	case !assign.Choosable(c.p.b, c.in.Type):
		c.p.errorf(diag.TypeMismatch, pos, at, "#on needs a bool, a number or a string, but %s is %s", valueName(on), article(assign.Describe(c.p.b, c.in.Type))).
			Hintf("choose by a field of it, or by what a step makes of it").
			Also(c.in.Type.Pos, "it is declared here")
		return false
	case c.in.Optional:
		c.p.errorf(diag.TypeMismatch, pos, at, "#on is %s, which may be absent", valueName(on)).
			Hintf("make the field required, or give it a default such as *\"\" | string, or *null | …").
			Also(c.in.Type.Pos, "it is declared here")
		return false
	case on.Edge == nil:
		c.p.errorf(diag.TypeMismatch, pos, at, "#on is %s: the choice is made already", valueName(on)).
			Hintf("refer to a value of a request, or take the arms away")
		return false
	}
	fine := true
	for _, arm := range c.n.Arms {
		if why, hint := c.refuses(arm.Match); why != "" {
			c.p.errorf(diag.TypeMismatch, first(arm.Match.Pos, arm.Pos), c.at+".arms."+arm.Name+".#match", "#match of arm %s cannot be decided: %s", arm.Name, why).
				Hintf("%s", hint)
			fine = false
		}
	}
	return fine
}

// refuses tells why a server cannot decide a #match, "" where it can.
func (c *choosing) refuses(match *ir.Type) (why, hint string) {
	floats := false
	for _, t := range c.p.b.Alternatives(c.in.Type) {
		floats = floats || t != nil && t.Kind == ir.KindFloat
	}
	for _, t := range c.p.b.Alternatives(match) {
		switch {
		case t == nil:
		case t.Kind == ir.KindBytes, t.Kind.Form() != ir.FormScalar:
			return "it is " + assign.Describe(c.p.b, t), "match a bool, numbers, strings or null"
		case t.MultipleOf != "":
			return "it asks for multiples", "let a step find that out and give a bool"
		case t.Format != "":
			return "it asks for the format " + t.Format, "let a step find that out and give a bool, or match with =~"
		case t.Kind == ir.KindInt && floats && t.Enum == nil:
			return "JSON cannot tell 1 from 1.0, and #on is a number", "write number in place of int"
		}
	}
	return "", ""
}

// cover sees that each value of #on is matched by one arm.
func (c *choosing) cover() {
	b, on := c.p.b, c.in.Type
	var matches []*ir.Type
	var other *ir.Node
	fine := true
	for i, arm := range c.n.Arms {
		if arm.Match == nil {
			other = arm
			continue
		}
		at, pos := c.at+".arms."+arm.Name+".#match", first(arm.Match.Pos, arm.Pos)
		if is := assign.Common(b, []*ir.Type{on, arm.Match}, nil); is.Decided && !is.Found {
			c.p.errorf(diag.ArmNeverChosen, pos, at, "arm %s is never chosen: %s is %s, and never %s", arm.Name, c.n.On.Edge.Ref(), assign.Describe(b, on), assign.Describe(b, arm.Match)).
				Hintf("change #match, or take the arm out").
				Also(on.Pos, "%s is declared here", c.n.On.Edge.Ref())
			fine = false
		}
		for _, before := range c.n.Arms[:i] {
			if before.Match != nil {
				fine = c.apart(before, arm, at) && fine
			}
		}
		matches = append(matches, arm.Match)
	}
	if fine {
		c.rest(matches, other)
	}
}

// apart sees that no value is matched by two arms.
func (c *choosing) apart(a, b *ir.Node, at string) bool {
	both := assign.Common(c.p.b, []*ir.Type{c.in.Type, a.Match, b.Match}, nil)
	if !both.Decided { // where even other values tell them apart, those of #on do
		if any := assign.Common(c.p.b, []*ir.Type{a.Match, b.Match}, nil); any.Decided && !any.Found {
			return true
		}
	}
	pos := first(b.Match.Pos, b.Pos)
	switch {
	case both.Decided && !both.Found:
		return true
	case !both.Decided:
		c.p.errorf(diag.ArmsOverlap, pos, at, "arms %s and %s may match the same value: telling would take too long", a.Name, b.Name).
			Hintf("match with simpler expressions, or let a step decide").
			Also(first(a.Match.Pos, a.Pos), "arm %s is here", a.Name)
	default:
		c.p.errorf(diag.ArmsOverlap, pos, at, "arms %s and %s both match %s", a.Name, b.Name, assign.Shorten(string(both.Value))).
			Hintf("narrow one of them: arms have no order").
			Also(first(a.Match.Pos, a.Pos), "arm %s is here", a.Name)
	}
	return false
}

// rest sees that there is an arm for what the others do not match, where there is any.
func (c *choosing) rest(matches []*ir.Type, other *ir.Node) {
	left := assign.Common(c.p.b, []*ir.Type{c.in.Type}, matches)
	ref := c.n.On.Edge.Ref()
	switch {
	case other != nil && left.Decided && !left.Found:
		c.p.errorf(diag.ArmNeverChosen, other.Pos, c.at+".arms."+other.Name, "arm %s is never chosen: the other arms match every value of %s", other.Name, ref).
			Hintf("take it out").
			Also(c.in.Type.Pos, "%s is declared here", ref)
	case other == nil && !left.Decided:
		c.p.errorf(diag.UnmatchedValue, c.n.Pos, c.at+".arms", "node %s may have no arm for some value of %s: telling would take too long", c.n.Name, ref).
			Hintf("add an arm called %s, without #match, for the rest", ir.DefaultArm)
	case other == nil && left.Found:
		c.p.errorf(diag.UnmatchedValue, c.n.Pos, c.at+".arms", "node %s has no arm for %s", c.n.Name, strings.TrimSpace(assign.Shorten(string(left.Value)))).
			Hintf("add an arm that matches it, or one called %s, without #match, for the rest", ir.DefaultArm).
			Also(c.in.Type.Pos, "%s is %s", ref, assign.Describe(c.p.b, c.in.Type))
	}
}
