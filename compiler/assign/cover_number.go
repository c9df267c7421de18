package assign

import (
	"cmp"
	"math"
	"math/big"
	"slices"
	"strconv"

	"bentoc.dev/compiler/ir"
)

// Range is a range of numbers of 64 bits, its ends in it.
type Range[T int64 | float64] struct{ Low, High T }

// grid is what numbers there are: the least and the largest, and the one beside another.
type grid[T int64 | float64] struct {
	low, high T
	next      func(n T, up bool) T
	// bound gives an end of a range that a bound lets through, dir is 1 for the lower
	// one; ok is false where it lets nothing through.
	bound func(b *ir.Bound, dir int) (n T, ok bool)
	value func(c ir.Const) (n T, ok bool) // what a constant is, if it is one of them
}

var ints = grid[int64]{
	math.MinInt64, math.MaxInt64,
	func(n int64, up bool) int64 {
		if up {
			return n + 1
		}
		return n - 1
	},
	intEnd,
	func(c ir.Const) (int64, bool) {
		x, ok := new(big.Rat).SetString(string(c))
		if !ok || !x.IsInt() || !x.Num().IsInt64() {
			return 0, false
		}
		return x.Num().Int64(), true
	},
}

var floats = grid[float64]{
	math.Inf(-1), math.Inf(1),
	nextFloat,
	floatEnd,
	func(c ir.Const) (float64, bool) {
		if !ir.FitsFloat64(string(c)) {
			return 0, false
		}
		f, err := strconv.ParseFloat(string(c), 64)
		return f + 0, err == nil
	},
}

// nextFloat gives the float beside another, never -0.
func nextFloat(n float64, up bool) float64 {
	if up {
		return math.Nextafter(n, math.Inf(1)) + 0
	}
	return math.Nextafter(n, math.Inf(-1)) + 0
}

// IntRanges gives the integers that the bounds, constants and exclusions of a type of
// numbers let through, in order; multiples are not looked at.
func IntRanges(t *ir.Type) []Range[int64] { return ints.of(t) }

// FloatRanges is IntRanges for floats.
func FloatRanges(t *ir.Type) []Range[float64] { return floats.of(t) }

func (g grid[T]) of(t *ir.Type) []Range[T] {
	low, ok := g.bound(t.Min, 1)
	high, ok2 := g.bound(t.Max, -1)
	if !ok || !ok2 || low > high {
		return nil
	}
	ranges := []Range[T]{{low, high}}
	if t.Enum != nil {
		ranges = g.both(ranges, g.points(t.Enum))
	}
	return g.without(ranges, g.points(t.Not))
}

func (g grid[T]) points(list []ir.Const) (all []Range[T]) {
	for _, c := range list {
		if n, ok := g.value(c); ok {
			all = append(all, Range[T]{n, n})
		}
	}
	slices.SortFunc(all, func(a, b Range[T]) int { return cmp.Compare(a.Low, b.Low) })
	return slices.Compact(all)
}

// both gives what is in two lists of ranges.
func (g grid[T]) both(a, b []Range[T]) (all []Range[T]) {
	for _, x := range a {
		for _, y := range b {
			if low, high := max(x.Low, y.Low), min(x.High, y.High); low <= high {
				all = append(all, Range[T]{low, high})
			}
		}
	}
	return all
}

// without takes the ranges b out of the ranges a.
func (g grid[T]) without(a, b []Range[T]) []Range[T] {
	for _, y := range b {
		var left []Range[T]
		for _, x := range a {
			if y.High < x.Low || y.Low > x.High {
				left = append(left, x)
				continue
			}
			if x.Low < y.Low {
				left = append(left, Range[T]{x.Low, g.next(y.Low, false)})
			}
			if x.High > y.High {
				left = append(left, Range[T]{g.next(y.High, true), x.High})
			}
		}
		a = left
	}
	return a
}

// intEnd gives the first integer inside a bound.
func intEnd(b *ir.Bound, dir int) (int64, bool) {
	open := int64(math.MinInt64)
	if dir < 0 {
		open = math.MaxInt64
	}
	if b == nil {
		return open, true
	}
	x, ok := new(big.Rat).SetString(b.Value)
	if !ok {
		return 0, false
	}
	n := new(big.Int).Div(x.Num(), x.Denom()) // rounds down, for any sign
	switch {
	case dir > 0 && (!x.IsInt() || b.Exclusive):
		n.Add(n, big.NewInt(1))
	case dir < 0 && x.IsInt() && b.Exclusive:
		n.Sub(n, big.NewInt(1))
	}
	if !n.IsInt64() {
		return open, n.Sign() != dir // beyond: always met, or never
	}
	return n.Int64(), true
}

// floatEnd gives the first float inside a bound.
func floatEnd(b *ir.Bound, dir int) (float64, bool) {
	if b == nil {
		return math.Inf(-dir), true
	}
	if side := ir.BeyondFloat64(b.Value); side != 0 {
		return math.Inf(-dir), side != dir
	}
	f, ok := BoundOf(b, dir)
	if f.Exclusive {
		f.Value = nextFloat(f.Value, dir > 0)
	}
	return f.Value + 0, ok
}

// FloatBound is a bound of floats. Moved: what was written is no float64 and lies beside
// Value.
type FloatBound struct {
	Value            float64
	Exclusive, Moved bool
}

