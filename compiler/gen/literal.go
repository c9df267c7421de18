package gen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"bentoc.dev/compiler/ir"
)

// jsonString writes a text as JSON, without the escapes that HTML needs.
func jsonString(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}

// constant writes a JSON constant as a Go expression of type gt, which stands
// for t. where names the place in errors.
func (g *generator) constant(c ir.Const, gt *goType, t *ir.Type, where string) string {
	expr, err := g.literal(c, gt, t)
	if err != nil {
		g.errorf("%s: writing the constant %s: %w", where, c, err)
		return "nil"
	}
	return expr
}

func (g *generator) literal(c ir.Const, gt *goType, t *ir.Type) (string, error) {
	if write := goRows[gt.kind].constant; write != nil {
		return write(g, c, gt, g.b.Resolve(t))
	}
	return "", fmt.Errorf("a constant cannot be %s", strings.TrimPrefix(gt.expr(false), "bentogen."))
}

func anyConstant(_ *generator, c ir.Const, _ *goType, _ *ir.Type) (string, error) {
	return anyLiteral(c)
}

func boolConstant(_ *generator, c ir.Const, _ *goType, _ *ir.Type) (string, error) {
	b, err := strconv.ParseBool(string(c))
	return strconv.FormatBool(b), err
}

func intConstant(_ *generator, c ir.Const, _ *goType, _ *ir.Type) (string, error) {
	if n, ok := intText(string(c)); ok {
		return n, nil
	}
	return "", fmt.Errorf("it is no integer of 64 bits")
}

func floatConstant(_ *generator, c ir.Const, _ *goType, _ *ir.Type) (string, error) {
	return floatText(string(c))
}

func textConstant(_ *generator, c ir.Const, _ *goType, _ *ir.Type) (string, error) {
	var s string
	err := json.Unmarshal(c, &s)
	return strconv.Quote(s), err
}

func bytesConstant(g *generator, c ir.Const, _ *goType, t *ir.Type) (string, error) {
	var s string
	if err := json.Unmarshal(c, &s); err != nil {
		return "", err
	}
	raw, err := g.b.Resolve(t).Decode(s)
	return fmt.Sprintf("[]byte(%q)", raw), err
}

func (g *generator) pointerLiteral(c ir.Const, gt *goType, t *ir.Type) (string, error) {
	if string(c) == "null" {
		return "nil", nil
	}
	inner, err := g.literal(c, gt.elem, g.nonNull(t))
	return pointerTo(gt.elem, inner), err
}

// floatText writes a number as a constant for a float64. Go's integer constants
// have no more than 512 bits, so that 1e300, digit by digit, is none of them.
func floatText(s string) (string, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err == nil && len(s) > 150 {
		s = strconv.FormatFloat(f, 'g', -1, 64)
	}
	return s, err
}

// pointerTo writes a pointer to a new variable that holds the expression.
func pointerTo(t *goType, expr string) string {
	switch t.kind {
	case goBool, goString:
	case goInt, goFloat:
		expr = t.expr(false) + "(" + expr + ")"
	}
	return "new(" + expr + ")"
}

func (g *generator) listLiteral(c ir.Const, gt *goType, t *ir.Type) (string, error) {
	var items []ir.Const
	if err := json.Unmarshal(c, &items); err != nil {
		return "", err
	}
	var parts []string
	for _, item := range items {
		var elem *ir.Type
		if t != nil {
			elem = itemType(t)
		}
		e, err := g.literal(item, gt.elem, elem)
		if err != nil {
			return "", err
		}
		parts = append(parts, e)
	}
	return gt.expr(false) + "{" + strings.Join(parts, ", ") + "}", nil
}

func (g *generator) mapLiteral(c ir.Const, gt *goType, t *ir.Type) (string, error) {
	var members map[string]ir.Const
	if err := json.Unmarshal(c, &members); err != nil {
		return "", err
	}
	var parts []string
	for _, k := range sorted(members) {
		e, err := g.literal(members[k], gt.elem, t.Elem)
		if err != nil {
			return "", err
		}
		parts = append(parts, fmt.Sprintf("%q: %s", k, e))
	}
	return gt.expr(false) + "{" + strings.Join(parts, ", ") + "}", nil
}

