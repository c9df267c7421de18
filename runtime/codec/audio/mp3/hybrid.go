package mp3

import "math"

// The hybrid filter bank makes of the 576 values of a granule 18 samples of each of 32
// subbands (ISO/IEC 11172-3, 2.4.3.4.10).
const (
	subbands = 32
	slots    = 18 // samples of a subband in a granule
)

// butterflies take the aliases off the edges between subbands.
var butterflies = func() (t [8][2]float64) {
	for i, c := range [8]float64{-0.6, -0.535, -0.33, -0.185, -0.095, -0.041, -0.0142, -0.0037} {
		r := math.Sqrt(1 + c*c)
		t[i] = [2]float64{1 / r, c / r}
	}
	return t
}()

func reduceAliases(x *[granuleSize]float64, edges int) {
	for sb := 1; sb <= edges; sb++ {
		for i, b := range butterflies {
			up, down := &x[slots*sb-1-i], &x[slots*sb+i]
			*up, *down = *up*b[0]-*down*b[1], *down*b[0]+*up*b[1]
		}
	}
}

// cosines36 and cosines12 are those of the inverse transforms, whose output has two
// halves that mirror themselves: of each, one half is computed.
var cosines36 = func() (t [18][18]float64) {
	for i := range t {
		n := i + i/9*9 // 0 to 8, and 18 to 26
		for k := range t[i] {
			t[i][k] = math.Cos(math.Pi / 72 * float64((2*n+19)*(2*k+1)))
		}
	}
	return t
}()

var cosines12 = func() (t [6][6]float64) {
	for i := range t {
		n := i + i/3*3
		for k := range t[i] {
			t[i][k] = math.Cos(math.Pi / 24 * float64((2*n+7)*(2*k+1)))
		}
	}
	return t
}()

// windows are those of the types of blocks, long but for that of a short block, which
// has 12 values.
var windows = func() (t [4][36]float64) {
	half := func(i, n int) float64 { return math.Sin(math.Pi / float64(2*n) * (float64(i) + 0.5)) }
	for i := range 36 {
		t[long][i] = half(i, 18)
		switch {
		case i < 18:
			t[start][i] = half(i, 18)
		case i < 24:
			t[start][i] = 1
		case i < 30:
			t[start][i] = half(i-18, 6)
		}
	}
	for i := range 36 {
		t[stop][i] = t[start][35-i]
	}
	for i := range 12 {
		t[short][i] = half(i, 6)
	}
	return t
}()

// hybrid is the state of the filter bank of a channel: the second half of what the
// granule before this one gives.
type hybrid struct {
	overlap [subbands][slots]float64
}

// run transforms the first n values of x, behind which all are 0, to the samples of the
// subbands; it gives how many subbands are not silent before the others.
func (f *hybrid) run(x *[granuleSize]float64, n int, g *granule, l *layout, out *[slots][subbands]float64) {
	pure := 0 // subbands of long blocks
	switch {
	case g.blockType != short:
		pure = subbands
	case g.mixed:
		pure = mixedEnd / slots
	}
	if pure < subbands {
		x = interleaved(x, l)
	}
	if pure > 0 {
		reduceAliases(x, pure-1)
		n += slots // what aliases reach
	}
	var y [36]float64
	for sb := range subbands {
		over := &f.overlap[sb]
		if g.blockType != short && slots*sb >= n {
			y = [36]float64{}
		} else {
			in := (*[slots]float64)(x[slots*sb:])
			switch {
			case sb >= pure:
				transformShort(in, &y)
			case g.mixed:
				transformLong(in, &windows[long], &y)
			default:
				transformLong(in, &windows[g.blockType], &y)
			}
		}
		for i := range slots {
			v := y[i] + over[i]
			if sb&i&1 == 1 {
				v = -v
			}
			out[i][sb] = v
			over[i] = y[slots+i]
		}
	}
}

// interleaved puts the values of the three windows of short blocks side by side.
func interleaved(x *[granuleSize]float64, l *layout) *[granuleSize]float64 {
	y := *x
	for i := l.long; i < len(l.bands); i += 3 {
		first := &l.bands[i]
		width := first.end - first.begin
		for k := range 3 * width {
			y[first.begin+k%width*3+k/width] = x[first.begin+k]
		}
	}
	return &y
}

func transformLong(x *[slots]float64, window, out *[36]float64) {
	for i := range 9 {
		a, b := 0.0, 0.0
		c, d := &cosines36[i], &cosines36[9+i]
		for k, v := range x {
			a += c[k] * v
			b += d[k] * v
		}
		out[i], out[17-i] = a*window[i], -a*window[17-i]
		out[18+i], out[35-i] = b*window[18+i], b*window[35-i]
	}
}

func transformShort(x *[slots]float64, out *[36]float64) {
	*out = [36]float64{}
	window := &windows[short]
	for w := range 3 {
		at := out[6+6*w:][:12]
		for i := range 3 {
			a, b := 0.0, 0.0
			for k := range 6 {
				v := x[3*k+w]
				a += cosines12[i][k] * v
				b += cosines12[3+i][k] * v
			}
			at[i] += a * window[i]
			at[5-i] -= a * window[5-i]
			at[6+i] += b * window[6+i]
			at[11-i] += b * window[11-i]
		}
	}
}
