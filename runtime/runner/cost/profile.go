package cost

import (
	"math"
	"time"
)

// Profile is what a [Model] knows, to be shown, and to begin with another time.
type Profile struct {
	Sizes    []Size  `json:"sizes,omitempty"`
	Fixed    float64 `json:"fixed"`    // seconds that a run takes, however small
	Each     float64 `json:"each"`     // seconds for each unit of work
	Slowdown float64 `json:"slowdown"` // the part by which one run beside another slows it down
}

// Size is what is known of runs of one size.
type Size struct {
	Work    float64 `json:"work"`    // items, or units of their cost
	Seconds float64 `json:"seconds"` // median of the last runs
	Runs    int     `json:"runs"`    // that it is of
}

// Profile gives what is known.
func (m *Model) Profile() Profile {
	p := Profile{Sizes: []Size{}, Slowdown: m.slowed()}
	if len(m.cells) > 0 {
		m.fit()
		p.Fixed, p.Each = m.fixed, m.each
	}
	for _, c := range m.cells {
		p.Sizes = append(p.Sizes, Size{c.work, c.ring.median(), c.ring.n})
	}
	return p
}

// Begin takes over what another process learned. It counts little, so that runs here
// overrule it soon.
func (m *Model) Begin(sizes []Size) {
	for _, s := range sizes {
		if s.Work > 0 && !math.IsInf(s.Work, 0) && s.Seconds > 0 && s.Seconds < longest.Seconds() {
			for range min(s.Runs, trusted) {
				m.Ran(s.Work, 0, time.Duration(s.Seconds*float64(time.Second)))
			}
		}
	}
}
