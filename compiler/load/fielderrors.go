package load

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

// notAllowed reports a field that the schema, or a closed type, does not have.
func (c *collector) notAllowed(f finding) {
	path := f.path
	for p := path; p != ""; p = parentPath(p) {
		if c.unknown[p] {
			return
		}
	}
	for p := parentPath(path); p != "" && p != "bento"; p = parentPath(p) {
		if sv := c.schemaAt(parentPath(p)); sv.Exists() && !c.schemaAt(p).Exists() && sv.IncompleteKind() == cue.StructKind {
			path = p
		}
	}
	f.path = path
	if c.besideReference(path) {
		return // the decoder says it
	}
	name := lastLabel(path)
	pos := c.index.labelPos(path)
	if !c.index.has(path) && len(f.users) > 0 {
		pos = f.users[len(f.users)-1]
	}
	f.users = nil
	sv := c.schemaAt(parentPath(path))
	var s shape
	if sv.Exists() && sv.IncompleteKind() == cue.StructKind {
		s = *c.shape(sv)
	}
	_, known := s.fields[name]
	switch by := c.closedBy(path); {
	case by != nil && (known || !sv.Exists() || sv.IncompleteKind() == cue.TopKind || s.open || s.pattern.Exists()):
		c.keptOut(f, by, pos)
	case s.key.Exists() && s.key.FillPath(cue.Path{}, name).Err() != nil:
		f.schema = nil
		c.report(diag.BadValue, f, pos, "%q cannot be a name here", name).Hintf("%s", patternHint(s.key))
	case known:
		c.report(diag.UnknownField, f, pos, "%q cannot be added to a struct that is closed", name).
			Hintf("what is put together with & has a definition, or a close(…), without this field: add ... to it")
	default:
		d := c.report(diag.UnknownField, f, pos, "unknown field %q", name)
		if near := suggest(name, s.names); near != "" {
			d.Hintf("did you mean %q?", near)
		}
	}
}

func (c *collector) required(f finding) {
	name := lastLabel(f.path)
	pos := c.placeOf(parentPath(f.path))
	f.users = nil
	d := c.report(diag.MissingField, f, pos, "%q is missing", name).Hintf("%s", c.about(f.path, name))
	if s := c.policyAt(f.path); s != nil {
		if at := spanOf(s.label); at.IsValid() && at != pos {
			c.asked(d, f.path, at)
		}
	}
}

// about words what a field of the schema is for, out of its doc comment.
func (c *collector) about(path, name string) string {
	sv := c.schemaAt(path)
	if sv.Exists() {
		for _, g := range sv.Doc() {
			if text := strings.ReplaceAll(commentText(g), "\n", " "); strings.HasPrefix(text, name+" ") {
				sentence, _, _ := strings.Cut(text, ". ")
				return strings.TrimSuffix(sentence, ".")
			}
		}
	}
	return fmt.Sprintf("add %s: …", quoteLabel(name))
}

// incomplete reports a field that has a type and no value.
func (c *collector) incomplete(f finding) {
	f.users = nil
	name := lastLabel(f.path)
	if name != "" && strings.Trim(name, "0123456789") == "" {
		list := lastLabel(parentPath(f.path))
		c.report(diag.Incomplete, f, c.valuePos(f), "item %s of %s has no value", name, list).
			Hintf("give it a constant, or write ... for any number of items")
		return
	}
	pos, open := c.valuePos(f), ir.Pos{}
	if at, whole := c.index.own(f.path); !whole && at.IsValid() { // it is for who uses a template to give it
		pos, open = at, pos
	}
	d := c.report(diag.Incomplete, f, pos, "%s has no value", name).
		Hintf("give it a constant: %s", c.about(f.path, name))
	if open.IsValid() && !sameLine(open, pos) {
		d.Also(open, "it is left open here")
	}
	if tag := c.tagOf(f.path); tag != "" {
		d.Hintf("set it with -t %s=…, or give the field with @tag(%s) a default", tag, tag)
	}
}

// tagOf gives the tag that the value at a path waits for, or "".
func (c *collector) tagOf(path string) (tag string) {
	inst := c.root.BuildInstance()
	e, _ := c.index.at(path)
	if inst == nil {
		return ""
	}
	if tag = tagFor(inst, lastLabel(path)); tag != "" || e.value == nil {
		return tag
	}
	ast.Walk(e.value, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && tag == "" {
			tag = tagFor(inst, id.Name)
		}
		return tag == ""
	}, nil)
	return tag
}

func lastLabel(path string) string {
	labels := splitPath(path)
	if len(labels) == 0 {
		return ""
	}
	return labels[len(labels)-1]
}
