package gen

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"bentoc.dev/compiler/ir"
)

// constraints writes the calls that check what t demands of v beyond its Go type.
// c is a *codec.Checker or *codec.Reader.
func (g *generator) constraints(t *ir.Type, gt *goType, c, v string) []string {
	call := func(method string, args ...string) string {
		return fmt.Sprintf("%s.%s(%s)", c, method, strings.Join(append([]string{v}, args...), ", "))
	}
	var out []string
	switch gt.kind {
	case goInt:
		out = g.intConstraints(t, c, v, call)
	case goFloat:
		out = g.floatConstraints(t, call)
	case goString:
		out = g.textConstraints(t, call)
	case goBool:
		if len(t.Enum) == 1 {
			out = append(out, call("Equal", string(t.Enum[0])))
		}
	case goBytes:
		out = lengths(t, fmt.Sprintf("%s.MinBytes(len(%s)", c, v), fmt.Sprintf("%s.MaxBytes(len(%s)", c, v))
	case goSlice, goMap:
		out = lengths(t, fmt.Sprintf("%s.MinItems(len(%s)", c, v), fmt.Sprintf("%s.MaxItems(len(%s)", c, v))
		if t.Unique && gt.kind == goSlice {
			out = append(out, fmt.Sprintf("codec.Unique(%s, %s, %s)", checkerOf(c), v, g.appendFn(gt.elem)))
		}
	case goTensor, goAnyTensor:
		return append(tensorConstraints(t, gt, c, v), g.tensorSymbols(t, gt, c, v)...)
	}
	return append(out, g.jsonConstraints(t, gt, c, v)...)
}

// checkerOf gives the *codec.Checker of a reader or checker.
func checkerOf(c string) string {
	if c == "r" {
		return "&r.Checker"
	}
	return c
}

type caller func(method string, args ...string) string

func (g *generator) intConstraints(t *ir.Type, c, v string, call caller) []string {
	var out []string
	if n, ok := intBound(t.Min, 1); ok {
		out = append(out, call("AtLeastInt", n))
	}
	if n, ok := intBound(t.Max, -1); ok {
		out = append(out, call("AtMostInt", n))
	}
	if m := t.MultipleOf; m != "" {
		if n, ok := intText(m); ok {
			out = append(out, call("MultipleOfInt", n))
		} else {
			out = append(out, fmt.Sprintf("%s.MultipleOf(float64(%s), %q)", c, v, m))
		}
	}
	return append(out, listed(t, "Int", call, func(c ir.Const) (string, bool) { return intText(string(c)) })...)
}

// intBound gives the first integer inside a bound; dir is 1 for a lower and -1
// for an upper bound. A bound that no int64 can break is none.
func intBound(b *ir.Bound, dir int64) (string, bool) {
	if b == nil {
		return "", false
	}
	x, ok := new(big.Rat).SetString(b.Value)
	if !ok {
		return "", false
	}
	n := new(big.Int).Div(x.Num(), x.Denom()) // rounds down, for any sign
	whole := x.IsInt()
	switch {
	case dir > 0 && (!whole || b.Exclusive):
		n.Add(n, big.NewInt(1))
	case dir < 0 && whole && b.Exclusive:
		n.Sub(n, big.NewInt(1))
	}
	if !n.IsInt64() {
		// Beyond int64: either always or never met.
		if (n.Sign() > 0) == (dir > 0) {
			return strconv.FormatInt(map[bool]int64{true: math.MaxInt64, false: math.MinInt64}[dir > 0], 10), true
		}
		return "", false
	}
	if dir > 0 && n.Int64() == math.MinInt64 || dir < 0 && n.Int64() == math.MaxInt64 {
		return "", false
	}
	return n.String(), true
}

// intText writes a JSON number as a Go integer, if it is one.
func intText(s string) (string, bool) {
	x, ok := new(big.Rat).SetString(s)
	if !ok || !x.IsInt() || !x.Num().IsInt64() {
		return "", false
	}
	return x.Num().String(), true
}

func (g *generator) floatConstraints(t *ir.Type, call caller) []string {
	var out []string
	bound := func(b *ir.Bound, inclusive, exclusive string) {
		switch {
		case b == nil:
		case b.Exclusive:
			out = append(out, call(exclusive, b.Value))
		default:
			out = append(out, call(inclusive, b.Value))
		}
	}
	bound(t.Min, "AtLeast", "Above")
	bound(t.Max, "AtMost", "Below")
	if t.MultipleOf != "" {
		out = append(out, call("MultipleOf", strconv.Quote(t.MultipleOf)))
	}
	return append(out, listed(t, "Float", call, func(c ir.Const) (string, bool) {
		_, err := strconv.ParseFloat(string(c), 64)
		return string(c), err == nil
	})...)
}