// BoundOf gives a bound as a float64 that lets the same float64s through; dir is 1 for a
// lower bound. There is none beyond the largest of them.
func BoundOf(b *ir.Bound, dir int) (FloatBound, bool) {
	x, isNumber := new(big.Rat).SetString(b.Value)
	f, err := strconv.ParseFloat(b.Value, 64)
	if !isNumber || err != nil {
		return FloatBound{}, false
	}
	// An integer that is no float64, and a number so small that it becomes 0, lie
	// beside theirs; a fraction such as 0.1 is what it is rounded to, and so is 1e300,
	// since whoever sends it writes just that.
	written, _ := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64))
	if side := new(big.Rat).SetFloat64(f).Cmp(x) * dir; side != 0 && (x.IsInt() && written.Cmp(x) != 0 || f == 0) {
		return FloatBound{f, side < 0, true}, true
	}
	return FloatBound{Value: f, Exclusive: b.Exclusive}, true
}

// commonNumber looks for a number: an integer where one of in is an int.
func commonNumber(in, out []*ir.Type) Cover {
	if slices.ContainsFunc(out, func(t *ir.Type) bool { return t.MultipleOf != "" }) {
		return Cover{}
	}
	if slices.ContainsFunc(in, func(t *ir.Type) bool { return t.Kind == ir.KindInt }) {
		return commonIn(ints, in, out, func(r Range[int64], multiples []string) (string, bool) {
			return inRange(new(big.Rat).SetInt64(r.Low), new(big.Rat).SetInt64(r.High), append(multiples, "1"), strconv.FormatInt(plainInt(r), 10))
		})
	}
	if slices.ContainsFunc(out, func(t *ir.Type) bool { return t.Kind == ir.KindInt && t.Enum == nil }) {
		return Cover{} // JSON cannot tell 1 from 1.0
	}
	return commonIn(floats, in, out, func(r Range[float64], multiples []string) (string, bool) {
		return inRange(new(big.Rat).SetFloat64(r.Low), new(big.Rat).SetFloat64(r.High), multiples, plainFloat(r))
	})
}

func commonIn[T int64 | float64](g grid[T], in, out []*ir.Type, pick func(Range[T], []string) (string, bool)) Cover {
	ranges := []Range[T]{{g.low, g.high}}
	var multiples []string
	for _, t := range in {
		ranges = g.both(ranges, g.of(t))
		if t.MultipleOf != "" {
			multiples = append(multiples, t.MultipleOf)
		}
	}
	for _, t := range out {
		ranges = g.without(ranges, g.of(t))
	}
	for _, r := range ranges {
		if n, ok := pick(r, slices.Clone(multiples)); ok {
			return Cover{Value: ir.Const(n), Found: true, Decided: true}
		}
	}
	return Cover{Decided: true}
}

// inRange gives a number between two, nil for an end that is infinite: the plain one, or
// a multiple of all where it has to be one.
func inRange(low, high *big.Rat, multiples []string, plain string) (string, bool) {
	step := new(big.Rat)
	for _, m := range multiples {
		x, ok := new(big.Rat).SetString(m)
		if !ok || x.Sign() <= 0 {
			return "", false
		}
		step = leastCommon(step, x)
	}
	if step.Sign() == 0 || step.Cmp(big.NewRat(1, 1)) == 0 {
		return plain, true
	}
	from, up := low, true
	if low == nil {
		from, up = high, false
	}
	if from == nil {
		return "0", true
	}
	q := new(big.Rat).Quo(from, step)
	n := new(big.Int).Div(q.Num(), q.Denom())
	if up && !q.IsInt() {
		n.Add(n, big.NewInt(1))
	}
	x := new(big.Rat).Mul(new(big.Rat).SetInt(n), step)
	if low != nil && x.Cmp(low) < 0 || high != nil && x.Cmp(high) > 0 {
		return "", false
	}
	digits, _ := x.FloatPrec()
	return x.FloatString(digits), true
}

// leastCommon gives the least number that is a multiple of both; 0 stands for none.
func leastCommon(a, b *big.Rat) *big.Rat {
	if a.Sign() == 0 {
		return b
	}
	num := new(big.Int).Mul(a.Num(), b.Denom())
	other := new(big.Int).Mul(b.Num(), a.Denom())
	lcm := new(big.Int).Div(new(big.Int).Mul(num, other), new(big.Int).GCD(nil, nil, num, other))
	return new(big.Rat).SetFrac(lcm, new(big.Int).Mul(a.Denom(), b.Denom()))
}

// plainInt gives an integer of a range that reads well.
func plainInt(r Range[int64]) int64 {
	switch {
	case r.Low <= 0 && r.High >= 0:
		return 0
	case r.Low > 0:
		return r.Low
	}
	return r.High
}

// plainFloat gives a float of a range that reads well.
func plainFloat(r Range[float64]) string {
	if r.Low <= 0 && r.High >= 0 {
		return "0"
	}
	for digits := range 17 {
		for _, end := range []float64{r.Low, r.High} {
			for _, far := range []float64{1, 2, 0.5} {
				text := strconv.FormatFloat(end*far, 'g', digits+1, 64)
				if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(f, 0) && f >= r.Low && f <= r.High {
					plain, err := ir.CanonicalNumber(text)
					if err == nil {
						return plain
					}
				}
			}
		}
	}
	return strconv.FormatFloat(r.Low, 'g', -1, 64)
}
