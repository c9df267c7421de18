package assign

import (
	"slices"

	"bentoc.dev/compiler/ir"
)

// Cover is an answer about the values that types have in common.
type Cover struct {
	Value   ir.Const // one that shows it, where Found
	Found   bool
	Decided bool // false: it cannot be told, and Found says nothing
}

// Choosable tells whether a value of t can choose an arm of a switch: a bool, a number or
// a text, which may be null.
func Choosable(b *ir.Bento, t *ir.Type) bool {
	some := 0
	for _, a := range alternatives(b, t) {
		if classOf(a) == "" {
			return false
		}
		if a.Kind != ir.KindNull {
			some++
		}
	}
	return some == 1
}

// Common looks for a value of all the types in that is of none of the types out. Numbers
// are those that a server has: 64 bits, and NaN none of them. The format of a text is not
// looked at, so that what is found may have another one; nothing is missed by that.
func Common(b *ir.Bento, in, out []*ir.Type) Cover {
	var without []*ir.Type
	for _, t := range out {
		without = append(without, alternatives(b, t)...)
	}
	decided := true
	for _, with := range choices(b, in) {
		c := common(with, without)
		if c.Decided && c.Found {
			return c
		}
		decided = decided && c.Decided
	}
	return Cover{Decided: decided}
}

// alternatives gives the types of which a value of t is one; what is not known may be
// anything.
func alternatives(b *ir.Bento, t *ir.Type) []*ir.Type {
	all := b.Alternatives(t)
	for i, a := range all {
		if a == nil {
			all[i] = &ir.Type{Kind: ir.KindAny}
		}
	}
	return all
}

// choices gives every way of choosing one alternative of each type.
func choices(b *ir.Bento, types []*ir.Type) [][]*ir.Type {
	all := [][]*ir.Type{nil}
	for _, t := range types {
		var longer [][]*ir.Type
		for _, before := range all {
			for _, a := range alternatives(b, t) {
				longer = append(longer, append(slices.Clip(before), a))
			}
		}
		all = longer
	}
	return all
}

// class tells apart values that are never equal.
type class string

const (
	ofNull   class = "null"
	ofBool   class = "bool"
	ofNumber class = "number"
	ofText   class = "text"
)

func classOf(t *ir.Type) class {
	switch t.Kind {
	case ir.KindNull:
		return ofNull
	case ir.KindBool:
		return ofBool
	case ir.KindInt, ir.KindFloat:
		return ofNumber
	case ir.KindString:
		return ofText
	}
	return ""
}

// common is Common for types that are no unions.
func common(in, out []*ir.Type) Cover {
	of := classOf(in[0])
	for _, t := range in {
		switch classOf(t) {
		case "":
			return Cover{}
		case of:
		default:
			return Cover{Decided: true}
		}
	}
	out = slices.DeleteFunc(slices.Clone(out), func(t *ir.Type) bool { return classOf(t) != of && classOf(t) != "" })
	if slices.ContainsFunc(out, func(t *ir.Type) bool { return classOf(t) == "" }) {
		return Cover{}
	}
	switch of {
	case ofNull:
		return Cover{Value: ir.Const("null"), Found: len(out) == 0, Decided: true}
	case ofBool:
		return listed([]ir.Const{ir.Const("true"), ir.Const("false")}, in, out)
	case ofText:
		return commonText(in, out)
	}
	return commonNumber(in, out)
}

// listed tries constants one by one.
func listed(values []ir.Const, in, out []*ir.Type) Cover {
	f := New(&ir.Bento{})
	holds := func(v ir.Const) func(*ir.Type) bool {
		return func(t *ir.Type) bool { return f.Conforms(v, t).Verdict == Fits }
	}
	for _, v := range values {
		if !slices.ContainsFunc(in, func(t *ir.Type) bool { return !holds(v)(t) }) && !slices.ContainsFunc(out, holds(v)) {
			return Cover{Value: v, Found: true, Decided: true}
		}
	}
	return Cover{Decided: true}
}
