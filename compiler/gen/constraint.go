package gen

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// constraints writes the calls that check what t demands of v beyond its Go type.
// c is a *codec.Checker or *codec.Reader.
func (g *generator) constraints(t *ir.Type, gt *goType, c, v string) []string {
	row := goRows[gt.kind]
	var out []string
	if row.rules != nil {
		out = row.rules(g, t, gt, c, v)
	}
	if row.listed {
		return out
	}
	return append(out, g.jsonConstraints(t, gt, c, v)...)
}

// caller writes the call of a method of a checker on one value.
type caller func(method string, args ...string) string

func callOn(c, v string) caller {
	return func(method string, args ...string) string {
		return fmt.Sprintf("%s.%s(%s)", c, method, strings.Join(append([]string{v}, args...), ", "))
	}
}

func (g *generator) boolRules(t *ir.Type, _ *goType, c, v string) []string {
	if len(t.Enum) != 1 {
		return nil
	}
	return []string{callOn(c, v)("Equal", string(t.Enum[0]))}
}

func bytesRules(_ *generator, t *ir.Type, _ *goType, c, v string) []string {
	return lengths(t, fmt.Sprintf("%s.MinBytes(len(%s)", c, v), fmt.Sprintf("%s.MaxBytes(len(%s)", c, v))
}

func itemRules(_ *generator, t *ir.Type, _ *goType, c, v string) []string {
	return lengths(t, fmt.Sprintf("%s.MinItems(len(%s)", c, v), fmt.Sprintf("%s.MaxItems(len(%s)", c, v))
}

func mapRules(g *generator, t *ir.Type, gt *goType, c, v string) []string {
	out := itemRules(g, t, gt, c, v)
	if t.Key != nil {
		out = append(out, fmt.Sprintf("codec.CheckKeys(%s, %s, %s)", checkerOf(c), v, g.checkFn(t.Key, &goType{kind: goString}, "Key")))
	}
	return out
}

func sliceRules(g *generator, t *ir.Type, gt *goType, c, v string) []string {
	sized := *t
	sized.MinLen, sized.MaxLen = t.Lengths()
	out := itemRules(g, &sized, gt, c, v)
	if t.Unique {
		out = append(out, fmt.Sprintf("codec.Unique(%s, %s, %s)", checkerOf(c), v, g.appendFn(gt.elem)))
	}
	return out
}

// checkerOf gives the *codec.Checker of a reader or checker.
func checkerOf(c string) string {
	if c == "r" {
		return "&r.Checker"
	}
	return c
}

func (g *generator) intRules(t *ir.Type, _ *goType, c, v string) []string {
	call := callOn(c, v)
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
			out = append(out, call("MultipleOfDecimal", strconv.Quote(m)))
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

func (g *generator) floatRules(t *ir.Type, _ *goType, c, v string) []string {
	call := callOn(c, v)
	var out []string
	bound := func(b *ir.Bound, dir int, inclusive, exclusive string) {
		switch value, excl, ok := floatBound(b, dir); {
		case !ok:
		case excl:
			out = append(out, call(exclusive, value))
		default:
			out = append(out, call(inclusive, value))
		}
	}
	bound(t.Min, 1, "AtLeast", "Above")
	bound(t.Max, -1, "AtMost", "Below")
	if t.MultipleOf != "" {
		out = append(out, call("MultipleOf", strconv.Quote(t.MultipleOf)))
	}
	return append(out, listed(t, "Float", call, func(c ir.Const) (string, bool) {
		text, err := floatText(string(c))
		return text, err == nil && ir.FitsFloat64(string(c))
	})...)
}

// floatBound gives a bound as a float64 that lets the same float64s through; dir is 1
// for a lower bound. A bound that none of them breaks is none.
func floatBound(b *ir.Bound, dir int) (value string, exclusive, ok bool) {
	if b == nil || ir.BeyondFloat64(b.Value) != 0 {
		return "", false, false
	}
	f, ok := assign.BoundOf(b, dir)
	if !ok || f.Moved {
		return strconv.FormatFloat(f.Value, 'g', -1, 64), f.Exclusive, ok
	}
	value, err := floatText(b.Value)
	return value, b.Exclusive, err == nil
}

func (g *generator) textRules(t *ir.Type, _ *goType, c, v string) []string {
	call := callOn(c, v)
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
	out = append(out, g.formatRule(t, c, v)...)
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

// pattern gives the name of the compiled form of an expression.
func (g *generator) pattern(re string) string {
	if name := g.patterns[re]; name != "" {
		return name
	}
	name := g.mainNames.pick(fmt.Sprintf("pattern%d", len(g.patterns)+1))
	g.patterns[re] = name
	return name
}
