package gen

import (
	"fmt"
	"strconv"
)

// plainWriters are the functions of package codec that write a type.
var plainWriters = map[goKind]string{
	goAny: "codec.AppendAny", goNull: "codec.AppendAny", goBool: "codec.AppendBool", goInt: "codec.AppendInt",
	goFloat: "codec.AppendFloat", goString: "codec.AppendString", goBytes: "codec.AppendBytes",
}

// appendFn gives the name of a function func([]byte, T) []byte that writes gt.
func (g *generator) appendFn(gt *goType) string {
	if fn := plainWriters[gt.kind]; fn != "" {
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
	switch gt.kind {
	case goStruct:
		g.appendObject(gt)
	case goTuple:
		for i, f := range gt.fields {
			s.p("b = append(b, '%c')", "[,"[min(i, 1)])
			s.p("b = %s", g.appendExpr(f.typ, "v."+f.name))
		}
		s.p("return append(b, ']')")
	case goUnion:
		s.p("switch {")
		for _, f := range gt.fields {
			s.p("case v.%s != nil:", f.name)
			s.p("return %s", g.appendExpr(f.typ, "*v."+f.name))
		}
		s.p("}")
		s.p(`return append(b, "null"...)`)
	default:
		s.p("return %s", g.appendExpr(gt, "v"))
	}
	s.p("}")
}

// appendExpr writes the call that appends v to b.
func (g *generator) appendExpr(gt *goType, v string) string {
	switch gt.kind {
	case goSlice:
		return fmt.Sprintf("codec.AppendList(b, %s, %s)", v, g.appendFn(gt.elem))
	case goArray:
		if v[0] == '*' {
			v = "(" + v + ")"
		}
		return fmt.Sprintf("codec.AppendList(b, %s[:], %s)", v, g.appendFn(gt.elem))
	case goMap:
		return fmt.Sprintf("codec.AppendMap(b, %s, %s)", v, g.appendFn(gt.elem))
	case goPointer:
		return fmt.Sprintf("codec.AppendNullable(b, %s, %s)", v, g.appendFn(gt.elem))
	case goTensor:
		return fmt.Sprintf("codec.AppendTensor(b, codec.Tensor[%s](%s))", gt.dtype, v)
	case goAnyTensor:
		return fmt.Sprintf("codec.AppendAnyTensor(b, codec.AnyTensor(%s))", v)
	case goImage:
		g.typesGo.use(picturePath)
		return fmt.Sprintf("picture.Append(b, picture.Image(%s))", v)
	case goFile:
		return fmt.Sprintf("codec.AppendFile(b, codec.File(%s))", v)
	}
	return fmt.Sprintf("%s(b, %s)", g.appendFn(gt), v)
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
	s.p("return append(b, '}')")
}

// goText writes a Go literal, between back quotes where that reads better.
func goText(s string) string {
	if strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}
