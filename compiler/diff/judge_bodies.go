package diff

import (
	"fmt"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

// forms compares how the fields of a form are read: of a text that has no quotes, a field
// that is a text takes all, and one that may be something else reads it as JSON first.
func (j *judge) forms(s spot) {
	old, new := s.old.Type, s.new.Type
	if old == nil || new == nil || old.Kind != ir.KindObject {
		return
	}
	for i := range old.Fields {
		from := &old.Fields[i]
		to := new.Field(from.Name)
		if to == nil {
			continue
		}
		a, b := j.w.old.Resolve(from.Type), j.w.new.Resolve(to.Type)
		if a == nil || b == nil || a.Kind != ir.KindString || b.Kind == ir.KindString || j.fitter().Fit(a, b).Verdict != assign.Fits {
			continue
		}
		f := at(Finding{Before: assign.Describe(j.w.old, a), After: assign.Describe(j.w.new, b)}, from, to)
		f.Reason = "in a form, a text without quotes that is JSON, such as 5 or null, was a text and is that value now"
		j.report(about(s, j.field(s, from, to)), "request-form-text", f)
	}
}

// body is what a whole value travels as where it is all that an end takes or answers.
func body(t *ir.Type) string {
	switch {
	case t.Kind == ir.KindString:
		return "text/plain"
	case t.Kind == ir.KindBytes:
		return "application/octet-stream"
	case t.Kind.Form() == ir.FormFile:
		return "the file itself"
	}
	return "application/json"
}

// bodies compares what a whole value travels as, where its type fits: a text of its own
// is sent as it is, and one that may be something else is sent as JSON.
func (j *judge) bodies(s spot) {
	old, new := s.old.Type, s.new.Type
	p, c := j.sides(s)
	if old == nil || new == nil || body(old) == body(new) || j.fitter().Fit(p, c).Verdict != assign.Fits {
		return
	}
	f := Finding{Before: body(old), After: body(new)}
	if j.direction == Request {
		f.Reason = fmt.Sprintf("callers that send %s have to send %s", body(old), body(new))
		j.report(s, "request-body-changed", f)
		return
	}
	f.Reason = fmt.Sprintf("old callers read %s, and get %s", body(old), body(new))
	if v, ok := j.make.minimal(p); ok && j.make.of(v, p) {
		f.Severity, f.Witness = Breaking, &Witness{Kind: Answer, Value: v}
	}
	j.report(s, "answer-body-changed", f)
}
