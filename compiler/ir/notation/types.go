package notation

import (
	"strconv"
	"strings"

	"bentoc.dev/compiler/ir"
)

// The part of the notation that is about types: int >=0, "a" | "b", [...T] max 3,
// {a: T, b?: T, c: T = 1, ...}, {[string]: T}, tensor float32 [3, n], image image/png, stream T,
// table {a: T} max 9 columns.

func (r *reader) typ() *ir.Type {
	pos := r.pos()
	arms := []*ir.Type{r.arm()}
	for r.accept("|") {
		arms = append(arms, r.arm())
	}
	t := arms[0]
	if len(arms) > 1 {
		t = union(arms)
	}
	t.Pos = pos
	return t
}

// union is an enum where all arms are constants of one kind.
func union(arms []*ir.Type) *ir.Type {
	enum := &ir.Type{Kind: arms[0].Kind}
	for _, a := range arms {
		if a.Kind != enum.Kind || len(a.Enum) != 1 {
			return &ir.Type{Kind: ir.KindUnion, Arms: arms}
		}
		enum.Enum = append(enum.Enum, a.Enum...)
	}
	return enum
}

func (r *reader) arm() *ir.Type {
	t := &ir.Type{Pos: r.pos()}
	switch word := r.next(); word {
	case "{":
		r.object(t)
	case "[":
		r.listType(t)
	case "_":
		t.Kind = ir.KindAny
	case "tensor":
		r.tensor(t)
		return t
	case "stream":
		t.Kind, t.Elem = ir.KindStream, r.arm()
		return t
	case "table":
		t.Kind, t.Elem = ir.KindTable, &ir.Type{Pos: t.Pos}
		r.want("{")
		r.object(t.Elem)
	case "any", "null", "bool", "int", "float", "string", "bytes", "image", "audio", "file":
		t.Kind = ir.Kind(word)
	default:
		if name, ok := strings.CutPrefix(word, "#"); ok {
			t.Kind, t.Ref = ir.KindRef, name
			return t
		}
		return ir.ConstType(ir.Const(word))
	}
	for r.constraint(t) {
	}
	return t
}

func (r *reader) object(t *ir.Type) {
	t.Kind = ir.KindObject
	for !r.accept("}") {
		if r.accept("...") {
			t.Open = true
			continue
		}
		if r.accept("[") { // {[string]: T}
			e := ir.Entries{Key: r.typ()}
			r.want("]")
			r.want(":")
			e.Elem = r.typ()
			t.Entries = append(t.Entries, e)
			continue
		}
		f := ir.Field{Pos: r.pos(), Name: r.next(), Required: true}
		f.Required = !r.accept("?")
		r.want(":")
		f.Type = r.typ()
		if r.accept("=") {
			f.Required, f.Default = false, ir.Const(r.next())
			if string(f.Default) == "[" {
				r.want("]")
				f.Default = ir.Const("[]")
			}
		}
		t.Fields = append(t.Fields, f)
	}
	if len(t.Entries) == 1 && len(t.Fields) == 0 && !t.Open {
		t.Kind, t.Elem = ir.KindMap, t.Entries[0].Elem
		if key := t.Entries[0].Key; len(key.Patterns)+len(key.Enum) > 0 {
			t.Key = key
		}
		t.Entries = nil
	}
}

func (r *reader) listType(t *ir.Type) {
	t.Kind = ir.KindList
	for !r.accept("]") {
		if r.accept("...") {
			t.Elem = r.typ()
			continue
		}
		t.Prefix = append(t.Prefix, r.typ())
	}
}

func (r *reader) tensor(t *ir.Type) {
	t.Kind = ir.KindTensor
	if w := r.peek(); strings.HasPrefix(w, "float") || strings.HasPrefix(w, "int") || strings.HasPrefix(w, "uint") || w == "string" {
		t.DType = r.next()
	}
	if !r.accept("[") {
		return
	}
	t.Shape = []ir.Dim{}
	for !r.accept("]") {
		w := r.next()
		n, err := strconv.ParseInt(w, 10, 64)
		switch {
		case w == "_":
			t.Shape = append(t.Shape, ir.Dim{})
		case err == nil:
			t.Shape = append(t.Shape, ir.Dim{Size: n})
		default:
			t.Shape = append(t.Shape, ir.Dim{Symbol: w})
		}
	}
	t.Rank0 = len(t.Shape) == 0
}

func (r *reader) constraint(t *ir.Type) bool {
	op := r.peek()
	if (op == "size" || op == "pixels" || op == "lasting" || op == "rate" || op == "channels") && t.Kind.Form() != ir.FormFile {
		return false // a field's name
	}
	if op == "columns" && t.Kind != ir.KindTable {
		return false
	}
	switch op {
	case "columns":
		t.Orient = r.next()
	case ">=", ">":
		r.next()
		t.Min = &ir.Bound{Value: r.next(), Exclusive: op == ">"}
	case "<=", "<":
		r.next()
		t.Max = &ir.Bound{Value: r.next(), Exclusive: op == "<"}
	case "!=":
		r.next()
		t.Not = append(t.Not, ir.Const(r.next()))
	case "=~", "!~":
		r.next()
		s, err := strconv.Unquote(r.next())
		if err != nil {
			r.fail("bad pattern")
		}
		if op == "=~" {
			t.Patterns = append(t.Patterns, s)
		} else {
			t.NotPatterns = append(t.NotPatterns, s)
		}
	case "min", "max":
		r.next()
		n, err := strconv.ParseInt(r.next(), 10, 64)
		if err != nil {
			r.fail("bad length")
		}
		if op == "min" {
			t.MinLen = &n
		} else {
			t.MaxLen = &n
		}
	case "step":
		r.next()
		t.MultipleOf = r.next()
	case "unique":
		r.next()
		t.Unique = true
	case "size", "pixels", "lasting", "rate", "channels":
		r.next()
		n, _ := strconv.ParseInt(r.next(), 10, 64)
		*map[string]*int64{"size": &t.MaxBytes, "pixels": &t.MaxPixels, "lasting": &t.MaxDurationMs, "rate": &t.SampleRate, "channels": &t.Channels}[op] = n
	default:
		if !strings.Contains(op, "/") || t.Kind.Form() != ir.FormFile {
			return false
		}
		t.MediaTypes = append(t.MediaTypes, r.next())
	}
	return true
}
