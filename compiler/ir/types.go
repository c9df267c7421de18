package ir

// Kind tells the sort of an IO type.
type Kind string

// The kinds.
const (
	KindAny    Kind = "any"    // any JSON value
	KindNull   Kind = "null"   //
	KindBool   Kind = "bool"   //
	KindInt    Kind = "int"    // int64
	KindFloat  Kind = "float"  // float64; CUE's float and number (JSON cannot tell 1 from 1.0)
	KindString Kind = "string" // UTF-8 text
	KindBytes  Kind = "bytes"  // base64 in JSON, raw as a whole body
	KindList   Kind = "list"   // Elem, or Prefix for a tuple
	KindMap    Kind = "map"    // any keys, values of Elem
	KindObject Kind = "object" // Fields
	KindRef    Kind = "ref"    // Bento.Types[Ref]
	KindUnion  Kind = "union"  // one of Arms
	KindTensor Kind = "tensor" // DType, Shape
	KindImage  Kind = "image"  // a picture
	KindFile   Kind = "file"   // any file
)

// Type is an IO type: what may come in at #input or go out at #output. It is
// closed: a CUE construct that it cannot hold is an error at load, never dropped.
type Type struct {
	Kind Kind   `json:"kind"`
	Doc  string `json:"doc,omitempty"`

	// Enum lists the values allowed, in the order written; nil means all.
	Enum []Const `json:"enum,omitempty"`
	// Min and Max bound an Int or Float.
	Min *Bound `json:"min,omitempty"`
	Max *Bound `json:"max,omitempty"`
	// MultipleOf is a decimal; "" means none.
	MultipleOf string `json:"multipleOf,omitempty"`
	// Not lists values that are excluded (CUE's !=).
	Not []Const `json:"not,omitempty"`
	// MinLen and MaxLen bound a String in runes, Bytes in bytes, a List in
	// items, a Map in entries.
	MinLen *int64 `json:"minLen,omitempty"`
	MaxLen *int64 `json:"maxLen,omitempty"`
	// Patterns are RE2 expressions that a String must all match (unanchored, as
	// in CUE's =~); NotPatterns must not match.
	Patterns    []string `json:"patterns,omitempty"`
	NotPatterns []string `json:"notPatterns,omitempty"`
	Unique      bool     `json:"unique,omitempty"` // list.UniqueItems

	Elem   *Type   `json:"elem,omitempty"`   // List, Map
	Prefix []*Type `json:"prefix,omitempty"` // List that is a tuple: exactly these, then Elem for the rest if set
	Fields []Field `json:"fields,omitempty"` // Object, in the order declared
	Open   bool    `json:"open,omitempty"`   // Object with "...": other fields are kept out but not refused
	Ref    string  `json:"ref,omitempty"`    // Ref
	Arms   []*Type `json:"arms,omitempty"`   // Union
	// Discriminator is the field whose constant tells the arms of a Union of
	// objects apart; "" where the arms differ by JSON kind.
	Discriminator string `json:"discriminator,omitempty"`

	DType string `json:"dtype,omitempty"` // Tensor; "" means any
	Shape []Dim  `json:"shape,omitempty"` // Tensor; nil means any rank
	Rank0 bool   `json:"rank0,omitempty"` // Tensor whose Shape is [], a scalar

	MediaTypes []string `json:"mediaTypes,omitempty"` // Image, File: allowed content types such as image/png or image/*
	MaxBytes   int64    `json:"maxBytes,omitempty"`   // Image, File
	MaxPixels  int64    `json:"maxPixels,omitempty"`  // Image

	Pos Pos `json:"-"`
}

// Field is one field of an Object.
type Field struct {
	Name     string `json:"name"`
	Type     *Type  `json:"type"`
	Required bool   `json:"required,omitempty"`
	Default  Const  `json:"default,omitempty"` // a field with a default is not Required
	Doc      string `json:"doc,omitempty"`
	Pos      Pos    `json:"-"`
}

// Bound is one end of a range. Value is a decimal in JSON's number grammar.
type Bound struct {
	Value     string `json:"value"`
	Exclusive bool   `json:"exclusive,omitempty"`
}

// Dim is one dimension of a tensor: a size, a symbol, or (the zero Dim) any size.
// Equal symbols within one node's inputs stand for equal sizes.
type Dim struct {
	Size   int64  `json:"size,omitempty"`
	Symbol string `json:"symbol,omitempty"`
}

// Field gives the field of an Object called name, or nil.
func (t *Type) Field(name string) *Field {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return &t.Fields[i]
		}
	}
	return nil
}

// Resolve follows references until it meets a type that is none.
func (b *Bento) Resolve(t *Type) *Type {
	for i := 0; t != nil && t.Kind == KindRef && i < 100; i++ {
		t = b.Types[t.Ref]
	}
	return t
}
