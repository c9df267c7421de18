package main

import (
	"io"
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
	ended chan struct{} // closed when it has, and all that holds its output
}

// limit bounds every wait of the scripts. Nothing is asserted with it: what hangs fails
// with a word instead of holding up the others.
const limit = 5 * time.Minute

// until waits until cond holds, no longer than limit.
func until(cond func() bool) bool {
	for deadline := time.Now().Add(limit); !cond(); <-time.After(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// scriptFreePort sets $PORT to 0, for which a server takes a port that nobody has: one
// that is looked for before may be another's by then.
func scriptFreePort(ts *testscript.TestScript, _ bool, _ []string) { ts.Setenv("PORT", "0") }

// scriptTakenPort sets $PORT to a port that the script listens at.
func scriptTakenPort(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := net.Listen("tcp", ":0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	ts.Setenv("PORT", port)
}

// scriptStart starts a server in the background, waits until it is ready and has logged
// that, and sets $ADDR to its address. Its output goes to NAME.out and NAME.err.
func scriptStart(ts *testscript.TestScript, neg bool, args []string) {
	scriptLaunch(ts, neg, args)
	url := "http://" + ts.Getenv("ADDR") + "/readyz"
	awaitServer(ts, args[0], "is not ready", func() bool {
		resp, err := http.Get(url)
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	// The log has it after those who ask.
	awaitServer(ts, args[0], "does not log that it is ready", func() bool { return has(ts, args[0]+".err", readyLine) })
}

// scriptLaunch starts a server in the background, waits until it listens and sets $ADDR
// to its address.
func scriptLaunch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start|launch NAME PROGRAM ARG…")
	}
	cmd := exec.Command(scriptProgram(ts, args[1]), args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, k := range append([]string{"BENTOC_STATE", "HOME", "PATH", "TMPDIR", "NO_COLOR"}, goSettings...) {
		cmd.Env = append(cmd.Env, k+"="+ts.Getenv(k))
	}
	out, err := os.Create(ts.MkAbs(args[0] + ".out"))
	ts.Check(err)
	story, err := os.Create(ts.MkAbs(args[0] + ".err"))
	ts.Check(err)
	// Through pipes, which end when the last process that holds them does.
	cmd.Stdout, cmd.Stderr = io.MultiWriter(out), io.MultiWriter(story)
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
	awaitServer(ts, args[0], "does not listen", func() bool { return has(ts, args[0]+".err", listeningLine) })
	ts.Setenv("ADDR", "127.0.0.1:"+listeningLine.FindStringSubmatch(ts.ReadFile(args[0] + ".err"))[1])
}

// What a server logs when it listens at a port, and when it is ready.
var (
	listeningLine = regexp.MustCompile(`\[INFO\] .*\blistening addr=\S*:(\d+) .*\n`)
	readyLine     = regexp.MustCompile(`\[INFO\] .*\bready runners=.*\n`)
)

// has reports whether a file has what matches.
func has(ts *testscript.TestScript, file string, want *regexp.Regexp) bool {
	data, err := os.ReadFile(ts.MkAbs(file))
	return err == nil && want.Match(data)
}

// awaitServer waits until cond holds of a server, which must not end before.
func awaitServer(ts *testscript.TestScript, name, what string, cond func() bool) {
	p, gone := stateOf(ts).programs[name], false
	held := until(func() bool {
		select {
		case <-p.ended:
			gone = true
		default:
		}
		return cond() || gone
	})
	if gone {
		ts.Fatalf("%s ended: %v\n%s", name, p.cmd.ProcessState, ts.ReadFile(name+".err"))
	}
	if !held {
		ts.Fatalf("%s %s\n%s", name, what, ts.ReadFile(name+".err"))
	}
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

// scriptEnd sends a signal, if one is named, to a started server, waits until it and all
// that it started have ended, and sets $EXIT to its exit code, -1 if the signal killed it.
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
	case <-time.After(limit):
		ts.Fatalf("%s does not end, or something that it started\n%s", args[0], ts.ReadFile(args[0]+".err"))
	}
	ts.Setenv("EXIT", strconv.Itoa(p.cmd.ProcessState.ExitCode()))
}

// scriptAwait waits until a file has a line that matches a regular expression.
func scriptAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE REGEXP")
	}
	want := regexp.MustCompile("(?m)" + args[1])
	if !until(func() bool { return has(ts, args[0], want) }) {
		ts.Fatalf("%s has nothing that matches %s\n%s", args[0], args[1], ts.ReadFile(args[0]))
	}
}
