package diff

import (
	"cmp"
	"fmt"
	"slices"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// judge compares the types of one end of an endpoint: does what the producer sends fit
// the consumer? The producer of requests is an old caller and the consumer the new
// server; of answers, the new server and an old caller.
type judge struct {
	w         *walk
	direction Direction
	prod      *ir.Bento
	cons      *ir.Bento
	wire      assign.Wire
	strict    bool // the consumer refuses fields that it does not name
	rootP     *ir.Type
	rootC     *ir.Type
	make      *maker // of documents of the producer
	makeC     *maker // of values at the edges of the consumer's types
	path      string // of the pair, on the old and the new side
	oldPath   string
}

// end compares one end of an endpoint. The wire says how values come from the producer.
func (w *walk) end(direction Direction, oldPath, path string, old, new *ir.Type, wire assign.Wire) {
	if old == nil || new == nil {
		return
	}
	j := &judge{w: w, direction: direction, path: path, oldPath: oldPath, wire: wire, strict: !wire.Ignores}
	if direction == Request {
		j.prod, j.cons, j.rootP, j.rootC = w.old, w.new, old, new
	} else {
		j.prod, j.cons, j.rootP, j.rootC = w.new, w.old, new, old
	}
	j.make, j.makeC = newMakerOf(j.prod, direction == Answer, j.wire.MaxBody), newMaker(j.cons, false)
	at := spot{oldPath: oldPath, path: path, old: &Place{Direction: direction, Type: old}, new: &Place{Direction: direction, Type: new}, embed: func(v ir.Const) (ir.Const, bool) { return v, true }}
	j.compare(at, map[visit]bool{})
	j.bodies(at)
	if direction == Request {
		j.positions(at)
		j.forms(at)
	}
}

// maxBody is how large a file in a request may be: there is a little around it.
func maxBody(s *ir.Service, e *ir.Endpoint) int64 {
	return max(0, cmp.Or(e.MaxBodyBytes, s.Traffic.MaxBodyBytes)-1024)
}

// spot is a place in both types, and where it is in a document of the producer.
type spot struct {
	oldPath, path string
	old, new      *Place
	// embed puts a value at the spot into a whole document, as small as it may be.
	embed func(v ir.Const) (ir.Const, bool)
	// covered: something around the spot takes all that the producer sends there.
	covered bool
	promise *ir.Deprecation // of a field that is gone
}

// producer and consumer give the two sides in the order in which a value goes.
func (j *judge) sides(s spot) (p, c *ir.Type) {
	if j.direction == Request {
		return s.old.Type, s.new.Type
	}
	return s.new.Type, s.old.Type
}

// fitter decides about one question; sizes are not shared between questions.
func (j *judge) fitter() *assign.Fitter { return assign.Across(j.prod, j.cons, j.wire) }

// change is a finding about a type.
type change struct {
	rule    string
	finding Finding
	promise *ir.Deprecation // of what is gone, nil for none
}

// report notes a finding. It takes the path and the places of the spot where the finding
// has none of its own.
func (j *judge) report(s spot, rule string, f Finding) {
	f.Path = cmp.Or(f.Path, s.path, s.oldPath)
	if !f.Old.IsValid() && s.old != nil {
		f.Old = placed(s.old)
	}
	if !f.New.IsValid() && s.new != nil {
		f.New = placed(s.new)
	}
	see(j.w, s.oldPath, s.path, &change{rule: rule}, &change{rule: rule, finding: f, promise: s.promise})
}

// breaks reports a change by which less fits: it is breaking where one of the values at
// the spot shows it in a whole document, safe where something around the spot takes it
// all, and risky where neither is found. It tells whether it is not safe. Apart tells
// whether a value is one that just this change concerns; nil where all are.
func (j *judge) breaks(s spot, rule string, f Finding, values []ir.Const, apart func(ir.Const) bool) bool {
	if s.covered {
		f.Severity, f.Reason = Safe, cmp.Or(map[Direction]string{Request: "all that was taken there still is, as something else", Answer: "all that may come there was allowed already, as something else"}[j.direction])
		f.Cure = "nothing has to be done"
		j.report(s, rule, f)
		return false
	}
	if v, doc, ok := j.witness(s, values, apart); ok {
		f.Severity, f.Witness = Breaking, &Witness{Kind: j.direction, Value: doc}
		_, c := j.sides(s)
		if why := j.fitter().Takes(v, c); why.Verdict == assign.No && f.Reason == "" {
			f.Reason = j.shown(v, why)
		}
		if f.Reason == "" {
			f.Reason = j.shown(doc, j.fitter().Takes(doc, j.rootC))
		}
		j.report(s, rule, f)
		return true
	}
	f.Severity = Risky
	if f.Reason == "" {
		p, c := j.sides(s)
		f.Reason = fmt.Sprintf("%s: no document was found that shows it", j.unshown(j.fitter().Fit(p, c)))
	}
	j.report(s, rule, f)
	return true
}

func (j *judge) shown(v ir.Const, why assign.Result) string {
	if j.direction == Request {
		return fmt.Sprintf("%s was taken and is refused: %s", assign.Shorten(string(v)), why)
	}
	return fmt.Sprintf("%s may come, which old callers cannot read: %s", assign.Shorten(string(v)), why)
}

func (j *judge) unshown(why assign.Result) string {
	if j.direction == Request {
		return fmt.Sprintf("something that was taken may be refused: %s", why)
	}
	return fmt.Sprintf("something may come that old callers cannot read: %s", why)
}

// witness looks for the nicest of the values that the producer may send at the spot and
// the consumer refuses, in a whole document of which the same is true.
func (j *judge) witness(s spot, values []ir.Const, apart func(ir.Const) bool) (v, doc ir.Const, ok bool) {
	p, c := j.sides(s)
	consumer := j.fitter()
	sorted := slices.Clone(values)
	slices.SortStableFunc(sorted, func(a, b ir.Const) int {
		switch {
		case nicer(a, b):
			return -1
		case nicer(b, a):
			return 1
		}
		return 0
	})
	tries := 0
	for _, strictly := range []bool{true, false} {
		for _, v := range sorted {
			if tries > 200 || strictly && (apart != nil && !apart(v) || consumer.Takes(v, c).Verdict == assign.Fits) || !j.make.of(v, p) {
				continue
			}
			tries++
			if doc, ok := s.embed(v); ok && j.verified(doc) {
				return v, doc, true
			}
		}
	}
	return nil, nil, false
}

// verified tells whether a document is one that the producer may send and the consumer
// refuses: both types are asked.
func (j *judge) verified(doc ir.Const) bool {
	return j.make.of(doc, j.rootP) && j.fitter().Takes(doc, j.rootC).Verdict == assign.No
}

// candidates are values at the edges of what both sides have at a spot.
func (j *judge) candidates(s spot) []ir.Const {
	p, c := j.sides(s)
	var all []ir.Const
	if p.Kind == ir.KindString && c.Kind == ir.KindString {
		if text, found, _ := assign.Outside(p, c); found {
			all = append(all, textOf(text))
		}
	}
	if p.Kind == ir.KindMap && c.Kind == ir.KindMap && c.Key != nil {
		from := p.Key
		if from == nil {
			from = &ir.Type{Kind: ir.KindString}
		}
		if key, found, _ := assign.Outside(from, c.Key); found {
			n := 1
			if p.MinLen != nil {
				n = max(1, int(min(*p.MinLen, maxItems)))
			}
			keys := []string{key}
			for i := 1; i < n; i++ {
				keys = append(keys, key+fmt.Sprint(i))
			}
			if v, ok := j.make.mapWith(p, keys, nil, 0); ok {
				all = append(all, v)
			}
		}
	}
	if len(p.Entries)+len(c.Entries) > 0 {
		all = append(all, j.newKeys(p, c)...)
	}
	if p.Kind == ir.KindTable && c.Kind == ir.KindTable {
		for _, n := range lengths(c.MinLen, c.MaxLen, maxItems) {
			if v, ok := j.make.table(p, n, nil, 0); ok {
				all = append(all, v)
			}
		}
	}
	return slices.Concat(all, j.make.values(p, 0), j.makeC.values(c, 0))
}
