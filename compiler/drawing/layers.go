package drawing

import (
	"cmp"
	"slices"
)

// vertex is what has a place in a layer: a node, or an edge on its way through.
type vertex struct {
	box  *box // nil for a place of an edge
	edge *Edge
	// labelled is the place of an edge at which its labels are.
	labelled bool
	w, h     int

	layer, index int
	x            int   // of the middle
	up, down     []int // neighbours in the layers above and below
}

// layering places one drawing of which all parts hang together. Nodes are in the even
// layers, the labels of edges in the odd ones.
type layering struct {
	all    []vertex
	nodes  int // the first of all are the nodes
	edges  []*chain
	layers [][]int
}

// chain is an edge on its way down: the vertices that it leads through, its ends among
// them.
type chain struct {
	edge *Edge
	via  []int
	up   bool // it leads upwards
}

func newLayering(d *Drawing) *layering {
	l := &layering{nodes: len(d.Nodes)}
	index := make(map[string]int, len(d.Nodes))
	for i, n := range d.Nodes {
		index[n.Path] = i
		b := newBox(n)
		b.w += b.w % 2 // so that it has a middle
		l.all = append(l.all, vertex{box: b, w: b.w, h: b.h})
	}
	for _, e := range d.Edges {
		if e.From != e.To {
			l.edges = append(l.edges, &chain{edge: e, via: []int{index[e.From], index[e.To]}})
		}
	}
	l.breakCircles()
	l.assign()
	l.connect()
	return l
}

// outgoing gives the edges that leave each node.
func (l *layering) outgoing() [][]*chain {
	out := make([][]*chain, l.nodes)
	for _, c := range l.edges {
		out[c.via[0]] = append(out[c.via[0]], c)
	}
	return out
}

// breakCircles turns edges round that close a circle: a bento has none, two joined may.
func (l *layering) breakCircles() {
	out := l.outgoing()
	state := make([]int, l.nodes) // 1 while its successors are visited, 2 after that
	var visit func(int)
	visit = func(v int) {
		state[v] = 1
		for _, c := range out[v] {
			switch state[c.via[1]] {
			case 0:
				visit(c.via[1])
			case 1:
				c.up = true
			}
		}
		state[v] = 2
	}
	for v := range state {
		if state[v] == 0 {
			visit(v)
		}
	}
	for _, c := range l.edges {
		if c.up {
			slices.Reverse(c.via)
		}
	}
}

// assign chooses the layers of the nodes: each below those it has edges from, no layer
// much wider than the whole is high, and what stands above without need pulled down.
func (l *layering) assign() {
	out := l.outgoing()
	waits := make([]int, l.nodes)
	area := 0
	for v := range l.nodes {
		for _, c := range out[v] {
			waits[c.via[1]]++
		}
		area += (l.all[v].w + between) / px * (l.all[v].h + 4*layerGap) / px
	}
	limit := max(1500*px, root(area*2)*px)
	var ready, order []int
	for v := range l.nodes {
		if waits[v] == 0 {
			ready = append(ready, v)
		}
	}
	var widths []int
	for len(ready) > 0 {
		v := ready[0]
		ready = ready[1:]
		order = append(order, v)
		layer := &l.all[v].layer
		for ; *layer < len(widths) && widths[*layer] > 0 && widths[*layer]+l.all[v].w > limit; *layer++ {
		}
		for *layer >= len(widths) {
			widths = append(widths, 0)
		}
		widths[*layer] += l.all[v].w + between
		for _, c := range out[v] {
			to := c.via[1]
			l.all[to].layer = max(l.all[to].layer, *layer+1)
			if waits[to]--; waits[to] == 0 {
				ready = append(ready, to)
			}
		}
	}
	l.pullDown(order, out, widths, limit)
	for v := range l.nodes {
		l.all[v].layer *= 2
	}
}

// pullDown moves nodes that have more edges below them than above next to those.
func (l *layering) pullDown(order []int, out [][]*chain, widths []int, limit int) {
	in := make([]int, l.nodes)
	for _, c := range l.edges {
		in[c.via[1]]++
	}
	for _, v := range slices.Backward(order) {
		if len(out[v]) == 0 || in[v] >= len(out[v]) {
			continue
		}
		low := len(widths)
		for _, c := range out[v] {
			low = min(low, l.all[c.via[1]].layer-1)
		}
		for ; low > l.all[v].layer; low-- {
			if widths[low]+l.all[v].w <= limit {
				widths[l.all[v].layer] -= l.all[v].w + between
				widths[low] += l.all[v].w + between
				l.all[v].layer = low
				break
			}
		}
	}
}

// connect gives edges a place in each layer that they lead through, and labels one of
// these.
func (l *layering) connect() {
	in, out := make([]int, l.nodes), make([]int, l.nodes)
	for _, c := range l.edges {
		out[c.via[0]]++
		in[c.via[1]]++
	}
	for _, c := range l.edges {
		from, to := c.via[0], c.via[1]
		w, h := c.edge.labelBox()
		labelAt := l.all[to].layer - 1
		if in[to] > 1 && out[from] == 1 {
			labelAt = l.all[from].layer + 1
		}
		via := []int{from}
		for layer := l.all[from].layer + 1; layer < l.all[to].layer; layer++ {
			v := vertex{edge: c.edge, layer: layer, w: 2 * px}
			if layer == labelAt && h > 0 {
				v.w, v.h, v.labelled = w+w%2, h, true
			}
			l.all = append(l.all, v)
			via = append(via, len(l.all)-1)
		}
		c.via = append(via, to)
		for i := 1; i < len(c.via); i++ {
			a, b := c.via[i-1], c.via[i]
			l.all[a].down = append(l.all[a].down, b)
			l.all[b].up = append(l.all[b].up, a)
		}
	}
	depth := 0
	for i := range l.all {
		depth = max(depth, l.all[i].layer+1)
	}
	l.layers = make([][]int, depth)
	for _, i := range l.depthFirst() {
		v := &l.all[i]
		v.index = len(l.layers[v.layer])
		l.layers[v.layer] = append(l.layers[v.layer], i)
	}
}

// depthFirst is the order to begin with: what follows from a node lies beside it.
func (l *layering) depthFirst() (order []int) {
	seen := make([]bool, len(l.all))
	var visit func(int)
	visit = func(v int) {
		if seen[v] {
			return
		}
		seen[v] = true
		order = append(order, v)
		for _, w := range l.all[v].down {
			visit(w)
		}
	}
	tops := make([]int, 0, l.nodes)
	for v := range l.nodes {
		if len(l.all[v].up) == 0 {
			tops = append(tops, v)
		}
	}
	slices.SortStableFunc(tops, func(a, b int) int { return cmp.Compare(l.all[a].layer, l.all[b].layer) })
	for _, v := range tops {
		visit(v)
	}
	for v := range l.all {
		visit(v)
	}
	return order
}
