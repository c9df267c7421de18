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
	KindBytes  Kind = "bytes"  // a text in JSON, see Encoding; raw as a whole body
	KindList   Kind = "list"   // Elem, or Prefix for a tuple
	KindMap    Kind = "map"    // any keys, values of Elem
	KindObject Kind = "object" // Fields
	KindRef    Kind = "ref"    // Bento.Types[Ref]
	KindUnion  Kind = "union"  // one of Arms
	KindTensor Kind = "tensor" // DType, Shape
	KindImage  Kind = "image"  // a picture
	KindAudio  Kind = "audio"  // a recording
	KindFile   Kind = "file"   // any file
	KindStream Kind = "stream" // values of Elem, one by one
	KindTable  Kind = "table"  // rows: Elem is the object that one is, its fields the columns
)

// Form is what most of the compiler asks of a kind.
type Form string

// The forms.
const (
	FormOpen   Form = "open"   // whatever it turns out to be: any, a reference, a union
	FormScalar Form = "scalar" // one value of JSON
	FormParts  Form = "parts"  // made of other values: lists, maps, objects
	FormTensor Form = "tensor" // an array with a shape, which no JSON value of its own stands for
	FormTable  Form = "table"  // a list of records, or an object of columns
	FormFile   Form = "file"   // bytes of some media type: a part of a form, a body, or a text in JSON
)

// kindRow is what the IR itself knows of a kind. assign and gen have rows of their own.
type kindRow struct {
	kind Kind
	form Form
	// defined: a definition of the schema stands for the kind, by its #kind.
	defined bool
	json    string // the kind of JSON that a value is, "" where several may be
	noun    string // in a message
	// joins: types of this kind with other constants join to the kind, with those of all.
	joins bool
	// uniform tells whether one Go type holds the values of two types of the kind.
	uniform func(b *Bento, t, u *Type) bool
}

// kindRows has a row for each kind, in the order of their declaration.
var kindRows []kindRow

func init() { // the rows lead back to the table, by the parts of types
	always := func(*Bento, *Type, *Type) bool { return true }
	never := func(*Bento, *Type, *Type) bool { return false }
	kindRows = []kindRow{
		{KindAny, FormOpen, false, "", "a value of any type", false, always},
		{KindNull, FormScalar, false, "null", "null", false, always},
		{KindBool, FormScalar, false, "boolean", "a bool", true, always},
		{KindInt, FormScalar, false, "number", "an int", true, always},
		{KindFloat, FormScalar, false, "number", "a float", true, always},
		{KindString, FormScalar, false, "string", "a string", true, always},
		{KindBytes, FormScalar, true, "string", "bytes", false, func(_ *Bento, t, u *Type) bool { return t.Encoding == u.Encoding }},
		{KindList, FormParts, false, "array", "a list", false, uniformLists},
		{KindMap, FormParts, false, "object", "a map", false, func(b *Bento, t, u *Type) bool { return b.uniform(t.Elem, u.Elem) }},
		{KindObject, FormParts, false, "object", "an object", false, never},
		{KindRef, FormOpen, false, "", "a ref", false, never},
		{KindUnion, FormOpen, false, "", "a union", false, never},
		{KindTensor, FormTensor, true, "", "a tensor", false, func(_ *Bento, t, u *Type) bool { return t.DType == u.DType }},
		{KindImage, FormFile, true, "string", "an image", false, always},
		{KindAudio, FormFile, true, "string", "a recording", false, always},
		{KindFile, FormFile, true, "string", "a file", false, always},
		{KindStream, FormParts, true, "array", "a stream", false, func(b *Bento, t, u *Type) bool { return b.uniform(t.Elem, u.Elem) }},
		{KindTable, FormTable, true, "", "a table", false, never},
	}
	for _, k := range kindRows {
		Kinds = append(Kinds, k.kind)
	}
}

// Kinds lists every kind.
var Kinds []Kind

// row is the row of a kind; a kind that is not known has an empty one.
func (k Kind) row() kindRow {
	for _, r := range kindRows {
		if r.kind == k {
			return r
		}
	}
	return kindRow{}
}

// Form gives the form of a kind, "" for one that is not known.
func (k Kind) Form() Form { return k.row().form }

