package main

import (
	"math"
	"math/rand/v2"
)

const (
	inputs  = side * side
	hidden  = 48
	outputs = 10
	batch   = 32
)

// layer is a matrix of weights, out × in, and a bias for each output.
type layer struct {
	in, out int
	w, b    []float64
	// What Adam remembers: mean and mean square of the slopes.
	gw, mw, vw []float64
	gb, mb, vb []float64
}

func newLayer(r *rand.Rand, in, out int) *layer {
	l := &layer{in: in, out: out}
	for _, p := range []*[]float64{&l.w, &l.gw, &l.mw, &l.vw} {
		*p = make([]float64, in*out)
	}
	for _, p := range []*[]float64{&l.b, &l.gb, &l.mb, &l.vb} {
		*p = make([]float64, out)
	}
	for i := range l.w {
		l.w[i] = r.NormFloat64() * math.Sqrt(2/float64(in))
	}
	return l
}

func (l *layer) forward(x, y []float64) {
	for o := range l.out {
		sum := l.b[o]
		row := l.w[o*l.in : (o+1)*l.in]
		for i, v := range x {
			sum += row[i] * v
		}
		y[o] = sum
	}
}

// backward adds to the slopes and gives those of the input in dx, unless nil.
func (l *layer) backward(x, dy, dx []float64) {
	clear(dx)
	for o, d := range dy {
		l.gb[o] += d
		row, slope := l.w[o*l.in:(o+1)*l.in], l.gw[o*l.in:(o+1)*l.in]
		for i, v := range x {
			slope[i] += d * v
		}
		for i := range dx {
			dx[i] += d * row[i]
		}
	}
}

// step moves the weights down the slopes, by Adam's rule.
func (l *layer) step(rate float64, t int) {
	adam(l.w, l.gw, l.mw, l.vw, rate, t)
	adam(l.b, l.gb, l.mb, l.vb, rate, t)
}

func adam(w, g, m, v []float64, rate float64, t int) {
	fixM, fixV := 1-math.Pow(0.9, float64(t)), 1-math.Pow(0.999, float64(t))
	for i := range w {
		s := g[i] / batch
		m[i] = 0.9*m[i] + 0.1*s
		v[i] = 0.999*v[i] + 0.001*s*s
		w[i] -= rate * m[i] / fixM / (math.Sqrt(v[i]/fixV) + 1e-8)
		g[i] = 0
	}
}

// network is a perceptron with one hidden layer.
type network struct {
	first, second *layer
	steps         int
	h, y, dh, dy  []float64
}

func newNetwork(r *rand.Rand) *network {
	return &network{first: newLayer(r, inputs, hidden), second: newLayer(r, hidden, outputs),
		h: make([]float64, hidden), dh: make([]float64, hidden), y: make([]float64, outputs), dy: make([]float64, outputs)}
}

// probabilities leaves those of each digit in n.y.
func (n *network) probabilities(x []float64) {
	n.first.forward(x, n.h)
	for i, v := range n.h {
		n.h[i] = max(v, 0)
	}
	n.second.forward(n.h, n.y)
	most, sum := math.Inf(-1), 0.0
	for _, v := range n.y {
		most = max(most, v)
	}
	for i, v := range n.y {
		n.y[i] = math.Exp(v - most)
		sum += n.y[i]
	}
	for i := range n.y {
		n.y[i] /= sum
	}
}

// learn goes once through the digits and gives the mean loss.
func (n *network) learn(r *rand.Rand, digits []digit, rate float64) float64 {
	loss := 0.0
	for i, at := range r.Perm(len(digits)) {
		d := &digits[at]
		n.probabilities(d.pixels[:])
		loss -= math.Log(n.y[d.is])
		copy(n.dy, n.y)
		n.dy[d.is]--
		n.second.backward(n.h, n.dy, n.dh)
		for j, v := range n.h {
			if v == 0 {
				n.dh[j] = 0
			}
		}
		n.first.backward(d.pixels[:], n.dh, nil)
		if i%batch == batch-1 {
			n.steps++
			n.first.step(rate, n.steps)
			n.second.step(rate, n.steps)
		}
	}
	return loss / float64(len(digits))
}

func (n *network) accuracy(digits []digit) float64 {
	right := 0
	for i := range digits {
		n.probabilities(digits[i].pixels[:])
		best := 0
		for j, v := range n.y {
			if v > n.y[best] {
				best = j
			}
		}
		if best == digits[i].is {
			right++
		}
	}
	return float64(right) / float64(len(digits))
}
