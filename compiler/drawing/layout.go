package drawing

import (
	"cmp"
	"slices"
)

// page is a drawing with coordinates. Its own corner is 0, 0.
type page struct {
	w, h  int
	boxes []*box
	lines []*line
}

// box is a node with its place.
type box struct {
	node       *Node
	x, y, w, h int
	inside     *page // at x, y of the box plus insideX, insideY
	insideX    int
	insideY    int
}

// line is an edge with its way: from top to bottom, through points that lie on the
// upper and lower ends of the layers, in pairs.
type line struct {
	edge   *Edge
	up     bool // it leads upwards, which an edge does that closes a circle
	points []point
	label  point // its upper left corner
	labelW int
}

type point struct{ x, y int }

// layOut places what is in a drawing: the parts that hang together each by itself, and
// these beside and below each other.
func layOut(d *Drawing) *page {
	var parts []*page
	for _, part := range components(d) {
		parts = append(parts, newLayering(part).page())
	}
	return shelve(parts)
}

// components splits a drawing into the parts that no edge joins, in the order of their
// first nodes.
func components(d *Drawing) (parts []*Drawing) {
	index := make(map[string]int, len(d.Nodes))
	for i, n := range d.Nodes {
		index[n.Path] = i
	}
	root := make([]int, len(d.Nodes))
	for i := range root {
		root[i] = i
	}
	find := func(i int) int {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	for _, e := range d.Edges {
		a, b := find(index[e.From]), find(index[e.To])
		root[max(a, b)] = min(a, b)
	}
	of := map[int]*Drawing{}
	for i, n := range d.Nodes {
		r := find(i)
		if of[r] == nil {
			of[r] = &Drawing{}
			parts = append(parts, of[r])
		}
		of[r].Nodes = append(of[r].Nodes, n)
	}
	for _, e := range d.Edges {
		p := of[find(index[e.From])]
		p.Edges = append(p.Edges, e)
	}
	return parts
}

// shelve puts pages beside each other, and below where a row would be wider than the
// whole is high.
func shelve(pages []*page) *page {
	if len(pages) == 1 {
		return pages[0]
	}
	slices.SortStableFunc(pages, func(a, b *page) int { return cmp.Compare(b.h, a.h) })
	area, widest := 0, 0
	for _, p := range pages {
		area += (p.w + between) * (p.h + between) / px
		widest = max(widest, p.w)
	}
	limit := max(widest, root(area*16/10)*root(px))
	all := &page{}
	x, y, high := 0, 0, 0
	for _, p := range pages {
		if x > 0 && x+p.w > limit {
			x, y, high = 0, y+high+2*between, 0
		}
		p.move(x, y)
		all.boxes, all.lines = append(all.boxes, p.boxes...), append(all.lines, p.lines...)
		all.w, all.h = max(all.w, x+p.w), max(all.h, y+p.h)
		x, high = x+p.w+between, max(high, p.h)
	}
	return all
}

// root is the whole square root.
func root(n int) int {
	r := 0
	for step := 1 << 31; step > 0; step >>= 1 {
		if t := r + step; t <= n/t {
			r = t
		}
	}
	return r
}

func (p *page) move(dx, dy int) {
	for _, b := range p.boxes {
		b.x, b.y = b.x+dx, b.y+dy
	}
	for _, l := range p.lines {
		for i := range l.points {
			l.points[i].x, l.points[i].y = l.points[i].x+dx, l.points[i].y+dy
		}
		l.label.x, l.label.y = l.label.x+dx, l.label.y+dy
	}
}

// newBox measures a node, and lays out what is inside it.
func newBox(n *Node) *box {
	b := &box{node: n}
	b.w, b.h = n.boxSize()
	if n.Inside == nil {
		return b
	}
	b.inside = layOut(n.Inside)
	b.insideY = b.h + boxPad/2
	b.w = max(b.w, b.inside.w+2*boxPad)
	b.insideX = (b.w - b.inside.w) / 2
	b.h = b.insideY + b.inside.h + boxPad
	return b
}
