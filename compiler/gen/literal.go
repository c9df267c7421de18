package gen

import (
	"bytes"
	"encoding/base64"
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
	t = g.b.Resolve(t)
	switch gt.kind {
	case goAny, goNull:
		return anyLiteral(c)
	case goBool, goFloat:
		return scalar(c, gt)
	case goInt:
		if n, ok := intText(string(c)); ok {
			return n, nil
		}
		return "", fmt.Errorf("it is no integer of 64 bits")
	case goString:
		var s string
		if err := json.Unmarshal(c, &s); err != nil {
			return "", err
		}
		return strconv.Quote(s), nil
	case goBytes:
		var s string
		if err := json.Unmarshal(c, &s); err != nil {
			return "", err
		}
		raw, err := base64.StdEncoding.DecodeString(s)
		return fmt.Sprintf("[]byte(%q)", raw), err
	case goSlice, goArray:
		return g.listLiteral(c, gt, t)
	case goMap:
		return g.mapLiteral(c, gt, t)
	case goStruct:
		return g.structLiteral(c, gt, t)
	case goTuple:
		return g.tupleLiteral(c, gt, t)
	case goPointer:
		if string(c) == "null" {
			return "nil", nil
		}
		inner, err := g.literal(c, gt.elem, g.nonNull(t))
		return pointerTo(gt.elem, inner), err
	case goUnion:
		return g.unionLiteral(c, gt, t)
	case goTensor:
		return tensorLiteral(c, gt)
	}
	return "", fmt.Errorf("a constant cannot be %s", strings.TrimPrefix(gt.expr(false), "bentogen."))
}

func scalar(c ir.Const, gt *goType) (string, error) {
	if gt.kind == goBool {
		b, err := strconv.ParseBool(string(c))
		return strconv.FormatBool(b), err
	}
	_, err := strconv.ParseFloat(string(c), 64)
	return string(c), err
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
	return gt.expr(false) + "{" + strings.Join(parts, ", ") + "}", nil
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
	tag := ""
	if t.Discriminator != "" {
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
		if t.Discriminator != "" && f.json != tag {
			continue
		}
		if e, err := g.literal(c, f.typ, f.t); err == nil {
			return fmt.Sprintf("%s{%s: %s}", gt.expr(false), f.name, pointerTo(f.typ, e)), nil
		}
	}
	return "", fmt.Errorf("it fits none of the union's arms")
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
		return "float64(" + v.String() + ")"
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

// tensorLiteral writes nested lists as a tensor.
func tensorLiteral(c ir.Const, gt *goType) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(c))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return "", err
	}
	var shape, data []string
	for level := v; ; {
		list, ok := level.([]any)
		if !ok {
			break
		}
		shape = append(shape, strconv.Itoa(len(list)))
		if len(list) == 0 {
			break
		}
		level = list[0]
	}
	var flatten func(v any, depth int) error
	flatten = func(v any, depth int) error {
		list, ok := v.([]any)
		if !ok {
			if depth != len(shape) {
				return fmt.Errorf("its lists are not of one depth")
			}
			data = append(data, strings.TrimSuffix(strings.TrimPrefix(anyExpr(v), "int64("), ")"))
			return nil
		}
		if depth >= len(shape) || strconv.Itoa(len(list)) != shape[depth] {
			return fmt.Errorf("its lists are not of one length")
		}
		for _, e := range list {
			if err := flatten(e, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if err := flatten(v, 0); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s{Shape: []int{%s}, Data: []%s{%s}}", gt.expr(false), strings.Join(shape, ", "), gt.dtype, strings.Join(data, ", ")), nil
}
