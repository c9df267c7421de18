package assign

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"strings"

	"bentoc.dev/compiler/ir"
)

// Wire says how values travel between a server and whoever calls it, where one side is
// older than the other.
type Wire struct {
	// Ignores: whoever reads passes over the fields of a closed object that its type does
	// not name.
	Ignores bool
	// Omits: whoever sends may leave out what has a default.
	Omits bool
	// Full: whoever sends is a server, which writes all fields that its type names and
	// have a default, and none that it does not name.
	Full bool
	// MaxBody is how large a request may be, in bytes; 0: it is not known, or no request.
	MaxBody int64
}

// What a server takes of pictures and recordings where their type says nothing.
const (
	defaultPixels     = 50_000_000
	defaultDurationMs = 10 * 60 * 1000
)

// limited gives a type of files of a request with the limits that it does not state.
func (f *Fitter) limited(t *ir.Type) *ir.Type {
	if !f.omits() {
		return t
	}
	c := *t
	if t.Kind == ir.KindImage {
		c.MaxPixels = cmp.Or(t.MaxPixels, defaultPixels)
	}
	if t.Kind == ir.KindAudio {
		c.MaxDurationMs = cmp.Or(t.MaxDurationMs, defaultDurationMs)
	}
	if body := f.wire.MaxBody; body > 0 {
		c.MaxBytes = min(cmp.Or(t.MaxBytes, body), body)
	}
	return &c
}

// Across gives a fitter for a producer and a consumer of two bentos that meet on the
// wire, in JSON: the old callers of a new server, the new answers to old callers. It
// decides more than the one for edges: what can be told apart by listing values or by
// the regular expressions themselves is told apart.
//
// A document for [Fitter.Conforms] may have stand-ins for what is too large to show:
// {"$file": {"mediaType": "image/png", "bytes": 9000, "pixels": 100}} for a picture, a
// recording (durationMs, sampleRate, channels) or a file, {"$tensor": {"dtype": "float32", "shape": [3, 224, 224]}} for a tensor.
func Across(producer, consumer *ir.Bento, w Wire) *Fitter {
	f := New(consumer)
	f.p, f.wire = producer, &w
	return f
}

// Sender gives a fitter whose [Fitter.Takes] tells what a producer may send.
func Sender(b *ir.Bento, w Wire) *Fitter { return Across(b, b, w).sender() }

// sender decides about what the producer itself may send.
func (f *Fitter) sender() *Fitter {
	s := With(f.p, NewSizes(), f.from)
	if f.wire != nil {
		s.wire, s.sends = &Wire{Full: f.wire.Full, Omits: f.wire.Omits, MaxBody: f.wire.MaxBody}, true
	}
	return s
}

func (f *Fitter) ignores() bool { return f.wire != nil && f.wire.Ignores }

func (f *Fitter) full() bool { return f.sends && f.wire.Full }

func (f *Fitter) omits() bool { return f.wire != nil && f.wire.Omits }

// others compares the fields that neither names: an open object that comes over the wire
// may have some.
func (f *Fitter) others(p, c *ir.Type) Result {
	if f.mayAdd(p) && !c.Open && !f.wire.Ignores {
		return maybe("it may have other fields, which are refused")
	}
	return sure()
}

// mayAdd tells whether a producer's object may come with fields that it does not name.
func (f *Fitter) mayAdd(p *ir.Type) bool { return f.wire != nil && p.Open && !f.wire.Full }

// conformsItem is Conforms for an item of a list or an entry of a map: symbols stand for
// the sizes of one item there.
func (f *Fitter) conformsItem(v ir.Const, t *ir.Type) Result {
	outer := f.found
	f.found = nil
	defer func() { f.found = outer }()
	return f.Conforms(v, t)
}

func (f *Fitter) saveSizes() map[string]int64 { return maps.Clone(f.found) }

// standIn reads the stand-in called name; false where v is none.
func standIn(v ir.Const, name string, into any) bool {
	var members map[string]json.RawMessage
	return json.Unmarshal(v, &members) == nil && len(members) == 1 && members[name] != nil && json.Unmarshal(members[name], into) == nil
}

func (f *Fitter) streamTravels(v ir.Const, t *ir.Type) Result { return f.conformsList(v, t) }

// fileTravels decides about a picture or a file, by its stand-in.
func (f *Fitter) fileTravels(v ir.Const, t *ir.Type) Result {
	var file struct {
		MediaType                                       string
		Bytes, Pixels, DurationMs, SampleRate, Channels int64
	}
	if !standIn(v, "$file", &file) {
		return Never("%s is no file", Shorten(string(v)))
	}
	limits := f.limited(t)
	a := f.mediaTypes(&ir.Type{MediaTypes: []string{file.MediaType}}, t)
	for _, l := range []struct {
		has, most int64
		what      string
	}{{file.Bytes, limits.MaxBytes, "bytes"}, {file.Pixels, limits.MaxPixels, "pixels"}, {file.DurationMs, limits.MaxDurationMs, "milliseconds"}} {
		if l.most > 0 && l.has > l.most {
			a = a.and(Never("it has %d %s, more than %d", l.has, l.what, l.most))
		}
	}
	if !f.omits() { // a request's recording is resampled
		a = a.and(same(file.SampleRate, t.SampleRate, "samples a second")).and(same(file.Channels, t.Channels, "channels"))
	}
	if a.Verdict != Fits {
		return Never("%s", a.Why)
	}
	for kind, group := range map[ir.Kind]string{ir.KindImage: "image/", ir.KindAudio: "audio/"} {
		if t.Kind == kind && !strings.HasPrefix(file.MediaType, group) {
			return Never("it is %s, not %s", file.MediaType, kind.Noun())
		}
	}
	return sure()
}

