package metrics

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// Resident is how much memory the process has.
func Resident() (int64, bool) {
	b, err := os.ReadFile("/proc/self/statm")
	f := bytes.Fields(b)
	if err != nil || len(f) < 2 {
		return 0, false
	}
	pages, err := strconv.ParseInt(string(f[1]), 10, 64)
	return pages * int64(os.Getpagesize()), err == nil
}

// system adds what Linux knows of the process. What cannot be read, for
// instance where /proc is not mounted, keeps its last value.
func (r *Registry) system() {
	resident := r.Gauge("process_resident_memory_bytes", "Resident memory.")
	fds := r.Gauge("process_open_fds", "Open file descriptors.")
	cpu := r.Total("process_cpu_seconds_total", "CPU time spent, user and system.")
	r.Collect(func() {
		if n, ok := Resident(); ok {
			resident.Set(float64(n))
		}
		if d, err := os.Open("/proc/self/fd"); err == nil {
			if names, err := d.Readdirnames(-1); err == nil {
				fds.Set(float64(len(names) - 1)) // one is d itself
			}
			_ = d.Close() // only read
		}
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err == nil {
			cpu.Set(float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9)
		}
	})
}
