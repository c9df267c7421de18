package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if left = append(processesOf(folder), mountsOf(folder)...); len(left) == 0 {
			return
		}
	}
	t.Errorf("left behind:\n%s", strings.Join(left, "\n"))
}

// nothingTemporary wants no unfinished file in a state folder that nobody uses.
func nothingTemporary(t *testing.T, state string) {
	t.Helper()
	for _, dir := range []string{"store/tmp", "store/partial", "buildkit/steps", "buildkit/tmp"} {
		list, err := os.ReadDir(filepath.Join(state, dir))
		if err != nil && !os.IsNotExist(err) {
			t.Error(err)
		}
		for _, e := range list {
			t.Errorf("left behind: %s/%s", dir, e.Name())
		}
	}
	for _, pattern := range []string{"buildkit/*.sock", "rootfs/.*", "rootfs/*.tar"} {
		list, err := filepath.Glob(filepath.Join(state, pattern))
		if err != nil || len(list) > 0 {
			t.Errorf("left behind: %v %v", list, err)
		}
	}
}

// holds wants a folder to hold these names and no others, hidden ones included.
func holds(t *testing.T, dir string, names ...string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, e := range list {
		have = append(have, e.Name())
	}
	if strings.Join(have, " ") != strings.Join(names, " ") {
		t.Errorf("%s holds %q, not %q", dir, have, names)
	}
}
