// Package cost learns how long runs take, from the runs that there are.
//
// The time t(x) of a run of the work x (items, or what their cost is declared to be
// counted in) is the median of the last few runs of about that work, where there are
// some, and a line through these medians elsewhere. So a pause of the collector, a
// first run that is slow, or a clock that jumps changes nothing by itself, and a cost
// that changes for good is learned within a few runs of each size.
//
// Before two sizes have been seen, t is taken to be the same for all: batches are
// believed to be worth it until they turn out not to be.
package cost

import (
	"math"
	"slices"
	"time"
)

const (
	// depth is how many runs of a size are kept.
	depth = 9
	// perOctave is how many sizes between n and 2n are told apart.
	perOctave = 8
	// memory is after how many runs a size that has not been run counts half.
	memory = 128
	// maxCells bounds what is kept of sizes.
	maxCells = 128
	// trusted is how many runs of a size say something by themselves: of two, the less
	// counts, since whatever disturbs a run makes it longer.
	trusted = 2
	// longest is the longest time that is believed.
	longest = 24 * time.Hour
)

// Model is what is known of the runs of one runner. The zero Model knows nothing. Its
// methods are not to be called at the same time.
type Model struct {
	cells []*cell // by place
	runs  uint64

	fixed, each float64 // the line: seconds, and seconds for a unit of work
	fitted      uint64  // runs when it was drawn

	slowdown ring    // by how much a run beside this one slows it down
	stretch  float64 // mean of the times over the medians; 0: not known
}

// cell is the runs of about one size.
type cell struct {
	place int
	work  float64 // mean
	ring  ring    // seconds, as if alone
	last  uint64  // the run
}

// place numbers sizes: perOctave for each factor of two, so that the first few
// numbers of items have one each.
func place(work float64) int { return int(math.Round(perOctave * math.Log2(work))) }

// Ran notes a run of work, which took so long while beside others ran, on average.
// What cannot be is ignored.
func (m *Model) Ran(work, beside float64, took time.Duration) {
	if !(work > 0) || math.IsInf(work, 0) || took <= 0 || took > longest || !(beside >= 0) || math.IsInf(beside, 0) {
		return
	}
	m.runs++
	seconds := took.Seconds()
	if p := m.predict(work); p > 0 && m.cellAt(place(work)).known() {
		m.note(seconds/p, beside)
	}
	m.into(place(work), work, seconds/(1+m.slowed()*min(beside, 64)))
}

// note learns how other runs slow one down, and how times lie above their median.
func (m *Model) note(ratio, beside float64) {
	if beside > 0.5 {
		m.slowdown.add(min(max((ratio-1)/beside, 0), 4))
	}
	if m.stretch == 0 {
		m.stretch = 1
	}
	m.stretch += (min(ratio, 16) - m.stretch) / 32
}

// slowed is the part by which one run beside another slows it down.
func (m *Model) slowed() float64 {
	if m.slowdown.n < depth {
		return 0
	}
	return m.slowdown.median()
}

func (m *Model) into(at int, work, seconds float64) {
	i, found := slices.BinarySearchFunc(m.cells, at, func(c *cell, at int) int { return c.place - at })
	if !found {
		if len(m.cells) >= maxCells {
			m.forget()
			m.into(at, work, seconds)
			return
		}
		m.cells = slices.Insert(m.cells, i, &cell{place: at, work: work})
	}
	c := m.cells[i]
	c.work += (work - c.work) / float64(min(c.ring.n+1, depth))
	c.ring.add(seconds)
	c.last = m.runs
}

// forget drops the size that was run longest ago.
func (m *Model) forget() {
	oldest := 0
	for i, c := range m.cells {
		if c.last < m.cells[oldest].last {
			oldest = i
		}
	}
	m.cells = slices.Delete(m.cells, oldest, oldest+1)
}

// Runs is how many runs were noted.
func (m *Model) Runs() uint64 { return m.runs }

// Time is how long a run of work takes when it is alone; 0 where nothing is known.
func (m *Model) Time(work float64) time.Duration { return duration(m.predict(work)) }

