package drawing

import (
	"cmp"
	"slices"
)

// untangle orders the layers so that few edges cross: each vertex to the middle of its
// neighbours, from above and from below in turn, and then neighbours exchanged where
// that helps. It ends after some rounds and keeps the best.
func (l *layering) untangle() {
	rounds := 24
	if len(l.all) > 4000 {
		rounds = 8
	}
	best, least := l.order(), l.crossings()
	for round := 0; round < rounds && least > 0; round++ {
		if round%2 == 0 {
			for i := 1; i < len(l.layers); i++ {
				l.sortLayer(i, func(v *vertex) []int { return v.up })
			}
		} else {
			for i := len(l.layers) - 2; i >= 0; i-- {
				l.sortLayer(i, func(v *vertex) []int { return v.down })
			}
		}
		if len(l.all) <= 4000 {
			l.exchange()
		}
		if n := l.crossings(); n < least {
			best, least = l.order(), n
		}
	}
	for i, layer := range best {
		l.layers[i] = layer
		l.number(i)
	}
}

func (l *layering) order() [][]int {
	o := make([][]int, len(l.layers))
	for i, layer := range l.layers {
		o[i] = slices.Clone(layer)
	}
	return o
}

func (l *layering) number(layer int) {
	for i, v := range l.layers[layer] {
		l.all[v].index = i
	}
}

// sortLayer sorts a layer by the middle of its vertices' neighbours. A vertex without
// any stays behind the one that it is behind.
func (l *layering) sortLayer(layer int, neighbours func(*vertex) []int) {
	type middle struct{ v, sum, n int }
	list := make([]middle, 0, len(l.layers[layer]))
	last := middle{n: 1}
	for _, v := range l.layers[layer] {
		m := middle{v: v, sum: last.sum, n: last.n}
		if near := neighbours(&l.all[v]); len(near) > 0 {
			m.sum, m.n = 0, len(near)
			for _, w := range near {
				m.sum += l.all[w].index
			}
		}
		last = m
		list = append(list, m)
	}
	slices.SortStableFunc(list, func(a, b middle) int { return cmp.Compare(a.sum*b.n, b.sum*a.n) })
	for i, m := range list {
		l.layers[layer][i] = m.v
	}
	l.number(layer)
}

// crossings counts the crossings of edges between neighbouring layers.
func (l *layering) crossings() (total int) {
	for i := 1; i < len(l.layers); i++ {
		total += l.crossingsAbove(i)
	}
	return total
}

// crossingsAbove counts those between a layer and the one above: pairs of edges of
// which one begins further left and ends further right.
func (l *layering) crossingsAbove(layer int) (n int) {
	tree := make([]int, len(l.layers[layer])+1) // counts of ends so far, by index
	ends := 0
	for _, v := range l.layers[layer-1] {
		down := l.all[v].down
		at := make([]int, 0, len(down))
		for _, w := range down {
			at = append(at, l.all[w].index)
		}
		for _, i := range at {
			right := ends
			for k := i + 1; k > 0; k &= k - 1 {
				right -= tree[k]
			}
			n += right
		}
		for _, i := range at {
			for k := i + 1; k < len(tree); k += k & -k {
				tree[k]++
			}
		}
		ends += len(at)
	}
	return n
}

// exchange exchanges neighbours in a layer as long as that makes crossings fewer.
func (l *layering) exchange() {
	for better, rounds := true, 0; better && rounds < 8; rounds++ {
		better = false
		for _, layer := range l.layers {
			for i := 1; i < len(layer); i++ {
				a, b := layer[i-1], layer[i]
				if l.between(a, b) > l.between(b, a) {
					layer[i-1], layer[i] = b, a
					l.all[a].index, l.all[b].index = i, i-1
					better = true
				}
			}
		}
	}
}

// between counts the crossings of the edges of two neighbours, a on the left.
func (l *layering) between(a, b int) (n int) {
	for _, near := range [2]func(int) []int{func(v int) []int { return l.all[v].up }, func(v int) []int { return l.all[v].down }} {
		for _, x := range near(a) {
			for _, y := range near(b) {
				if l.all[x].index > l.all[y].index {
					n++
				}
			}
		}
	}
	return n
}
