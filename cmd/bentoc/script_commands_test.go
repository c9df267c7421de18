package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// setupScript gives a script the state folder that all of them share (the
// toolchain is fetched once) and nothing of the caller's own bento settings.
func setupScript(e *testscript.Env) error {
	state, err := testState()
	if err != nil {
		return err
	}
	e.Setenv("BENTOC_STATE", state)
	e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
	e.Setenv("CI", "")
	e.Setenv("NO_COLOR", "1")
	for _, k := range []string{"GOPROXY", "GOFLAGS", "GONOSUMDB", "GOSUMDB", "GOPATH", "GOMODCACHE", "GOCACHE", "GOTOOLCHAIN", "SSL_CERT_FILE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"} {
		e.Setenv(k, goEnv(k))
	}
	repo, err := filepath.Abs("../..")
	e.Setenv("REPO", repo)
	e.Values["servers"] = map[string]*exec.Cmd{}
	return err
}

// testState is the state folder of the tests: BENTOC_TEST_STATE, or one below
// the user's cache folder, kept between runs.
func testState() (string, error) {
	if dir := os.Getenv("BENTOC_TEST_STATE"); dir != "" {
		return dir, nil
	}
	cache, err := os.UserCacheDir()
	return filepath.Join(cache, "bentoc-test"), err
}

// goEnv gives a setting of the go command, so that scripts, whose HOME is
// another one, find the same module proxy and caches.
func goEnv(key string) string {
	if v := os.Getenv(key); v != "" || strings.HasSuffix(key, "PROXY") && key != "GOPROXY" || key == "SSL_CERT_FILE" {
		return v
	}
	out, err := exec.Command("go", "env", key).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

func scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"exits": scriptExits, "bento": scriptBento, "link": scriptLink,
		"freeport": scriptFreePort, "start": scriptStart, "stop": scriptStop, "http": scriptHTTP,
		"same": scriptSame,
	}
}

func scriptCondition(cond string) (bool, error) {
	switch cond {
	case "root":
		return os.Geteuid() == 0, nil
	}
	return false, fmt.Errorf("unknown condition %q", cond)
}

// scriptExits runs a program and wants an exit code.
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N PROGRAM ARG…")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Check(err)
		}
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s\nstderr: %s", code, args[0], ts.ReadFile("stderr"))
	}
}

// scriptBento writes a project around a bento.cue; its steps are the ones that
// the file names.
func scriptBento(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: bento FILE.cue")
	}
	src := ts.ReadFile(args[0])
	ts.Check(os.Remove(ts.MkAbs(args[0]))) // CUE takes every file of the folder
	var steps strings.Builder
	fmt.Fprint(&steps, "package steps\n\nimport (\n\t\"context\"\n\n\t\"example.com/demo/bentogen\"\n)\n")
	for _, f := range []string{"Greet", "Echo", "Count", "Half"} {
		if strings.Contains(src, strconv.Quote(f)) {
			fmt.Fprintf(&steps, "\nfunc %[1]s(_ context.Context, in bentogen.%[1]sInput) (out bentogen.%[1]sOutput, err error) {\n\treturn out, nil\n}\n", f)
		}
	}
	for name, text := range map[string]string{
		"bento.cue":          src,
		"cue.mod/module.cue": "module: \"example.com/demo@v0\"\nlanguage: version: \"v0.15.0\"\n",
		"go.mod":             "module example.com/demo\n\ngo 1.26\n",
		"steps/steps.go":     steps.String(),
	} {
		name = ts.MkAbs(name)
		ts.Check(os.MkdirAll(filepath.Dir(name), 0o755))
		ts.Check(os.WriteFile(name, []byte(text), 0o644))
	}
}

func scriptLink(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: link TARGET NAME")
	}
	ts.Check(os.Symlink(args[0], ts.MkAbs(args[1])))
}

// scriptFreePort sets $PORT to a port that nobody uses and $ADDR to its address.
func scriptFreePort(ts *testscript.TestScript, neg bool, args []string) {
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
	path := args[1]
	if !strings.ContainsRune(path, '/') {
		for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
			if p := filepath.Join(dir, path); exec.Command(p).Err == nil {
				if _, err := os.Stat(p); err == nil {
					path = p
					break
				}
			}
		}
	}
	cmd := exec.Command(path, args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, k := range []string{"BENTOC_STATE", "HOME", "PATH", "PORT", "GOPROXY", "GOFLAGS", "GOMODCACHE", "GOCACHE", "TMPDIR", "NO_COLOR"} {
		cmd.Env = append(cmd.Env, k+"="+ts.Getenv(k))
	}
	var logs bytes.Buffer
	file, err := os.Create(ts.MkAbs(args[0] + ".err"))
	ts.Check(err)
	cmd.Stderr = io.MultiWriter(file, &logs)
	cmd.Stdout = file
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait(); file.Close() }()
	ts.Defer(func() { cmd.Process.Signal(syscall.SIGTERM); <-ended })
	ts.Value("servers").(map[string]*exec.Cmd)[args[0]] = cmd
	for deadline := time.Now().Add(3 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-ended:
			ended <- err
			ts.Fatalf("%s ended: %v\n%s", args[0], err, logs.String())
		default:
		}
		if resp, err := http.Get("http://" + ts.Getenv("ADDR") + "/readyz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
	}
	ts.Fatalf("%s is not ready\n%s", args[0], logs.String())
}

// scriptStop sends a signal to a started program and sets $EXIT to its exit code.
func scriptStop(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: stop NAME TERM|INT|KILL")
	}
	cmd := ts.Value("servers").(map[string]*exec.Cmd)[args[0]]
	if cmd == nil {
		ts.Fatalf("%s was not started", args[0])
	}
	sig := map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "KILL": syscall.SIGKILL}[args[1]]
	ts.Check(cmd.Process.Signal(sig))
	for cmd.ProcessState == nil {
		time.Sleep(5 * time.Millisecond)
	}
	ts.Setenv("EXIT", strconv.Itoa(cmd.ProcessState.ExitCode()))
}

// scriptHTTP calls the server at $ADDR. A body that begins with @ is a file; a
// body that begins with "form:" is multipart, field=value or field=@file.
func scriptHTTP(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: http CODE METHOD PATH [BODY [CONTENT-TYPE]]")
	}
	body, contentType := scriptBody(ts, args[3:])
	req, err := http.NewRequest(args[1], "http://"+ts.Getenv("ADDR")+args[2], body)
	ts.Check(err)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("answer"), answer, 0o644))
	var headers strings.Builder
	resp.Header.Write(&headers)
	ts.Check(os.WriteFile(ts.MkAbs("headers"), []byte(headers.String()), 0o644))
	if strconv.Itoa(resp.StatusCode) != args[0] {
		ts.Fatalf("%s %s: status %d, want %s\n%s", args[1], args[2], resp.StatusCode, args[0], answer)
	}
}

// scriptSame wants two files to hold the same bytes.
func scriptSame(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: same FILE FILE")
	}
	a, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	b, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	if bytes.Equal(a, b) == neg {
		ts.Fatalf("%s and %s: the same is %t", args[0], args[1], !neg)
	}
}
