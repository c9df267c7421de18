package alloc

import "slices"

// plan is a placement as it is made.
type plan struct {
	devices  []Device
	requests []Request
	got      [][]place // of each request; nil where it has none yet
	free     []int64   // memory of each device
	shares   []Share   // given out of it
	holds    [][]int   // the requests that are on it
	instance []uint64  // its MIG instances that are taken, as bits
	apart    bool      // some requests are to be apart
	steps    int       // how many more ways may be tried
}

// place is part of a device.
type place struct {
	device, mig int // mig is -1 for none
	memory      int64
	share       Share
}

func newPlan(devices []Device, requests []Request) *plan {
	p := &plan{
		devices: devices, requests: requests, got: make([][]place, len(requests)), free: make([]int64, len(devices)),
		shares: make([]Share, len(devices)), holds: make([][]int, len(devices)), instance: make([]uint64, len(devices)),
	}
	for i, d := range devices {
		p.free[i] = d.Memory
	}
	p.apart = slices.ContainsFunc(requests, func(r Request) bool { return len(r.Apart) > 0 })
	return p
}

func (p *plan) put(request int, places ...place) {
	p.got[request] = places
	for _, at := range places {
		p.holds[at.device] = append(p.holds[at.device], request)
		if at.mig >= 0 {
			p.instance[at.device] |= 1 << at.mig
			continue
		}
		p.free[at.device] -= at.memory
		p.shares[at.device] += at.share
	}
}

// take undoes the last put.
func (p *plan) take(request int) {
	for _, at := range p.got[request] {
		p.holds[at.device] = p.holds[at.device][:len(p.holds[at.device])-1]
		if at.mig >= 0 {
			p.instance[at.device] &^= 1 << at.mig
			continue
		}
		p.free[at.device] += at.memory
		p.shares[at.device] -= at.share
	}
	p.got[request] = nil
}

// usable tells whether a device may be given to a request at all.
func (p *plan) usable(d int, r *Request) bool {
	if p.devices[d].Lost != "" || len(p.devices[d].MIG) > 0 || r.UUID != "" && r.UUID != p.devices[d].UUID {
		return false
	}
	return p.mayJoin(d, r)
}

// mayJoin tells whether all that is on a device bears a request beside it.
func (p *plan) mayJoin(d int, r *Request) bool {
	return !p.apart || !slices.ContainsFunc(p.holds[d], func(other int) bool { return r.apart(&p.requests[other]) })
}

// part gives the part of a device that a request would get.
func (p *plan) part(d int, r *Request) (place, bool) {
	at := place{device: d, mig: -1, memory: r.need(&p.devices[d]), share: r.Share}
	return at, at.memory <= p.free[d] && at.share <= Whole-p.shares[d] && p.usable(d, r)
}

// all gives the whole of a device that nobody has.
func (p *plan) all(d int, r *Request) (place, bool) {
	return place{device: d, mig: -1, memory: p.devices[d].Memory, share: Whole}, len(p.holds[d]) == 0 && p.usable(d, r)
}

// choices calls yield with every way to place a request on the first devices, the first
// ones first, until it says that it has enough.
func (p *plan) choices(request, devices int, yield func(...place) bool) {
	r := &p.requests[request]
	if r.UUID != "" {
		devices = len(p.devices) // it has no choice
	}
	switch {
	case r.Profile != "" || p.namesMIG(r):
		p.migs(r, devices, yield)
	case r.whole() > 0:
		p.rows(r, 0, devices, nil, yield)
	default:
		for d := range devices {
			if at, ok := p.part(d, r); ok && (r.UUID != "" || !p.twin(d)) && !yield(at) {
				return
			}
		}
	}
}

// namesMIG tells whether a request names a MIG instance.
func (p *plan) namesMIG(r *Request) bool {
	return r.UUID != "" && slices.ContainsFunc(p.devices, func(d Device) bool {
		return slices.ContainsFunc(d.MIG, func(m MIG) bool { return m.UUID == r.UUID })
	})
}

// twin tells whether a device is as good as an earlier one, of which nothing is taken
// either.
func (p *plan) twin(d int) bool {
	if len(p.holds[d]) > 0 {
		return false
	}
	for e := range d {
		a, b := &p.devices[e], &p.devices[d]
		if len(p.holds[e]) == 0 && a.Lost == "" && len(a.MIG) == 0 && a.Memory == b.Memory && len(a.Links) == 0 && len(b.Links) == 0 {
			return true
		}
	}
	return false
}

func (p *plan) migs(r *Request, devices int, yield func(...place) bool) {
	for d := range devices {
		if p.devices[d].Lost != "" || !p.mayJoin(d, r) {
			continue
		}
		for i, m := range p.devices[d].MIG {
			if i == 64 || r.Profile != "" && m.Profile != r.Profile || p.instance[d]&(1<<i) != 0 || r.UUID != "" && r.UUID != m.UUID && r.UUID != p.devices[d].UUID {
				continue
			}
			if !yield(place{device: d, mig: i, memory: m.Memory}) {
				return
			}
			if r.UUID == "" {
				break // the device's others of this profile are the same
			}
		}
	}
}

// rows calls yield with every set of whole devices that adds to the places chosen.
func (p *plan) rows(r *Request, from, devices int, chosen []place, yield func(...place) bool) bool {
	if len(chosen) == r.whole() {
		return yield(slices.Clone(chosen)...)
	}
	for d := from; d < devices; d++ {
		if p.steps--; p.steps <= 0 {
			return false
		}
		at, ok := p.all(d, r)
		if !ok || r.Linked && !p.linked(d, chosen) {
			continue
		}
		if len(chosen) == 0 && r.whole() == 1 && r.UUID == "" && p.twin(d) {
			continue
		}
		if !p.rows(r, d+1, devices, append(chosen, at), yield) {
			return false
		}
	}
	return true
}

// linked tells whether NVLink joins a device with all those chosen.
func (p *plan) linked(d int, chosen []place) bool {
	for _, at := range chosen {
		a, b := &p.devices[d], &p.devices[at.device]
		if !slices.Contains(a.Links, b.UUID) && !slices.Contains(b.Links, a.UUID) {
			return false
		}
	}
	return true
}

// row is how many devices, from the first, have something on them that chose them.
func (p *plan) row() int {
	row := 0
	for i, places := range p.got {
		for _, at := range places {
			if p.requests[i].UUID == "" {
				row = max(row, at.device+1)
			}
		}
	}
	return row
}

func (p *plan) parts() [][]Part {
	out := make([][]Part, len(p.got))
	for i, places := range p.got {
		for _, at := range places {
			part := Part{Device: p.devices[at.device].UUID, Memory: at.memory}
			if at.mig >= 0 {
				part.MIG = p.devices[at.device].MIG[at.mig].UUID
			}
			out[i] = append(out[i], part)
		}
	}
	return out
}
