package admit

import "slices"

// Reserve is memory of a budget that is kept for what may come, such as answers that may be
// asked for again, and is given up where a request needs it. Its methods may be called from
// many goroutines at once, but not from what gives it up.
type Reserve struct {
	memory *Memory
	drop   func()
}

// Reserve makes a reserve. Drop gives back all of it; it is called where a request would
// else not get its memory. Of a nil Memory it is a reserve without a limit.
func (m *Memory) Reserve(drop func()) *Reserve {
	r := &Reserve{memory: m, drop: drop}
	if m != nil {
		m.mu.Lock()
		m.reserves = append(m.reserves, r)
		m.mu.Unlock()
	}
	return r
}

// Take takes n bytes, and waits for nothing. It is false where less than half of the memory
// would be left for requests, or the process is short of it.
func (r *Reserve) Take(n int64) bool {
	m := r.memory
	if m == nil {
		return true
	}
	if limit := m.limit.Load(); m.most.Load() > 0 && m.used.Load()+n > limit/2 || m.pressure.Grade() > Calm {
		return false
	}
	return m.take(n)
}

// Give gives n bytes back.
func (r *Reserve) Give(n int64) {
	if r.memory != nil && n > 0 {
		r.memory.release(n)
	}
}

// Close ends the reserve, of which all has been given back.
func (r *Reserve) Close() {
	if m := r.memory; m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.reserves = slices.DeleteFunc(m.reserves, func(other *Reserve) bool { return other == r })
	}
}

// GiveUp has all reserves given back, and tells whether there are any.
func (m *Memory) GiveUp() bool {
	if m == nil {
		return false
	}
	m.mu.Lock()
	all := slices.Clone(m.reserves)
	m.mu.Unlock()
	for _, r := range all {
		r.drop()
	}
	return len(all) > 0
}
