package assign

import (
	"bytes"
	"math"
	"slices"
	"strconv"

	"bentoc.dev/compiler/ir"
)

// number compares ranges, steps and exclusions of ints and floats.
func (f *Fitter) number(p, c *ir.Type) Result {
	if a, ok := f.listsAll(p, c); ok {
		return a
	}
	from, to := Describe(f.b, p), Describe(f.b, c)
	p, c = whole(p), whole(c)
	if !overlap(p, c) {
		return Never("%s is never %s", from, to)
	}
	if !above(p.Min, c.Min) || !below(p.Max, c.Max) {
		return maybe("%s may lie outside %s", from, to)
	}
	if c.MultipleOf != "" && !steps(p, c.MultipleOf) {
		return maybe("it may be no multiple of %s", c.MultipleOf)
	}
	return excluded(p, c)
}

// whole gives an int whose bounds are whole numbers and inclusive: int >0 is
// int >=1. Other types stay as they are.
func whole(t *ir.Type) *ir.Type {
	if t.Kind != ir.KindInt {
		return t
	}
	c := *t
	c.Min, c.Max = wholeBound(t.Min, 1), wholeBound(t.Max, -1)
	return &c
}

// wholeBound moves an exclusive bound inwards by one; a bound with a fraction,
// or one that no int64 reaches, stays.
func wholeBound(b *ir.Bound, inwards int64) *ir.Bound {
	if b == nil || !b.Exclusive {
		return b
	}
	text, err := ir.CanonicalNumber(b.Value)
	if err != nil {
		return b
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n == math.MaxInt64 || n == math.MinInt64 {
		return b
	}
	return &ir.Bound{Value: strconv.FormatInt(n+inwards, 10)}
}

// overlap reports whether some number lies in the ranges of both.
func overlap(p, c *ir.Type) bool {
	return before(p.Min, c.Max) && before(c.Min, p.Max)
}

// before reports whether a range that begins at low and ends at high holds a number.
func before(low, high *ir.Bound) bool {
	if low == nil || high == nil {
		return true
	}
	cmp := ir.CompareNumbers(low.Value, high.Value)
	return cmp < 0 || cmp == 0 && !low.Exclusive && !high.Exclusive
}

// above reports whether all that is above the bound p is above the bound c.
func above(p, c *ir.Bound) bool {
	if c == nil {
		return true
	}
	if p == nil {
		return false
	}
	cmp := ir.CompareNumbers(p.Value, c.Value)
	return cmp > 0 || cmp == 0 && (p.Exclusive || !c.Exclusive)
}

// below is above for the upper ends.
func below(p, c *ir.Bound) bool {
	if c == nil {
		return true
	}
	if p == nil {
		return false
	}
	cmp := ir.CompareNumbers(p.Value, c.Value)
	return cmp < 0 || cmp == 0 && (p.Exclusive || !c.Exclusive)
}

// steps reports whether every value of p is a multiple of step.
func steps(p *ir.Type, step string) bool {
	if p.Kind == ir.KindInt && ir.IsMultiple("1", step) {
		return true
	}
	return p.MultipleOf != "" && ir.IsMultiple(p.MultipleOf, step)
}

// excluded sees that what the consumer excludes is not what the producer gives.
func excluded(p, c *ir.Type) Result {
	for _, v := range c.Not {
		out := slices.ContainsFunc(p.Not, func(o ir.Const) bool { return sameConst(o, v) })
		if !out && !outside(v, p) {
			return maybe("it may be %s, which is excluded", Shorten(string(v)))
		}
	}
	return sure()
}

// outside reports whether the number v lies outside the range of t.
func outside(v ir.Const, t *ir.Type) bool {
	if kindOf(v) != ir.KindFloat && kindOf(v) != ir.KindInt {
		return true
	}
	point := &ir.Bound{Value: string(v)}
	return !before(t.Min, point) || !before(point, t.Max)
}

// SameConst tells whether two constants are one value; none is like another none.
func SameConst(a, b ir.Const) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return sameConst(a, b)
}

func sameConst(a, b ir.Const) bool {
	x, err := ir.CanonicalConst(a)
	y, err2 := ir.CanonicalConst(b)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}

// text compares lengths, patterns and exclusions of strings and bytes; bools
// have none of them.
func (f *Fitter) text(p, c *ir.Type) Result {
	if a, ok := f.language(p, c); ok {
		return a
	}
	a := f.length(p.MinLen, p.MaxLen, c, "long").and(formatFits(p, c))
	for _, re := range c.Patterns {
		if !slices.Contains(p.Patterns, re) {
			a = a.and(maybe("it may not match %q", re))
		}
	}
	for _, re := range c.NotPatterns {
		if !slices.Contains(p.NotPatterns, re) {
			a = a.and(maybe("it may match %q, which is excluded", re))
		}
	}
	for _, v := range c.Not {
		if !slices.ContainsFunc(p.Not, func(o ir.Const) bool { return sameConst(o, v) }) && f.sender().Conforms(v, p).Verdict == Fits {
			a = a.and(maybe("it may be %s, which is excluded", Shorten(string(v))))
		}
	}
	return a
}

// bytes compares bytes, which have to be written alike: an arm of a union, or any value,
// may stand between the two.
func (f *Fitter) bytes(p, c *ir.Type) Result {
	if p.Encoding != c.Encoding {
		return Never("it is written as %s, but %s is asked for", p.EncodingName(), c.EncodingName())
	}
	return f.text(p, c)
}

// length compares a producer's lengths with those that the consumer allows.
func (f *Fitter) length(low, high *int64, c *ir.Type, unit string) Result {
	least, most := c.MinLen, c.MaxLen
	if c.Kind == ir.KindList {
		least, most = c.Lengths()
	}
	switch {
	case most != nil && low != nil && *low > *most:
		return Never("it is at least %d %s, but at most %d are allowed", *low, unit, *most)
	case least != nil && high != nil && *high < *least:
		return Never("it is at most %d %s, but at least %d are required", *high, unit, *least)
	case most != nil && (high == nil || *high > *most):
		return maybe("it may be more than %d %s", *most, unit)
	case least != nil && *least > 0 && (low == nil || *low < *least):
		return maybe("it may be less than %d %s", *least, unit)
	}
	return sure()
}
