package assign

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"bentoc.dev/compiler/ir"
)

// Sizes holds what the symbols of one node's inputs stand for.
type Sizes struct{ bound map[string]binding }

// binding is what a symbol stands for so far: a size, or a symbol of a producer,
// or (neither) a size that nobody knows before the server runs.
type binding struct {
	size   int64
	symbol string
}

// NewSizes gives sizes of which none is bound.
func NewSizes() *Sizes { return &Sizes{bound: map[string]binding{}} }

// Clone gives a copy that may be bound apart.
func (d *Sizes) Clone() *Sizes { return &Sizes{bound: maps.Clone(d.bound)} }

// tensor compares element types and shapes.
func (f *Fitter) tensor(p, c *ir.Type) Result {
	a := sure()
	switch {
	case c.DType == "" || p.DType == c.DType:
	case p.DType == "":
		a = unknown("its dtype may not be %s", c.DType)
	default:
		return Never("its dtype is %s, not %s", p.DType, c.DType)
	}
	if c.Shape == nil && !c.Rank0 {
		return a
	}
	if p.Shape == nil && !p.Rank0 {
		f.unknownRank(c)
		return a.and(unknown("its shape may not be %s", shapeText(c)))
	}
	if len(p.Shape) != len(c.Shape) {
		return Never("it has %s, not %s: %s is not %s", count(len(p.Shape), "dimension"), count(len(c.Shape), "dimension"), shapeText(p), shapeText(c))
	}
	for i := range c.Shape {
		a = a.and(f.dim(p.Shape[i], c.Shape[i], i))
	}
	return a
}

// scalar decides whether a constant is a tensor of one element and no dimension.
func (f *Fitter) scalar(v ir.Const, t *ir.Type) Result {
	element := &ir.Type{Kind: ir.KindFloat}
	digits, unsigned := strings.CutPrefix(t.DType, "uint")
	digits, signed := strings.CutPrefix(digits, "int")
	switch bits, _ := strconv.Atoi(digits); {
	case unsigned:
		element = &ir.Type{Kind: ir.KindInt, Min: &ir.Bound{Value: "0"}}
		if bits < 64 { // else an int64 holds it or does not
			element.Max = &ir.Bound{Value: fmt.Sprint(uint64(1)<<bits - 1)}
		}
	case signed:
		element = &ir.Type{Kind: ir.KindInt, Min: &ir.Bound{Value: fmt.Sprint(-1 << (bits - 1))}, Max: &ir.Bound{Value: fmt.Sprint(1<<(bits-1) - 1)}}
	case t.DType == "bool":
		element.Kind = ir.KindBool
	case t.DType == "string":
		element.Kind = ir.KindString
	case t.DType != "float32" && t.DType != "float64":
		return Never("a constant cannot stand for %s", Describe(f.b, t))
	}
	if a := f.Conforms(v, element); a.Verdict != Fits {
		return Never("%s is no %s", Shorten(string(v)), t.DType)
	}
	return sure()
}

func shapeText(t *ir.Type) string {
	s := tensorText(t)
	return s[strings.IndexByte(s, '['):]
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// unknownRank binds the symbols of c to sizes that nobody knows.
func (f *Fitter) unknownRank(c *ir.Type) {
	for _, d := range c.Shape {
		if _, ok := f.sizes.bound[d.Symbol]; d.Symbol != "" && !ok {
			f.sizes.bound[d.Symbol] = binding{}
		}
	}
}

func (f *Fitter) dim(p, c ir.Dim, i int) Result {
	switch {
	case c.Symbol != "":
		return f.bind(p, c.Symbol, i)
	case c.Size == 0 || p.Symbol == "" && p.Size == c.Size:
		return sure()
	case p.Symbol == "" && p.Size != 0:
		return Never("dimension %d is %d, not %d", i, p.Size, c.Size)
	}
	return unknown("dimension %d may not be %d", i, c.Size)
}

// bind makes a symbol of the consumer stand for a dimension, or compares it with
// what the symbol already stands for.
func (f *Fitter) bind(p ir.Dim, symbol string, i int) Result {
	now := binding{size: p.Size}
	if p.Symbol != "" {
		now = binding{symbol: f.from + " " + p.Symbol}
	}
	old, ok := f.sizes.bound[symbol]
	switch {
	case !ok:
		f.sizes.bound[symbol] = now
		return sure()
	case old == now && now != binding{}:
		return sure()
	case old.size != 0 && now.size != 0:
		return Never("dimension %d is %d, but %s is %d already", i, now.size, symbol, old.size)
	}
	if now.size != 0 {
		f.sizes.bound[symbol] = now
	}
	return unknown("dimension %d may not be the %s of the other dimensions", i, symbol)
}

// media compares what pictures and files may be.
func (f *Fitter) media(p, c *ir.Type) Result {
	p, c = f.limited(p), f.limited(c)
	a := f.mediaTypes(p, c)
	if c.MaxBytes > 0 && (p.MaxBytes == 0 || p.MaxBytes > c.MaxBytes) {
		a = a.and(maybe("it may have more than %d bytes", c.MaxBytes))
	}
	if c.MaxPixels > 0 && (p.MaxPixels == 0 || p.MaxPixels > c.MaxPixels) {
		a = a.and(maybe("it may have more than %d pixels", c.MaxPixels))
	}
	return a
}

func (f *Fitter) mediaTypes(p, c *ir.Type) Result {
	if len(c.MediaTypes) == 0 {
		return sure()
	}
	if len(p.MediaTypes) == 0 {
		return maybe("it may be none of %s", strings.Join(c.MediaTypes, ", "))
	}
	inside, touching := 0, 0
	for _, from := range p.MediaTypes {
		in, touch := false, false
		for _, to := range c.MediaTypes {
			in = in || covers(to, from)
			touch = touch || covers(to, from) || covers(from, to)
		}
		if in {
			inside++
		}
		if touch {
			touching++
		}
	}
	switch {
	case inside == len(p.MediaTypes):
		return sure()
	case touching == 0:
		return Never("it is %s, not %s", strings.Join(p.MediaTypes, ", "), strings.Join(c.MediaTypes, ", "))
	}
	return maybe("it may be none of %s", strings.Join(c.MediaTypes, ", "))
}

// covers reports whether the media type b is an a: image/* covers image/png.
func covers(a, b string) bool {
	if a == b || a == "*/*" {
		return true
	}
	group, rest, _ := strings.Cut(a, "/")
	return rest == "*" && strings.HasPrefix(b, group+"/")
}
