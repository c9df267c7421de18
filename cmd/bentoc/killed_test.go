//go:build slow

package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// abuse builds one bento again and again in a state folder of its own, and ends
// the builds before their time.
type abuse struct {
	tool
	dir, state, out string
	rand            *rand.Rand
}

func newAbuse(t *testing.T) *abuse {
	a := &abuse{tool: newTool(t), dir: copyExample(t, "hello", false), state: openDir(t), rand: rand.New(rand.NewPCG(1, 0))}
	a.out = filepath.Join(openDir(t), "out")
	if err := os.Mkdir(a.out, 0o755); err != nil {
		t.Fatal(err)
	}
	return a
}

// start starts a build in a process group of its own, as a shell does.
func (a *abuse) start(t *testing.T, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := a.command(&invocation{dir: a.dir, state: a.state, args: args})
	var story bytes.Buffer
	cmd.Stderr = &story
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, &story
}

func (a *abuse) buildArgs(more ...string) []string {
	return append([]string{"build", "--progress=plain", "--platform=linux/amd64", "-o", filepath.Join(a.out, "hello.tar")}, more...)
}

// within waits for a random part of d.
func (a *abuse) within(d time.Duration) { <-time.After(time.Duration(a.rand.Int64N(int64(d)))) }

// builder gives the process that builds in the state folder, 0 for none yet.
func (a *abuse) builder() int {
	for _, p := range processesOf(a.state) {
		pid, line, _ := strings.Cut(p, ": ")
		if strings.Contains(line, `"state"`) {
			n, _ := strconv.Atoi(pid)
			return n
		}
	}
	return 0
}

// awaitBuilder waits until the build has got as far as its builder.
func (a *abuse) awaitBuilder(t *testing.T) (pid int) {
	t.Helper()
	if !until(func() bool { pid = a.builder(); return pid != 0 }) {
		t.Fatal("there is no builder")
	}
	return pid
}

// TestKilled ends builds and servers by kill -9, by Ctrl-C and by killing the
// builder under them, at random moments: what comes next is right, and no
// process, mount or temporary file stays.
func TestKilled(t *testing.T) {
	t.Parallel()
	a := newAbuse(t)
	ref := &invocation{dir: a.dir, state: sharedState(t), args: []string{"--platform=linux/amd64"}}
	want := a.build(t, ref)
	for _, seconds := range []float64{0.1, 0.5, 1, 3, 6, 12} {
		a.kill(t, time.Duration(seconds*float64(time.Second)))
	}
	a.right(t, want)
	for range 3 {
		a.interrupt(t)
	}
	a.killBuilder(t)
	a.right(t, want)
	for range 3 {
		a.killServe(t, a.within)
	}
	a.killServe(t, nil)
	nothingTemporary(t, a.state)
}

// kill ends a build by kill -9 within d.
func (a *abuse) kill(t *testing.T, d time.Duration) {
	t.Helper()
	cmd, _ := a.start(t, a.buildArgs()...)
	a.within(d)
	_ = cmd.Process.Kill() // it may have ended
	_ = cmd.Wait()
	nothingRuns(t, a.state)
	if cmd.ProcessState.ExitCode() != 0 {
		holds(t, a.out)
	}
	_ = os.Remove(filepath.Join(a.out, "hello.tar"))
}

// right builds to the end and wants the digest, and nothing temporary left.
func (a *abuse) right(t *testing.T, want string) {
	t.Helper()
	r := a.run(t, &invocation{dir: a.dir, state: a.state, args: a.buildArgs()})
	if r.code != 0 || r.stdout != want {
		t.Fatalf("exit code %d, digest %q, want %s\n%s", r.code, r.stdout, want, r.stderr)
	}
	holds(t, a.out, "hello.tar")
	_ = os.Remove(filepath.Join(a.out, "hello.tar"))
	nothingRuns(t, a.state)
	nothingTemporary(t, a.state)
}

// interrupt sends Ctrl-C to a build that compiles anew.
func (a *abuse) interrupt(t *testing.T) {
	t.Helper()
	remark(t, a.dir)
	cmd, story := a.start(t, a.buildArgs()...)
	a.awaitBuilder(t)
	a.within(time.Second)
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) // it may have ended
	asked := time.Now()
	_ = cmd.Wait()
	took := time.Since(asked)
	nothingRuns(t, a.state)
	nothingTemporary(t, a.state)
	switch code := cmd.ProcessState.ExitCode(); {
	case code == 0: // it was faster
		_ = os.Remove(filepath.Join(a.out, "hello.tar"))
		return
	case code != exitInterrupted || !strings.HasSuffix(story.String(), "bentoc: interrupted\n"):
		t.Errorf("exit code %d, want %d\n%s", code, exitInterrupted, story)
	case took > time.Minute:
		t.Errorf("it took %s to end", took)
	}
	holds(t, a.out)
}

// killBuilder kills the builder process under a build, which goes on with
// another one.
func (a *abuse) killBuilder(t *testing.T) {
	t.Helper()
	remark(t, a.dir)
	cmd, story := a.start(t, a.buildArgs()...)
	pid := a.awaitBuilder(t)
	a.within(time.Second)
	_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, story)
	}
	nothingRuns(t, a.state)
	nothingTemporary(t, a.state)
}

// killServe kills bentoc while it makes its server, or with a nil wait under the
// server, which ends too.
func (a *abuse) killServe(t *testing.T, wait func(time.Duration)) {
	t.Helper()
	r := &invocation{dir: a.dir, state: a.state}
	if wait == nil {
		s := a.serve(t, r)
		_ = s.cmd.Process.Kill()
		_ = s.wait()
	} else {
		cmd, _ := a.start(t, "serve", "--port=0")
		wait(500 * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	nothingRuns(t, a.state)
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