func (g *generator) structLiteral(c ir.Const, gt *goType, t *ir.Type) (string, error) {
	var members map[string]ir.Const
	if err := json.Unmarshal(c, &members); err != nil {
		return "", err
	}
	var parts []string
	for _, f := range gt.fields {
		m, ok := members[f.json]
		switch {
		case ok:
		case f.def != nil:
			m = f.def
		case f.optional:
			continue
		default:
			return "", fmt.Errorf("the field %q is missing", f.json)
		}
		e, err := g.literal(m, f.typ, f.t)
		if err != nil {
			return "", err
		}
		if f.pointer {
			e = pointerTo(f.typ, e)
		}
		parts = append(parts, f.name+": "+e)
	}
	entries, err := gt.group(sorted(members), func(name string, e goField) (string, error) { return g.literal(members[name], e.typ.elem, e.t) })
	return gt.expr(false) + "{" + strings.Join(append(parts, entries...), ", ") + "}", err
}

func (g *generator) tupleLiteral(c ir.Const, gt *goType, t *ir.Type) (string, error) {
	var items []ir.Const
	if err := json.Unmarshal(c, &items); err != nil {
		return "", err
	}
	if len(items) != len(gt.fields) {
		return "", fmt.Errorf("it has %d items where %d belong", len(items), len(gt.fields))
	}
	var parts []string
	for i, f := range gt.fields {
		e, err := g.literal(items[i], f.typ, f.t)
		if err != nil {
			return "", err
		}
		parts = append(parts, f.name+": "+e)
	}
	return gt.expr(false) + "{" + strings.Join(parts, ", ") + "}", nil
}

// unionLiteral takes the arm that the discriminator names, else the first that
// can hold the constant.
func (g *generator) unionLiteral(c ir.Const, gt *goType, t *ir.Type) (string, error) {
	tag, shape := "", -1
	if g.b.ByShape(t) {
		if shape = g.shapeOf(c, t); shape == -2 {
			return "", fmt.Errorf("it fits none of the union's arms")
		}
	}
	if t.Discriminator != "" && len(c) > 0 && c[0] == '{' {
		var members map[string]ir.Const
		if err := json.Unmarshal(c, &members); err != nil {
			return "", err
		}
		tag = string(members[t.Discriminator])
		var text string
		if json.Unmarshal([]byte(tag), &text) == nil {
			tag = text
		}
	}
	for _, f := range gt.fields {
		if t.Discriminator != "" && tag != "" && f.json != tag || shape >= 0 && f.t != t.Arms[shape] {
			continue
		}
		if e, err := g.literal(c, f.typ, f.t); err == nil {
			return fmt.Sprintf("%s{%s: %s}", gt.expr(false), f.name, pointerTo(f.typ, e)), nil
		}
	}
	return "", fmt.Errorf("it fits none of the union's arms")
}

// shapeOf gives the arm that an object is of by its fields: -1 for what is no object, -2
// for one that is of none.
func (g *generator) shapeOf(c ir.Const, t *ir.Type) int {
	var members map[string]ir.Const
	if json.Unmarshal(c, &members) != nil {
		return -1
	}
	for i, marks := range g.b.Markers(t) {
		for _, m := range marks {
			if members[m] != nil {
				return i
			}
		}
	}
	return -2
}

// anyLiteral writes a constant for a variable of type any.
func anyLiteral(c ir.Const) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(c))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return "", err
	}
	return anyExpr(v), nil
}

func anyExpr(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case json.Number:
		if n, ok := intText(v.String()); ok {
			return "int64(" + n + ")"
		}
		if n, err := strconv.ParseUint(v.String(), 10, 64); err == nil {
			return fmt.Sprintf("uint64(%d)", n)
		}
		s, err := floatText(v.String())
		if err != nil {
			s = v.String() // the compiler says that it is too large
		}
		return "float64(" + s + ")"
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = anyExpr(e)
		}
		return "[]any{" + strings.Join(parts, ", ") + "}"
	case map[string]any:
		var parts []string
		for _, k := range sorted(v) {
			parts = append(parts, fmt.Sprintf("%q: %s", k, anyExpr(v[k])))
		}
		return "map[string]any{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprintf("%#v", v)
}
