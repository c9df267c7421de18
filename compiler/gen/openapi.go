package gen

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

// openAPI writes /docs.json: OpenAPI 3.1, with the bento's named types as
// components.
func (g *generator) openAPI() ([]byte, error) {
	w := newAPIDoc(g)
	info := object{{"title", g.b.Name}, {"version", strings.TrimPrefix(g.digest, "sha256:")[:min(12, max(0, len(g.digest)-7))]}}
	if g.b.Doc != "" {
		info.set("description", g.b.Doc)
	}
	var tags []object
	for _, name := range sorted(g.b.Services) {
		tag := object{{"name", name}}
		if doc := g.b.Services[name].Doc; doc != "" {
			tag.set("description", doc)
		}
		tags = append(tags, tag)
	}
	paths := object{}
	for _, r := range g.routes() {
		paths.set(r.e.Route, object{{"post", w.operation(r)}})
	}
	return document(object{
		{"openapi", "3.1.0"},
		{"info", info},
		{"servers", []object{{{"url", "."}}}},
		{"tags", tags},
		{"paths", paths},
		{"components", object{{"schemas", w.schemas()}, {"responses", errorResponses()}}},
	})
}

// apiDoc gathers the components of an OpenAPI document.
type apiDoc struct {
	g       *generator
	names   map[string]string // of components, by reference
	prefix  string
	pending []string // references whose components are to be written
	ends    object   // components of the endpoints' ends
	done    map[string]bool
}

func newAPIDoc(g *generator) *apiDoc {
	w := &apiDoc{g: g, names: map[string]string{}, prefix: "#/components/schemas/", done: map[string]bool{}}
	names := newNames("Error", "Problem")
	for _, ref := range sorted(g.b.Types) {
		w.names[ref] = names.pick(typeName(ref))
	}
	return w
}

// ref gives the reference to a named type and notes that its component is needed.
func (w *apiDoc) ref(name string) string {
	if !w.done[name] {
		w.done[name] = true
		w.pending = append(w.pending, name)
	}
	return w.prefix + w.names[name]
}

func (w *apiDoc) dialect(output bool) *dialect {
	return &dialect{b: w.g.b, ref: w.ref, output: output}
}

func (w *apiDoc) operation(r route) object {
	op := object{{"tags", []string{r.service}}, {"operationId", r.service + "__" + r.name}, {"x-bentoml-name", r.name}}
	if r.doc != "" {
		first, _, _ := strings.Cut(r.doc, "\n")
		op.set("summary", first)
		op.set("description", r.doc)
	}
	op.set("requestBody", w.requestBody(r))
	op.set("responses", w.responses(r))
	return op
}

// end writes the component for one end of an endpoint and refers to it.
func (w *apiDoc) end(name string, t *ir.Type, output bool) object {
	if t.Kind == ir.KindRef {
		return object{{"$ref", w.ref(t.Ref)}}
	}
	if t.Kind != ir.KindObject {
		return w.dialect(output).schema(t)
	}
	for _, taken := range w.names {
		if taken == name {
			name += "Body"
		}
	}
	w.ends.set(name, w.dialect(output).schema(t))
	return object{{"$ref", w.prefix + name}}
}

func (w *apiDoc) requestBody(r route) object {
	t := w.g.b.Resolve(r.end.inT)
	json := w.end(r.end.name+"Input", r.end.inT, false)
	if r.e.Strict && t.Kind == ir.KindObject {
		json = object{{"allOf", []object{json}}, {"unevaluatedProperties", false}}
	}
	content := object{}
	switch t.Kind {
	case ir.KindObject:
		content.set("application/json", object{{"schema", json}})
		content.set("multipart/form-data", w.form(t))
	case ir.KindImage, ir.KindFile:
		for _, m := range mediaTypes(t) {
			content.set(m, object{{"schema", object{}}})
		}
	case ir.KindString:
		content.set("text/plain", object{{"schema", json}})
		content.set("application/json", object{{"schema", json}})
	case ir.KindBytes:
		content.set("application/octet-stream", object{{"schema", object{}}})
	default:
		content.set("application/json", object{{"schema", json}})
	}
	required := t.Kind != ir.KindObject
	for _, f := range t.Fields {
		required = required || f.Required
	}
	return object{{"required", required}, {"content", content}}
}

