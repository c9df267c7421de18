package server

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/metrics"
)

// shortage is what is done when the process uses nearly all of its memory, whoever has
// taken it: see [admit.Grade]. Its fields but for pressure are used by one goroutine at a
// time.
type shortage struct {
	pressure  *admit.Pressure
	log       *slog.Logger
	shrink    func() // has the engines of what is served give memory back
	collected time.Time
	logged    time.Time // as if lines had been logged one logEvery apart
	quiet     int       // changes that were not logged
}

const (
	// collectEvery is how often garbage is collected at most to see how much there is.
	collectEvery = time.Second
	// logEvery is how often a change of the grade is logged on average at most, and
	// logAtOnce how many of them may come at once.
	logEvery  = 5 * time.Second
	logAtOnce = 8
)

var _ admit.Watcher = (*memory)(nil)

// Used is which share of its memory the process uses, without what is garbage.
func (m *memory) Used() float64 {
	used := m.used()
	if used < 0.9 || time.Since(m.collected) < collectEvery {
		return used
	}
	m.collected = time.Now()
	debug.FreeOSMemory()
	return m.used()
}

// used is the largest share that the process has of a limit: of what is declared, and of
// what its container has, where the kernel ends it.
func (m *memory) used() (share float64) {
	m.mu.Lock()
	total, base := m.total, m.own+m.models
	m.mu.Unlock()
	if total == 0 {
		return 0
	}
	if inside := m.cgroup(); inside > 0 {
		if used, ok := cgroupUsed(cgroupFolder); ok {
			share = float64(used) / float64(inside)
		}
	}
	if resident, ok := metrics.Resident(); ok && m.declared > 0 {
		// A process whose models have more than was declared works all the same.
		room := max(float64(m.declared), float64(base)/0.9+float64(m.declared)/8)
		share = max(share, float64(resident)/room)
	}
	return share
}

// Shrink has engines and the collector give memory back.
func (m *memory) Shrink() {
	m.shrink()
	debug.FreeOSMemory()
}

// Changed has what is only kept for what may come given up, and logs another grade, unless
// many were logged just before.
func (m *memory) Changed(from, to admit.Grade, used float64) {
	if from == admit.Calm {
		m.budget.GiveUp()
	}
	now := time.Now()
	next := m.logged.Add(logEvery)
	if full := now.Add(-(logAtOnce - 1) * logEvery); next.Before(full) {
		next = full
	}
	if next.After(now) {
		m.quiet++
		return
	}
	m.logged = next
	level, text := slog.LevelWarn, "short of memory"
	if to == admit.Calm {
		level, text = slog.LevelInfo, "short of memory no more"
	}
	m.log.Log(context.Background(), level, text, "grade", to.String(), "was", from.String(), "used", strconv.FormatFloat(100*used, 'f', 1, 64)+"%", "changes_not_logged", m.quiet)
	m.quiet = 0
}

// showPressure sets up the metrics of how short of memory the process is.
func (m *memory) showPressure(r *metrics.Registry) {
	grade := r.Gauge("bentoc_memory_grade", "How short of memory the process is: 0 calm, 1 bodies are paused, 2 large requests refused, 3 engines shrunk, 4 all requests refused.")
	did := map[admit.Grade]*metrics.Gauge{}
	for g := admit.PauseBodies; g < admit.Grades; g++ {
		did[g] = r.Total("bentoc_memory_action_total", "What was done because the process was short of memory.", "action", g.String())
	}
	r.Collect(func() {
		grade.Set(float64(m.pressure.Grade()))
		for g, c := range did {
			c.Set(float64(m.pressure.Did(g)))
		}
	})
}

const cgroupFolder = "/sys/fs/cgroup"

// cgroupUsed is how much memory the container of a folder has, without what the kernel
// keeps of files and takes back when it is short of memory; false where nobody says.
func cgroupUsed(folder string) (int64, bool) {
	for _, v := range []struct{ usage, stat, reclaimable string }{
		{"memory.current", "memory.stat", "inactive_file "},
		{"memory/memory.usage_in_bytes", "memory/memory.stat", "total_inactive_file "},
	} {
		b, err := os.ReadFile(folder + "/" + v.usage)
		if err != nil {
			continue
		}
		used, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
		if err != nil {
			return 0, false
		}
		stat, err := os.ReadFile(folder + "/" + v.stat)
		if err != nil {
			return used, true
		}
		for line := range bytes.Lines(stat) {
			if text, ok := bytes.CutPrefix(line, []byte(v.reclaimable)); ok {
				files, _ := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
				used = max(used-files, 0)
			}
		}
		return used, true
	}
	return 0, false
}
