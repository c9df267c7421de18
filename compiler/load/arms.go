package load

import (
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
)

// disjunction reports a value that no arm of a disjunction takes.
func (c *collector) disjunction(f finding, members []errors.Error) {
	var plain, deeper []finding
	for _, m := range members {
		mf := findingOf(m)
		f.users, f.schema = append(f.users, mf.users...), append(f.schema, mf.schema...)
		if strings.HasPrefix(mf.format, "conflicting value") && len(mf.args) >= 2 {
			plain = append(plain, mf)
		} else if mf.path != f.path {
			deeper = append(deeper, mf)
		}
	}
	if len(deeper) > 0 && len(plain) == 0 {
		for _, d := range deeper {
			c.one(d)
		}
		return
	}
	e := c.eitherAt(f.path)
	if e == nil || e.got == "" {
		pos := c.valuePos(f)
		f.users = nil
		d := c.report(diag.BadValue, f, pos, "no alternative fits this value")
		if c.isSize(f.path) {
			d.Hintf("%s", sizeHint)
		}
		return
	}
	pos := c.valuePos(f)
	f.users = nil
	if missing := e.missing(); missing != "" {
		f.schema = nil
		c.report(diag.BadValue, f, pos, "%s must contain %s", lastLabel(f.path), missing).
			Hintf("write %s: %s", lastLabel(f.path), e.smallest()).
			Also(e.pos, "%s", c.askedText(f.path))
		return
	}
	if e.pos.IsValid() {
		f.schema = nil
	}
	d := c.report(diag.BadValue, f, pos, "%s is none of %s", c.amount(f.path, e.got), c.amount(f.path, strings.Join(e.arms, ", ")))
	switch near := suggest(e.got, e.arms); {
	case c.isSize(f.path) && strings.Contains(e.got+strings.Join(e.arms, ""), `"`):
		d.Hintf("%s", sizeHint)
	case e.pos.IsValid():
		c.asked(d, f.path, e.pos)
	case near != "":
		d.Hintf("did you mean %s?", near)
	}
}

// either is a value of the user's and the disjunction that does not take it.
type either struct {
	got   string // how the value is written
	arms  []string
	lists [][]string // the constants in each arm, where all are lists
	have  []string   // those in the value
	pos   ir.Pos     // of the disjunction, where the user wrote it and not the schema
}

// eitherAt takes the value at a path apart, nil where it has no disjunction.
func (c *collector) eitherAt(path string) *either {
	parts := deref(partsOf(c.valueAt(path)), maxChain, nil)
	var e either
	for _, p := range parts {
		if p.form != formEither {
			if isConst(p.v) && e.got == "" && !fromSchemaFile(valueSpan(p.v).File) {
				e.got, e.have = constText(p.v), constItems(p.v)
			}
			continue
		}
		pos := valueSpan(p.v)
		if len(e.arms) > 0 && fromSchemaFile(pos.File) {
			continue
		}
		e.arms, e.lists, e.pos = nil, nil, ir.Pos{}
		if !fromSchemaFile(pos.File) {
			e.pos = pos
		}
		for _, a := range p.args {
			if text := constText(a); !slices.Contains(e.arms, text) {
				e.arms, e.lists = append(e.arms, text), append(e.lists, constItems(a))
			}
		}
	}
	if len(e.arms) == 0 {
		return nil
	}
	if slices.ContainsFunc(e.lists, func(l []string) bool { return l == nil }) {
		e.lists = nil
	}
	slices.Sort(e.arms)
	return &e
}

// missing gives what every arm contains and the value does not, or "".
func (e *either) missing() string {
	if len(e.lists) == 0 || e.have == nil {
		return ""
	}
	for _, item := range e.lists[0] {
		everywhere := !slices.ContainsFunc(e.lists, func(l []string) bool { return !slices.Contains(l, item) })
		if everywhere && !slices.Contains(e.have, item) {
			return item
		}
	}
	return ""
}

// smallest gives the shortest arm that has all that the value has, else what the value
// has and what is missing.
func (e *either) smallest() string {
	best := append(slices.Clone(e.have), e.missing())
	for _, l := range e.lists {
		all := !slices.ContainsFunc(e.have, func(h string) bool { return !slices.Contains(l, h) })
		if all && len(l) == len(best) {
			best = l
			break
		}
	}
	return "[" + strings.Join(best, ", ") + "]"
}

// constText gives a constant as JSON, something else as it is written.
func constText(v cue.Value) string {
	if isConst(v) {
		if c, err := constOf(v); err == nil {
			return shorten(string(c))
		}
	}
	if e := sourceExpr(v); e != nil {
		return exprText(e)
	}
	return shorten(v.IncompleteKind().String())
}

// constItems gives the constants in a list; nil for what is no list.
func constItems(v cue.Value) []string {
	if v.IncompleteKind() != cue.ListKind {
		return nil
	}
	items := []string{}
	it, err := v.List()
	if err != nil {
		return nil
	}
	for it.Next() {
		if isConst(it.Value()) {
			items = append(items, constText(it.Value()))
		}
	}
	return items
}

// unsatisfied reports a value that a validator of the user's, such as
// list.Contains("linux/arm64"), refuses.
func (c *collector) unsatisfied(f finding) {
	what, got, have := "the condition", "this", []string(nil)
	pos := posOf(f.err.Position())
	parts := deref(partsOf(c.valueAt(f.path)), maxChain, nil)
	for _, p := range parts {
		if p.form == formLiteral && isConst(p.v) && !fromSchemaFile(valueSpan(p.v).File) {
			got, have = constText(p.v), constItems(p.v)
		}
		if p.form != formOp || p.op != cue.CallOp {
			continue
		}
		if e := sourceExpr(p.v); e != nil && !fromSchemaFile(posOf(e.Pos()).File) {
			what, pos = exprText(e), spanOf(e)
			if item := contained(e); item != "" {
				d := c.unsatisfiedBy(f, pos, "%s must contain %s", lastLabel(f.path), item)
				if len(have) > 0 {
					d.Hintf("write %s: [%s]", lastLabel(f.path), strings.Join(append(have, item), ", "))
				}
				return
			}
		}
	}
	c.unsatisfiedBy(f, pos, "%s does not satisfy %s", got, what)
}

func (c *collector) unsatisfiedBy(f finding, asked ir.Pos, format string, args ...any) *diag.Diagnostic {
	pos := c.valuePos(f)
	f.users, f.schema = nil, nil
	return c.report(diag.BadValue, f, pos, format, args...).Also(asked, "%s", c.askedText(f.path))
}

// valueAt gives the value at a path, which may lead through lists.
func (c *collector) valueAt(path string) cue.Value {
	v := c.root
	for _, l := range splitPath(path) {
		if i, err := strconv.Atoi(l); err == nil && v.IncompleteKind()&cue.StructKind == 0 {
			v = v.LookupPath(cue.MakePath(cue.Index(i)))
			continue
		}
		v = v.LookupPath(cue.ParsePath(quoteLabel(l)))
	}
	return v
}

// contained gives what a list must contain, where a validator says only that.
func contained(e ast.Expr) string {
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return ""
	}
	switch last := exprText(call.Args[len(call.Args)-1]); exprText(call.Fun) {
	case "list.Contains":
		return last
	case "list.MatchN":
		if least := exprText(call.Args[0]); least == ">=1" || least == ">0" {
			return last
		}
	}
	return ""
}
