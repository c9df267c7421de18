package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

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
	e.Setenv("PLATFORM", "linux/"+runtime.GOARCH) // what this machine builds and runs
	e.Setenv("PLATFORMS", platforms())
	for _, k := range goSettings {
		e.Setenv(k, goEnv(k))
	}
	repo, err := filepath.Abs("../..")
	e.Setenv("REPO", repo)
	tb, _ := e.T().(testing.TB)
	e.Values[scriptKey{}] = &scriptState{origins: origins{tb: tb}, programs: map[string]*running{}, calls: map[string]*pendingCall{}}
	return err
}

// scriptState is what the commands of one script share.
type scriptState struct {
	programs map[string]*running
	calls    map[string]*pendingCall
	release  func() // of the last hold
	proxy    *fakeProxy
	origins  origins
}

type scriptKey struct{}

func stateOf(ts *testscript.TestScript) *scriptState { return ts.Value(scriptKey{}).(*scriptState) }

// goSettings are the caller's settings for fetching, which scripts keep.
var goSettings = []string{
	"GOPROXY", "GOFLAGS", "GONOSUMDB", "GOSUMDB", "GOPATH", "GOMODCACHE", "GOCACHE", "GOTOOLCHAIN",
	"SSL_CERT_FILE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY",
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
	if v := os.Getenv(key); v != "" || !strings.HasPrefix(key, "GO") {
		return v
	}
	return allGoEnv()[key]
}

// allGoEnv asks the go command once, for all scripts.
var allGoEnv = sync.OnceValue(func() map[string]string {
	out, err := exec.Command("go", append([]string{"env", "-json"}, goSettings...)...).Output()
	values := map[string]string{}
	if err != nil || json.Unmarshal(out, &values) != nil {
		return nil // there is no go command
	}
	return values
})

func scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return modelCommands(map[string]func(*testscript.TestScript, bool, []string){
		"exits": scriptExits, "same": scriptSame, "json": scriptJSON,
		"bento": scriptBento, "example": scriptExample, "link": scriptLink, "picture": scriptPicture,
		"freeport": scriptFreePort, "takenport": scriptTakenPort, "start": scriptStart, "launch": scriptLaunch, "end": scriptEnd, "signal": scriptSignal, "await": scriptAwait,
		"http": scriptHTTP, "local": scriptLocal, "call": scriptCall, "answer": scriptAnswer, "hangup": scriptHangUp, "hold": scriptHold, "release": scriptRelease,
		"proxy": scriptProxy, "proxylog": scriptProxyLog, "cueregistry": scriptCUERegistry, "dockerlogin": scriptDockerLogin,
	})
}

func scriptCondition(cond string) (bool, error) {
	switch cond {
	case "root":
		return os.Geteuid() == 0, nil
	case "slow": // what takes minutes is tried too
		return slow, nil
	case "userns": // user namespaces, which a machine may forbid
		return exec.Command("unshare", "-Urm", "true").Run() == nil, nil
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

// scriptJSON wants what stands at a path of a JSON file, such as
// detail.0.loc.0, to match a regular expression. Without one, the path only has
// to be there. "!" turns both round.
func scriptJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: json FILE PATH [REGEXP]")
	}
	var v any
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &v); err != nil {
		ts.Fatalf("%s is not JSON: %v", args[0], err)
	}
	for step := range strings.SplitSeq(args[1], ".") {
		v = jsonStep(v, step)
	}
	text, isText := v.(string)
	if v != nil && !isText {
		data, err := json.Marshal(v)
		ts.Check(err)
		text = string(data)
	}
	found := v != nil
	if len(args) == 3 {
		found = found && regexp.MustCompile(args[2]).MatchString(text)
	}
	if found == neg {
		ts.Fatalf("%s: %s is %q\n%s", args[0], args[1], text, ts.ReadFile(args[0]))
	}
}

// jsonStep gives a field of an object or an item of a list, nil for none.
func jsonStep(v any, step string) any {
	switch at := v.(type) {
	case map[string]any:
		return at[step]
	case []any:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(at) {
			return at[i]
		}
	}
	return nil
}
