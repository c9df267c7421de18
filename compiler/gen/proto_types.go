package gen

import (
	"fmt"

	"bentoc.dev/compiler/ir"
)

// typ gives how a value of t stands in a field. Key is that of [ir.Message], hint a name
// for a message.
func (p *proto) typ(key, hint string, t *ir.Type) protoType {
	row := typeRows[t.Kind]
	if row.proto == nil {
		p.errorf("%s: a value of kind %s has no form in proto3", key, t.Kind)
		return protoType{name: "bytes"}
	}
	return row.proto(p, key, hint, t)
}

// scalarIn is a type of proto3 by its name.
func scalarIn(name string) func(*proto, string, string, *ir.Type) protoType {
	return func(*proto, string, string, *ir.Type) protoType { return protoType{name: name} }
}

// wellKnown is a type of google/protobuf/struct.proto.
func wellKnown(name string) func(*proto, string, string, *ir.Type) protoType {
	return func(p *proto, _, _ string, _ *ir.Type) protoType {
		p.imports["google/protobuf/struct.proto"] = true
		return protoType{name: ".google.protobuf." + name}
	}
}

// isMessage tells whether a named type is a message of that name.
func (p *proto) isMessage(t *ir.Type) bool {
	return t.Kind == ir.KindObject || t.Kind == ir.KindUnion && p.b.Bare(t) == nil || t.Kind == ir.KindList && len(t.Prefix) > 0
}

func (p *proto) reference(_, _ string, t *ir.Type) protoType {
	target := p.b.Types[t.Ref]
	key := "#" + t.Ref
	if target == nil {
		p.errorf("there is no type %s", key)
		return protoType{name: "bytes"}
	}
	if m := p.messages["named "+key]; m != nil { // it is being made: a list that holds itself
		return m.typ()
	}
	if !p.isMessage(target) && p.holdsItself(t.Ref) {
		m := p.message(typeName(t.Ref), target.Doc)
		p.messages["named "+key] = m
		m.fields = []protoField{p.field(key, m.name, "value", 1, target)}
		return m.typ()
	}
	return p.typ(key, typeName(t.Ref), target)
}

// holdsItself tells whether a named type is there again inside itself.
func (p *proto) holdsItself(ref string) bool {
	seen := map[string]bool{}
	var within func(t *ir.Type) bool
	within = func(t *ir.Type) (found bool) {
		ir.WalkType(t, func(part *ir.Type) {
			if part.Kind != ir.KindRef || found {
				return
			}
			if part.Ref == ref {
				found = true
			} else if !seen[part.Ref] {
				seen[part.Ref] = true
				found = within(p.b.Types[part.Ref])
			}
		})
		return found
	}
	return within(p.b.Types[ref])
}

func (p *proto) union(key, hint string, t *ir.Type) protoType {
	bare := p.b.Bare(t)
	if bare == nil {
		return p.object(key, hint, t)
	}
	return p.typ(key, hint, bare) // null is absence
}

// item gives the type of an item of a list, or of a value of a map: what is repeated or
// may be null needs a message around it.
func (p *proto) item(key, hint string, t *ir.Type) protoType {
	typ := p.typ(key, hint, t)
	r := p.b.Resolve(t)
	if !typ.plain && !(r != nil && r.Kind == ir.KindUnion && p.b.Bare(r) != nil && len(r.Arms) > 1) {
		return typ
	}
	field := "value"
	if typ.plain {
		field = "items"
	}
	return p.wrap(key, hint, field, t)
}

func (p *proto) list(key, hint string, t *ir.Type) protoType {
	if len(t.Prefix) > 0 && t.Elem == nil {
		return p.tuple(key, hint, t)
	}
	elem := t.Elem
	if elem == nil {
		return protoType{name: "repeated .google.protobuf.Value", plain: true}.with(p)
	}
	if len(t.Prefix) > 0 && !p.b.Uniform(append(t.Prefix[:len(t.Prefix):len(t.Prefix)], elem)...) {
		p.errorf("%s: a tuple with items of other types behind it has no form in proto3", key)
	}
	return protoType{name: "repeated " + p.item(key+"[]", hint+"Item", elem).name, plain: true}
}

// with imports what the type of an empty list names.
func (t protoType) with(p *proto) protoType {
	p.imports["google/protobuf/struct.proto"] = true
	return t
}

// tuple gives the message of a tuple: its parts are known by their places.
func (p *proto) tuple(key, hint string, t *ir.Type) protoType {
	m := p.messages[key]
	if m == nil {
		m = p.message(hint, t.Doc)
		p.messages[key] = m
	}
	if !m.begun {
		m.begun = true
		for i, part := range t.Prefix {
			m.fields = append(m.fields, p.field(fmt.Sprintf("%s[%d]", key, i), fmt.Sprintf("%sItem%d", hint, i), fmt.Sprintf("item_%d", i), i+1, part))
		}
	}
	return m.typ()
}

func (p *proto) mapOf(key, hint string, t *ir.Type) protoType {
	return protoType{name: "map<string, " + p.item(key+"[]", hint+"Value", t.Elem).name + ">", plain: true}
}

// shared gives a message that all values of a kind have, made when one is met.
func (p *proto) shared(name, doc string, fields ...protoField) protoType {
	m := p.messages["shared "+name]
	if m == nil {
		m = p.message(name, doc)
		p.messages["shared "+name] = m
		m.fields = fields
	}
	return m.typ()
}

func (p *proto) file(_, _ string, t *ir.Type) protoType {
	name, doc := "File", "File is a file: its bytes as they are."
	switch t.Kind {
	case ir.KindImage:
		name, doc = "Image", "Image is a picture, encoded: its file's bytes as they are."
	case ir.KindAudio:
		name, doc = "Audio", "Audio is a recording, encoded: its file's bytes as they are."
	}
	return p.shared(name, doc,
		protoField{name: "data", typ: "bytes", number: 1},
		protoField{name: "media_type", typ: "string", number: 2, doc: "its content type; found out where it is absent"},
		protoField{name: "name", typ: "string", number: 3})
}

// protoElements are the types of tensors' elements by dtype.
var protoElements = map[string]string{
	"bool": "bool", "string": "string", "float16": "float", "bfloat16": "float", "float32": "float", "float64": "double",
	"int8": "int32", "int16": "int32", "int32": "int32", "int64": "int64", "uint8": "uint32", "uint16": "uint32", "uint32": "uint32", "uint64": "uint64",
}

func (p *proto) tensor(key, _ string, t *ir.Type) protoType {
	shape := protoField{name: "shape", typ: "repeated int64", number: 1, plain: true}
	if t.DType == "" {
		fields := []protoField{shape, {name: "dtype", typ: "string", number: 2, doc: "such as float32: the field that has the elements"}}
		for i, elem := range []string{"bool", "string", "float", "double", "int32", "int64", "uint32", "uint64"} {
			fields = append(fields, protoField{name: elem + "_data", typ: "repeated " + elem, number: 3 + i, plain: true})
		}
		return p.shared("Tensor", "Tensor is an array of elements of any type, the last axis first.", fields...)
	}
	elem := protoElements[t.DType]
	if elem == "" {
		p.errorf("%s: a tensor of %s has no form in proto3", key, t.DType)
	}
	return p.shared("Tensor"+exported(elem), "", shape, protoField{name: "data", typ: "repeated " + elem, number: 2, plain: true, doc: "the elements, the last axis first"})
}
