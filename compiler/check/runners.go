package check

import (
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

func checkRunners(p *pass) {
	for _, name := range sorted(p.b.Runners) {
		r := p.b.Runners[name]
		path := "runners." + name
		if set := len(ir.SetArms(r.Engine)); set != 1 {
			p.errorf(diag.OneOf, first(r.Engine.Pos, r.Pos), path+".engine", "an engine is exactly one of %s, %s", allOf(ir.Arms(r.Engine)), howMany(set))
			continue
		}
		engines[r.Engine.Kind()].types(p, r, name)
	}
}

// allOf joins words: a, b and c.
func allOf(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

func posOf(t *ir.Type) ir.Pos {
	if t == nil {
		return ir.Pos{}
	}
	return t.Pos
}

func fieldNames(t *ir.Type) []string {
	names := make([]string, len(t.Fields))
	for i := range t.Fields {
		names[i] = t.Fields[i].Name
	}
	return names
}
