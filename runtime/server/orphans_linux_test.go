package server

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// orphansEnv makes the test binary a process that adopts orphans, as the first one of a
// container does.
const orphansEnv = "BENTOC_TEST_ORPHANS"

// The ends of orphans are taken note of, and that of no child that somebody waits for,
// however late.
func TestOrphans(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0], "-test.run=^TestAdopts$", "-test.v")
	cmd.Env = append(os.Environ(), orphansEnv+"=1")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestAdopts") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestAdopts is what that process does; by itself the test has nothing to adopt.
func TestAdopts(t *testing.T) {
	if os.Getenv(orphansEnv) == "" {
		return
	}
	const setChildSubreaper = 36
	if _, _, errno := syscall.Syscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0); errno != 0 {
		t.Fatal(errno)
	}
	if !pidfds() {
		t.Fatal("this machine has no descriptors of processes")
	}
	r := &reaper{proc: "/proc", self: os.Getpid()}
	own := exec.Command("/bin/sh", "-c", "exit 3")
	if err := own.Start(); err != nil {
		t.Fatal(err)
	}
	const orphans = 20
	for range orphans { // whose parent ends before they do
		out, err := exec.Command("/bin/sh", "-c", "sleep 0.01 </dev/null >/dev/null 2>&1 & echo $!").Output()
		if err != nil {
			t.Fatal(err)
		}
		if pid, err := strconv.Atoi(strings.TrimSpace(string(out))); err != nil || syscall.Kill(pid, 0) != nil {
			t.Fatalf("%q: %v", out, err) // ended or not, it is there
		}
	}
	for len(r.ended()) < orphans+1 { // all have ended, and the child too
	}
	if !r.reap() {
		t.Error("nothing is left to be waited for")
	}
	if got := len(r.ended()); got != orphans+1 {
		t.Errorf("%d are left at first sight", got)
	}
	if r.reap() {
		t.Error("it would go on looking at a child that somebody waits for")
	}
	if got := r.ended(); len(got) != 1 || got[0] != own.Process.Pid {
		t.Errorf("%v are left, want %d", got, own.Process.Pid)
	}
	if err := own.Wait(); err == nil || own.ProcessState.ExitCode() != 3 {
		t.Errorf("the child ended with %v", err)
	}
}
