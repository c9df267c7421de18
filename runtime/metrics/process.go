package metrics

import (
	"runtime"
	gometrics "runtime/metrics"
	"time"
)

// Process adds what is known of the process itself, under the names that
// Prometheus' own client uses. All of it is read when it is asked for.
func (r *Registry) Process(start time.Time) {
	r.Gauge("go_info", "The version of Go.", "version", runtime.Version()).Set(1)
	r.Gauge("process_start_time_seconds", "When the process started, in Unix time.").Set(float64(start.UnixMilli()) / 1e3)
	samples := []gometrics.Sample{
		{Name: "/sched/goroutines:goroutines"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/gc/cycles/total:gc-cycles"},
		{Name: "/sched/gomaxprocs:threads"},
	}
	gauges := []*Gauge{
		r.Gauge("go_goroutines", "Goroutines that exist."),
		r.Gauge("go_memstats_heap_alloc_bytes", "Bytes of objects on the heap."),
		r.Gauge("go_memstats_sys_bytes", "Bytes of memory that the Go runtime holds."),
		r.Total("go_gc_cycles_total", "Collections of garbage since the start."),
		r.Gauge("go_gomaxprocs", "CPUs that Go uses."),
	}
	r.Collect(func() {
		gometrics.Read(samples)
		for i, s := range samples {
			gauges[i].Set(float64(s.Value.Uint64()))
		}
	})
	r.system()
}
