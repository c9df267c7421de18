package diff

import (
	"fmt"
	"slices"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// fields compares two objects.
func (j *judge) fields(s spot, open map[visit]bool) (bad bool) {
	old, new := s.old.Type, s.new.Type
	for i := range old.Fields {
		from := &old.Fields[i]
		to := assign.FieldOf(new, from.Name)
		if to == nil {
			bad = j.fieldGone(s, from) || bad
			continue
		}
		part := j.field(s, from, to)
		bad = j.presence(s, part, from, to) || bad
		bad = j.compare(part, open) || bad
	}
	for i := range new.Fields {
		to := &new.Fields[i]
		if old.Field(to.Name) != nil {
			continue
		}
		from := assign.FieldOf(old, to.Name)
		if from == nil {
			bad = j.fieldCame(s, to) || bad
			continue
		}
		part := j.field(s, from, to)
		bad = j.presence(s, part, from, to) || bad
		bad = j.compare(part, open) || bad
	}
	return j.entries(s, open) || bad
}

// field is the spot of a field that one or both sides have.
func (j *judge) field(s spot, from, to *ir.Field) spot {
	part := spot{covered: s.covered}
	name := ""
	if from != nil {
		name = from.Name
		part.oldPath, part.old = joinPath(s.oldPath, name), &Place{Direction: j.direction, Type: from.Type, Field: from}
	}
	if to != nil {
		name = to.Name
		part.path, part.new = joinPath(s.path, name), &Place{Direction: j.direction, Type: to.Type, Field: to}
	}
	p, _ := j.sides(s)
	part.embed = func(v ir.Const) (ir.Const, bool) {
		return embedded(s, func() (ir.Const, bool) { return j.make.object(p, 0, map[string]ir.Const{name: v}) })
	}
	return part
}

// about is a spot for findings about a field as a whole: its path, with values of the
// object around it.
func about(s, field spot) spot {
	s.path, s.oldPath = field.path, field.oldPath
	return s
}

// at gives the places of a field, of which one side may be missing.
func at(f Finding, from, to *ir.Field) Finding {
	if from != nil {
		f.Old = placed(&Place{Type: from.Type, Field: from})
	}
	if to != nil {
		f.New = placed(&Place{Type: to.Type, Field: to})
	}
	return f
}

// objects gives objects of the producer with and without a field; of each also one that has in
// its other fields what the consumer takes.
func (j *judge) objects(p, c *ir.Type, name string, values []ir.Const) (all []ir.Const) {
	others := map[string]ir.Const{}
	for i := range p.Fields {
		f := &p.Fields[i]
		to := assign.FieldOf(c, f.Name)
		if to == nil || f.Name == name || !f.Required {
			continue
		}
		for _, v := range j.make.parts(f.Type, 20, 0) {
			if j.fitter().Takes(v, to.Type).Verdict == assign.Fits {
				others[f.Name] = v
				break
			}
		}
	}
	for _, v := range append([]ir.Const{nil}, values...) {
		for _, with := range []map[string]ir.Const{{}, others} {
			with[name] = v
			if o, ok := j.make.object(p, 0, with); ok {
				all = append(all, o)
			}
		}
	}
	return all
}

// alone tells of an object whether a field, there or missing, is all that the consumer
// refuses in it: another reason would be told in place of this one.
func (j *judge) alone(c *ir.Type, name string) func(ir.Const) bool {
	lenient := *c
	lenient.Fields = slices.DeleteFunc(slices.Clone(c.Fields), func(f ir.Field) bool { return f.Name == name })
	lenient.Fields = append(lenient.Fields, ir.Field{Name: name, Type: &ir.Type{Kind: ir.KindAny}})
	return func(v ir.Const) bool { return j.fitter().Takes(v, &lenient).Verdict == assign.Fits }
}

func (j *judge) fieldGone(s spot, from *ir.Field) bool {
	spot := about(s, j.field(s, from, nil))
	spot.promise = from.Deprecated
	f := at(Finding{Before: j.fieldText(j.w.old, from)}, from, nil)
	p, c := j.sides(s)
	switch {
	case j.direction == Answer && from.Required:
		return j.breaks(spot, "answer-field-removed", f, j.objects(p, c, from.Name, nil), j.alone(c, from.Name))
	case j.direction == Answer:
		f.Severity, f.Reason = Risky, "it does not come any more; callers had to do without it before, but may rely on it"
		j.report(spot, "answer-field-removed", f)
		return false
	case (j.strict || assign.Refuses(s.new.Type)) && !s.new.Type.Open:
		return j.breaks(spot, "request-field-removed", f, j.objects(p, c, from.Name, j.make.parts(from.Type, 3, 0)), j.alone(c, from.Name))
	}
	f.Severity, f.Reason = Risky, "requests that have it are taken, and it is ignored"
	j.report(spot, "request-field-removed", f)
	return false
}

func (j *judge) fieldCame(s spot, to *ir.Field) bool {
	spot := about(s, j.field(s, nil, to))
	f := at(Finding{After: j.fieldText(j.w.new, to)}, nil, to)
	p, c := j.sides(s)
	switch {
	case j.direction == Answer && assign.Refuses(s.old.Type):
		return j.breaks(spot, "answer-field-added", f, j.objects(p, c, to.Name, j.make.parts(to.Type, 3, 0)), j.alone(c, to.Name))
	case j.direction == Answer:
		f.Reason = "callers that do not know it pass over it"
		j.report(spot, "answer-field-added", f)
		return false
	case to.Required:
		return j.breaks(spot, "request-required-field-added", f, j.objects(p, c, to.Name, nil), j.alone(c, to.Name))
	case p.Open && !s.covered && j.fitter().Fit(p, c).Verdict != assign.Fits:
		f.Severity, f.Reason = Risky, "the object has always taken other fields: a request may have this one already, as something else"
		if v, doc, ok := j.witness(spot, j.objects(p, c, to.Name, consts(`null`, `0`, `"x"`, `[]`, `{}`)), nil); ok && v != nil {
			f.Witness = &Witness{Kind: Request, Value: doc}
		}
		j.report(spot, "request-field-added", f)
		return true
	}
	f.Reason = "requests of before do not have it, and need not"
	j.report(spot, "request-field-added", f)
	return false
}

// presence compares whether a field must be there, and what stands for one that is not.
func (j *judge) presence(s, part spot, from, to *ir.Field) bool {
	f := at(Finding{Before: j.fieldText(j.w.old, from), After: j.fieldText(j.w.new, to)}, from, to)
	p, c := j.sides(s)
	spot := about(s, part)
	given := func(f *ir.Field) bool { return f.Required || f.Default != nil }
	switch {
	case j.direction == Request && !from.Required && to.Required:
		return j.breaks(spot, "request-field-required", f, j.objects(p, c, from.Name, nil), j.alone(c, from.Name))
	case j.direction == Request && from.Required && !to.Required:
		f.Reason = "requests may leave it out now"
		j.report(spot, "request-field-optional", f)
	case j.direction == Answer && from.Required && !given(to):
		return j.breaks(spot, "answer-field-optional", f, j.objects(p, c, from.Name, nil), j.alone(c, from.Name))
	case j.direction == Answer && !from.Required && from.Default != nil && !given(to):
		f.Severity, f.Reason = Risky, "it was always there, though it need not have been, and may be missing now"
		j.report(spot, "answer-field-optional", f)
	case j.direction == Answer && !given(from) && given(to):
		f.Reason = "it is always there now"
		j.report(spot, "answer-field-required", f)
	case !from.Required && !to.Required && !assign.SameConst(from.Default, to.Default):
		f.Before, f.After = defaultText(from), defaultText(to)
		f.Reason = map[Direction]string{Request: "the same request without it means something else", Answer: "where no step gives it, something else comes"}[j.direction]
		j.report(spot, string(j.direction)+"-default-changed", f)
	}
	return false
}

func (j *judge) fieldText(b *ir.Bento, f *ir.Field) string {
	s := assign.Describe(b, f.Type)
	switch {
	case f.Default != nil:
		return fmt.Sprintf("%s: *%s | %s", f.Name, f.Default, s)
	case !f.Required:
		return f.Name + "?: " + s
	}
	return f.Name + ": " + s
}

func defaultText(f *ir.Field) string {
	if f.Default == nil {
		return "no default"
	}
	return string(f.Default)
}

// positions compares the order of the input's fields, by which clients such as BentoML's
// give arguments that have no name.
func (j *judge) positions(s spot) {
	old, new := s.old.Type, s.new.Type
	if old == nil || new == nil || old.Kind != ir.KindObject || new.Kind != ir.KindObject {
		return
	}
	var before, after []string
	for i := range old.Fields {
		before = append(before, old.Fields[i].Name)
	}
	for i := range new.Fields {
		after = append(after, new.Fields[i].Name)
	}
	moved := slices.IndexFunc(before, func(name string) bool {
		i := slices.Index(after, name)
		return i >= 0 && i != slices.Index(before, name)
	})
	if moved < 0 {
		return
	}
	f := at(Finding{Before: fmt.Sprint(before), After: fmt.Sprint(after)}, old.Field(before[moved]), new.Field(before[moved]))
	f.Reason = fmt.Sprintf("clients that give arguments by their order, as BentoML's does, give %s as another field", before[moved])
	if args, ok := j.arguments(old, new); ok {
		f.Severity, f.Witness = Breaking, &Witness{Kind: Positional, Value: args}
	} else {
		f.Severity = Risky
	}
	j.report(s, "request-fields-reordered", f)
}

// arguments gives a list of arguments that are one request by the old order of fields and
// another, or none, by the new one.
func (j *judge) arguments(old, new *ir.Type) (ir.Const, bool) {
	var args []ir.Const
	for i := range old.Fields {
		values := j.make.parts(old.Fields[i].Type, len(old.Fields)+1, 0)
		if len(values) == 0 {
			return nil, false
		}
		v := values[0]
		for _, other := range values { // each argument is another where it can be
			if !slices.ContainsFunc(args, func(a ir.Const) bool { return assign.SameConst(a, other) }) {
				v = other
				break
			}
		}
		args = append(args, v)
	}
	named := func(t *ir.Type) map[string]ir.Const {
		all := map[string]ir.Const{}
		for i := range min(len(args), len(t.Fields)) {
			all[t.Fields[i].Name] = args[i]
		}
		return all
	}
	was, is := named(old), named(new)
	doc, ok := j.make.object(old, 0, was)
	if !ok || !j.make.of(doc, old) {
		return nil, false
	}
	for name, v := range was {
		if other, ok := is[name]; ok && !assign.SameConst(v, other) || !ok && new.Field(name) != nil {
			return listOf(args), true
		}
	}
	return nil, false
}
