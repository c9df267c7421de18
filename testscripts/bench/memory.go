package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// watchMemory samples the resident memory of cmd and of those of its children
// that are bentoc too (it may start itself in namespaces); compilers that a
// build runs are left out. The function that it returns ends the sampling and
// gives the largest sum in MB.
func watchMemory(cmd *exec.Cmd) func() float64 {
	var peak atomic.Int64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(10 * time.Millisecond):
			}
			if cmd.Process != nil {
				peak.Store(max(peak.Load(), treeRSS(cmd.Process.Pid, filepath.Base(cmd.Path))))
			}
		}
	}()
	return func() float64 {
		close(done)
		<-ended
		return float64(peak.Load()) / 1024
	}
}

// treeRSS sums the resident memory, in kB, of pid and its descendants whose
// executable is called name.
func treeRSS(pid int, name string) (sum int64) {
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err == nil && filepath.Base(exe) == name {
		sum = statusKB(pid, "VmRSS:")
	}
	for _, child := range children(pid) {
		sum += treeRSS(child, name)
	}
	return sum
}

// children gives the processes that one has started and that have not ended.
func children(pid int) (all []int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, t := range tasks {
		data, _ := os.ReadFile(t)
		for _, f := range strings.Fields(string(data)) {
			var child int
			if _, err := fmt.Sscan(f, &child); err == nil {
				all = append(all, child)
			}
		}
	}
	return all
}

// statusKB reads one line of /proc/PID/status.
func statusKB(pid int, key string) (kb int64) {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, key); ok {
			fmt.Sscan(rest, &kb)
		}
	}
	return kb
}
