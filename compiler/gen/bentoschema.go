package gen

import (
	"cmp"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/runtime/spec"
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
			if e.Deprecated != nil {
				r.doc = strings.TrimSpace(r.doc + "\n\n" + e.Deprecated.Words())
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
		o.set("output", g.bentoOutput(r))
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
	d := &bentoDialect{dialect{b: g.b, bento: true, null: r.e.NonFinite == ir.NonFiniteNull, strict: r.e.Strict, busy: map[string]bool{}}}
	t := g.b.Resolve(r.end.inT)
	if t == nil || t.Kind != ir.KindObject {
		s := d.whole(r.end.inT)
		s.set("root_input", true)
		g.contentTypes(&s, r, r.end.inT)
		return s
	}
	s := d.object(t)
	if !s.has("properties") {
		s.set("properties", object{})
	}
	s.set("title", "Input")
	return s
}

func (g *generator) bentoOutput(r route) object {
	d := &bentoDialect{dialect{b: g.b, bento: true, output: true, null: r.e.NonFinite == ir.NonFiniteNull, busy: map[string]bool{}}}
	s := d.whole(r.end.outT)
	if g.literals(r, r.end.outT) && !s.has("description") {
		s.set("description", literalWords)
	}
	g.contentTypes(&s, r, r.end.outT)
	return s
}

// contentTypes says in what encodings a table may travel where JSON is not the only one;
// BentoML's client passes it over.
func (g *generator) contentTypes(s *object, r route, t *ir.Type) {
	if arrows(g.b, r.e, t) {
		s.set("content_types", []string{"application/json", spec.ArrowStream})
	}
}

// bentoDialect writes the ends of an endpoint. Deeper inside, files are texts.
type bentoDialect struct{ dialect }

func (d *bentoDialect) whole(t *ir.Type) object {
	r := d.b.Resolve(t)
	if r == nil {
		return object{}
	}
	if typeRows[r.Kind].body != nil {
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
		if r.Kind == ir.KindList && r.Elem != nil {
			r = d.b.Resolve(r.Elem)
		}
		if r.Kind.Form() != ir.FormFile {
			continue
		}
		p := d.schema(f.Type)
		describeField(&p, f)
		properties[i].value = p
	}
	return s
}