// Defined tells whether a definition of the schema stands for the kind, by its #kind.
func (k Kind) Defined() bool { return k.row().defined }

// JSON names the kind of JSON that values are, as JSON Schema does; "" where several
// may be.
func (k Kind) JSON() string { return k.row().json }

// Noun is what a value of the kind is called in a message.
func (k Kind) Noun() string { return k.row().noun }

// refused are the kinds that a bento may declare and no server has yet, and why not.
var refused = map[Kind]string{
	KindStream: "no protocol of the server carries a stream yet",
}

// Refused tells why no server has values of the kind; "" where it has.
func (k Kind) Refused() string { return refused[k] }

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
	// items, a Map in entries, a Table in rows.
	MinLen *int64 `json:"minLen,omitempty"`
	MaxLen *int64 `json:"maxLen,omitempty"`
	// Patterns are RE2 expressions that a String must all match (unanchored, as
	// in CUE's =~); NotPatterns must not match.
	Patterns    []string `json:"patterns,omitempty"`
	NotPatterns []string `json:"notPatterns,omitempty"`
	Unique      bool     `json:"unique,omitempty"` // list.UniqueItems
	// Format names the [Format] of a String; Layout is Go's, of the formats date and
	// layout.
	Format string `json:"format,omitempty"`
	// Encoding is how JSON holds Bytes: base64url, hex; "" is base64.
	Encoding string `json:"encoding,omitempty"`
	Layout   string `json:"layout,omitempty"`

	Elem   *Type   `json:"elem,omitempty"`   // List, Map, Stream, Table
	Key    *Type   `json:"key,omitempty"`    // Map: a String that its keys are; nil means any
	Prefix []*Type `json:"prefix,omitempty"` // List that is a tuple: exactly these, then Elem for the rest if set
	Fields []Field `json:"fields,omitempty"` // Object, in the order declared
	// Entries are the fields of an Object that have no names of their own, such as
	// [=~"^x-"]: int. A key is of one of them at most, and of none where it is a field's.
	// An object that has some and is not Open refuses all other keys, as a Map does.
	Entries []Entries `json:"entries,omitempty"`
	Open    bool      `json:"open,omitempty"` // Object with "...": other fields are kept out but not refused
	Ref     string    `json:"ref,omitempty"`  // Ref
	Arms    []*Type   `json:"arms,omitempty"` // Union
	// Discriminator is the field whose constant tells the objects among the arms of a
	// Union apart; "" where there is one at most, or where [Bento.Markers] do.
	Discriminator string `json:"discriminator,omitempty"`

	DType string `json:"dtype,omitempty"` // Tensor; "" means any
	Shape []Dim  `json:"shape,omitempty"` // Tensor; nil means any rank
	Rank0 bool   `json:"rank0,omitempty"` // Tensor whose Shape is [], a scalar

	MediaTypes []string `json:"mediaTypes,omitempty"` // Image, Audio, File: allowed content types such as image/png or image/*
	MaxBytes   int64    `json:"maxBytes,omitempty"`   // Image, Audio, File
	MaxPixels  int64    `json:"maxPixels,omitempty"`  // Image
	// MaxDurationMs is how long an Audio may last; 0 means the server's own limit.
	MaxDurationMs int64 `json:"maxDurationMs,omitempty"`
	SampleRate    int64 `json:"sampleRate,omitempty"` // Audio, in samples a second; 0 means any
	Channels      int64 `json:"channels,omitempty"`   // Audio; 0 means any
	// Orient is how answers write a Table: [OrientColumns]; "" is as records.
	Orient string `json:"orient,omitempty"`

	Pos Pos `json:"-"`
}

// Field is one field of an Object.
type Field struct {
	Name     string `json:"name"`
	Type     *Type  `json:"type"`
	Required bool   `json:"required,omitempty"`
	Default  Const  `json:"default,omitempty"` // a field with a default is not Required
	Doc      string `json:"doc,omitempty"`
	// Deprecated is nil for a field that stays.
	Deprecated *Deprecation `json:"deprecated,omitempty"`
	Pos        Pos          `json:"-"`
}

// Entries are the fields of an Object whose names are of Key, a String. None of them has
// to be there.
type Entries struct {
	Key  *Type `json:"key"`
	Elem *Type `json:"elem"`
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
