package gen

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// switchNode gives the statements that choose an arm and run its nodes.
func (g *generator) switchNode(b *block, n *ir.Node, path string) (last []string, inner func()) {
	gc := b.gc
	onT := gc.scope.TypeOf(n.On).Type
	if onT == nil || n.Out == nil {
		g.errorf("graph %s: the types of the switch %s are not known", gc.name, path)
		return nil, nil
	}
	on := g.types.of(onT, where{name: gc.typeName + exported(path) + "On"})
	out := g.types.of(n.Out, where{name: gc.typeName + exported(path) + "Output"})
	v := b.names.pick("on")
	expr := b.value(n.On, want{t: onT, typ: on, hint: exported(path) + "On"})
	b.pre = append(b.pre, fmt.Sprintf("%s := %s", v, expr))
	b.noNaN(n.On, v, on)
	g.graphsGo.use(graphPath)
	last = append(last, "switch {")
	var otherwise []string
	runs, inner := g.arms(b, n, path, out)
	for i, arm := range n.Arms {
		if arm.Match == nil {
			otherwise = runs[i]
			continue
		}
		match := g.matches(v, on, arm.Match)
		if match == "" {
			g.errorf("graph %s: what the arm %s of %s matches has no form in Go", gc.name, arm.Name, path)
			return nil, nil
		}
		last = append(append(last, "case "+match+":"), runs[i]...)
	}
	last = append(last, "}")
	if otherwise == nil { // what a step gives that is not of its type, since the arms match all that is
		otherwise = []string{fmt.Sprintf("return nil, graph.Unmatched(%q, %s)", path, v)}
	}
	return append(last, otherwise...), inner
}

// arms gives the statements that run each arm of the node at path, and what writes the nodes
// inside of them.
func (g *generator) arms(b *block, n *ir.Node, path string, out *goType) (runs [][]string, inner func()) {
	insides := make([]func(), len(n.Arms))
	runs = make([][]string, len(n.Arms))
	for i, arm := range n.Arms {
		runs[i], insides[i] = g.arm(b, arm, ir.JoinPath(path, arm.Name), n.Out, out)
	}
	return runs, func() {
		for _, inside := range insides {
			inside()
		}
	}
}

// noNaN refuses a value to choose by that is of no arm, not even of default.
func (b *block) noNaN(v *ir.Value, name string, typ *goType) {
	there, number := "", name
	if typ.kind == goPointer {
		there, number, typ = name+" != nil && ", "*"+name, typ.elem
	}
	if typ.kind != goFloat {
		return
	}
	b.g.graphsGo.use("math")
	c, edge := b.checker(b.gc.fromClient(v)), ""
	if v.Edge != nil {
		edge = v.Edge.Ref()
	}
	b.pre = append(b.pre, fmt.Sprintf("if %smath.IsNaN(%s) {", there, number))
	b.pre = append(b.pre, want{at: []string{`In("#on")`}}.inside(c, edge, c+`.Problem("finite_number", "must be a number, not NaN")`)...)
	b.pre = append(b.pre, "}")
}

// arm gives the statements that end the function with what an arm gives, and what writes
// its nodes.
func (g *generator) arm(b *block, arm *ir.Node, path string, t *ir.Type, typ *goType) (run []string, inner func()) {
	gc := b.gc
	sc := g.scopeOf(gc, path, arm)
	fields, _ := b.scopeFields(sc, path)
	scope := "nil"
	if len(fields) > 0 {
		scope = fmt.Sprintf("%s{%s}", sc.name, strings.Join(fields, ", "))
	}
	result := &armResult{t, typ}
	if len(arm.Nodes) == 0 {
		fn := g.mainNames.pick(gc.fnName + exported(path) + "Result")
		return []string{fmt.Sprintf("return %s(%s, nil)", fn, scope)}, func() {
			g.writeResult(gc, path, arm.Output, fn, nil, result)
		}
	}
	varName := g.mainNames.pick(gc.fnName + exported(path) + "Graph")
	return []string{fmt.Sprintf("return b.%s.Run(ctx, %s)", varName, scope)}, func() {
		g.writeScope(gc, path, arm.Nodes, arm.Output, varName, gc.name+"/"+path, result)
	}
}

// armResult is what all arms of a switch give.
type armResult struct {
	t   *ir.Type
	typ *goType
}

// matches writes the condition under which a value is one of a type, "" where Go has
// none. What is compared is what the compiler has told apart: see [assign.Common].
func (g *generator) matches(v string, on *goType, match *ir.Type) string {
	null := ""
	if on.kind == goPointer {
		null, v, on = v+" == nil", "*"+v, on.elem
	}
	var ways []string
	for _, t := range g.b.Alternatives(match) {
		switch {
		case t.Kind == ir.KindNull && null != "":
			ways = append(ways, null)
			continue
		case t.Kind == ir.KindNull:
			continue // never
		}
		way, ok := g.matchesOne(v, on, t)
		if !ok {
			return ""
		}
		if null != "" && way != "" {
			way = strings.TrimSuffix(null, "== nil") + "!= nil && " + enclosed(way)
		}
		if way != "" {
			ways = append(ways, way)
		}
	}
	if len(ways) == 0 {
		return "false"
	}
	return strings.Join(ways, " || ")
}

