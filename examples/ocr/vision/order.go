package vision

import (
	"cmp"
	"math"
	"slices"
)

// sameRow is how far apart, in pixels, the tops of boxes in one row may lie.
const sameRow = 10

// readingOrder sorts boxes from the top down and, in a row, from left to right.
func readingOrder(boxes []Quad) {
	sortRows(boxes, func(q Quad) Point { return q[0] })
}

func sortRows[T any](list []T, start func(T) Point) {
	slices.SortStableFunc(list, func(a, b T) int {
		p, q := start(a), start(b)
		return cmp.Or(cmp.Compare(p.Y, q.Y), cmp.Compare(p.X, q.X))
	})
	for i := range list[:max(0, len(list)-1)] {
		for j := i; j >= 0; j-- {
			a, b := start(list[j]), start(list[j+1])
			if math.Abs(b.Y-a.Y) >= sameRow || b.X >= a.X {
				break
			}
			list[j], list[j+1] = list[j+1], list[j]
		}
	}
}

// ReadingOrder gives the indexes of boxes in the order in which one reads
// them. turned tells which lines were upside down once laid level: where the
// page as a whole lies on its side or head, the order is that of the page
// turned upright.
func ReadingOrder(boxes []Quad, turned []bool) []int {
	starts := make([]Point, len(boxes))
	order := make([]int, len(boxes))
	quarter := pageTurn(boxes, turned)
	for i, q := range boxes {
		order[i] = i
		starts[i] = upright(q, quarter)
	}
	sortRows(order, func(i int) Point { return starts[i] })
	return order
}

// pageTurn gives by how many quarters to the right the most text is turned.
func pageTurn(boxes []Quad, turned []bool) int {
	var weight [4]float64
	for i, q := range boxes {
		w, h := q.sides()
		quarter := 0
		if tall(w, h) {
			quarter = 1 // Cut turned it to the left
		}
		if turned[i] {
			quarter += 2
		}
		weight[quarter] += float64(max(w, h))
	}
	best := 0
	for quarter, w := range weight {
		if w > weight[best] {
			best = quarter
		}
	}
	return best
}

// upright gives the upper left corner of a box after turning the page to the
// left by quarters; only differences between such points count.
func upright(q Quad, quarters int) Point {
	switch quarters {
	case 1: // text runs down: its start is the upper right corner
		return Point{q[1].Y, -q[1].X}
	case 2:
		return Point{-q[2].X, -q[2].Y}
	case 3: // text runs up
		return Point{-q[3].Y, q[3].X}
	}
	return q[0]
}
