package gen

import (
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

// typeRow is what one kind of IO type needs here: its Go type, and how the
// descriptions of the API tell of it. What its values need in Go stands in goRows.
type typeRow struct {
	goType func(s *typeSet, t *ir.Type, w where) *goType
	schema func(d *dialect, t *ir.Type) object // of a value inside JSON
	// proto is how a value stands in a field of proto3; nil: it cannot, as a stream,
	// which is a word of an rpc.
	proto func(p *proto, key, hint string, t *ir.Type) protoType
	word  string // what an arm of a union is, in messages
	body  *body  // how a whole body travels; nil: as JSON
	// support is the file of package bentogen that has the Go type, "" for none.
	support string
	// floats tells whether a value may hold a NaN; nil: it cannot.
	floats func(t *ir.Type) bool
}

// body is a whole body that is not JSON.
type body struct {
	types func(t *ir.Type) []string // its media types
	text  bool                      // a text: as JSON too in a request, and with its schema
}

// typeRows has a row for each kind of the IR; a test holds that.
var typeRows map[ir.Kind]typeRow

func init() { // the rows lead back to the table, by the parts of types
	typeRows = map[ir.Kind]typeRow{
		ir.KindAny:    {goType: plain(goAny), schema: fixed(nil), proto: wellKnown("Value"), word: "any value", floats: yes},
		ir.KindNull:   {goType: plain(goNull), schema: fixed(object{{"type", "null"}}), proto: wellKnown("NullValue"), word: "null"},
		ir.KindBool:   {goType: plain(goBool), schema: fixed(object{{"type", "boolean"}}), proto: scalarIn("bool"), word: "true or false"},
		ir.KindInt:    {goType: plain(goInt), schema: integer, proto: scalarIn("int64"), word: "an integer"},
		ir.KindFloat:  {goType: plain(goFloat), schema: float, proto: scalarIn("double"), word: "a number", floats: yes},
		ir.KindString: {goType: (*typeSet).text, schema: text, proto: scalarIn("string"), word: "a text", body: &body{types: media("text/plain"), text: true}},
		ir.KindBytes:  {goType: (*typeSet).bytes, schema: (*dialect).bytes, proto: scalarIn("bytes"), word: "base64", body: &body{types: media("application/octet-stream")}},
		ir.KindList:   {goType: (*typeSet).list, schema: (*dialect).list, proto: (*proto).list, word: "a list"},
		ir.KindMap:    {goType: (*typeSet).mapOf, schema: (*dialect).mapOf, proto: (*proto).mapOf, word: "an object"},
		ir.KindObject: {goType: (*typeSet).object, schema: (*dialect).object, proto: (*proto).object, word: "an object"},
		ir.KindRef:    {goType: (*typeSet).ref, schema: (*dialect).reference, proto: (*proto).reference, word: "a type with a name"},
		ir.KindUnion:  {goType: (*typeSet).union, schema: (*dialect).union, proto: (*proto).union, word: "one of several"},
		ir.KindTensor: {goType: (*typeSet).tensor, schema: (*dialect).tensor, proto: (*proto).tensor, word: "a tensor", support: "tensor.go", floats: tensorFloats},
		ir.KindImage:  {goType: plain(goImage), schema: (*dialect).file, proto: (*proto).file, word: "a picture", body: &body{types: mediaTypes}, support: "media.go"},
		ir.KindAudio:  {goType: plain(goAudio), schema: (*dialect).file, proto: (*proto).file, word: "a recording", body: &body{types: mediaTypes}, support: "audio.go"},
		ir.KindFile:   {goType: plain(goFile), schema: (*dialect).file, proto: (*proto).file, word: "a file", body: &body{types: mediaTypes}, support: "media.go"},
		ir.KindTable:  {goType: (*typeSet).table, schema: (*dialect).table, proto: (*proto).table, word: "a table"},
		ir.KindStream: {goType: (*typeSet).stream, schema: (*dialect).stream, word: "a stream"},
	}
}

func yes(*ir.Type) bool { return true }

func media(m string) func(*ir.Type) []string { return func(*ir.Type) []string { return []string{m} } }

// goKind tells how a value is held in Go.
type goKind int

const (
	goAny       goKind = iota // any: nil, bool, int64, float64, string, []any, map[string]any
	goNull                    // any, always nil
	goBool                    // bool
	goInt                     // int64
	goFloat                   // float64
	goString                  // string
	goBytes                   // []byte
	goBase64URL               // []byte, in JSON in base64url
	goHex                     // []byte, in JSON in hexadecimal digits
	goSlice                   // []elem
	goArray                   // [n]elem, a tuple of one sort
	goMap                     // map[string]elem
	goStruct                  // a named struct, with a field for each of the object's
	goTuple                   // a named struct, with a field for each part of the tuple
	goUnion                   // a named struct, with a pointer for each arm, one of them set
	goPointer                 // *elem, nil for null
	goTensor                  // bentogen.Tensor[elem], elem one of the element types
	goAnyTensor               // bentogen.AnyTensor
	goImage                   // bentogen.Image
	goAudio                   // bentogen.Audio
	goFile                    // bentogen.File
	goTable                   // a named struct, with a slice for each column

	goKindCount // how many there are
)

// goRow is how values of one Go kind are named, read, checked and written. Where a
// func may be nil its comment says what that means; a test holds the others.
type goRow struct {
	expr   func(t *goType, q string) string // the type; q is "bentogen." outside of that package
	named  func(t *goType) string           // the words after the verb in the name of a function
	phrase func(t *goType) string           // in a comment

	nilable bool     // the type has a nil of its own
	apart   bool     // no JSON value that is passed on as it is: it cannot become any
	inAny   bool     // an any may hold it as it is
	pkgs    []string // the packages of the runtime that its code may name beside codec

	// reader and writer are the functions of package codec for values without
	// constraints, "" for none.
	reader, writer string
	// read gives the lines that read a value of t; ref points to where it goes, val
	// is what ref points at.
	read func(g *generator, t *ir.Type, gt *goType, ref, val, hint string) []string
	// write gives the call that appends v to b; nil: writer does.
	write func(g *generator, gt *goType, v string) string
	// rules gives the calls that check what t demands beyond the Go type, c being a
	// *codec.Checker or *codec.Reader. Nil: nothing, but enums and exclusions.
	rules func(g *generator, t *ir.Type, gt *goType, c, v string) []string
	// listed: rules see to enums and exclusions; else values are compared as JSON.
	listed bool
	// check gives the lines that check the value v; nil: its rules.
	check func(g *generator, t *ir.Type, gt *goType, v, hint string) []string
	// breaks tells whether a value can break what t demands; nil: where there are rules.
	breaks func(g *generator, t *ir.Type, gt *goType, seen map[string]bool) bool
	// constant writes a JSON constant; nil: there are none.
	constant func(g *generator, c ir.Const, gt *goType, t *ir.Type) (string, error)
	// own has the bodies of the functions that each struct has of its own; nil: lines at
	// each place.
	own *ownCode
	// shape is what package codec calls the formats that read an endpoint's input of
	// the kind, "" for Value: one JSON value. Raw writes the call that makes the value's
	// own bytes of it, where a whole body may be those; "" where it is JSON.
	shape, raw string
}

// ownCode writes the bodies of the functions of a struct.
type ownCode struct {
	read, check func(g *generator, t *ir.Type, gt *goType)
	write       func(g *generator, gt *goType)
}

// goRows has a row for each Go kind; a test holds that.
var goRows [goKindCount]goRow

func init() { // the rows lead back to the table, by the parts of types
	goRows = [goKindCount]goRow{
		goAny: {
			expr: is("any"), named: says("Any"), phrase: says("a value"), nilable: true,
			reader: "codec.ReadAny", writer: "codec.AppendAny", read: cond("r.Any(%s)"), constant: anyConstant,
		},
		goNull: {
			expr: is("any"), named: says("Null"), phrase: says("a value"), nilable: true, inAny: true, listed: true,
			reader: "codec.ReadNull", writer: "codec.AppendAny", read: cond("codec.ReadNull(r, %s)"), constant: anyConstant,
		},
		goBool: {
			expr: is("bool"), named: says("Bool"), phrase: says("a value"), inAny: true,
			reader: "codec.ReadBool", writer: "codec.AppendBool", read: cond("r.Bool(%s)"),
			rules: (*generator).boolRules, listed: true, constant: boolConstant,
		},
		goInt: {
			expr: is("int64"), named: says("Int"), phrase: says("a value"), inAny: true,
			reader: "codec.ReadInt", writer: "codec.AppendInt", read: cond("r.Int(%s)"),
			rules: (*generator).intRules, listed: true, constant: intConstant,
		},
		goFloat: {
			expr: is("float64"), named: says("Float"), phrase: says("a value"), inAny: true,
			reader: "codec.ReadFloat", writer: "codec.AppendFloat", read: cond("r.Float(%s)"),
			rules: (*generator).floatRules, listed: true, constant: floatConstant,
		},
		goString: {
			expr: is("string"), named: says("String"), phrase: says("a value"), inAny: true,
			reader: "codec.ReadString", writer: "codec.AppendString", read: cond("r.String(%s)"),
			rules: (*generator).textRules, listed: true, constant: textConstant,
			shape: "Text", raw: "codec.EncodeText(%s)",
		},
		goBytes: {
			expr: is("[]byte"), named: says("Bytes"), phrase: says("a value"), nilable: true,
			reader: "codec.ReadBytes", writer: "codec.AppendBytes", read: cond("r.Bytes(%s)"),
			rules: bytesRules, constant: bytesConstant,
			shape: "Bytes", raw: "codec.EncodeBytes(%s)",
		},
		goBase64URL: {
			expr: is("[]byte"), named: says("Base64URL"), phrase: says("a value"), nilable: true,
			reader: "codec.ReadBase64URL", writer: "codec.AppendBase64URL", read: cond("r.Base64URL(%s)"),
			rules: bytesRules, constant: bytesConstant,
			shape: "Bytes", raw: "codec.EncodeBytes(%s)",
		},
		goHex: {
			expr: is("[]byte"), named: says("Hex"), phrase: says("a value"), nilable: true,
			reader: "codec.ReadHex", writer: "codec.AppendHex", read: cond("r.Hex(%s)"),
			rules: bytesRules, constant: bytesConstant,
			shape: "Bytes", raw: "codec.EncodeBytes(%s)",
		},
		goSlice: {
			expr:  func(t *goType, q string) string { return "[]" + t.elem.in(q) },
			named: ofElem("List"), phrase: aListOf("list"), nilable: true,
			read: readSlice, write: appendsOf("codec.AppendList(b, %s, %s)"), rules: sliceRules,
			check: (*generator).checkItems, breaks: (*generator).itemBreaks, constant: (*generator).listLiteral,
		},
		goArray: {
			expr:  func(t *goType, q string) string { return fmt.Sprintf("[%d]%s", t.n, t.elem.in(q)) },
			named: ofElem("List"), phrase: aListOf("list"),
			read: readArray, write: appendArray,
			check: (*generator).checkItems, breaks: (*generator).itemBreaks, constant: (*generator).listLiteral,
		},
		goMap: {
			expr:  func(t *goType, q string) string { return "map[string]" + t.elem.in(q) },
			named: ofElem("Map"), phrase: aListOf("map"), nilable: true,
			read: readMap, write: appendsOf("codec.AppendMap(b, %s, %s)"), rules: mapRules,
			check: (*generator).checkItems, breaks: (*generator).itemBreaks, constant: (*generator).mapLiteral,
		},
		goStruct: {
			expr: itsName, named: ownName, phrase: aNamed,
			read: readOwn, check: checkOwn, breaks: (*generator).structBreaks, constant: (*generator).structLiteral,
			shape: "Object", own: &ownCode{(*generator).readObject, (*generator).checkObject, (*generator).appendObject},
		},
		goTuple: {
			expr: itsName, named: ownName, phrase: aNamed,
			read: readOwn, check: checkOwn, breaks: (*generator).tupleBreaks, constant: (*generator).tupleLiteral,
			own: &ownCode{(*generator).readTuple, (*generator).checkTuple, (*generator).appendTuple},
		},
		goUnion: {
			expr: itsName, named: ownName, phrase: aNamed,
			read: readOwn, check: checkOwn, breaks: alwaysBreaks, constant: (*generator).unionLiteral,
			own: &ownCode{(*generator).readUnion, (*generator).checkUnion, (*generator).appendUnion},
		},
		goPointer: {
			expr:  func(t *goType, q string) string { return "*" + t.elem.in(q) },
			named: ofElem("OrNull"), phrase: func(t *goType) string { return phrase(t.elem) + " or null" }, nilable: true,
			read: readPointer, write: appendsOf("codec.AppendNullable(b, %s, %s)"),
			check: checkPointer, breaks: (*generator).pointerBreaks, constant: (*generator).pointerLiteral,
		},
		goTensor: {
			expr:  func(t *goType, q string) string { return q + "Tensor[" + t.dtype + "]" },
			named: func(t *goType) string { return exported(t.dtype) + "Tensor" }, phrase: says("a tensor"),
			read: readTensor, write: appendTensor, rules: (*generator).tensorRules, listed: true, constant: tensorLiteral,
		},
		goAnyTensor: {
			expr: ofGen("AnyTensor"), named: says("AnyTensor"), phrase: says("a tensor"),
			read: cond("r.AnyTensor((*codec.AnyTensor)(%s))"), write: appends("codec.AppendAnyTensor(b, codec.AnyTensor(%s))"),
			rules: (*generator).tensorRules, listed: true,
		},
		goImage: {
			expr: ofGen("Image"), named: says("Image"), phrase: says("a picture"), apart: true, pkgs: []string{picturePath},
			read: readPicture, write: appends("picture.Append(b, picture.Image(%s))"), check: checkPicture, breaks: alwaysBreaks,
			shape: "File", raw: "picture.Encode(picture.Image(%s))",
		},
		goAudio: {
			expr: ofGen("Audio"), named: says("Audio"), phrase: says("a recording"), apart: true, pkgs: formatPackages(),
			read: readAudio, write: appends("audio.Append(b, audio.Audio(%s))"), check: checkAudio, breaks: alwaysBreaks,
			shape: "File", raw: "audio.Encode(audio.Audio(%s))",
		},
		goFile: {
			expr: ofGen("File"), named: says("File"), phrase: says("a file"), apart: true,
			read: readFile, write: appends("codec.AppendFile(b, codec.File(%s))"), check: checkFile, breaks: fileBreaks,
			shape: "File", raw: "codec.EncodeFile(codec.File(%s))",
		},
		goTable: {
			expr: itsName, named: ownName, phrase: aNamed, apart: true,
			read: readOwn, check: checkOwn, breaks: alwaysBreaks, constant: (*generator).tableLiteral,
			own: &ownCode{(*generator).readTable, (*generator).checkTable, (*generator).appendTable},
		},
	}
}

func is(name string) func(*goType, string) string {
	return func(*goType, string) string { return name }
}

func says(text string) func(*goType) string { return func(*goType) string { return text } }

// ofGen is a fixed type of package bentogen.
func ofGen(name string) func(*goType, string) string {
	return func(_ *goType, q string) string { return q + name }
}

func ownName(t *goType) string { return t.name }

func itsName(t *goType, q string) string {
	if t.gen {
		return q + t.name
	}
	return t.name
}

func ofElem(suffix string) func(*goType) string {
	return func(t *goType) string { return named(t.elem) + suffix }
}

func aNamed(t *goType) string { return "a " + t.name }

func aListOf(what string) func(*goType) string {
	return func(t *goType) string { return "a " + what + " of " + strings.TrimPrefix(phrase(t.elem), "a ") }
}
