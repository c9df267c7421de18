package diff

import (
	"slices"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// entries compares what two objects take beside the fields that have names: what keys of
// one sort stand for by itself, and which keys there are.
func (j *judge) entries(s spot, open map[visit]bool) (bad bool) {
	old, new := s.old.Type, s.new.Type
	p, c := j.sides(s)
	paired := 0
	for _, from := range old.Entries {
		i := slices.IndexFunc(new.Entries, func(to ir.Entries) bool { return j.w.alike(from.Key, to.Key) })
		if i < 0 {
			continue
		}
		paired++
		key, _, _ := assign.SomeKey(from.Key)
		suffix := "[" + assign.Describe(j.w.old, from.Key) + "]"
		part := s
		part.oldPath, part.path = s.oldPath+suffix, s.path+suffix
		part.old, part.new = &Place{Direction: j.direction, Type: from.Elem}, &Place{Direction: j.direction, Type: new.Entries[i].Elem}
		part.embed = func(v ir.Const) (ir.Const, bool) {
			return embedded(s, func() (ir.Const, bool) { return j.make.object(p, 0, map[string]ir.Const{key: v}) })
		}
		bad = j.compare(part, open) || bad
	}
	if paired == len(old.Entries) && paired == len(new.Entries) {
		return bad
	}
	id := j.id(entriesAspect.name, true)
	f := Finding{Before: assign.Describe(j.w.old, old), After: assign.Describe(j.w.new, new)}
	fits := j.fitter().Fit(entriesAlone(p, nil), entriesAlone(c, c.Fields)).Verdict == assign.Fits
	switch {
	case fits && j.direction == Request && !j.strict && assign.Refuses(new) && !assign.Refuses(old):
		f.Severity, f.Reason = Risky, "fields that have no name here were ignored, and are refused now"
		j.report(s, id, f)
		return bad
	case fits && j.direction == Request && j.uncovered(old, new):
		f.Severity, f.Reason = Risky, "requests that have such fields are taken, and they are ignored"
		j.report(s, id, f)
		return bad
	case fits:
		f.Reason = map[Direction]string{Request: "all that was taken still is", Answer: "all that may come was allowed already"}[j.direction]
		j.report(s, j.id(entriesAspect.name, false), f)
		return bad
	}
	return j.breaks(s, id, f, j.newKeys(p, c), nil) || bad
}

// uncovered tells whether keys of the old side have no place on the new one.
func (j *judge) uncovered(old, new *ir.Type) bool {
	return slices.ContainsFunc(old.Entries, func(e ir.Entries) bool {
		_, found, decided := assign.UncoveredKey(e.Key, new)
		return found || !decided
	})
}

// entriesAlone gives an object whose fields, which are compared by themselves, may be
// anything.
func entriesAlone(t *ir.Type, fields []ir.Field) *ir.Type {
	alone := *t
	alone.Fields = slices.Clone(fields)
	for i := range alone.Fields {
		alone.Fields[i] = ir.Field{Name: fields[i].Name, Type: &ir.Type{Kind: ir.KindAny}}
	}
	return &alone
}

// newKeys gives objects with a key that the producer has and the consumer has no place
// for, or has another type for.
func (j *judge) newKeys(p, c *ir.Type) (all []ir.Const) {
	for _, e := range p.Entries {
		keys := []string{}
		if key, found, _ := assign.UncoveredKey(e.Key, c); found {
			keys = append(keys, key)
		}
		others := c.Entries
		if c.Kind == ir.KindMap && c.Key != nil {
			others = []ir.Entries{{Key: c.Key, Elem: c.Elem}}
		}
		for _, o := range others {
			if key, found, _ := assign.SomeKey(assign.MeetKeys(e.Key, o.Key)); found {
				keys = append(keys, key)
			}
		}
		for _, key := range keys {
			all = append(all, j.objects(p, c, key, j.make.values(e.Elem, 0))...)
		}
	}
	if p.Kind != ir.KindMap {
		return all
	}
	from := p.Key
	if from == nil {
		from = &ir.Type{Kind: ir.KindString}
	}
	for _, o := range c.Entries {
		if key, found, _ := assign.SomeKey(assign.MeetKeys(from, o.Key)); found {
			for _, v := range j.make.values(p.Elem, 0) {
				if doc, ok := j.make.mapWith(p, []string{key}, v, 0); ok {
					all = append(all, doc)
				}
			}
		}
	}
	if key, found, _ := assign.UncoveredKey(from, c); found {
		if doc, ok := j.make.mapWith(p, []string{key}, nil, 0); ok {
			all = append(all, doc)
		}
	}
	return all
}