// Mean is how long runs of work take on average, at times like these: with what else
// takes the cores away from them.
func (m *Model) Mean(work float64) time.Duration {
	return duration(m.predict(work) * max(m.stretch, 1))
}

// Stretch is the mean of the times of runs over their medians: above 1 where something
// takes the cores away from them now and then.
func (m *Model) Stretch() float64 { return max(m.stretch, 1) }

func duration(seconds float64) time.Duration {
	if !(seconds > 0) {
		return 0
	}
	return time.Duration(min(seconds, longest.Seconds()) * float64(time.Second))
}

func (m *Model) predict(work float64) float64 {
	if len(m.cells) == 0 || !(work > 0) {
		return 0
	}
	m.fit()
	return (m.fixed + m.each*work) * m.ratio(work)
}

// ratio is how the sizes beside work lie to the line.
func (m *Model) ratio(work float64) float64 {
	at := place(work)
	i, found := slices.BinarySearchFunc(m.cells, at, func(c *cell, at int) int { return c.place - at })
	switch {
	case found:
		return m.ratioOf(m.cells[i])
	case i == 0:
		return m.ratioOf(m.cells[0])
	case i == len(m.cells):
		return m.ratioOf(m.cells[i-1])
	}
	a, b := m.cells[i-1], m.cells[i]
	part := float64(at-a.place) / float64(b.place-a.place)
	return m.ratioOf(a)*(1-part) + m.ratioOf(b)*part
}

// ratioOf believes a size the more, the more runs there were.
func (m *Model) ratioOf(c *cell) float64 {
	line := m.fixed + m.each*c.work
	if !(line > 0) {
		return 1
	}
	w := c.weight(m.runs) * depth
	return (w*c.ring.median()/line + trusted) / (w + trusted)
}

// weight falls with the runs since the last one of this size.
func (c *cell) weight(now uint64) float64 {
	return float64(c.ring.n) / depth * math.Exp2(-float64(now-c.last)/memory)
}

func (m *Model) cellAt(at int) *cell {
	i, found := slices.BinarySearchFunc(m.cells, at, func(c *cell, at int) int { return c.place - at })
	if !found {
		return nil
	}
	return m.cells[i]
}

func (c *cell) known() bool { return c != nil && c.ring.n >= trusted }

// fit draws the line for which the relative errors of the medians are least, without
// a negative part.
func (m *Model) fit() {
	if m.fitted != 0 && m.runs < m.fitted+min(m.runs/8, 16) {
		return // a few runs more change little
	}
	m.fitted = max(m.runs, 1)
	// Of each size: u = 1/t, v = x/t; fixed·u + each·v should be 1.
	var uu, uv, vv, u1, v1 float64
	sure := 0
	for _, c := range m.cells {
		if c.known() {
			sure++
		}
	}
	for _, c := range m.cells {
		if sure > 0 && !c.known() {
			continue
		}
		w, t := c.weight(m.runs)+1e-9, c.ring.median()
		u, v := 1/t, c.work/t
		uu, uv, vv, u1, v1 = uu+w*u*u, uv+w*u*v, vv+w*v*v, u1+w*u, v1+w*v
	}
	det := uu*vv - uv*uv
	if sure < 2 || !(det > 1e-9*uu*vv) {
		m.fixed, m.each = u1/uu, 0
		return
	}
	m.fixed, m.each = (u1*vv-v1*uv)/det, (v1*uu-u1*uv)/det
	switch {
	case m.each < 0:
		m.fixed, m.each = u1/uu, 0
	case m.fixed < 0:
		m.fixed, m.each = 0, v1/vv
	}
}

// ring is the last few of a kind of numbers.
type ring struct {
	n, next int
	values  [depth]float64
	mid     float64
}

func (r *ring) add(v float64) {
	r.values[r.next] = v
	r.next = (r.next + 1) % depth
	r.n = min(r.n+1, depth)
	sorted := r.values
	s := sorted[:r.n]
	slices.Sort(s)
	r.mid = s[(r.n-1)/2] // of two in the middle the less: noise only adds
}

func (r *ring) median() float64 { return r.mid }
