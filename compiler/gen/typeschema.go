package gen

import (
	"encoding/json"
	"slices"

	"bentoc.dev/compiler/ecma"
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
	// null writes what an endpoint says that lets NaN and infinities travel as null.
	null   bool
	strict bool // unknown fields are refused
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
	if schema := typeRows[t.Kind].schema; schema != nil {
		return schema(d, t)
	}
	return object{}
}

// fixed gives a schema that does not depend on the type.
func fixed(members object) func(*dialect, *ir.Type) object {
	return func(*dialect, *ir.Type) object { return slices.Clone(members) }
}

func (d *dialect) mapOf(t *ir.Type) object {
	s := object{{"type", "object"}, {"additionalProperties", d.schema(t.Elem)}}
	if t.Key != nil {
		s.set("propertyNames", d.schema(t.Key))
	}
	return size(s, t, "minProperties", "maxProperties")
}

func integer(_ *dialect, t *ir.Type) object { return bounds(object{{"type", "integer"}}, t) }

func float(d *dialect, t *ir.Type) object { return bounds(object{{"type", d.number(t)}}, t) }

// number gives the type of a float: null stands for NaN and the infinities where
// they may travel and the bounds let them. A request's null is NaN, which no bound
// lets through.
func (d *dialect) number(t *ir.Type) any {
	fits := t.Min == nil && t.Max == nil
	if d.output {
		fits = t.Min == nil || t.Max == nil
	}
	if d.null && fits && t.Enum == nil && t.MultipleOf == "" {
		return []string{"number", "null"}
	}
	return "number"
}

func bounds(s object, t *ir.Type) object {
	bound := func(b *ir.Bound, dir int, inclusive, exclusive string) {
		if b == nil {
			return
		}
		value, excl, ok := b.Value, b.Exclusive, true
		if t.Kind == ir.KindFloat { // validators read it as a float64
			value, excl, ok = floatBound(b, dir)
		}
		switch {
		case !ok:
		case excl:
			s.set(exclusive, json.Number(value))
		default:
			s.set(inclusive, json.Number(value))
		}
	}
	bound(t.Min, 1, "minimum", "exclusiveMinimum")
	bound(t.Max, -1, "maximum", "exclusiveMaximum")
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

func text(_ *dialect, t *ir.Type) object {
	s := size(object{{"type", "string"}}, t, "minLength", "maxLength")
	var all []object
	for _, p := range t.Patterns {
		written, ok := ecma.Pattern(p)
		switch {
		case !ok:
			s.set("$comment", leftOut)
		case !s.has("pattern"):
			s.set("pattern", written)
		default:
			all = append(all, object{{"pattern", written}})
		}
	}
	for _, p := range t.NotPatterns {
		if written, ok := ecma.Pattern(p); ok {
			all = append(all, object{{"not", object{{"pattern", written}}}})
		} else {
			s.set("$comment", leftOut)
		}
	}
	if len(all) > 0 {
		s.set("allOf", all)
	}
	formatted(&s, t)
	return s
}

// leftOut stands in a schema for an expression that is not in it.
const leftOut = "The text must match a regular expression too that is not written here."

func (d *dialect) bytes(t *ir.Type) object {
	switch {
	case d.bento && t.Encoding != "": // the client knows one encoding
		return object{{"type", "string"}}
	case d.bento:
		return object{{"type", "string"}, {"format", "binary"}}
	case d.binary:
		return object{}
	}
	switch t.Encoding {
	case ir.EncodingHex:
		hex := size(object{{"type", "string"}}, &ir.Type{MinLen: twice(t.MinLen), MaxLen: twice(t.MaxLen)}, "minLength", "maxLength")
		return append(hex, object{{"pattern", "^(?:[0-9a-fA-F]{2})*$"}, {"contentEncoding", "base16"}}...)
	case ir.EncodingBase64URL:
		return object{{"type", "string"}, {"pattern", "^[A-Za-z0-9_-]*$"}, {"contentEncoding", "base64url"}}
	}
	return object{{"type", "string"}, {"contentEncoding", "base64"}}
}

func twice(n *int64) *int64 {
	if n == nil || *n > 1<<60 {
		return nil
	}
	twice := 2 * *n
	return &twice
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
		describeField(&p, f)
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
	if d.strict && !t.Open {
		s.set("additionalProperties", false)
	}
	inner.entries(&s, t)
	return s
}

// describeField says of a field's schema what people read, and that it is deprecated.
func describeField(p *object, f *ir.Field) {
	if f.Doc != "" {
		p.set("description", f.Doc)
	}
	if f.Deprecated == nil {
		return
	}
	words := f.Deprecated.Words()
	if f.Doc != "" {
		words = f.Doc + "\n\n" + words
	}
	p.set("description", words)
	p.set("deprecated", true)
}

// sentRaw tells whether a form's field is raw bytes, or several of them.
func (d *dialect) sentRaw(t *ir.Type) bool {
	r := d.b.Resolve(t)
	if r.Kind == ir.KindList && r.Elem != nil {
		r = d.b.Resolve(r.Elem)
	}
	body := typeRows[r.Kind].body
	return body != nil && !body.text
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
	if !d.bento && d.b.ByShape(t) {
		word = "oneOf"
		d.onlyOwn(schemas, d.b.Markers(t))
	}
	s := object{{word, schemas}}
	if t.Discriminator != "" && !d.bento && d.ref != nil && d.b.OnlyObjects(t) {
		s.set("discriminator", object{{"propertyName", t.Discriminator}})
	}
	return s
}

// onlyOwn says of each arm that it has none of the fields that tell the others apart.
func (d *dialect) onlyOwn(arms []object, markers [][]string) {
	for i := range arms {
		if len(markers[i]) == 0 {
			continue
		}
		var others []object
		for j, marks := range markers {
			for _, m := range marks {
				if j != i {
					others = append(others, object{{"required", []string{m}}})
				}
			}
		}
		arms[i] = object{{"allOf", []object{arms[i]}}, {"not", object{{"anyOf", others}}}}
	}
}

// withoutNull gives the other arm of what may be null where BentoML's client has to
// know it, to make tensors and files of it; nil where it need not or there are
// several, and where the client would look into a null: it goes through lists, and
// through the tensors of an answer, without a look.
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
	if len(t.Arms) > 1 && (r.Kind == ir.KindList || r.Kind == ir.KindTensor && d.output || !d.converted(r, map[*ir.Type]bool{})) {
		return nil
	}
	return other[0]
}

// converted tells whether BentoML's client makes something of a value of t, or of
// what is in it.
func (d *dialect) converted(t *ir.Type, seen map[*ir.Type]bool) (found bool) {
	ir.WalkType(t, func(part *ir.Type) {
		r := d.b.Resolve(part)
		switch {
		case found || r == nil || seen[r]:
		case r.Kind.Form() == ir.FormTensor || r.Kind.Form() == ir.FormFile:
			found = true
		case part.Kind == ir.KindRef:
			seen[r] = true
			found = d.converted(r, seen)
		}
	})
	return found
}
