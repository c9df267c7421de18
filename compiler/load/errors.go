package load

import (
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/errors"
)

// collector turns CUE's errors into diagnostics: one for each mistake, at the
// user's line, however many errors CUE makes of it.
type collector struct {
	diags   *diag.List
	index   index
	root    cue.Value           // the user's package
	schema  cue.Value           // #Bento
	structs map[string][]string // the fields that each struct of the user's must have
	unknown map[string]bool     // paths that are already reported as unknown fields
	seen    map[string]bool     // code and place of what is reported
	behind  []finding           // errors in copies of what is referred to
}

// finding is one error of CUE's, taken apart.
type finding struct {
	err    errors.Error
	path   string
	format string
	args   []any
	users  []ir.Pos // places in the user's files
	schema []ir.Pos // places in the schema
}

func findingOf(e errors.Error) finding {
	f := finding{err: e}
	for _, label := range e.Path() {
		f.path = joinRaw(f.path, label)
	}
	f.format, f.args = e.Msg()
	for _, p := range append(e.InputPositions(), e.Position()) {
		pos := posOf(p)
		switch {
		case !pos.IsValid():
		case fromSchemaFile(pos.File):
			f.schema = appendNew(f.schema, pos)
		default:
			f.users = appendNew(f.users, pos)
		}
	}
	return f
}

// joinRaw joins labels that CUE has quoted already.
func joinRaw(path, label string) string {
	if path == "" {
		return label
	}
	return path + "." + label
}

func appendNew(list []ir.Pos, p ir.Pos) []ir.Pos {
	if slices.Contains(list, p) {
		return list
	}
	return append(list, p)
}

// all reports every error in err.
func (c *collector) all(err error) {
	if err == nil {
		return
	}
	list := errors.Errors(err)
	for i := 0; i < len(list); i++ {
		f := findingOf(list[i])
		if f.format == "%d errors in empty disjunction:" {
			n := 0
			if len(f.args) > 0 {
				n, _ = f.args[0].(int)
			}
			members := list[i+1 : min(i+1+n, len(list))]
			c.disjunction(f, members)
			i += len(members)
			continue
		}
		c.one(f)
	}
}

// one reports a single error.
func (c *collector) one(f finding) {
	switch {
	case strings.HasPrefix(f.format, "structural cycle") && c.callsItself(f):
	case c.derived(f):
	case throughReference(f.path):
		c.behind = append(c.behind, f)
	case strings.HasPrefix(f.format, "field not allowed"):
		c.notAllowed(f)
	case f.format == "field is required but not present":
		c.required(f)
	case strings.HasPrefix(f.format, "conflicting value"):
		c.conflict(f)
	case strings.HasPrefix(f.format, "invalid value %v (out of bound"):
		c.outOfBound(f)
	case strings.HasPrefix(f.format, "undefined field") || strings.HasPrefix(f.format, "reference %q not found"):
		c.undefined(f)
	case strings.HasPrefix(f.format, "incomplete value"):
		f.users = nil
		c.report(diag.Incomplete, f, c.valuePos(f), "%s has no value", lastLabel(f.path)).
			Hintf("give it a constant: %s", c.about(f.path, lastLabel(f.path)))
	case strings.HasPrefix(f.format, "structural cycle"):
		c.report(diag.Cycle, f, c.valuePos(f), "this refers to itself").
			Hintf("a type that contains itself needs an end: a list, an optional field or a null in a disjunction")
	default:
		pos := posOf(f.err.Position())
		if !pos.IsValid() || fromSchemaFile(pos.File) {
			pos = c.valuePos(f)
		}
		c.report(diag.BadValue, f, pos, "%s", message(f))
	}
}

// throughReference reports whether a path leads through a reference to a
// runner, a graph or a model, such as bento.graphs.g.nodes.n.call.engine: what
// is wrong there is wrong in the runner itself, and reported there.
func throughReference(path string) bool {
	labels := splitPath(path)
	for i := 3; i < len(labels)-1; i++ {
		switch labels[i-1] {
		case "nodes", "runners", "models", "graphs", "endpoints", "services":
			continue // labels[i] is a name
		}
		if _, thing := refersTo(labels[i : i+1]); thing != "" {
			return true
		}
	}
	return false
}

// behindReferences reports the errors in copies of what is referred to, which
// matter when nothing else is wrong.
func (c *collector) behindReferences() {
	for _, f := range c.behind {
		c.report(diag.BadValue, f, c.valuePos(f), "%s", message(f))
	}
}