// form writes the input as a form: files are raw parts, other fields JSON.
func (w *apiDoc) form(t *ir.Type) object {
	d := w.dialect(false)
	d.binary = true
	encoding := object{}
	for _, f := range t.Fields {
		if r := w.g.b.Resolve(f.Type); r.Kind != ir.KindString && !d.sentRaw(f.Type) {
			encoding.set(f.Name, object{{"contentType", "application/json"}})
		}
	}
	schema := d.object(t)
	media := object{{"schema", schema}}
	if len(encoding) > 0 {
		media.set("encoding", encoding)
	}
	return media
}

// mediaTypes gives the content types of a whole body that is a file.
func mediaTypes(t *ir.Type) []string {
	switch {
	case len(t.MediaTypes) > 0:
		return t.MediaTypes
	case t.Kind == ir.KindImage:
		return []string{"image/*"}
	}
	return []string{"application/octet-stream"}
}

func (w *apiDoc) responses(r route) object {
	t := w.g.b.Resolve(r.end.outT)
	content := object{}
	switch t.Kind {
	case ir.KindImage, ir.KindFile:
		for _, m := range mediaTypes(t) {
			content.set(m, object{{"schema", object{}}})
		}
	case ir.KindString:
		content.set("text/plain", object{{"schema", w.end(r.end.name+"Output", r.end.outT, true)}})
	case ir.KindBytes:
		content.set("application/octet-stream", object{{"schema", object{}}})
	default:
		content.set("application/json", object{{"schema", w.end(r.end.name+"Output", r.end.outT, true)}})
	}
	out := object{{"200", object{{"description", "The result."}, {"content", content}}}}
	for _, e := range apiErrors {
		out.set(fmt.Sprint(e.status), object{{"$ref", "#/components/responses/" + e.name}})
	}
	return out
}

// apiErrors are the errors of every endpoint.
var apiErrors = []struct {
	status int
	name   string
	text   string
}{
	{400, "BadRequest", "The request is malformed or does not fit the input's type; detail says where."},
	{413, "TooLarge", "The body, or a file in it, is larger than allowed."},
	{415, "UnsupportedMediaType", "A file is of a media type that is not allowed."},
	{422, "Unprocessable", "The request is well-formed but cannot be processed, such as a picture that does not decode."},
	{429, "TooManyRequests", "The server has no free place; try again after the time in Retry-After."},
	{500, "InternalError", "An error of the server."},
	{503, "Unavailable", "The server is starting or stopping."},
	{504, "Timeout", "The time for the request has passed."},
}

func errorResponses() object {
	var out object
	for _, e := range apiErrors {
		out.set(e.name, object{{"description", e.text}, {"content", object{
			{"application/json", object{{"schema", object{{"$ref", "#/components/schemas/Error"}}}}},
		}}})
	}
	return out
}

// schemas writes the components: the endpoints' ends, the named types that they
// use, and the errors.
func (w *apiDoc) schemas() object {
	out := append(object{}, w.ends...)
	for len(w.pending) > 0 {
		name := w.pending[0]
		w.pending = w.pending[1:]
		out.set(w.names[name], w.dialect(false).schema(w.g.b.Types[name]))
	}
	out.set("Error", object{{"type", "object"}, {"properties", object{
		{"error", object{{"type", "string"}}},
		{"detail", object{{"type", "array"}, {"items", object{{"$ref", w.prefix + "Problem"}}}}},
	}}, {"required", []string{"error"}}})
	out.set("Problem", object{{"type", "object"}, {"properties", object{
		{"type", object{{"type", "string"}, {"description", "Such as missing or greater_than_equal."}}},
		{"loc", object{{"type", "array"}, {"items", object{{"type", []string{"string", "integer"}}}}, {"description", "Field names and indexes from the root."}}},
		{"msg", object{{"type", "string"}}},
	}}, {"required", []string{"type", "loc", "msg"}}})
	return out
}
