package diff

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"bentoc.dev/compiler/ir"
)

// Options are what a comparison depends on beside the two sides.
type Options struct {
	// Today is the day on which it is made: what is promised until a day before it may
	// be taken away. The zero time is before every promise ends.
	Today time.Time
}

// Compare tells what the step from the old side to the new one means. The order of its
// findings depends on nothing but the two sides and the day.
func Compare(old, new Side, o Options) (*Report, error) {
	if old.Bento == nil && new.Bento == nil {
		return nil, fmt.Errorf("comparing %s with %s: neither has a bento", old.Name, new.Name)
	}
	w := newWalk(served(old.Bento), served(new.Bento))
	w.bento()
	if err := cmp.Or(w.oldShapes.err, w.newShapes.err); err != nil {
		return nil, fmt.Errorf("comparing %s with %s: %w", old.Name, new.Name, err)
	}
	report := &Report{Old: old.Name, New: new.Name, Findings: []Finding{}}
	for _, rule := range Rules() {
		for _, p := range w.pairs[shown{rule.On.of, rule.On.event}] {
			c := &Call{Old: old, New: new, Options: o, walk: w, OldPath: p.oldPath, Path: p.path, rule: &rule, pair: p, report: report}
			rule.On.run(c, p.old, p.new)
		}
	}
	slices.SortStableFunc(report.Findings, order)
	report.accept(old, new, o)
	report.Findings = once(report.Findings)
	return report, nil
}

// served leaves out what no endpoint reaches: no image has it, so that nothing of it
// concerns anybody.
func served(b *ir.Bento) *ir.Bento {
	if b == nil {
		return nil
	}
	return b.Served()
}

func order(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(slices.Index(Severities, a.Severity), slices.Index(Severities, b.Severity)),
		cmp.Compare(slices.Index(Audiences, a.Audience), slices.Index(Audiences, b.Audience)),
		compareText(a.Path, b.Path),
		compareText(a.Rule, b.Rule),
		compareText(a.Before, b.Before),
		compareText(a.After, b.After),
	)
}

func compareText(a, b string) int { return strings.Compare(a, b) }

// pair is what the rules are shown.
type pair struct {
	of            reflect.Type
	event         event
	path, oldPath string
	old, new      any // as of; nil where the side has none. Of renames, new is a []pair
}

// shown is what a rule says that it wants to see.
type shown struct {
	of    reflect.Type
	event event
}

// walk gathers the pairs of two bentos.
type walk struct {
	old, new             *ir.Bento
	oldShapes, newShapes *shapes
	pairs                map[shown][]pair
	renames              map[reflect.Type][]pair
	now                  map[string]string            // what both sides have: its path by the old one
	byRoute              map[string]map[string]holder // of the new side, by service; nil until somebody asks
}

func newWalk(old, new *ir.Bento) *walk {
	return &walk{old: old, new: new, pairs: map[shown][]pair{}, now: map[string]string{}, renames: map[reflect.Type][]pair{}, oldShapes: newShapes(old), newShapes: newShapes(new)}
}

// see notes a pair, of which one side may be missing.
func see[T any](w *walk, oldPath, path string, old, new *T) {
	p := pair{of: reflect.TypeFor[*T](), path: path, oldPath: oldPath}
	switch {
	case old == nil && new == nil:
		return
	case old == nil:
		p.event, p.new, p.oldPath = eventAdded, new, ""
	case new == nil:
		p.event, p.old, p.path = eventRemoved, old, ""
	default:
		p.old, p.new = old, new
		w.now[oldPath] = path
	}
	w.add(p)
}

func (w *walk) add(p pair) {
	at := shown{p.of, p.event}
	w.pairs[at] = append(w.pairs[at], p)
}

func (w *walk) bento() {
	see(w, "", "", w.old, w.new)
	if w.old == nil || w.new == nil {
		return // a bento that appears or goes is one thing
	}
	named(w, "models", w.old.Models, w.new.Models, w.oldShapes.model, w.newShapes.model, nil)
	named(w, "types", w.old.Types, w.new.Types, w.oldShapes.named, w.newShapes.named, nil)
	named(w, "runners", w.old.Runners, w.new.Runners, w.oldShapes.runner, w.newShapes.runner, nil)
	named(w, "graphs", w.old.Graphs, w.new.Graphs, w.oldShapes.graph, w.newShapes.graph, w.graph)
	w.services()
	for _, of := range w.renamedTypes() {
		w.add(pair{of: of, event: eventRenamed, new: w.renames[of]})
	}
}

func (w *walk) renamedTypes() []reflect.Type {
	var all []reflect.Type
	for of := range w.renames {
		all = append(all, of)
	}
	slices.SortFunc(all, func(a, b reflect.Type) int { return compareText(a.String(), b.String()) })
	return all
}

func (w *walk) services() {
	named(w, "services", w.old.Services, w.new.Services, w.oldShapes.service, w.newShapes.service,
		func(oldPath, path string, old, new *ir.Service) {
			namedAt(w, oldPath+".endpoints", path+".endpoints", old.Endpoints, new.Endpoints, w.oldShapes.endpoint, w.newShapes.endpoint,
				func(oldPath, path string, o, n *ir.Endpoint) { w.endpoint(oldPath, path, o, n, maxBody(old, o)) },
				func(e *ir.Endpoint) string { return e.Route })
		})
}

func (w *walk) graph(oldPath, path string, old, new *ir.Graph) {
	nodes := func(g *ir.Graph) map[string]*ir.Node {
		all := map[string]*ir.Node{}
		ir.WalkNodes(g, func(path string, n *ir.Node) { all[path] = n })
		return all
	}
	namedAt(w, oldPath+".nodes", path+".nodes", nodes(old), nodes(new), w.oldShapes.node, w.newShapes.node, nil)
}