// tensorTravels decides about a tensor: nested lists, or its stand-in.
func (f *Fitter) tensorTravels(v ir.Const, t *ir.Type) Result {
	var shape []int64
	var in struct {
		DType string
		Shape []int64
	}
	if standIn(v, "$tensor", &in) {
		if t.DType != "" && in.DType != t.DType {
			return Never("its dtype is %s, not %s", in.DType, t.DType)
		}
		shape = in.Shape
	} else {
		dec := json.NewDecoder(strings.NewReader(string(v)))
		dec.UseNumber()
		var nested any
		if err := dec.Decode(&nested); err != nil {
			return Never("%s is no tensor", Shorten(string(v)))
		}
		for at := nested; ; {
			list, ok := at.([]any)
			if !ok {
				break
			}
			shape = append(shape, int64(len(list)))
			if len(list) == 0 {
				break
			}
			at = list[0]
		}
		if !filled(nested, shape, elements(nested, t.DType)) {
			return Never("%s is no tensor of %s", Shorten(string(v)), orAny(t.DType))
		}
	}
	return f.sized(shape, t)
}

func orAny(dtype string) string {
	if dtype == "" {
		return "any elements"
	}
	return dtype
}

// sized compares a shape with the one that t wants.
func (f *Fitter) sized(shape []int64, t *ir.Type) Result {
	if t.Shape == nil && !t.Rank0 {
		return sure()
	}
	if len(shape) != len(t.Shape) {
		return Never("it has %s, not %s", count(len(shape), "dimension"), count(len(t.Shape), "dimension"))
	}
	for i, d := range t.Shape {
		if d.Symbol == "" {
			if d.Size != 0 && d.Size != shape[i] {
				return Never("dimension %d is %d, not %d", i, shape[i], d.Size)
			}
			continue
		}
		if f.found == nil {
			f.found = map[string]int64{}
		}
		if old, ok := f.found[d.Symbol]; ok && old != shape[i] {
			return Never("dimension %d is %d, but %s is %d already", i, shape[i], d.Symbol, old)
		}
		f.found[d.Symbol] = shape[i]
	}
	return sure()
}

// filled tells whether v is nested lists of a shape whose elements are all right.
func filled(v any, shape []int64, right func(any) bool) bool {
	if len(shape) == 0 {
		_, list := v.([]any)
		return !list && right(v)
	}
	list, ok := v.([]any)
	if !ok || int64(len(list)) != shape[0] {
		return false
	}
	for _, item := range list {
		if !filled(item, shape[1:], right) {
			return false
		}
	}
	return true
}

// elements gives the test for the elements of a dtype; where it is any, all are like the
// first.
func elements(nested any, dtype string) func(any) bool {
	switch {
	case dtype == "":
		for list, ok := nested.([]any); ok && len(list) > 0; list, ok = nested.([]any) {
			nested = list[0]
		}
		kind := fmt.Sprintf("%T", nested)
		return func(v any) bool { return v != nil && fmt.Sprintf("%T", v) == kind }
	case dtype == "bool":
		return func(v any) bool { _, ok := v.(bool); return ok }
	case dtype == "string":
		return func(v any) bool { _, ok := v.(string); return ok }
	}
	within := numbers(dtype)
	return func(v any) bool {
		n, ok := v.(json.Number)
		return ok && within(n.String())
	}
}

// largest is the smallest number that a dtype of floats rounds to an infinity.
var largest = map[string]float64{
	"float16": 65520, "bfloat16": math.Ldexp(2-math.Ldexp(1, -8), 127), "float32": math.Ldexp(2-math.Ldexp(1, -24), 127), "float64": math.Inf(1),
}

// numbers gives the test for the numbers of a dtype.
func numbers(dtype string) func(string) bool {
	if most, ok := largest[dtype]; ok {
		return func(s string) bool {
			var n float64
			_, err := fmt.Sscan(s, &n)
			return err == nil && math.Abs(n) < most
		}
	}
	digits, unsigned := strings.CutPrefix(dtype, "uint")
	var size uint
	_, _ = fmt.Sscan(strings.TrimPrefix(digits, "int"), &size)
	low, high := new(big.Int), new(big.Int).Lsh(big.NewInt(1), size)
	if !unsigned {
		high.Rsh(high, 1)
		low.Neg(high)
	}
	return func(s string) bool {
		n, ok := new(big.Rat).SetString(s)
		return ok && ir.IsInteger(s) && n.Num().Cmp(low) >= 0 && n.Num().Cmp(high) < 0
	}
}

// Takes is [Fitter.Conforms] for a whole document.
func (f *Fitter) Takes(doc ir.Const, t *ir.Type) Result {
	f.found = nil
	return f.Conforms(doc, t)
}
