package gen

import (
	"embed"
	"fmt"

	"bentoc.dev/compiler/ir"
)

// The types that do not depend on the bento, as they are written.
//
//go:embed templates
var templates embed.FS

// bentogen writes the package of the types that steps use.
func (g *generator) bentogen() ([]File, error) {
	var names []string
	if g.hasSteps() {
		names = append(names, "error.go")
	}
	tensors, media := g.support()
	if media {
		names = append(names, "media.go")
	}
	if tensors {
		names = append(names, "tensor.go")
	}
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

// support tells which of the fixed types the bento needs anywhere.
func (g *generator) support() (tensors, media bool) {
	for _, r := range g.b.Runners {
		tensors = tensors || r.Engine.ONNX != nil
	}
	ir.WalkTypes(g.b, func(_ string, t *ir.Type) {
		tensors = tensors || t.Kind == ir.KindTensor
		media = media || t.Kind == ir.KindImage || t.Kind == ir.KindFile
	})
	return tensors, media
}
