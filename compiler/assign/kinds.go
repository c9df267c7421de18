package assign

import "bentoc.dev/compiler/ir"

// kind is what one kind of type needs here.
type kind struct {
	// fit compares a producer with a consumer of this kind. References, unions, any
	// and producers that list their values are dealt with before.
	fit func(f *Fitter, p, c *ir.Type) Result
	// constants are the kinds of constants that may be values of this kind; holds
	// decides about one of those.
	constants []ir.Kind
	holds     func(f *Fitter, v ir.Const, t *ir.Type) Result
	// text describes a type in a few words.
	text func(b *ir.Bento, t *ir.Type, depth int) string
	// travels decides about a document that a value is as it comes over the wire, where
	// no constant may stand for it; see [Across].
	travels func(f *Fitter, v ir.Const, t *ir.Type) Result
	// apart tells that a value is no JSON value that is passed on as it is.
	apart bool
}

// kinds has a row for each kind of the IR; a test holds that.
var kinds map[ir.Kind]kind

func init() { // the rows lead back to the table, by the parts of types
	of := func(k ...ir.Kind) []ir.Kind { return k }
	kinds = map[ir.Kind]kind{
		ir.KindAny:    {fit: always, holds: any64, text: itsName},
		ir.KindRef:    {fit: always, holds: any64, text: refText},
		ir.KindUnion:  {fit: always, holds: (*Fitter).conformsArm, text: unionText},
		ir.KindNull:   {fit: always, constants: of(ir.KindNull), holds: all, text: itsName},
		ir.KindBool:   {fit: among((*Fitter).text), constants: of(ir.KindBool), holds: all, text: itsName},
		ir.KindInt:    {fit: among((*Fitter).number), constants: of(ir.KindInt), holds: (*Fitter).conformsNumber, text: numberText("int")},
		ir.KindFloat:  {fit: among((*Fitter).number), constants: of(ir.KindInt, ir.KindFloat), holds: (*Fitter).conformsNumber, text: numberText("number")},
		ir.KindString: {fit: among((*Fitter).text), constants: of(ir.KindString), holds: (*Fitter).conformsString, text: stringText},
		ir.KindBytes:  {fit: among((*Fitter).bytes), constants: of(ir.KindString), holds: (*Fitter).conformsBytes, text: bytesText},
		ir.KindList:   {fit: (*Fitter).list, constants: of(ir.KindList), holds: (*Fitter).conformsList, text: listText},
		ir.KindMap:    {fit: (*Fitter).entries, constants: of(ir.KindObject), holds: (*Fitter).conformsObject, text: mapText},
		ir.KindObject: {fit: (*Fitter).object, constants: of(ir.KindObject), holds: (*Fitter).conformsObject, text: objectText},
		ir.KindTensor: {fit: (*Fitter).tensor, holds: all, text: tensorIn, apart: true, travels: (*Fitter).tensorTravels},
		ir.KindImage:  {fit: (*Fitter).media, holds: all, text: mediaText, apart: true, travels: (*Fitter).fileTravels},
		ir.KindAudio:  {fit: (*Fitter).audio, holds: all, text: audioText, apart: true, travels: (*Fitter).fileTravels},
		ir.KindFile:   {fit: (*Fitter).media, holds: all, text: mediaText, apart: true, travels: (*Fitter).fileTravels},
		ir.KindTable:  {fit: (*Fitter).table, constants: of(ir.KindList, ir.KindObject), holds: (*Fitter).conformsTable, text: tableText, apart: true, travels: (*Fitter).tableTravels},
		ir.KindStream: {fit: (*Fitter).stream, holds: all, text: streamText, apart: true, travels: (*Fitter).streamTravels},
	}
}

func always(*Fitter, *ir.Type, *ir.Type) Result { return sure() }

// among adds the values that the consumer lists to what fit compares.
func among(fit func(*Fitter, *ir.Type, *ir.Type) Result) func(*Fitter, *ir.Type, *ir.Type) Result {
	return func(f *Fitter, p, c *ir.Type) Result { return fit(f, p, c).and(f.listed(p, c)) }
}

func all(*Fitter, ir.Const, *ir.Type) Result { return sure() }

func any64(f *Fitter, v ir.Const, _ *ir.Type) Result { return f.held(v) }

func itsName(_ *ir.Bento, t *ir.Type, _ int) string { return string(t.Kind) }

func refText(_ *ir.Bento, t *ir.Type, _ int) string { return "#" + t.Ref }

func numberText(name string) func(*ir.Bento, *ir.Type, int) string {
	return func(_ *ir.Bento, t *ir.Type, _ int) string { return name + bounds(t) }
}

func stringText(_ *ir.Bento, t *ir.Type, _ int) string {
	if f, ok := ir.FormatOf(t); ok {
		return f.Noun
	}
	return string(t.Kind) + patterns(t) + lengths(t, "long")
}

func bytesText(_ *ir.Bento, t *ir.Type, _ int) string {
	s := "bytes" + lengths(t, "long")
	if t.Encoding != "" {
		s += " in " + t.Encoding
	}
	return s
}

func mapText(b *ir.Bento, t *ir.Type, depth int) string {
	of := describeTo(b, t.Elem, depth-1)
	if t.Key != nil {
		return "map from " + describeTo(b, t.Key, depth-1) + " to " + of
	}
	return "map of " + of
}

func tensorIn(_ *ir.Bento, t *ir.Type, _ int) string { return tensorText(t) }
