package vision

import "math"

// taps says between which two source positions a target position lies.
type taps struct {
	at   []int     // the first; the second is one further
	frac []float32 // how much of the second
}

// linearTaps places n target positions on size source positions, pixel centres
// at halves, without smoothing: what OpenCV calls INTER_LINEAR.
func linearTaps(n, size int) taps {
	t := taps{make([]int, n), make([]float32, n)}
	scale := float64(size) / float64(n)
	for i := range n {
		f := (float64(i)+0.5)*scale - 0.5
		at := int(math.Floor(f))
		frac := f - float64(at)
		switch {
		case at < 0:
			at, frac = 0, 0
		case at >= size-1:
			at, frac = max(0, size-2), 1
		}
		if size == 1 {
			at, frac = 0, 0
		}
		t.at[i], t.frac[i] = at, float32(frac)
	}
	return t
}

// resizer makes rows of a page at another size.
type resizer struct {
	p      *Page
	xs, ys taps
	rows   [2][]float32 // source rows at the target width
	have   [2]int       // which source rows they are
	out    []float32    // one target row, W × 3
}

func newResizer(p *Page, w, h int) *resizer {
	r := &resizer{p: p, xs: linearTaps(w, p.W), ys: linearTaps(h, p.H), have: [2]int{-1, -1}}
	r.rows = [2][]float32{make([]float32, w*3), make([]float32, w*3)}
	r.out = make([]float32, w*3)
	return r
}

// row gives target row y, valid until the next call.
func (r *resizer) row(y int) []float32 {
	at, frac := r.ys.at[y], r.ys.frac[y]
	a := r.source(at)
	if frac == 0 {
		return a
	}
	b := r.source(at + 1)
	out := r.out
	a, b = a[:len(out)], b[:len(out)]
	for i := range out {
		out[i] = a[i] + (b[i]-a[i])*frac
	}
	return out
}

// source gives a source row at the target width.
func (r *resizer) source(y int) []float32 {
	slot := y & 1
	row := r.rows[slot]
	if r.have[slot] == y {
		return row
	}
	r.have[slot] = y
	pix := r.p.Pix[y*r.p.W*3 : (y+1)*r.p.W*3]
	if r.p.W == 1 {
		for i := range row {
			row[i] = float32(pix[i%3])
		}
		return row
	}
	for x, at := range r.xs.at {
		f := r.xs.frac[x]
		s := pix[at*3 : at*3+6 : at*3+6]
		d := row[x*3 : x*3+3 : x*3+3]
		b, g, c := float32(s[0]), float32(s[1]), float32(s[2])
		d[0] = b + (float32(s[3])-b)*f
		d[1] = g + (float32(s[4])-g)*f
		d[2] = c + (float32(s[5])-c)*f
	}
	return row
}

// Resize scales a page to w × h.
func (p *Page) Resize(w, h int) *Page {
	q := NewPage(w, h)
	r := newResizer(p, w, h)
	for y := range h {
		out := q.Pix[y*w*3 : (y+1)*w*3]
		for i, v := range r.row(y) {
			out[i] = byte(v + 0.5)
		}
	}
	return q
}

// Normalise scales a page to w × h and gives it as the networks take it: three
// planes of values from -1 to 1. Rows are stride long; what lies right of the
// picture is 0.
func (p *Page) Normalise(w, h, stride int) []float32 {
	out := make([]float32, 3*h*stride)
	r := newResizer(p, w, h)
	plane := h * stride
	for y := range h {
		row := r.row(y)
		b := out[y*stride : y*stride+w]
		g := out[plane+y*stride : plane+y*stride+w]
		c := out[2*plane+y*stride : 2*plane+y*stride+w]
		for x := range w {
			v := row[x*3 : x*3+3 : x*3+3]
			b[x] = v[0]*(1/127.5) - 1
			g[x] = v[1]*(1/127.5) - 1
			c[x] = v[2]*(1/127.5) - 1
		}
	}
	return out
}
