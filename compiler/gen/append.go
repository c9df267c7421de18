package gen

import (
	"fmt"
	"strconv"
)

// appendFn gives the name of a function func([]byte, T) []byte that writes gt.
func (g *generator) appendFn(gt *goType) string {
	if fn := goRows[gt.kind].writer; fn != "" {
		return fn
	}
	return g.fn("append "+gt.key(), "append"+named(gt), func(name string) { g.writeAppender(name, gt) })
}

func (g *generator) writeAppender(name string, gt *goType) {
	s := g.typesGo
	s.use(codecPath)
	g.useGen(s, gt)
	s.p("")
	s.p("// %s writes %s.", name, phrase(gt))
	s.p("func %s(b []byte, v %s) []byte {", name, gt.expr(false))
	if own := goRows[gt.kind].own; own != nil {
		own.write(g, gt)
	} else {
		s.p("return %s", g.appendExpr(gt, "v"))
	}
	s.p("}")
}

// appendExpr writes the call that appends v to b.
func (g *generator) appendExpr(gt *goType, v string) string {
	if write := goRows[gt.kind].write; write != nil {
		call := write(g, gt, v)
		useMentioned(g.typesGo, g, []string{call})
		return call
	}
	return fmt.Sprintf("%s(b, %s)", g.appendFn(gt), v)
}

// appends gives a writer that is one call.
func appends(call string) func(*generator, *goType, string) string {
	return func(_ *generator, _ *goType, v string) string { return fmt.Sprintf(call, v) }
}

// appendsOf gives a writer that is one call with the function for what is inside.
func appendsOf(call string) func(*generator, *goType, string) string {
	return func(g *generator, gt *goType, v string) string { return fmt.Sprintf(call, v, g.appendFn(gt.elem)) }
}

func appendArray(g *generator, gt *goType, v string) string {
	if v[0] == '*' {
		v = "(" + v + ")"
	}
	return fmt.Sprintf("codec.AppendList(b, %s[:], %s)", v, g.appendFn(gt.elem))
}

func (g *generator) appendTuple(gt *goType) {
	s := g.typesGo
	for i, f := range gt.fields {
		s.p("b = append(b, '%c')", "[,"[min(i, 1)])
		s.p("b = %s", g.appendExpr(f.typ, "v."+f.name))
	}
	s.p("return append(b, ']')")
}

func (g *generator) appendUnion(gt *goType) {
	s := g.typesGo
	s.p("switch {")
	for _, f := range gt.fields {
		s.p("case v.%s != nil:", f.name)
		s.p("return %s", g.appendExpr(f.typ, "*v."+f.name))
	}
	s.p("}")
	s.p(`return append(b, "null"...)`)
}

// appendObject writes the fields in their order; absent ones are left out.
func (g *generator) appendObject(gt *goType) {
	s := g.typesGo
	sure := false // a field before this one was written for certain
	open := "{"   // not written yet
	flush := func() {
		if open != "" {
			s.p("b = append(b, '{')")
			open = ""
		}
	}
	for _, f := range gt.fields {
		key := jsonString(f.json) + ":"
		v := "v." + f.name
		switch {
		case f.optional:
			flush()
			s.p("if %s != nil {", v)
			if sure {
				s.p("b = append(b, %s...)", goText(","+key))
			} else {
				s.p("b = append(codec.AppendComma(b), %s...)", goText(key))
			}
			if f.pointer {
				v = "*" + v
			}
			s.p("b = %s", g.appendExpr(f.typ, v))
			s.p("}")
			continue
		case sure:
			s.p("b = append(b, %s...)", goText(","+key))
		case open != "":
			s.p("b = append(b, %s...)", goText("{"+key))
			open = ""
		default:
			s.p("b = append(codec.AppendComma(b), %s...)", goText(key))
		}
		sure = true
		s.p("b = %s", g.appendExpr(f.typ, v))
	}
	flush()
	for _, e := range gt.entries {
		s.p("b = codec.AppendEntries(b, v.%s, %s)", e.name, g.appendFn(e.typ.elem))
	}
	s.p("return append(b, '}')")
}

// goText writes a Go literal, between back quotes where that reads better.
func goText(s string) string {
	if strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}
