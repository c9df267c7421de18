package metrics

import (
	"math"
	"slices"
	"strconv"
	"sync/atomic"
)

// Counter counts up.
type Counter struct{ n atomic.Uint64 }

// Inc adds one.
func (c *Counter) Inc() { c.n.Add(1) }

// Add adds n.
func (c *Counter) Add(n uint64) { c.n.Add(n) }

// Value is the count.
func (c *Counter) Value() uint64 { return c.n.Load() }

func (c *Counter) write(b []byte, name, labels string) []byte {
	return sample(b, name, labels, float64(c.n.Load()))
}

// Gauge is a value that goes up and down.
type Gauge struct{ bits atomic.Uint64 }

// Set sets the value.
func (g *Gauge) Set(v float64) { g.bits.Store(math.Float64bits(v)) }

// Add adds v, which may be negative.
func (g *Gauge) Add(v float64) { addFloat(&g.bits, v) }

// Value is the value.
func (g *Gauge) Value() float64 { return math.Float64frombits(g.bits.Load()) }

func (g *Gauge) write(b []byte, name, labels string) []byte {
	return sample(b, name, labels, g.Value())
}

// level is a gauge of whole things that come and go.
type level struct{ n atomic.Int64 }

func (l *level) write(b []byte, name, labels string) []byte {
	return sample(b, name, labels, float64(l.n.Load()))
}

// countOf is a counter of what a histogram counts already.
type countOf struct{ h *Histogram }

func (c countOf) write(b []byte, name, labels string) []byte {
	return sample(b, name, labels, float64(c.h.Count()))
}

// always is a histogram of a value that is the same whenever another one counts.
type always struct {
	value  float64
	bounds []float64
	when   *Histogram
}

func (a always) write(b []byte, name, labels string) []byte {
	h, n := newHistogram(a.bounds), a.when.Count()
	h.counts[h.bucket(a.value)].Store(n)
	addFloat(&h.sum, a.value*float64(n))
	return h.write(b, name, labels)
}

// Histogram counts values by size.
type Histogram struct {
	bounds []float64
	counts []atomic.Uint64 // one more than bounds, not cumulative
	sum    atomic.Uint64   // bits of a float64
}

func newHistogram(bounds []float64) *Histogram {
	return &Histogram{bounds: slices.Clone(bounds), counts: make([]atomic.Uint64, len(bounds)+1)}
}

// Observe counts v.
func (h *Histogram) Observe(v float64) {
	h.counts[h.bucket(v)].Add(1)
	addFloat(&h.sum, v)
}

func (h *Histogram) bucket(v float64) int {
	i := 0
	for i < len(h.bounds) && v > h.bounds[i] {
		i++
	}
	return i
}

// Count is how many values were counted.
func (h *Histogram) Count() uint64 {
	n := uint64(0)
	for i := range h.counts {
		n += h.counts[i].Load()
	}
	return n
}

func (h *Histogram) write(b []byte, name, labels string) []byte {
	sep := ""
	if labels != "" {
		sep = ","
	}
	total := uint64(0)
	for i := range h.counts {
		total += h.counts[i].Load()
		le := "+Inf"
		if i < len(h.bounds) {
			le = formatBound(h.bounds[i])
		}
		b = sample(b, name+"_bucket", labels+sep+`le="`+le+`"`, float64(total))
	}
	b = sample(b, name+"_sum", labels, math.Float64frombits(h.sum.Load()))
	return sample(b, name+"_count", labels, float64(total))
}

// formatBound writes 1 as 1.0, as the Python client of Prometheus does: the
// label's text is what a query compares.
func formatBound(v float64) string {
	s := strconv.FormatFloat(v, 'g', -1, 64)
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		s = strconv.FormatFloat(v, 'f', 1, 64)
	}
	return s
}

func addFloat(bits *atomic.Uint64, v float64) {
	for {
		old := bits.Load()
		if bits.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+v)) {
			return
		}
	}
}
