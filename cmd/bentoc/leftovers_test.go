package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// processesOf gives the command lines of the processes that name a folder.
func processesOf(folder string) (found []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil || !strings.Contains(string(data), folder) {
			continue // it may have ended
		}
		found = append(found, filepath.Base(filepath.Dir(f))+": "+strings.ReplaceAll(string(data), "\x00", " "))
	}
	return found
}

// mountsOf gives the mounts that name a folder, whoever sees them.
func mountsOf(folder string) (found []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/mountinfo")
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(data)) {
			if strings.Contains(line, folder) {
				found = append(found, filepath.Base(filepath.Dir(f))+": "+line)
			}
		}
	}
	return found
}

// nothingRuns wants that soon no process and no mount names the folder. Those
// of a process that was killed end with it, but not in the same moment.
func nothingRuns(t *testing.T, folder string) {
	t.Helper()
	var left []string
	if !until(func() bool {
		left = append(processesOf(folder), mountsOf(folder)...)
		return len(left) == 0
	}) {
		t.Errorf("left behind:\n%s", strings.Join(left, "\n"))
	}
}
