package gen

import (
	"cmp"
	"slices"

	"bentoc.dev/compiler/ir"
)

// route is an endpoint with the service it belongs to.
type route struct {
	service, name string
	e             *ir.Endpoint
	end           end
	doc           string
}

// routes gives all endpoints by name.
func (g *generator) routes() []route {
	var out []route
	for _, svc := range sorted(g.b.Services) {
		for _, name := range sorted(g.b.Services[svc].Endpoints) {
			e := g.b.Services[svc].Endpoints[name]
			end, ok := g.endpoint(e)
			if !ok {
				continue // reported where the endpoint is written
			}
			r := route{service: svc, name: name, e: e, end: end, doc: e.Doc}
			if gr := g.b.Graphs[e.Graph]; r.doc == "" && gr != nil {
				r.doc = gr.Doc
			}
			if rn := g.b.Runners[e.Runner]; r.doc == "" && rn != nil {
				r.doc = rn.Doc
			}
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b route) int { return cmp.Compare(a.name, b.name) })
	return out
}

// schemaJSON writes /schema.json, which BentoML's client reads before its first
// call.
func (g *generator) schemaJSON() ([]byte, error) {
	name := g.b.Name
	if len(g.b.Services) == 1 {
		name = sorted(g.b.Services)[0]
	}
	doc := object{{"name", name}, {"type", "service"}}
	if g.b.Doc != "" {
		doc.set("description", g.b.Doc)
	}
	routes, paths := []object{}, object{}
	for _, r := range g.routes() {
		o := object{{"name", r.name}, {"route", r.e.Route}}
		if r.doc != "" {
			o.set("doc", r.doc)
		}
		o.set("batchable", false)
		o.set("input", g.bentoInput(r))
		o.set("output", g.bentoOutput(r.end.outT))
		o.set("is_task", false)
		routes = append(routes, o)
		paths.set(r.e.Route, object{{"mounted", false}})
	}
	doc.set("routes", routes)
	doc.set("paths", paths)
	return document(doc)
}

// bentoInput writes an endpoint's input. Files are files where the client sends
// them as parts of a form: as a field, as the items of a field, or as the whole.
func (g *generator) bentoInput(r route) object {
	d := &bentoDialect{dialect{b: g.b, bento: true, busy: map[string]bool{}}}
	t := g.b.Resolve(r.end.inT)
	if t == nil || t.Kind != ir.KindObject {
		s := d.whole(r.end.inT)
		s.set("root_input", true)
		return s
	}
	s := d.object(t)
	if !s.has("properties") {
		s.set("properties", object{})
	}
	s.set("title", "Input")
	if r.e.Strict {
		s.set("additionalProperties", false)
	}
	return s
}

func (g *generator) bentoOutput(t *ir.Type) object {
	d := &bentoDialect{dialect{b: g.b, bento: true, output: true, busy: map[string]bool{}}}
	return d.whole(t)
}

// bentoDialect writes the ends of an endpoint. Deeper inside, files are texts.
type bentoDialect struct{ dialect }

func (d *bentoDialect) whole(t *ir.Type) object {
	r := d.b.Resolve(t)
	if r == nil {
		return object{}
	}
	switch r.Kind {
	case ir.KindImage, ir.KindFile, ir.KindString, ir.KindBytes:
		return d.schema(r)
	}
	d.inside = true
	return d.schema(t)
}

// object writes the input's fields.
func (d *bentoDialect) object(t *ir.Type) object {
	inside := d.dialect
	inside.inside = true
	s := inside.object(t)
	properties := s[1].value.(object)
	for i := range t.Fields {
		f := &t.Fields[i]
		r := d.b.Resolve(f.Type)
		files := r.Kind == ir.KindImage || r.Kind == ir.KindFile
		if r.Kind == ir.KindList && r.Elem != nil {
			elem := d.b.Resolve(r.Elem)
			files = elem.Kind == ir.KindImage || elem.Kind == ir.KindFile
		}
		if !files {
			continue
		}
		p := d.schema(f.Type)
		if f.Doc != "" {
			p.set("description", f.Doc)
		}
		properties[i].value = p
	}
	return s
}
