package drawing

import (
	"cmp"
	"slices"
)

// page places the vertices and leads the edges.
func (l *layering) page() *page {
	l.untangle()
	l.pack()
	for round := range 16 {
		l.align(round)
	}
	for range 3 {
		l.straighten()
	}
	p := &page{}
	left := 1 << 60
	for i := range l.all {
		left = min(left, l.all[i].x-l.all[i].w/2)
	}
	for i := range l.all {
		l.all[i].x -= left
		p.w = max(p.w, l.all[i].x+l.all[i].w/2)
	}
	ports := l.ports()
	tops, heights := l.rows(ports)
	p.h = tops[len(tops)-1] + heights[len(heights)-1]
	for i := range l.nodes {
		v := &l.all[i]
		v.box.x, v.box.y = v.x-v.w/2, tops[v.layer]+(heights[v.layer]-v.h)/2
		p.boxes = append(p.boxes, v.box)
	}
	for i, c := range l.edges {
		p.lines = append(p.lines, l.lead(c, ports[i], tops, heights))
	}
	return p
}

// apart is how far the middles of two neighbours are apart at least.
func (l *layering) apart(a, b int) int {
	v, w := &l.all[a], &l.all[b]
	gap := between
	if v.box == nil || w.box == nil {
		gap = besideEdge
	}
	return (v.w+w.w)/2 + gap
}

// pack puts the vertices of each layer side by side, the layers in the middle.
func (l *layering) pack() {
	for _, layer := range l.layers {
		x := 0
		for i, v := range layer {
			if i > 0 {
				x += l.apart(layer[i-1], v)
			}
			l.all[v].x = x
		}
		for _, v := range layer {
			l.all[v].x -= x / 2
		}
	}
}

// align moves each vertex towards its neighbours as far as those beside it let it:
// towards those above and below in turn, and in the end towards both.
func (l *layering) align(round int) {
	layers := l.layers
	for i := range layers {
		layer := layers[i]
		if round%2 == 1 {
			layer = layers[len(layers)-1-i]
		}
		wish, weight := make([]int, len(layer)), make([]int, len(layer))
		for k, v := range layer {
			sum, total := 0, 0
			pull := func(near []int) {
				for _, w := range near {
					n := 1
					switch {
					case l.all[v].box == nil && l.all[w].box == nil:
						n = 8
					case l.all[v].box == nil || l.all[w].box == nil:
						n = 3
					}
					sum, total = sum+n*l.all[w].x, total+n
				}
			}
			if round%2 == 0 || round > 7 {
				pull(l.all[v].up)
			}
			if round%2 == 1 || round > 7 {
				pull(l.all[v].down)
			}
			if total == 0 {
				sum, total = l.all[v].x, 1
			}
			wish[k], weight[k] = sum/total, total
		}
		for k, x := range settle(wish, weight, func(i int) int { return l.apart(layer[i], layer[i+1]) }) {
			l.all[layer[k]].x = x
		}
	}
}

// settle gives places as near as can be to the wishes, by weight and by the squares of
// the distances, of which each is as far right of the one before as apart says.
func settle(wish, weight []int, apart func(i int) int) []int {
	type block struct{ sum, weight, n int }
	var blocks []block
	offset := make([]int, len(wish))
	for i := range wish {
		if i > 0 {
			offset[i] = offset[i-1] + apart(i-1)
		}
		blocks = append(blocks, block{(wish[i] - offset[i]) * weight[i], weight[i], 1})
		for n := len(blocks); n > 1 && blocks[n-2].sum*blocks[n-1].weight > blocks[n-1].sum*blocks[n-2].weight; n-- {
			a, b := blocks[n-2], blocks[n-1]
			blocks = append(blocks[:n-2], block{a.sum + b.sum, a.weight + b.weight, a.n + b.n})
		}
	}
	places := make([]int, 0, len(wish))
	for _, b := range blocks {
		at := b.sum / b.weight
		if b.sum%b.weight < 0 {
			at-- // downwards for all, so that blocks keep their order
		}
		for range b.n {
			places = append(places, at+offset[len(places)])
		}
	}
	return places
}

