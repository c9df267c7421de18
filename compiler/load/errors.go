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
	index   *index
	root    cue.Value           // the user's package
	schema  cue.Value           // #Bento
	structs map[string][]string // the fields that each struct of the user's must have
	shapes  map[cue.Value]*shape
	unknown map[string]bool // paths that are already reported as unknown fields
	seen    map[string]bool // code and place of what is reported
	behind  []finding       // errors in copies of what is referred to
	aliases map[string]bool // what nothing refers to from where it is seen
	many    int             // above 0 inside a field that stands for several
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
		if label == "for[]" || label == "if" || strings.HasPrefix(label, "<") {
			break // inside a comprehension there is no path yet
		}
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
	refused := map[string]bool{} // by a validator; errors inside say no more
	for _, e := range list {
		if f := findingOf(e); strings.HasPrefix(f.format, "invalid value %s (does not satisfy") && !c.derived(f) {
			refused[f.path] = true
		}
	}
	c.aliases = map[string]bool{}
	for _, e := range list {
		if f := findingOf(e); strings.HasPrefix(f.format, "unreferenced alias") && len(f.args) > 0 {
			c.aliases[fmt.Sprint(f.args[0])] = true
		}
	}
	list = slices.DeleteFunc(slices.Clone(list), func(e errors.Error) bool { return c.missedAlias(e, list) })
	var later []func() // what constants that exclude each other explain better
	for i := 0; i < len(list); i++ {
		f := findingOf(list[i])
		if f.format == "%d errors in empty disjunction:" {
			n := 0
			if len(f.args) > 0 {
				n, _ = f.args[0].(int)
			}
			members := list[i+1 : min(i+1+n, len(list))]
			if !c.derived(f) && isHit(f) {
				c.neverChosen(f)
			} else if !c.derived(f) {
				later = append(later, func() { c.disjunction(f, members) })
			}
			i += len(members)
			continue
		}
		if strings.HasPrefix(f.format, "invalid interpolation") {
			later = append(later, func() {
				if !c.diags.HasErrors() { // else it is a consequence
					c.one(f)
				}
			})
			continue
		}
		if !refused[f.path] && refused[parentPath(f.path)] || refused[f.path] && !strings.HasPrefix(f.format, "invalid value") {
			continue
		}
		c.one(f)
	}
	for _, report := range later {
		report()
	}
}

// one reports a single error.
func (c *collector) one(f finding) {
	switch {
	case strings.HasPrefix(f.format, "structural cycle") && c.callsItself(f):
	case c.derived(f):
	case isHit(f):
		c.neverChosen(f)
	case throughReference(f.path):
		c.behind = append(c.behind, f)
	case strings.HasPrefix(f.format, "field not allowed"):
		c.notAllowed(f)
	case f.format == "field is required but not present":
		c.required(f)
	case strings.HasPrefix(f.format, "invalid value %s (does not satisfy"):
		c.unsatisfied(f)
	case strings.HasPrefix(f.format, "conflicting value"):
		c.conflict(f)
	case strings.HasPrefix(f.format, "invalid value %v (out of bound"):
		c.outOfBound(f)
	case strings.HasPrefix(f.format, "undefined field") || strings.HasPrefix(f.format, "reference %q not found"):
		c.undefined(f)
	case strings.HasPrefix(f.format, "incomplete value"):
		c.incomplete(f)
	case strings.HasPrefix(f.format, "unreferenced alias"), strings.HasPrefix(f.format, "imported and not used"):
		c.report(diag.BadValue, f, posOf(f.err.Position()), "%s", message(f)).Hintf("take it out")
	case strings.HasPrefix(f.format, "cannot call non-function"):
		c.noFunction(f)
	case strings.HasPrefix(f.format, "structural cycle"):
		c.report(diag.Cycle, f, c.valuePos(f), "this refers to itself").
			Hintf("a type that contains itself needs an end: a list, an optional field or a null in a disjunction")
	default:
		pos := posOf(f.err.Position())
		if !pos.IsValid() || fromSchemaFile(pos.File) {
			pos = c.valuePos(f)
		}
		if at := c.valuePos(f); at.IsValid() && at.File != pos.File && c.index.has(f.path) { // error("…") of a policy
			f.users = nil
			c.asked(c.report(diag.BadValue, f, at, "%s", message(f)), f.path, pos)
			return
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
	if len(labels) == 0 && (slices.ContainsFunc(f.schema, isMapItem) || slices.ContainsFunc(f.users, c.index.isMap)) {
		return true
	}
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
	case "#out", "#item", "#acc":
		return !c.index.has(f.path)
	case "#hit":
		return c.unsureHit(f)
	case "#map", "#on", "#fold", "#init":
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
	if code == diag.Conflict || code == diag.BadValue || code == diag.WrongType {
		key = fmt.Sprintf("value %s:%d:%d", pos.File, pos.Line, pos.Col) // one fault of a value is enough
	}
	if code == diag.MissingField || code == diag.Incomplete {
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
	if c.index.has(f.path) {
		return c.index.valuePos(f.path)
	}
	if len(f.users) > 0 {
		return f.users[len(f.users)-1]
	}
	return c.index.labelPos(f.path)
}

// missedAlias reports whether e says that an alias has no use where another error says
// that its name is not seen: the second is the mistake.
func (c *collector) missedAlias(e errors.Error, all []errors.Error) bool {
	f := findingOf(e)
	if !strings.HasPrefix(f.format, "unreferenced alias") {
		return false
	}
	return slices.ContainsFunc(all, func(e errors.Error) bool {
		other := findingOf(e)
		return strings.HasPrefix(other.format, "reference %q not found") && fmt.Sprint(other.args[0]) == fmt.Sprint(f.args[0])
	})
}

// noFunction reports a call of what a package does not have.
func (c *collector) noFunction(f finding) {
	name := strings.Trim(fmt.Sprint(f.args[0]), `"`)
	pos := c.valuePos(f)
	f.users, f.schema = nil, nil
	d := c.report(diag.BadValue, f, pos, "there is no function %s", name)
	if near := suggest(name, validators); near != "" {
		d.Hintf("did you mean %s?", near)
	}
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
