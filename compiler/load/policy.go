package load

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue/ast"
)

// policies gives what a bento is put together with, such as policy.#Bento of
// `bento: policy.#Bento & {…}`, as it is written.
func (ix *index) policies() (all []*spot) {
	bento := ix.root.kids["bento"]
	if bento == nil {
		return nil
	}
	for _, e := range bento.from {
		if t := ix.target(e, maxFollowed); t != nil && t != bento {
			all = append(all, t)
		}
	}
	return all
}

// required reports every field that policies ask for and the bento lacks: CUE says so only
// where nothing else is wrong.
func (c *collector) requiredByPolicies() {
	for _, p := range c.index.policies() {
		c.requiredBy(p, "bento", maxFollowed)
	}
}

func (c *collector) requiredBy(p *spot, path string, follow int) {
	if follow == 0 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(p.kids)) {
		kid, at := p.kids[name], join(path, name)
		switch {
		case strings.HasPrefix(name, "_") || strings.HasPrefix(name, "#"):
		case !kid.required && len(kid.kids)+len(kid.open)+len(kid.from) == 0:
		case c.has(at):
			c.requiredBy(kid, at, follow)
		case kid.required:
			c.required(finding{path: at})
		}
	}
	for _, o := range p.open {
		for _, name := range c.index.names(path) {
			if o.takes(name) && p.kids[name] == nil {
				c.requiredBy(o.spot, join(path, name), follow)
			}
		}
	}
	for _, e := range p.from {
		if t := c.index.target(e, follow); t != nil && t != p {
			c.requiredBy(t, path, follow-1)
		}
	}
}

// has reports whether a bento has a field: it is spelled out, or made.
func (c *collector) has(path string) bool {
	if s := c.index.find(c.index.root.kids["bento"], splitPath(path)[1:], 0); s != nil && s.value != nil {
		return true
	}
	v := c.valueAt(parentPath(path))
	return v.Exists() && get(v, lastLabel(path)).Exists()
}

// asked reports where a policy asks for something, with its comment there.
func (c *collector) asked(d *diag.Diagnostic, path string, pos ir.Pos) {
	d.Also(pos, "%s", c.askedText(path))
}

func (c *collector) askedText(path string) string {
	if why := c.why(path); why != "" {
		return "it is asked for here: " + why
	}
	return "it is asked for here"
}

// why gives what the comments of a policy say of a field in their first sentence, or "".
// A rule in a hidden field, _timeout, has those of the field that it is about as well.
func (c *collector) why(path string) string {
	if name := lastLabel(path); strings.HasPrefix(name, "_") {
		if about := join(parentPath(path), strings.TrimLeft(name, "_")); c.policyDoc(about) != "" {
			path = about
		}
	}
	sentence, _, _ := strings.Cut(strings.ReplaceAll(c.policyDoc(path), "\n", " "), ". ")
	return strings.TrimSuffix(sentence, ".")
}

// policyDoc gives the comment of a field in a policy, which stands above the line:
// of memory, where that is resources: memory: <=8Gi.
func (c *collector) policyDoc(path string) string {
	s := c.policyAt(path)
	for s != nil && s.doc == "" {
		path = parentPath(path)
		around := c.policyAt(path)
		if around == nil || spanOf(around.label).Line != spanOf(s.label).Line || spanOf(around.label).File != spanOf(s.label).File {
			return ""
		}
		s = around
	}
	if s == nil {
		return ""
	}
	return s.doc
}

// policyAt gives the field of a policy that asks for something at a path, or nil.
func (c *collector) policyAt(path string) *spot {
	for _, p := range c.index.policies() {
		if s := c.index.find(p, splitPath(path)[1:], maxFollowed); s != nil && s.label != nil {
			return s
		}
	}
	return nil
}

// placeOf gives the place of the field that is written at a path, or of the closest one
// around it: not what a policy alone has there, for it is the bento that lacks something.
func (c *collector) placeOf(path string) ir.Pos {
	for path != "bento" {
		s := c.policyAt(path)
		if s == nil || c.index.labelPos(path) != spanOf(s.label) {
			break
		}
		path = parentPath(path)
	}
	return c.index.labelPos(path)
}

// tooLong reports a length of time that a rule about it refuses, such as
//
//	_timeout: time.ParseDuration(timeout) & <=(30*time.Second)
//
// where the time is written, in its own words.
func (c *collector) tooLong(f finding, pos ir.Pos) bool {
	e, _ := c.index.at(f.path)
	name := parsedDuration(e.value)
	if name == "" || len(f.args) < 2 {
		return false
	}
	path := join(parentPath(f.path), name)
	written, err := c.valueAt(path).String()
	if err != nil || !c.index.has(path) {
		return false
	}
	f.path, f.users, f.schema = path, nil, nil
	d := c.report(diag.BadValue, f, c.index.valuePos(path), "%q is not allowed here", written)
	d.Hintf("it must be %s", integers.ReplaceAllStringFunc(fmt.Sprint(f.args[1]), durationText))
	c.asked(d, path, pos)
	return true
}

// parsedDuration gives the field whose text an expression reads as a length of time, or "".
func parsedDuration(e ast.Expr) (name string) {
	if e == nil {
		return ""
	}
	ast.Walk(e, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || exprText(call.Fun) != "time.ParseDuration" || len(call.Args) != 1 {
			return true
		}
		if id, ok := call.Args[0].(*ast.Ident); ok {
			name = id.Name
		}
		return false
	}, nil)
	return name
}

// durationText writes nanoseconds as Go and CUE do, 30s; a number that is no such length
// stays as it is.
func durationText(nanoseconds string) string {
	n, ok := new(big.Int).SetString(nanoseconds, 10)
	if !ok || !n.IsInt64() {
		return nanoseconds
	}
	text := time.Duration(n.Int64()).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
