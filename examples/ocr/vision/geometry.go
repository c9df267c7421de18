package vision

import (
	"cmp"
	"math"
	"slices"
)

// Point is a place on a page, in pixels from its upper left.
type Point struct{ X, Y float64 }

func (p Point) sub(q Point) Point        { return Point{p.X - q.X, p.Y - q.Y} }
func (p Point) dot(q Point) float64      { return p.X*q.X + p.Y*q.Y }
func (p Point) cross(q Point) float64    { return p.X*q.Y - p.Y*q.X }
func (p Point) length() float64          { return math.Hypot(p.X, p.Y) }
func (p Point) distance(q Point) float64 { return p.sub(q).length() }

// Quad is a box: upper left, upper right, lower right, lower left.
type Quad [4]Point

// hull gives the convex hull of points, which it sorts.
func hull(points []Point) []Point {
	slices.SortFunc(points, func(a, b Point) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) })
	points = slices.Compact(points)
	if len(points) < 3 {
		return points
	}
	var out []Point
	half := func(p Point, floor int) {
		for len(out) >= floor+2 && out[len(out)-1].sub(out[len(out)-2]).cross(p.sub(out[len(out)-1])) <= 0 {
			out = out[:len(out)-1]
		}
		out = append(out, p)
	}
	for _, p := range points {
		half(p, 0)
	}
	floor := len(out) - 1
	for i := len(points) - 2; i >= 0; i-- {
		half(points[i], floor)
	}
	return out[:len(out)-1]
}

// minRect gives the smallest rectangle around a convex polygon that was grown
// by margin with rounded corners, and the lengths of its sides.
func minRect(poly []Point, margin float64) (q Quad, short, long float64) {
	best := math.Inf(1)
	for i, p := range poly {
		edge := poly[(i+1)%len(poly)].sub(p)
		n := edge.length()
		if n == 0 {
			edge, n = Point{1, 0}, 1
		}
		u := Point{edge.X / n, edge.Y / n}
		v := Point{-u.Y, u.X}
		u0, u1, v0, v1 := extent(poly, u, v)
		u0, u1, v0, v1 = u0-margin, u1+margin, v0-margin, v1+margin
		if area := (u1 - u0) * (v1 - v0); area < best {
			best = area
			corner := func(a, b float64) Point { return Point{u.X*a + v.X*b, u.Y*a + v.Y*b} }
			q = ordered(Quad{corner(u0, v0), corner(u1, v0), corner(u1, v1), corner(u0, v1)})
			short, long = min(u1-u0, v1-v0), max(u1-u0, v1-v0)
		}
	}
	return q, short, long
}

// extent gives how far a polygon reaches along two directions.
func extent(poly []Point, u, v Point) (u0, u1, v0, v1 float64) {
	u0, v0, u1, v1 = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, p := range poly {
		a, b := p.dot(u), p.dot(v)
		u0, u1, v0, v1 = min(u0, a), max(u1, a), min(v0, b), max(v1, b)
	}
	return u0, u1, v0, v1
}

// ordered puts corners in the order of a Quad: of the two left ones the upper
// first, of the two right ones too.
func ordered(q Quad) Quad {
	p := q[:]
	slices.SortStableFunc(p, func(a, b Point) int { return cmp.Compare(a.X, b.X) })
	if p[1].Y < p[0].Y {
		p[0], p[1] = p[1], p[0]
	}
	if p[3].Y < p[2].Y {
		p[2], p[3] = p[3], p[2]
	}
	return Quad{p[0], p[2], p[3], p[1]}
}

// area and perimeter of a quadrilateral.
func (q Quad) area() float64 {
	var sum float64
	for i := range q {
		sum += q[i].cross(q[(i+1)%4])
	}
	return math.Abs(sum) / 2
}

func (q Quad) perimeter() float64 {
	return q[0].distance(q[1]) + q[1].distance(q[2]) + q[2].distance(q[3]) + q[3].distance(q[0])
}

// grown moves the sides of a box outwards by as much as its area over its
// perimeter, times ratio: the detector marks the core of a line only.
func (q Quad) grown(ratio float64) (Quad, float64) {
	n := q.perimeter()
	if n == 0 {
		return q, 0
	}
	margin := q.area() * ratio / n
	poly := make([]Point, 4)
	for i, p := range q {
		poly[i] = Point{math.Trunc(p.X), math.Trunc(p.Y)}
	}
	out, short, _ := minRect(hull(poly), margin)
	return out, short
}
