package check

import (
	"fmt"
	"slices"
	"time"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

const (
	mebi = 1 << 20
	// minMemory is a little more than an idle server takes.
	minMemory = 32 * mebi
	// maxMemory and maxMilliCPU are beyond any machine: a slip of a unit.
	maxMemory   = 64 << 40
	maxMilliCPU = 4096 * 1000
	maxTimeout  = 24 * time.Hour
	maxBody     = 16 << 30
	maxCount    = 65536 // instances, threads, items of a batch
)

func checkResources(p *pass) {
	for _, name := range sorted(p.b.Services) {
		s := p.b.Services[name]
		path := "services." + name
		p.machine(s, path+".resources")
		p.traffic(s, path+".traffic")
		for _, e := range sorted(s.Endpoints) {
			end := s.Endpoints[e]
			at := path + ".endpoints." + e
			p.timeout(at+".timeout", end.Pos, end.TimeoutMs)
			p.body(at+".maxBody", end.Pos, end.MaxBodyBytes)
			p.concurrency(at+".maxConcurrency", end.Pos, end.MaxConcurrency)
			p.rateLimit(end.RateLimit, at+".rateLimit", end.Pos)
		}
	}
	for _, name := range sorted(p.b.Runners) {
		p.runnerBounds(p.b.Runners[name], "runners."+name)
	}
}

func (p *pass) machine(s *ir.Service, path string) {
	r, pos := s.Resources, first(s.Resources.Pos, s.Pos)
	_, cpuSaid := p.b.At[path+".cpu"]
	_, memorySaid := p.b.At[path+".memory"]
	switch at := p.at(path+".cpu", pos); {
	case r.MilliCPU < 0 || r.MilliCPU == 0 && cpuSaid:
		p.errorf(diag.ResourceBounds, at, path+".cpu", "cpu is not above 0").
			Hintf("the smallest share is 0.001, a thousandth of a core")
	case r.MilliCPU > maxMilliCPU:
		p.errorf(diag.ResourceBounds, at, path+".cpu", "%d cores are more than any machine has", r.MilliCPU/1000).
			Hintf("give at most %d", maxMilliCPU/1000)
	}
	switch at := p.at(path+".memory", pos); {
	case r.Memory < 0 || r.Memory < minMemory && (memorySaid || r.Memory > 0):
		p.errorf(diag.ResourceBounds, at, path+".memory", "%d bytes of memory are too little for a server", r.Memory).
			Hintf("give at least 32Mi; a number without a unit is in bytes")
	case r.Memory > maxMemory:
		p.errorf(diag.ResourceBounds, at, path+".memory", "%d bytes of memory are more than any machine has", r.Memory).
			Hintf("give at most 64Ti")
	}
}

func (p *pass) traffic(s *ir.Service, path string) {
	t, pos := s.Traffic, first(s.Traffic.Pos, s.Pos)
	p.timeout(path+".timeout", pos, t.TimeoutMs)
	p.body(path+".maxBody", pos, t.MaxBodyBytes)
	p.concurrency(path+".maxConcurrency", pos, t.MaxConcurrency)
	p.queue(s, path+".queue")
	p.rateLimit(t.RateLimit, path+".rateLimit", pos)
}

func (p *pass) concurrency(path string, around ir.Pos, n int) {
	if n < 0 {
		p.errorf(diag.ResourceBounds, p.at(path, around), path, "maxConcurrency is below 0").Hintf("leave it out for no limit")
	}
}

// queue checks how requests wait: there must be something to wait for.
func (p *pass) queue(s *ir.Service, path string) {
	q := s.Traffic.Queue
	if q == nil {
		return
	}
	pos := first(q.Pos, s.Traffic.Pos, s.Pos)
	if s.Traffic.MaxConcurrency == 0 {
		p.errorf(diag.ResourceBounds, p.at(path, pos), path, "requests that are all worked on at once do not wait in a queue").
			Hintf("say how many are worked on at the same time: traffic: maxConcurrency: 16")
	}
	p.number(path+".maxRequests", pos, q.MaxRequests)
	if q.Priority == nil {
		return
	}
	for i, level := range q.Priority.Levels {
		if at := fmt.Sprintf("%s.priority.levels[%d]", path, i); slices.Contains(q.Priority.Levels[:i], level) {
			p.errorf(diag.ResourceBounds, p.at(at, pos), at, "the level %q is named twice", level)
		}
	}
}

func (p *pass) timeout(path string, around ir.Pos, ms int64) {
	_, said := p.b.At[path]
	pos := p.at(path, around)
	switch {
	case ms < 0 || ms == 0 && said:
		p.errorf(diag.ResourceBounds, pos, path, "a timeout is at least 1ms")
	case ms > maxTimeout.Milliseconds():
		p.errorf(diag.ResourceBounds, pos, path, "a timeout of %s is more than a day", time.Duration(ms)*time.Millisecond).
			Hintf("give at most 24h")
	}
}

func (p *pass) body(path string, around ir.Pos, n int64) {
	_, said := p.b.At[path]
	pos := p.at(path, around)
	switch {
	case n < 0 || n == 0 && said:
		p.errorf(diag.ResourceBounds, pos, path, "the largest body is at least 1 byte")
	case n > maxBody:
		p.errorf(diag.ResourceBounds, pos, path, "a body of %d bytes is more than a server keeps in memory", n).
			Hintf("give at most 16Gi")
	}
}

func (p *pass) runnerBounds(r *ir.Runner, path string) {
	p.number(path+".instances", r.Pos, r.Instances)
	if settings := engines[r.Engine.Kind()].settings; settings != nil {
		settings(p, r, path)
	}
	p.stateBounds(r, path)
	p.warmUpBounds(r, path)
	if b := r.Batching; b != nil {
		pos := first(b.Pos, r.Pos)
		p.number(path+".batching.maxSize", pos, b.MaxSize)
		if at := path + ".batching.latencyTarget"; b.LatencyTargetMs < 0 {
			p.errorf(diag.ResourceBounds, p.at(at, pos), at, "a latency target is above 0")
		} else if b.Fixed != nil && b.LatencyTargetMs > 0 {
			p.errorf(diag.BadValue, p.at(at, pos), at, "fixed batches have no latency target").
				Hintf("leave out latencyTarget, or leave out fixed: then sizes are learned, and the target bounds them")
		}
		if b.Fixed != nil && b.Profile != nil {
			at := path + ".batching.profile"
			p.errorf(diag.BadValue, p.at(at, pos), at, "fixed batches learn nothing, and have no use for a profile").
				Hintf("leave out profile, or leave out fixed")
		}
		if b.Fixed != nil {
			p.wait(path+".batching.fixed.wait", pos, b.Fixed.WaitMs)
		}
	}
}

// wait checks how long an item waits for others.
func (p *pass) wait(path string, around ir.Pos, ms float64) {
	if ms < 0 || ms > float64(maxTimeout.Milliseconds()) {
		p.errorf(diag.ResourceBounds, p.at(path, around), path, "an item waits for others between 1ms and a day")
	}
}

// number checks a count for which 0 means "not said".
func (p *pass) number(path string, around ir.Pos, n int) {
	if n < 0 || n > maxCount {
		p.errorf(diag.ResourceBounds, p.at(path, around), path, "%d is not between 1 and %d", n, maxCount)
	}
}
