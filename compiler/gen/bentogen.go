package gen

import (
	"embed"
	"fmt"
	"regexp"
	"sync"

	"bentoc.dev/compiler/ir"
)

// The types that do not depend on the bento, as they are written.
//
//go:embed templates
var templates embed.FS

var fixedName = regexp.MustCompile(`(?m)^(?:type|func|var|const) (\w+)`)

// fixedNames are what the templates declare; nothing of the bento's may be called so.
var fixedNames = sync.OnceValue(func() (names []string) {
	files, _ := templates.ReadDir("templates") // it is embedded
	for _, f := range files {
		text, _ := templates.ReadFile("templates/" + f.Name())
		for _, m := range fixedName.FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
	}
	return names
})

// bentogen writes the package of the types that steps use.
func (g *generator) bentogen() ([]File, error) {
	var names []string
	if g.hasSteps() {
		names = append(names, "error.go")
	}
	names = append(names, g.support()...)
	var files []File
	for _, name := range names {
		data, err := templates.ReadFile("templates/" + name + ".tmpl")
		if err != nil {
			return nil, fmt.Errorf("reading the template %s: %w", name, err)
		}
		files = append(files, File{Path: name, Data: data})
	}
	s := g.bentogenTypes()
	if s.empty() {
		return files, nil
	}
	data, err := s.bytes()
	if err != nil {
		return nil, fmt.Errorf("formatting types.go of bentogen: %w", err)
	}
	return append(files, File{Path: "types.go", Data: data}), nil
}

// bentogenTypes writes the types that come from the bento.
func (g *generator) bentogenTypes() *source {
	s := newSource("bentogen")
	s.comment("Package bentogen holds the types of the bento "+g.b.Name+" that its Go steps take and",
		"return. bentoc generate writes it from bento.cue; it imports the standard library only.")
	for _, t := range g.types.declared {
		if t.gen {
			g.declaration(s, t, true)
		}
	}
	for _, e := range g.types.enums {
		s.p("")
		s.p("// The values of %s.", e.name)
		s.p("const (")
		for _, c := range e.consts {
			s.p("%s = %s", c.name, c.value)
		}
		s.p(")")
	}
	return s
}

// support gives the files of the fixed types that the bento needs anywhere.
func (g *generator) support() []string {
	need := map[string]bool{}
	for _, r := range g.b.Runners {
		if r.Engine.RunsModel() != "" {
			need[typeRows[ir.KindTensor].support] = true
		}
	}
	ir.WalkTypes(g.b, func(_ string, t *ir.Type) { need[typeRows[t.Kind].support] = true })
	delete(need, "")
	return sorted(need)
}
