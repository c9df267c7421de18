package gen

import (
	"encoding/json"
	"strings"

	"bentoc.dev/compiler/ir"
)

// dialect says how IR types are written as JSON Schema.
type dialect struct {
	b *ir.Bento
	// ref gives the reference to a named type; nil writes its contents instead.
	ref func(name string) string
	// bento writes what BentoML's client reads: "type": "tensor" and "file", one
	// arm of what may be null.
	bento  bool
	output bool
	inside bool // of bento: not at an end of the endpoint, so files are texts
	// binary writes files as raw bytes, as they are in forms.
	binary bool
	busy   map[string]bool // references whose contents are being written
}

// schema writes t. Members that BentoML's client looks at come as it expects them.
func (d *dialect) schema(t *ir.Type) object {
	if t == nil {
		return object{}
	}
	var s object
	if t.Kind == ir.KindRef {
		if s = d.reference(t); t.Doc != "" && !s.has("description") {
			s.set("description", t.Doc)
		}
		return s
	}
	s = d.plain(t)
	if t.Enum != nil {
		s.set("enum", t.Enum)
	}
	if len(t.Not) > 0 {
		s.set("not", object{{"enum", t.Not}})
	}
	if t.Doc != "" {
		s.set("description", t.Doc)
	}
	return s
}

// reference writes a named type: by its name, or what it is. A type inside itself
// is cut off there, for a reader that knows no references.
func (d *dialect) reference(t *ir.Type) object {
	if d.ref != nil {
		return object{{"$ref", d.ref(t.Ref)}}
	}
	if d.busy[t.Ref] {
		if r := d.b.Resolve(t); r != nil && r.Kind == ir.KindObject {
			return object{{"type", "object"}}
		}
		return object{}
	}
	d.busy[t.Ref] = true
	defer delete(d.busy, t.Ref)
	return d.schema(d.b.Types[t.Ref])
}

func (d *dialect) plain(t *ir.Type) object {
	switch t.Kind {
	case ir.KindNull:
		return object{{"type", "null"}}
	case ir.KindBool:
		return object{{"type", "boolean"}}
	case ir.KindInt:
		return bounds(object{{"type", "integer"}}, t)
	case ir.KindFloat:
		return bounds(object{{"type", "number"}}, t)
	case ir.KindString:
		return text(t)
	case ir.KindBytes:
		return d.bytes(t)
	case ir.KindList:
		return d.list(t)
	case ir.KindMap:
		s := object{{"type", "object"}, {"additionalProperties", d.schema(t.Elem)}}
		return size(s, t, "minProperties", "maxProperties")
	case ir.KindObject:
		return d.object(t)
	case ir.KindUnion:
		return d.union(t)
	case ir.KindTensor:
		return d.tensor(t)
	case ir.KindImage, ir.KindFile:
		return d.file(t)
	}
	return object{}
}

func bounds(s object, t *ir.Type) object {
	bound := func(b *ir.Bound, inclusive, exclusive string) {
		switch {
		case b == nil:
		case b.Exclusive:
			s.set(exclusive, json.Number(b.Value))
		default:
			s.set(inclusive, json.Number(b.Value))
		}
	}
	bound(t.Min, "minimum", "exclusiveMinimum")
	bound(t.Max, "maximum", "exclusiveMaximum")
	if t.MultipleOf != "" {
		s.set("multipleOf", json.Number(t.MultipleOf))
	}
	return s
}

func size(s object, t *ir.Type, low, high string) object {
	if t.MinLen != nil && *t.MinLen > 0 {
		s.set(low, *t.MinLen)
	}
	if t.MaxLen != nil {
		s.set(high, *t.MaxLen)
	}
	return s
}

func text(t *ir.Type) object {
	s := size(object{{"type", "string"}}, t, "minLength", "maxLength")
	var all []object
	for i, p := range t.Patterns {
		if i == 0 {
			s.set("pattern", p)
			continue
		}
		all = append(all, object{{"pattern", p}})
	}
	for _, p := range t.NotPatterns {
		all = append(all, object{{"not", object{{"pattern", p}}}})
	}
	if len(all) > 0 {
		s.set("allOf", all)
	}
	return s
}

func (d *dialect) bytes(t *ir.Type) object {
	if d.bento {
		return object{{"type", "string"}, {"format", "binary"}}
	}
	if d.binary {
		return object{}
	}
	return object{{"type", "string"}, {"contentEncoding", "base64"}}
}

func (d *dialect) list(t *ir.Type) object {
	s := object{{"type", "array"}}
	switch {
	case len(t.Prefix) == 0:
		s.set("items", d.schema(t.Elem))
		s = size(s, t, "minItems", "maxItems")
	default:
		var prefix []object
		for _, p := range t.Prefix {
			prefix = append(prefix, d.schema(p))
		}
		s.set("prefixItems", prefix)
		low, high := t.Lengths()
		switch {
		case t.Elem != nil:
			s.set("items", d.schema(t.Elem))
		case d.bento:
			s.set("items", object{}) // the client wants an object there
		default:
			s.set("items", false)
		}
		s = size(s, &ir.Type{MinLen: low, MaxLen: high}, "minItems", "maxItems")
	}
	if t.Unique {
		s.set("uniqueItems", true)
	}
	return s
}

