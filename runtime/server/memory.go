package server

import (
	"log/slog"
	"math"
	"os"
	"runtime/debug"
	gometrics "runtime/metrics"
	"strconv"
	"strings"
	"sync"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/metrics"
)

// memory is what the process may have, and what of it requests may take.
//
// The process may have what its services declare together, which the image says; where one
// of them declares nothing, what the cgroup lets it have. A tenth of that is for what nobody counts.
// Of the rest, requests may take what the process does not need for itself: that is
// measured when the runners are open, with the models in memory, and again before each
// large piece and after it, as what lies outside of Go's heap goes on changing: engines
// grow arenas while they work, and give those of large runs back when they were measured. By how much, for what requests held, is learned, and so
// much is kept free for them.
type memory struct {
	budget   *admit.Memory
	byHand   bool         // GOMEMLIMIT rules Go's heap
	declared int64        // what the services declare together, 0 for no limit
	cgroup   func() int64 // what the container has, 0 for no limit

	mu     sync.Mutex // guards what follows
	total  int64      // 0: no limit
	own    int64      // of Go, when the runners had opened
	models int64      // outside of Go, at that time
	forGo  int64      // Go's limit; 0 where none was set
	works  float64    // bytes that engines took at most for a byte that requests held

	shortage
}

func newMemory(declared int64, lookup func(string) (string, bool), cgroup func() int64) *memory {
	m := &memory{declared: declared, cgroup: cgroup}
	m.total = m.limit()
	_, m.byHand = lookup("GOMEMLIMIT")
	m.budget = admit.NewMemory(m.left, debug.FreeOSMemory)
	m.pressure = admit.NewPressure(m)
	m.budget.Watch(m.pressure)
	m.limitGo(0)
	return m
}

// limit is what the process may have; 0 where nobody says.
func (m *memory) limit() int64 {
	if inside := m.cgroup(); inside > 0 && (m.declared == 0 || inside < m.declared) {
		return inside
	}
	return m.declared
}

// cgroupLimit is how much memory the container has, 0 for no limit.
func cgroupLimit() int64 {
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		b, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
		if err == nil && n > 0 && n < 1<<50 { // else it is max
			return n
		}
		return 0
	}
	return 0
}

// usable is what is counted.
func (m *memory) usable() int64 { return m.total / 10 * 9 }

// floor is what requests may take in any case: a server whose models have more than
// was declared still answers small ones.
func (m *memory) floor() int64 { return m.total / 16 }

// settle measures what the process needs for itself, once runners have opened or closed
// for what it serves.
func (m *memory) settle(log *slog.Logger) {
	n := m.limit()
	if n > 0 {
		debug.FreeOSMemory()
	}
	inGo, outside := footprint()
	m.mu.Lock()
	m.total, m.own, m.models, m.works = n, max(inGo-m.budget.InUse(), 0), outside, 0
	taken := m.own + m.models
	hardly := n > 0 && m.usable()-taken < m.floor()
	m.mu.Unlock()
	if hardly {
		log.Warn("the process needs nearly all of its memory for itself: hardly any is left for requests", "memory", n, "taken", taken)
	}
	m.budget.SetLimit(m.left())
}

// left is what requests may take at the moment, 0 for no limit.
func (m *memory) left() int64 {
	_, outside := footprint()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.limitGo(outside)
	if m.total == 0 {
		return 0
	}
	left := m.usable() - m.own - outside
	if known := max(m.budget.Known(), m.budget.InUse()); known > 0 {
		m.works = min(max(m.works, float64(outside-m.models)/float64(known)), maxWorks)
		left = min(left, int64(float64(m.usable()-m.own-m.models)/(1+m.works)))
	}
	return max(left, m.floor())
}

// maxWorks bounds what is kept free for engines, should something else grow.
const maxWorks = 3

// limitGo tells Go's collector what it may have, so that it works harder rather than
// have the process killed. That stops the world, so small changes are not told.
func (m *memory) limitGo(outside int64) {
	n := int64(math.MaxInt64)
	switch {
	case m.byHand, m.total == 0 && m.forGo == 0:
		return
	case m.total > 0:
		n = max(m.usable()-outside, m.own+m.total/8)
	}
	if d := n - m.forGo; d > m.total/32 || -d > m.total/32 {
		debug.SetMemoryLimit(n)
		m.forGo = n
	}
}

// footprint is how much memory the process has, in Go's heap and besides.
func footprint() (inGo, outside int64) {
	samples := []gometrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	gometrics.Read(samples)
	inGo = int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
	if resident, ok := metrics.Resident(); ok {
		outside = max(resident-inGo, 0)
	}
	return inGo, outside
}

// show sets up the metrics of what requests take.
func (m *memory) show(r *metrics.Registry) {
	used := r.Gauge("bentoc_request_memory_bytes", "Bytes of memory that requests hold.")
	limit := r.Gauge("bentoc_request_memory_limit_bytes", "Bytes of memory that all requests together may take; 0 where there is no limit.")
	r.Collect(func() {
		used.Set(float64(m.budget.InUse()))
		limit.Set(float64(m.budget.Limit()))
	})
	m.showPressure(r)
}
