package alloc

import (
	"cmp"
	"slices"
)

// inOrder places the requests one after the other, each where it first fits or, spread, where
// the least is taken. It gives the first request that fits nowhere, or -1.
func (p *plan) inOrder(spread bool) int {
	failed := -1
	for i := range p.requests {
		var best []place
		least := 2.0
		p.steps = rowSteps
		p.choices(i, len(p.devices), func(at ...place) bool {
			taken := p.taken(at[0].device)
			if best == nil || taken < least {
				best, least = at, taken
			}
			return spread && len(at) == 1
		})
		if best == nil {
			if failed < 0 {
				failed = i
			}
			continue // the others are placed for the table of what is missing
		}
		p.put(i, best...)
	}
	return failed
}

// taken is how much of a device is given out, from 0 to 1.
func (p *plan) taken(d int) float64 {
	if migs := len(p.devices[d].MIG); migs > 0 {
		return float64(len(p.holds[d])) / float64(migs)
	}
	return max(1-float64(p.free[d])/float64(p.devices[d].Memory), float64(p.shares[d])/float64(Whole))
}

// Bounds of the search, in ways that are tried. What is found is right all the same; that
// there is nothing better is not proven beyond them.
const (
	maxSteps = 20_000 // in all
	rowSteps = 5_000  // for a row of devices
)

// search looks for the shortest row of devices, of at most limit, that holds all requests;
// nil for none.
func search(devices []Device, requests []Request, limit int) *plan {
	left := maxSteps
	for row := range limit + 1 {
		most := largest(devices[:row])
		if wanted(requests, most) > usable(devices[:row])+1e-6 {
			continue
		}
		order := make([]int, len(requests))
		for i := range order {
			order[i] = i
		}
		// What lies behind the row has no say in the order: it could move what is in it.
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(requests[b].weight(most), requests[a].weight(most)) })
		p := newPlan(devices, requests)
		p.steps = min(left, rowSteps)
		if left -= p.steps; p.fill(order, 0, row) {
			return p
		}
	}
	return nil
}

// largest is the memory of the largest device.
func largest(devices []Device) int64 {
	most := int64(1)
	for i := range devices {
		most = max(most, devices[i].Memory)
	}
	return most
}

// weight orders requests by how hard they are to place; most is the memory of the largest
// device.
func (r *Request) weight(most int64) float64 {
	switch {
	case r.UUID != "":
		return 1e9
	case r.Profile != "":
		return 1e8
	case r.whole() > 0 && r.Linked:
		return 1e6 * float64(r.whole())
	case r.whole() > 0:
		return 1e3 * float64(r.whole())
	}
	return r.part(most)
}

// part is how much of a device a request takes at least, for which the largest has most.
func (r *Request) part(most int64) float64 {
	return float64(r.Share)/float64(Whole) + float64(r.Memory)/float64(most)
}

// wanted is how many devices the requests take together at least.
func wanted(requests []Request, most int64) (n float64) {
	for i := range requests {
		if r := &requests[i]; r.UUID == "" && r.Profile == "" {
			n += float64(r.whole()) + r.part(most)
		}
	}
	return n
}

// usable is how many of the devices may be given out.
func usable(devices []Device) (n float64) {
	for i := range devices {
		if devices[i].Lost == "" && len(devices[i].MIG) == 0 {
			n++
		}
	}
	return n
}

// fill places the requests from the n-th of the order on; false where the row of devices
// does not hold them, and where too much was tried.
func (p *plan) fill(order []int, n, row int) (done bool) {
	if n == len(order) {
		return true
	}
	request, from := order[n], 0
	if n > 0 && p.alike(order[n-1], request) { // else each order of equal ones is tried
		from = p.got[order[n-1]][0].device
	}
	p.choices(request, row, func(at ...place) bool {
		if p.steps--; p.steps <= 0 {
			return false
		}
		if at[0].device < from {
			return true
		}
		p.put(request, at...)
		if done = p.fill(order, n+1, row); done {
			return false
		}
		p.take(request)
		return true
	})
	return done
}

// alike tells whether two requests differ in nothing but their instances.
func (p *plan) alike(a, b int) bool {
	x, y := p.requests[a], p.requests[b]
	return x.Runner == y.Runner && x.Devices == y.Devices && x.Share == y.Share && x.Memory == y.Memory &&
		x.Profile == y.Profile && x.UUID == y.UUID && x.Linked == y.Linked && slices.Equal(x.Apart, y.Apart)
}

// overcommit places what fits nowhere, from the request failed on, where the least is
// taken; false where there is no device for it at all.
func (p *plan) overcommit(failed int) bool {
	for i := failed; i < len(p.requests); i++ {
		if p.got[i] != nil {
			continue
		}
		r := &p.requests[i]
		if r.Profile != "" || p.namesMIG(r) || r.Linked {
			return false
		}
		var usable []int
		for d := range p.devices {
			if p.usable(d, r) {
				usable = append(usable, d)
			}
		}
		slices.SortStableFunc(usable, func(a, b int) int { return cmp.Compare(p.taken(a), p.taken(b)) })
		n := max(1, r.whole())
		if len(usable) < n {
			return false
		}
		var at []place
		for _, d := range usable[:n] {
			part := place{device: d, mig: -1, memory: r.need(&p.devices[d]), share: r.Share}
			if r.whole() > 0 {
				part.memory, part.share = p.devices[d].Memory, Whole
			}
			at = append(at, part)
		}
		p.put(i, at...)
	}
	return true
}
