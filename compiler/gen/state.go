package gen

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
)

const sessionsPath = runnerPath + "/sessions"

// carriedInputs are the inputs that take what was carried over, in the order that the
// server knows them by.
func carriedInputs(s *ir.State) []string {
	if s == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(s.Tensors))
}

// carriedOutputs are the outputs that are carried over, in the order of [carriedInputs].
func carriedOutputs(s *ir.State) (names []string) {
	for _, input := range carriedInputs(s) {
		names = append(names, s.Tensors[input].From)
	}
	return names
}

// sessionsConfig says what is carried over, and the bounds of sessions.
func (g *generator) sessionsConfig(rc *runnerCode, sig *ir.Signature) string {
	s, fields := rc.r.State, []string(nil)
	list := func(field, typ string, items []string) {
		if items != nil {
			fields = append(fields, fmt.Sprintf("%s: []sessions.%s{%s}", field, typ, strings.Join(items, ", ")))
		}
	}
	var states, overlaps []string
	for _, input := range carriedInputs(s) {
		t, shape := signatureField(sig.Inputs, input), []string(nil)
		if t == nil {
			g.errorf("runner %s: the model has no tensor %q", rc.name, input)
			continue
		}
		for _, n := range s.Tensors[input].Shape {
			shape = append(shape, fmt.Sprint(n))
		}
		if s.Tensors[input].Shape == nil {
			for _, d := range t.Shape {
				shape = append(shape, fmt.Sprint(d.Size))
			}
		}
		states = append(states, fmt.Sprintf("{Name: %q, DType: %s, Shape: []int{%s}}", input, dtypeConst(t.DType), strings.Join(shape, ", ")))
	}
	for i, input := range tensorNames(rc.in) {
		if n := s.Overlap[input]; n > 0 {
			overlaps = append(overlaps, fmt.Sprintf("{Input: %d, Length: %d}", i, n))
		}
	}
	list("States", "State", states)
	list("Overlaps", "Overlap", overlaps)
	if s.MaxSessions > 0 {
		fields = append(fields, fmt.Sprintf("MaxSessions: %d", s.MaxSessions))
	}
	if s.MaxBytes > 0 {
		fields = append(fields, fmt.Sprintf("MaxBytes: %d", s.MaxBytes))
	}
	if s.TTLMs > 0 {
		fields = append(fields, g.engines.milliseconds("TTL", s.TTLMs))
	}
	return "sessions.Config{" + strings.Join(fields, ", ") + "}"
}

// tensorsIn gives the fields of a struct that are tensors.
func tensorsIn(gt *goType) (fields []goField) {
	for _, f := range gt.fields {
		if f.typ.kind == goTensor || f.typ.kind == goAnyTensor {
			fields = append(fields, f)
		}
	}
	return fields
}

// sessionOf gives the field of the session.
func sessionOf(gt *goType) goField {
	for _, f := range gt.fields {
		if f.json == ir.SessionField {
			return f
		}
	}
	return goField{typ: &goType{}}
}

// fieldName is the name in Go of a field.
func fieldName(gt *goType, json string) string {
	for _, f := range gt.fields {
		if f.json == json {
			return f.name
		}
	}
	return "_"
}