// straighten brings the places of an edge below each other where there is room, and
// below or above one of its ends if that can be.
func (l *layering) straighten() {
	for _, c := range l.edges {
		way := c.via[1 : len(c.via)-1]
		if len(way) == 0 {
			continue
		}
		low, high, sum := -1<<60, 1<<60, 0
		for _, v := range way {
			layer, i := l.layers[l.all[v].layer], l.all[v].index
			if i > 0 {
				low = max(low, l.all[layer[i-1]].x+l.apart(layer[i-1], v))
			}
			if i+1 < len(layer) {
				high = min(high, l.all[layer[i+1]].x-l.apart(v, layer[i+1]))
			}
			sum += l.all[v].x
		}
		if low > high {
			continue
		}
		x := sum / len(way)
		for _, end := range []int{c.via[len(c.via)-1], c.via[0]} { // within the width of an end
			v := &l.all[end]
			x = min(max(x, v.x-v.w/2+padX), v.x+v.w/2-padX)
		}
		x = min(max(x, low), high)
		for _, v := range way {
			l.all[v].x = x
		}
	}
}

// port is where an edge leaves the node above and meets the one below.
type port struct{ from, to int }

// ports chooses them along the nodes, in the order in which the edges come: straight
// above or below where that lies within the node.
func (l *layering) ports() []port {
	out, in := make([][]int, l.nodes), make([][]int, l.nodes)
	for i, c := range l.edges {
		out[c.via[0]] = append(out[c.via[0]], i)
		in[c.via[len(c.via)-1]] = append(in[c.via[len(c.via)-1]], i)
	}
	ports := make([]port, len(l.edges))
	spread := func(v int, edges []int, next func(*chain) int, set func(i, x int)) {
		if len(edges) == 0 {
			return
		}
		n := &l.all[v]
		room := max(n.w/2-padX, 0)
		slices.SortStableFunc(edges, func(a, b int) int {
			return cmp.Compare(l.all[next(l.edges[a])].x, l.all[next(l.edges[b])].x)
		})
		gap := min(14*px, 2*room/max(1, len(edges)-1))
		wish, weight := make([]int, len(edges)), make([]int, len(edges))
		for k, i := range edges {
			wish[k], weight[k] = min(max(l.all[next(l.edges[i])].x, n.x-room), n.x+room), 1
		}
		places := settle(wish, weight, func(int) int { return gap })
		shift := min(0, n.x+room-places[len(places)-1])
		shift = max(shift, n.x-room-places[0])
		for k, i := range edges {
			set(i, places[k]+shift)
		}
	}
	for v := range l.nodes {
		spread(v, out[v], func(c *chain) int { return c.via[1] }, func(i, x int) { ports[i].from = x })
		spread(v, in[v], func(c *chain) int { return c.via[len(c.via)-2] }, func(i, x int) { ports[i].to = x })
	}
	return ports
}

// rows gives the upper end and the height of each layer. Where edges lead far to the
// side the layers are further apart.
func (l *layering) rows(ports []port) (tops, heights []int) {
	shift := make([]int, len(l.layers))
	for i, c := range l.edges {
		x := ports[i].from
		for k, v := range c.via[1:] {
			next := l.all[v].x
			if k == len(c.via)-2 {
				next = ports[i].to
			}
			shift[l.all[v].layer] = max(shift[l.all[v].layer], next-x, x-next)
			x = next
		}
	}
	y := 0
	for i, layer := range l.layers {
		h := 0
		for _, v := range layer {
			h = max(h, l.all[v].h)
		}
		if i > 0 {
			gap := layerGap / 2
			if i%2 == 0 || h > 0 {
				gap = layerGap
			}
			y += gap + min(shift[i]/10, 50*px)
		}
		tops, heights = append(tops, y), append(heights, h)
		y += h
	}
	return tops, heights
}

// lead gives the way of an edge.
func (l *layering) lead(c *chain, p port, tops, heights []int) *line {
	way := &line{edge: c.edge, up: c.up}
	add := func(x, y int) { way.points = append(way.points, point{x, y}) }
	for i, v := range c.via {
		n := &l.all[v]
		top, bottom := tops[n.layer], tops[n.layer]+heights[n.layer]
		switch i {
		case 0:
			add(p.from, n.box.y+n.h)
			add(p.from, bottom)
		case len(c.via) - 1:
			add(p.to, top)
			add(p.to, n.box.y)
		default:
			add(n.x, top)
			add(n.x, bottom)
			if n.labelled {
				way.label, way.labelW = point{n.x - n.w/2, top + (heights[n.layer]-n.h)/2}, n.w
			}
		}
	}
	return way
}
