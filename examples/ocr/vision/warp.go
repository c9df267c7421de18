package vision

import "math"

// Cut takes a box out of the page as an upright rectangle. What is much higher
// than wide is taken for a line that runs downwards and turned to the left.
func (p *Page) Cut(q Quad) *Page {
	w, h := q.sides()
	out := NewPage(w, h)
	m := homography(q, float64(w), float64(h))
	c := cubicTable()
	for y := range h {
		for x := range w {
			sx, sy := m.apply(float64(x), float64(y))
			p.sample(out.Pix[(y*w+x)*3:][:3:3], sx, sy, &c)
		}
	}
	if tall(w, h) {
		return out.rotate90()
	}
	return out
}

// sides gives the longer of the level sides of a box, and of the upright ones.
func (q Quad) sides() (w, h int) {
	w = int(max(q[0].distance(q[1]), q[2].distance(q[3])))
	h = int(max(q[0].distance(q[3]), q[1].distance(q[2])))
	return max(1, w), max(1, h)
}

// tall tells whether a box of w × h holds a line that runs down or up.
func tall(w, h int) bool { return float64(h) >= 1.5*float64(w) }

// homography3 maps places of a cut to places of the page.
type homography3 struct{ a, b, c, d, e, f, g, h float64 }

// homography maps the rectangle of w × h to a box.
func homography(q Quad, w, h float64) homography3 {
	dx1, dy1 := q[1].X-q[2].X, q[1].Y-q[2].Y
	dx2, dy2 := q[3].X-q[2].X, q[3].Y-q[2].Y
	sx, sy := q[0].X-q[1].X+q[2].X-q[3].X, q[0].Y-q[1].Y+q[2].Y-q[3].Y
	var m homography3
	if det := dx1*dy2 - dx2*dy1; det != 0 {
		m.g = (sx*dy2 - dx2*sy) / det
		m.h = (dx1*sy - sx*dy1) / det
	}
	m.a, m.b, m.c = q[1].X-q[0].X+m.g*q[1].X, q[3].X-q[0].X+m.h*q[3].X, q[0].X
	m.d, m.e, m.f = q[1].Y-q[0].Y+m.g*q[1].Y, q[3].Y-q[0].Y+m.h*q[3].Y, q[0].Y
	m.a, m.d, m.g = m.a/w, m.d/w, m.g/w
	m.b, m.e, m.h = m.b/h, m.e/h, m.h/h
	return m
}

func (m *homography3) apply(x, y float64) (float64, float64) {
	n := m.g*x + m.h*y + 1
	return (m.a*x + m.b*y + m.c) / n, (m.d*x + m.e*y + m.f) / n
}

// subpixels is how finely places between pixels are told apart.
const subpixels = 32

// cubicTable has the weights of four neighbours for every place between the
// middle two: bicubic interpolation with -0.75, as OpenCV's.
func cubicTable() (t [subpixels][4]float32) {
	const a = -0.75
	for i := range t {
		x := float64(i) / subpixels
		far := func(d float64) float64 { return ((a*d-5*a)*d+8*a)*d - 4*a }
		near := func(d float64) float64 { return ((a+2)*d-(a+3))*d*d + 1 }
		t[i] = [4]float32{float32(far(x + 1)), float32(near(x)), float32(near(1 - x)), float32(far(2 - x))}
	}
	return t
}

// sample writes the colour at a place of the page. Beyond the edges the page
// goes on as it is there.
func (p *Page) sample(dst []byte, x, y float64, table *[subpixels][4]float32) {
	fx, fy := place(x, p.W), place(y, p.H)
	ix, iy := fx>>5, fy>>5
	fx, fy = fx&(subpixels-1), fy&(subpixels-1)
	inside := ix >= 1 && iy >= 1 && ix+2 < p.W && iy+2 < p.H
	if fx == 0 && fy == 0 {
		ix, iy = min(max(ix, 0), p.W-1), min(max(iy, 0), p.H-1)
		copy(dst, p.Pix[(iy*p.W+ix)*3:][:3])
		return
	}
	var sum [3]float32
	for j := range 4 {
		row := min(max(iy-1+j, 0), p.H-1) * p.W
		wy := table[fy][j]
		if inside {
			s := p.Pix[(row+ix-1)*3:][:12:12]
			w := &table[fx]
			for c := range 3 {
				sum[c] += wy * (w[0]*float32(s[c]) + w[1]*float32(s[c+3]) + w[2]*float32(s[c+6]) + w[3]*float32(s[c+9]))
			}
			continue
		}
		for i := range 4 {
			at := (row + min(max(ix-1+i, 0), p.W-1)) * 3
			for c := range 3 {
				sum[c] += wy * table[fx][i] * float32(p.Pix[at+c])
			}
		}
	}
	for c, v := range sum {
		dst[c] = byte(min(max(v+0.5, 0), 255))
	}
}

// place gives v in subpixels, kept near the page.
func place(v float64, size int) int {
	return int(math.Round(min(max(v, -2), float64(size)+2) * subpixels))
}