// callsItself reports a graph that calls itself, which CUE finds many graphs
// deep, as what it is.
func (c *collector) callsItself(f finding) bool {
	labels := splitPath(f.path)
	i := slices.Index(labels, "nodes")
	if i != 3 || labels[1] != "graphs" || !slices.Contains(labels[i:], "graph") {
		return false
	}
	f.path = ""
	for _, l := range labels[:i+2] {
		f.path = join(f.path, l)
	}
	pos := c.index.labelPos(f.path)
	f.users, f.schema = nil, nil
	c.report(diag.Cycle, f, pos, "graph %s calls itself, by way of node %s", labels[2], labels[i+1]).
		Hintf("a graph cannot call itself, not even through other graphs; take one of the calls out")
	return true
}

// derived reports whether an error comes of something that the decoder reports
// better: what the schema works out for a node that is call and map at once, or
// a list to map over whose length is not known yet.
func (c *collector) derived(f finding) bool {
	labels := splitPath(f.path)
	if strings.HasPrefix(f.format, "invalid value %s (does not satisfy") && len(f.args) > 0 {
		// The type `[...T] & list.MinItems(1)` fails for the empty list that CUE
		// tries. No field of the schema is a list that must not be empty.
		if v := fmt.Sprint(f.args[0]); v == "[]" || v == "{}" {
			return true
		}
	}
	if !slices.Contains(labels, "nodes") {
		return false
	}
	switch labels[len(labels)-1] {
	case "#out", "#item":
		_, written := c.index[f.path]
		return !written
	case "map":
		return !strings.HasPrefix(f.format, "undefined field") && !strings.HasPrefix(f.format, "reference %q")
	}
	return false
}

// report adds a diagnostic unless the same mistake is already there: CUE
// repeats an error wherever the wrong value is referred to.
func (c *collector) report(code diag.Code, f finding, pos ir.Pos, format string, args ...any) *diag.Diagnostic {
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	key := fmt.Sprintf("%s %s:%d:%d", code, pos.File, pos.Line, pos.Col)
	if code == diag.MissingField {
		key += " " + f.path
	}
	if c.seen[key] {
		return &diag.Diagnostic{}
	}
	c.seen[key] = true
	d := c.diags.Errorf(code, pos, f.path, format, args...)
	for _, p := range f.users {
		if p.Line != pos.Line || p.File != pos.File {
			d.Also(p, "this takes part in it")
		}
	}
	for _, p := range f.schema[:min(1, len(f.schema))] {
		d.Also(p, "the schema says it here")
	}
	return d
}

// valuePos gives the place of the value at fault: where the user wrote it, or
// else the last place in the user's files that CUE names.
func (c *collector) valuePos(f finding) ir.Pos {
	if _, ok := c.index[f.path]; ok {
		return c.index.valuePos(f.path)
	}
	if len(f.users) > 0 {
		return f.users[len(f.users)-1]
	}
	return c.index.labelPos(f.path)
}

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
	name := lastLabel(path)
	pos := c.index.labelPos(path)
	if _, ok := c.index[path]; !ok && len(f.users) > 0 {
		pos = f.users[len(f.users)-1]
	}
	f.users = nil
	d := c.report(diag.UnknownField, f, pos, "unknown field %q", name)
	if sv := c.schemaAt(parentPath(path)); sv.Exists() {
		names := shapeOf(sv).names
		if s := suggest(name, names); s != "" {
			d.Hintf("did you mean %q?", s)
		}
	}
}

func (c *collector) required(f finding) {
	name := lastLabel(f.path)
	pos := c.index.labelPos(parentPath(f.path))
	f.users = nil
	c.report(diag.MissingField, f, pos, "%q is missing", name).
		Hintf("%s", c.about(f.path, name))
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
	return fmt.Sprintf("add %s: …", name)
}

func lastLabel(path string) string {
	labels := splitPath(path)
	if len(labels) == 0 {
		return ""
	}
	return labels[len(labels)-1]
}

// message words an error without its path and places.
func message(f finding) string {
	return firstLine(fmt.Sprintf(f.format, f.args...))
}

// plainMessage words an error of CUE's in one line, without path and places.
func plainMessage(err error) string {
	var e errors.Error
	if errors.As(err, &e) {
		return message(findingOf(e))
	}
	return firstLine(err.Error())
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return strings.TrimSuffix(strings.TrimSpace(s), ":")
}

// isIncomplete reports whether err only says that something is not known yet.
func isIncomplete(err error) bool {
	msg := plainMessage(err)
	return strings.Contains(msg, "non-concrete") || strings.Contains(msg, "incomplete") || strings.HasPrefix(msg, "undefined field")
}
