package gen

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/runtime/spec"
)

// openAPI writes /docs.json: OpenAPI 3.1, with the bento's named types as
// components.
func (g *generator) openAPI() ([]byte, error) {
	w := newAPIDoc(g)
	info := object{{"title", g.b.Name}, {"version", ""}}
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
	doc := object{
		{"openapi", "3.1.0"},
		{"info", info},
		{"servers", []object{{{"url", "."}}}},
		{"tags", tags},
		{"paths", paths},
		{"components", object{{"schemas", w.schemas()}, {"responses", errorResponses()}}},
	}
	text, err := document(doc)
	if err != nil {
		return nil, err
	}
	info.set("version", apiVersion(text))
	return document(doc)
}

// apiVersion is the version of an API whose description is text: the first half of a
// digest, so that it changes when the API does and not when the rest of the bento does.
func apiVersion(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

// apiDoc gathers the components of an OpenAPI document.
type apiDoc struct {
	g       *generator
	names   map[string]string // of components, by reference
	prefix  string
	pending []component // to be written
	ends    object      // components of the endpoints' ends
	done    map[component]bool
}

func newAPIDoc(g *generator) *apiDoc {
	w := &apiDoc{g: g, names: map[string]string{}, prefix: "#/components/schemas/", done: map[component]bool{}}
	names := newNames("Error", "Problem")
	for _, ref := range sorted(g.b.Types) {
		w.names[ref] = names.pick(typeName(ref))
	}
	return w
}

func (w *apiDoc) operation(r route) object {
	op := object{{"tags", []string{r.service}}, {"operationId", r.service + "__" + r.name}, {"x-bentoml-name", r.name}}
	if r.doc != "" {
		first, _, _ := strings.Cut(r.doc, "\n")
		op.set("summary", first)
		op.set("description", r.doc)
	}
	if r.e.Deprecated != nil {
		op.set("deprecated", true)
	}
	op.set("requestBody", w.requestBody(r))
	op.set("responses", w.responses(r))
	return op
}

// end writes the component for one end of an endpoint and refers to it.
func (w *apiDoc) end(name string, t *ir.Type, v variant) object {
	if t.Kind == ir.KindRef {
		return object{{"$ref", w.ref(t.Ref, v)}}
	}
	if t.Kind != ir.KindObject {
		return w.dialect(v).schema(t)
	}
	for _, taken := range w.names {
		if taken == name {
			name += "Body"
		}
	}
	s := w.dialect(v).schema(t)
	if have, ok := w.ends.get(name); ok && !reflect.DeepEqual(have, any(s)) { // of another endpoint, which takes more or less
		name += variant{null: v.null, strict: v.strict}.suffix()
	}
	w.ends.set(name, s)
	return object{{"$ref", w.prefix + name}}
}

func (w *apiDoc) requestBody(r route) object {
	t := w.g.b.Resolve(r.end.inT)
	json := w.end(r.end.name+"Input", r.end.inT, r.variant(false))
	content := object{}
	switch body := typeRows[t.Kind].body; {
	case body == nil:
		content.set("application/json", object{{"schema", json}})
		if t.Kind == ir.KindObject {
			content.set("multipart/form-data", w.form(t, r.variant(false)))
		}
		if arrows(w.g.b, r.e, t) {
			content.set(spec.ArrowStream, object{{"schema", object{}}})
		}
	case body.text:
		for _, m := range append(slices.Clone(body.types(t)), "application/json") {
			content.set(m, object{{"schema", json}})
		}
	default:
		for _, m := range body.types(t) {
			content.set(m, object{{"schema", object{}}})
		}
	}
	required := t.Kind != ir.KindObject
	for _, f := range t.Fields {
		required = required || f.Required
	}
	body := object{{"required", required}, {"content", content}}
	if w.g.literals(r, r.end.inT) {
		body.set("description", literalWords)
	}
	return body
}

// form writes the input as a form: files are raw parts, other fields JSON.
func (w *apiDoc) form(t *ir.Type, v variant) object {
	d := w.dialect(v)
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

func (w *apiDoc) responses(r route) object {
	t := w.g.b.Resolve(r.end.outT)
	content := object{}
	body := typeRows[t.Kind].body
	if body != nil && !body.text {
		for _, m := range body.types(t) {
			content.set(m, object{{"schema", object{}}})
		}
	} else {
		schema := object{{"schema", w.end(r.end.name+"Output", r.end.outT, r.variant(true))}}
		if body == nil {
			content.set("application/json", schema)
			if arrows(w.g.b, r.e, t) {
				content.set(spec.ArrowStream, object{{"schema", object{}}})
			}
		} else {
			content.set(body.types(t)[0], schema)
		}
	}
	words := "The result."
	if w.g.literals(r, r.end.outT) {
		words += " " + literalWords
	}
	out := object{{"200", object{{"description", words}, {"content", content}}}}
	for _, e := range apiErrors {
		out.set(fmt.Sprint(e.status), object{{"$ref", "#/components/responses/" + e.name}})
	}
	if rates := ratesText(w.g.b.Services[r.service].Traffic.RateLimit, r.e.RateLimit); rates != "" {
		tooMany := apiErrors[slices.IndexFunc(apiErrors, func(e apiError) bool { return e.status == 429 })]
		tooMany.text = "More requests come than may, " + rates + ", or the server has no free place; try again after the time in Retry-After."
		out.set("429", tooMany.response())
	}
	return out
}

// apiError is an error that endpoints answer with.
type apiError struct {
	status int
	name   string
	text   string
}

// apiErrors are the errors of every endpoint.
var apiErrors = []apiError{
	{400, "BadRequest", "The request is malformed or does not fit the input's type; detail says where."},
	{413, "TooLarge", "The body, or a file in it, is larger than allowed."},
	{415, "UnsupportedMediaType", "A file is of a media type that is not allowed."},
	{422, "Unprocessable", "The request is well-formed but cannot be processed, such as a picture that does not decode."},
	{429, "TooManyRequests", "The server has no free place; try again after the time in Retry-After."},
	{500, "InternalError", "An error of the server."},
	{503, "Unavailable", "The server cannot take the request now: it is starting or stopping, or has no memory or no time for it; try again after the time in Retry-After."},
	{504, "Timeout", "The time for the request has passed."},
}

func errorResponses() object {
	var out object
	for _, e := range apiErrors {
		out.set(e.name, e.response())
	}
	return out
}

// response writes what comes with an error; a request that may come again is told when.
func (e apiError) response() object {
	out := object{{"description", e.text}}
	if e.status == 429 || e.status == 503 {
		out.set("headers", object{{"Retry-After", object{{"description", "Seconds after which it may pay to try again."}, {"schema", object{{"type", "integer"}, {"minimum", 1}}}}}})
	}
	out.set("content", object{{"application/json", object{{"schema", object{{"$ref", "#/components/schemas/Error"}}}}}})
	return out
}

// schemas writes the components: the endpoints' ends, the named types that they
// use, and the errors.
func (w *apiDoc) schemas() object {
	out := append(object{}, w.ends...)
	w.components(&out)
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