func (d *dialect) object(t *ir.Type) object {
	properties, required := object{}, []string{}
	inner := *d // of the fields
	inner.binary = false
	for i := range t.Fields {
		f := &t.Fields[i]
		fd := &inner
		if d.binary && d.sentRaw(f.Type) {
			fd = d
		}
		p := fd.schema(f.Type)
		if f.Doc != "" {
			p.set("description", f.Doc)
		}
		if f.Default != nil {
			p.set("default", f.Default)
		}
		if f.Required {
			required = append(required, f.Name)
		}
		properties = append(properties, member{f.Name, p})
	}
	s := object{{"type", "object"}, {"properties", properties}}
	if len(required) > 0 {
		s.set("required", required)
	}
	return s
}

// sentRaw tells whether a form's field is raw bytes, or several of them.
func (d *dialect) sentRaw(t *ir.Type) bool {
	r := d.b.Resolve(t)
	if r.Kind == ir.KindList && r.Elem != nil {
		r = d.b.Resolve(r.Elem)
	}
	return r.Kind == ir.KindImage || r.Kind == ir.KindFile || r.Kind == ir.KindBytes
}

func (d *dialect) union(t *ir.Type) object {
	arms := t.Arms
	if one := d.withoutNull(t); d.bento && one != nil {
		return d.schema(one)
	}
	var schemas []object
	for _, a := range arms {
		schemas = append(schemas, d.schema(a))
	}
	word := "anyOf"
	if t.Discriminator != "" && !d.bento {
		word = "oneOf"
	}
	s := object{{word, schemas}}
	if word == "oneOf" && d.ref != nil {
		s.set("discriminator", object{{"propertyName", t.Discriminator}})
	}
	return s
}

// withoutNull gives the other arm of what may be null, since BentoML says no more
// of it; nil where there are several, and where the client would look into a null:
// it goes through lists, and through the tensors of an answer, without a look.
func (d *dialect) withoutNull(t *ir.Type) *ir.Type {
	var other []*ir.Type
	for _, a := range t.Arms {
		if r := d.b.Resolve(a); r != nil && r.Kind != ir.KindNull {
			other = append(other, a)
		}
	}
	if len(other) != 1 {
		return nil
	}
	r := d.b.Resolve(other[0])
	if len(t.Arms) > 1 && (r.Kind == ir.KindList || r.Kind == ir.KindTensor && d.output) {
		return nil
	}
	return other[0]
}

// tensor writes what BentoML's client knows as an ndarray, or nested lists.
func (d *dialect) tensor(t *ir.Type) object {
	if !d.bento {
		return d.nested(t)
	}
	s := object{{"type", "tensor"}, {"format", "numpy-array"}}
	switch t.DType {
	case "":
	case "bfloat16": // which numpy does not have
		s.set("dtype", "float32")
	case "string":
		s.set("dtype", "str")
	default:
		s.set("dtype", t.DType)
	}
	// The client reshapes to the shape, which one open dimension allows.
	shape, open := []int64{}, 0
	for _, dim := range t.Shape {
		if dim.Size == 0 {
			open++
			dim.Size = -1
		}
		shape = append(shape, dim.Size)
	}
	if (len(shape) > 0 || t.Rank0) && open < 2 {
		s.set("shape", shape)
	}
	return s
}

func (d *dialect) nested(t *ir.Type) object {
	s := object{{"type", "number"}}
	switch {
	case t.DType == "":
		s = object{}
	case t.DType == "bool":
		s = object{{"type", "boolean"}}
	case t.DType == "string":
		s = object{{"type", "string"}}
	case strings.HasPrefix(t.DType, "int"), strings.HasPrefix(t.DType, "uint"):
		s = object{{"type", "integer"}}
	case d.output:
		s = object{{"type", []string{"number", "null"}}} // null for NaN
	}
	if t.Shape == nil && !t.Rank0 {
		return object{{"description", "A tensor of " + orAny(t.DType) + ", as nested lists."}}
	}
	for i := len(t.Shape) - 1; i >= 0; i-- {
		dim := t.Shape[i]
		level := object{{"type", "array"}, {"items", s}}
		if dim.Size > 0 {
			level.set("minItems", dim.Size)
			level.set("maxItems", dim.Size)
		}
		s = level
	}
	return s
}

func orAny(dtype string) string {
	if dtype == "" {
		return "any elements"
	}
	return dtype
}

func (d *dialect) file(t *ir.Type) object {
	switch {
	case d.bento && d.inside:
		return object{{"type", "string"}, {"format", "uri"}}
	case d.bento:
		return bentoFile(t, d.output)
	}
	if d.binary {
		s := object{}
		if len(t.MediaTypes) > 0 {
			s.set("contentMediaType", strings.Join(t.MediaTypes, ", "))
		} else if t.Kind == ir.KindImage {
			s.set("contentMediaType", "image/*")
		}
		return s
	}
	words := "A file"
	if t.Kind == ir.KindImage {
		words = "A picture"
	}
	if d.output {
		return object{{"type", "string"}, {"format", "uri"}, {"description", words + " as a data: URI."}}
	}
	return object{{"type", "string"}, {"description", words + " in base64 or as a data: URI."}}
}

// bentoFile writes a file for BentoML's client.
func bentoFile(t *ir.Type, output bool) object {
	if t.Kind == ir.KindImage {
		s := object{{"type", "file"}, {"format", "image"}}
		if output {
			s.set("pil", true)
		}
		return s
	}
	s := object{{"type", "file"}, {"format", "binary"}}
	if len(t.MediaTypes) == 1 {
		kind, _, _ := strings.Cut(t.MediaTypes[0], "/")
		if kind == "audio" || kind == "video" || kind == "image" {
			s.set("format", kind)
		}
		s.set("content_type", t.MediaTypes[0])
	}
	return s
}
