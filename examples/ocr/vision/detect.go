package vision

import "math"

// Constants of DB post-processing.
const (
	threshold  = 0.3  // scores above it are text
	boxScore   = 0.5  // a box with a lower mean score is dropped
	growth     = 1.6  // see Quad.grown
	minShort   = 3    // shorter side of a core, in pixels of the score map
	maxBoxes   = 1000 // cores looked at
	minBoxSide = 3    // sides of a box on the page are longer
)

// Lines finds the lines of text in the detector's w × h scores and gives their
// boxes on a page of pageW × pageH, in reading order.
func Lines(scores []float32, w, h, pageW, pageH int) []Quad {
	sx, sy := float64(pageW)/float64(w), float64(pageH)/float64(h)
	var boxes []Quad
	cores := components(scores, w, h)
	for _, core := range cores[max(0, len(cores)-maxBoxes):] {
		poly := hull(core)
		q, short, _ := minRect(poly, 0)
		if short < minShort || meanScore(scores, w, h, q) < boxScore {
			continue
		}
		q, short = q.grown(growth)
		if short < minShort+2 {
			continue
		}
		for i, p := range q {
			q[i] = Point{
				min(max(math.RoundToEven(p.X*sx), 0), float64(pageW-1)),
				min(max(math.RoundToEven(p.Y*sy), 0), float64(pageH-1)),
			}
		}
		q = ordered(q)
		if math.Floor(q[0].distance(q[1])) > minBoxSide && math.Floor(q[0].distance(q[3])) > minBoxSide {
			boxes = append(boxes, q)
		}
	}
	readingOrder(boxes)
	return boxes
}

// meanScore is the mean score inside a box.
func meanScore(scores []float32, w, h int, q Quad) float64 {
	x0, y0, y1 := math.Inf(1), math.Inf(1), math.Inf(-1)
	for _, p := range q {
		x0, y0, y1 = min(x0, p.X), min(y0, p.Y), max(y1, p.Y)
	}
	// Corners on whole pixels, relative to the upper left one.
	left, top := clampInt(math.Floor(x0), w-1), clampInt(math.Floor(y0), h-1)
	bottom := clampInt(math.Ceil(y1), h-1)
	for i, p := range q {
		q[i] = Point{math.Trunc(p.X-float64(left)) + float64(left), math.Trunc(p.Y-float64(top)) + float64(top)}
	}
	var sum float64
	n := 0
	for y := top; y <= bottom; y++ {
		a, b, ok := q.span(float64(y))
		if !ok {
			continue
		}
		for x := max(0, int(math.Round(a))); x <= min(w-1, int(math.Round(b))); x++ {
			sum += float64(scores[y*w+x])
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

func clampInt(v float64, most int) int { return min(max(int(v), 0), most) }

// span gives where the row y crosses a box.
func (q Quad) span(y float64) (left, right float64, ok bool) {
	left, right = math.Inf(1), math.Inf(-1)
	for i, p := range q {
		r := q[(i+1)%4]
		if y < min(p.Y, r.Y) || y > max(p.Y, r.Y) {
			continue
		}
		if p.Y == r.Y {
			left, right = min(left, p.X, r.X), max(right, p.X, r.X)
			continue
		}
		x := p.X + (r.X-p.X)*(y-p.Y)/(r.Y-p.Y)
		left, right = min(left, x), max(right, x)
	}
	return left, right, left <= right
}
