package main

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// running is a program that a script started in the background.
type running struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has
}

// scriptFreePort sets $PORT to a port that nobody uses and $ADDR to its address.
func scriptFreePort(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	ts.Check(l.Close())
	ts.Setenv("PORT", port)
	ts.Setenv("ADDR", "127.0.0.1:"+port)
}

// scriptStart starts a program in the background and waits until the server at
// $ADDR is ready. Its output goes to NAME.out and NAME.err.
func scriptStart(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME PROGRAM ARG…")
	}
	cmd := exec.Command(scriptProgram(ts, args[1]), args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, k := range append([]string{"BENTOC_STATE", "HOME", "PATH", "PORT", "TMPDIR", "NO_COLOR"}, goSettings...) {
		cmd.Env = append(cmd.Env, k+"="+ts.Getenv(k))
	}
	out, err := os.Create(ts.MkAbs(args[0] + ".out"))
	ts.Check(err)
	story, err := os.Create(ts.MkAbs(args[0] + ".err"))
	ts.Check(err)
	cmd.Stdout, cmd.Stderr = out, story
	ts.Check(cmd.Start())
	p := &running{cmd: cmd, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // ProcessState tells
		_ = out.Close()
		_ = story.Close()
	}()
	stateOf(ts).programs[args[0]] = p
	ts.Defer(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-p.ended
	})
	awaitReady(ts, args[0], p)
}

// scriptProgram finds a program on the script's own PATH.
func scriptProgram(ts *testscript.TestScript, name string) string {
	if strings.ContainsRune(name, '/') {
		return name
	}
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		p := filepath.Join(dir, name)
		if fi, err := os.Stat(p); err == nil && fi.Mode()&0o111 != 0 && !fi.IsDir() {
			return p
		}
	}
	ts.Fatalf("there is no program %s", name)
	return ""
}

func awaitReady(ts *testscript.TestScript, name string, p *running) {
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); {
		select {
		case <-p.ended:
			ts.Fatalf("%s ended: %v\n%s", name, p.cmd.ProcessState, ts.ReadFile(name+".err"))
		case <-time.After(20 * time.Millisecond):
		}
		if resp, err := http.Get("http://" + ts.Getenv("ADDR") + "/readyz"); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
	}
	ts.Fatalf("%s is not ready\n%s", name, ts.ReadFile(name+".err"))
}

// scriptSignal sends a signal to a started program.
func scriptSignal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: signal NAME TERM|INT|KILL")
	}
	p := stateOf(ts).programs[args[0]]
	if p == nil {
		ts.Fatalf("%s was not started", args[0])
	}
	signals := map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "KILL": syscall.SIGKILL}
	ts.Check(p.cmd.Process.Signal(signals[args[1]]))
}

// scriptEnd sends a signal, if one is named, to a started program, waits for its
// end and sets $EXIT to its exit code, -1 if the signal killed it.
func scriptEnd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: end NAME [TERM|INT|KILL]")
	}
	if len(args) > 1 {
		scriptSignal(ts, neg, args)
	}
	p := stateOf(ts).programs[args[0]]
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		ts.Fatalf("%s does not end\n%s", args[0], ts.ReadFile(args[0]+".err"))
	}
	ts.Setenv("EXIT", strconv.Itoa(p.cmd.ProcessState.ExitCode()))
}

// scriptAwait waits until a file has a line that matches a regular expression.
func scriptAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE REGEXP")
	}
	want := regexp.MustCompile("(?m)" + args[1])
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-time.After(10 * time.Millisecond) {
		if data, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && want.Match(data) {
			return
		}
	}
	ts.Fatalf("%s has nothing that matches %s\n%s", args[0], args[1], ts.ReadFile(args[0]))
}

// scriptGone waits until nobody listens at an address.
func scriptGone(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: gone ADDRESS")
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", args[0])
		if err != nil {
			return
		}
		_ = conn.Close()
	}
	ts.Fatalf("somebody still listens at %s", args[0])
}
