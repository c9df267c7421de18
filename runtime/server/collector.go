package server

import (
	"runtime"
	"runtime/debug"
	gometrics "runtime/metrics"
)

// collector has Go's garbage collector leave small heaps alone for longer than it would.
// Left to itself it runs whenever as much was allocated as is alive, 4 MiB at least: for a
// server without models, many times a second under load, a tenth of all that it does. Here
// it runs when that much was allocated, or allowance, whichever is more. Where the process
// nears its limit it runs earlier, as before: see [debug.SetMemoryLimit].
type collector struct {
	allowance int64 // bytes
	percent   int   // what Go was told last
	tell      func(percent int)
}

const (
	// allowance is what may be allocated between two collections in any case, where that
	// is no more than a quarter of the memory.
	allowance = 16 << 20
	// leastHeap is the smallest heap that Go collects, at 100 percent; it grows in
	// proportion.
	leastHeap = 4 << 20
)

// paceCollector makes the collector of a process that may have so much memory, 0 for no
// limit; nil where the variable GOGC rules.
func paceCollector(lookup func(string) (string, bool), memory int64) *collector {
	if _, byHand := lookup("GOGC"); byHand {
		return nil
	}
	c := &collector{allowance: allowance, tell: func(percent int) { debug.SetGCPercent(percent) }}
	if memory > 0 {
		c.allowance = min(c.allowance, memory/4)
	}
	return c
}

// start paces it from now on, for as long as the process lives.
func (c *collector) start() {
	if c != nil {
		c.adjust()
		c.watch()
	}
}

// watch adjusts what Go is told after each collection: the object that nobody holds does
// not outlive one.
func (c *collector) watch() {
	runtime.AddCleanup(&struct{ self *collector }{c}, func(c *collector) {
		c.adjust()
		c.watch()
	}, c)
}

// adjust tells Go by how much the heap that is alive may grow. That stops the world, so
// small changes are not told.
func (c *collector) adjust() {
	live := []gometrics.Sample{{Name: "/gc/heap/live:bytes"}}
	gometrics.Read(live)
	percent := growth(c.allowance, int64(live[0].Value.Uint64()))
	if d := percent - c.percent; d > c.percent/8 || -d > c.percent/8 {
		c.percent = percent
		c.tell(percent)
	}
}

// growth is by how many percent a heap of live bytes may grow.
func growth(allowance, live int64) int {
	return int(max(100, 100*allowance/max(live, leastHeap)))
}