func (g *generator) textConstraints(t *ir.Type, call caller) []string {
	var out []string
	if t.MinLen != nil && *t.MinLen > 0 {
		out = append(out, call("MinRunes", fmt.Sprint(*t.MinLen)))
	}
	if t.MaxLen != nil {
		out = append(out, call("MaxRunes", fmt.Sprint(*t.MaxLen)))
	}
	for _, p := range t.Patterns {
		out = append(out, call("Match", g.pattern(p)))
	}
	for _, p := range t.NotPatterns {
		out = append(out, call("NoMatch", g.pattern(p)))
	}
	return append(out, listed(t, "", call, func(c ir.Const) (string, bool) {
		var text string
		err := json.Unmarshal(c, &text)
		return strconv.Quote(text), err == nil
	})...)
}

// listed writes the checks of an enum and of excluded values. Constants of
// another kind can neither be met nor broken.
func listed(t *ir.Type, suffix string, call caller, text func(ir.Const) (string, bool)) []string {
	var out []string
	collect := func(cs []ir.Const) (args []string) {
		for _, c := range cs {
			if s, ok := text(c); ok {
				args = append(args, s)
			}
		}
		return args
	}
	if t.Enum != nil {
		out = append(out, call("OneOf"+suffix, collect(t.Enum)...))
	}
	if not := collect(t.Not); len(not) > 0 {
		out = append(out, call("Not"+suffix, not...))
	}
	return out
}

// lengths writes the checks of a length; low and high are calls without their
// last argument.
func lengths(t *ir.Type, low, high string) []string {
	var out []string
	if t.MinLen != nil && *t.MinLen > 0 {
		out = append(out, fmt.Sprintf("%s, %d)", low, *t.MinLen))
	}
	if t.MaxLen != nil {
		out = append(out, fmt.Sprintf("%s, %d)", high, *t.MaxLen))
	}
	return out
}

// jsonConstraints checks enums and exclusions of values that have no check of
// their own, such as lists, by comparing their JSON.
func (g *generator) jsonConstraints(t *ir.Type, gt *goType, c, v string) []string {
	switch gt.kind {
	case goBool, goInt, goFloat, goString, goNull:
		return nil
	}
	var out []string
	write := func(method string, cs []ir.Const) {
		args := make([]string, len(cs))
		for i, k := range cs {
			args[i] = strconv.Quote(string(k))
		}
		out = append(out, fmt.Sprintf("%s.%s(%s(nil, %s), %s)", c, method, g.appendFn(gt), v, strings.Join(args, ", ")))
	}
	if t.Enum != nil {
		write("OneOfJSON", t.Enum)
	}
	if len(t.Not) > 0 {
		write("NotJSON", t.Not)
	}
	return out
}

func tensorConstraints(t *ir.Type, gt *goType, c, v string) []string {
	base := strings.TrimPrefix(v, "*") // Go follows the pointer by itself
	field, size := base+".Shape", "len("+base+".Data)"
	if gt.kind == goAnyTensor {
		size = fmt.Sprintf("codec.AnyTensor(%s).Len()", v)
	}
	if t.Shape == nil && !t.Rank0 {
		if c == "r" {
			return nil // a reader gives no other number
		}
		return []string{fmt.Sprintf("%s.Elements(%s, %s)", c, field, size)}
	}
	want := ""
	for _, d := range t.Shape {
		if d.Size > 0 || d.Symbol == "" && d.Size != 0 {
			want += fmt.Sprintf(", %d", d.Size)
		} else {
			want += ", -1"
		}
	}
	return []string{fmt.Sprintf("%s.Shape(%s, %s%s)", c, field, size, want)}
}

// pattern gives the name of the compiled form of an expression.
func (g *generator) pattern(re string) string {
	if name := g.patterns[re]; name != "" {
		return name
	}
	name := g.mainNames.pick(fmt.Sprintf("pattern%d", len(g.patterns)+1))
	g.patterns[re] = name
	return name
}

func pictureLimits(t *ir.Type) string {
	return limits("picture.Limits", t, [2]any{"MaxBytes", t.MaxBytes}, [2]any{"MaxPixels", t.MaxPixels})
}

func fileLimits(t *ir.Type) string {
	return limits("codec.FileLimits", t, [2]any{"MaxBytes", t.MaxBytes})
}

// limits writes a literal with the fields that are set.
func limits(name string, t *ir.Type, fields ...[2]any) string {
	var parts []string
	for _, f := range fields {
		if f[1].(int64) != 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", f[0], f[1]))
		}
	}
	if len(t.MediaTypes) > 0 {
		var quoted []string
		for _, m := range t.MediaTypes {
			quoted = append(quoted, strconv.Quote(m))
		}
		parts = append(parts, "MediaTypes: []string{"+strings.Join(quoted, ", ")+"}")
	}
	return name + "{" + strings.Join(parts, ", ") + "}"
}
