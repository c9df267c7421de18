package gen

import (
	"fmt"

	"bentoc.dev/compiler/ir"
)

const formatPath = "bentoc.dev/runtime/codec/format"

// formatRow is what a format that is checked by a function needs here.
type formatRow struct {
	check string // the function of package codec/format
	// pattern says in JSON Schema what a text must be, where that has no name for it or
	// means less by it; "" for none.
	pattern string
}

// formatRows has a row for each format that is checked; a test holds that. Layouts have
// none: their functions are made of them.
var formatRows = map[string]formatRow{
	"date-time":     {check: "DateTime"},
	"go-duration":   {check: "Duration", pattern: `^[-+]?(0|(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$`},
	"uuid":          {check: "UUID"},
	"ip":            {check: "IP"},
	"ipv4":          {check: "IPv4"},
	"ipv6":          {check: "IPv6"},
	"cidr":          {check: "CIDR"},
	"uri":           {check: "AbsURL"},
	"uri-reference": {check: "URL"},
	"re2":           {check: "Regexp"},
}

// formatRule writes the check of a text's format.
func (g *generator) formatRule(t *ir.Type, c, v string) []string {
	f, ok := ir.FormatOf(t)
	if !ok || !f.Checked {
		return nil
	}
	g.typesGo.use(formatPath)
	fits := fmt.Sprintf("format.%s(%s)", formatRows[f.Name].check, v)
	if t.Layout != "" {
		fits = fmt.Sprintf("format.Layout(%s, %q)", v, t.Layout)
	}
	return []string{fmt.Sprintf("%s.Format(%s, %q, %q)", c, fits, f.Problem, f.Noun)}
}

// formatted says in a schema in what format a text is.
func formatted(s *object, t *ir.Type) {
	f, ok := ir.FormatOf(t)
	if !ok {
		return
	}
	if f.Known {
		s.set("format", f.Name)
	} else if f.Checked {
		s.set("$comment", "The text must be "+f.Noun+".")
	}
	if p := formatRows[f.Name].pattern; p != "" && !s.has("pattern") {
		s.set("pattern", p)
	}
}