func enclosed(way string) string {
	if strings.Contains(way, " || ") {
		return "(" + way + ")"
	}
	return way
}

// matchesOne is matches for a type that is no union; "" is a type of another kind, of
// which v never is.
func (g *generator) matchesOne(v string, on *goType, t *ir.Type) (way string, ok bool) {
	switch {
	case on.kind == goBool && t.Kind == ir.KindBool:
		switch {
		case len(t.Enum) != 1:
			return "true", true
		case string(t.Enum[0]) == "true":
			return v, true
		}
		return "!" + v, true
	case on.kind == goInt && (t.Kind == ir.KindInt || t.Kind == ir.KindFloat):
		return matchesInt(v, assign.IntRanges(t)), true
	case on.kind == goFloat && (t.Kind == ir.KindInt || t.Kind == ir.KindFloat):
		return matchesFloat(v, assign.FloatRanges(t)), true
	case on.kind == goString && t.Kind == ir.KindString:
		return g.matchesText(v, t), true
	case on.kind == goBool, on.kind == goInt, on.kind == goFloat, on.kind == goString:
		return "", true
	}
	return "", false
}

func matchesInt(v string, ranges []assign.Range[int64]) string {
	var ways []string
	for _, r := range ranges {
		low, high := strconv.FormatInt(r.Low, 10), strconv.FormatInt(r.High, 10)
		switch {
		case r.Low == r.High:
			ways = append(ways, v+" == "+low)
		case r.Low == math.MinInt64 && r.High == math.MaxInt64:
			ways = append(ways, "true")
		case r.Low == math.MinInt64:
			ways = append(ways, v+" <= "+high)
		case r.High == math.MaxInt64:
			ways = append(ways, v+" >= "+low)
		default:
			ways = append(ways, v+" >= "+low+" && "+v+" <= "+high)
		}
	}
	return strings.Join(ways, " || ")
}

func matchesFloat(v string, ranges []assign.Range[float64]) string {
	var ways []string
	for _, r := range ranges {
		var parts []string
		if r.Low == r.High {
			parts = append(parts, v+" == "+floatLiteral(r.Low))
		} else {
			if !math.IsInf(r.Low, -1) {
				parts = append(parts, v+shorterEnd(" >= ", " > ", r.Low, math.Nextafter(r.Low, math.Inf(-1))))
			}
			if !math.IsInf(r.High, 1) {
				parts = append(parts, v+shorterEnd(" <= ", " < ", r.High, math.Nextafter(r.High, math.Inf(1))))
			}
			if len(parts) == 0 {
				parts = append(parts, v+" == "+v) // all but NaN
			}
		}
		ways = append(ways, strings.Join(parts, " && "))
	}
	return strings.Join(ways, " || ")
}

// shorterEnd writes an end of a range as the number in it or the one beside it.
func shorterEnd(in, beside string, end, next float64) string {
	if a, b := floatLiteral(end), floatLiteral(next); len(b) < len(a) && !math.IsInf(next, 0) {
		return beside + b
	}
	return in + floatLiteral(end)
}

func floatLiteral(f float64) string { return strconv.FormatFloat(f+0, 'g', -1, 64) }

func (g *generator) matchesText(v string, t *ir.Type) string {
	var parts []string
	if t.MinLen != nil && *t.MinLen > 0 {
		g.graphsGo.use("unicode/utf8")
		parts = append(parts, fmt.Sprintf("utf8.RuneCountInString(%s) >= %d", v, *t.MinLen))
	}
	if t.MaxLen != nil {
		g.graphsGo.use("unicode/utf8")
		parts = append(parts, fmt.Sprintf("utf8.RuneCountInString(%s) <= %d", v, *t.MaxLen))
	}
	for _, p := range t.Patterns {
		parts = append(parts, fmt.Sprintf("%s.MatchString(%s)", g.pattern(p), v))
	}
	for _, p := range t.NotPatterns {
		parts = append(parts, fmt.Sprintf("!%s.MatchString(%s)", g.pattern(p), v))
	}
	for _, c := range t.Not {
		parts = append(parts, v+" != "+quotedText(c))
	}
	var ways []string
	for _, c := range t.Enum {
		ways = append(ways, v+" == "+quotedText(c))
	}
	if way := strings.Join(ways, " || "); len(parts) == 0 && way != "" {
		return way
	} else if way != "" {
		parts = append([]string{enclosed(way)}, parts...)
	}
	if len(parts) == 0 {
		return "true"
	}
	return strings.Join(parts, " && ")
}

func quotedText(c ir.Const) string {
	var text string
	_ = json.Unmarshal(c, &text) // valid by contract
	return strconv.Quote(text)
}
