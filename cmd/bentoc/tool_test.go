package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// tool is bentoc as an executable that any user may run.
type tool struct {
	path  string
	proxy string // GOPROXY with everything that the tests need
}

// toolDir is where this run of the tests keeps the tool; TestMain removes it.
func toolDir() string { return filepath.Join(os.TempDir(), fmt.Sprintf("bentoc-tool-%d", os.Getpid())) }

var sharedTool = sync.OnceValues(func() (tool, error) {
	self, err := os.Executable()
	if err != nil {
		return tool{}, err
	}
	dir := toolDir()
	if err := os.Mkdir(dir, 0o755); err != nil {
		return tool{}, err
	}
	data, err := os.ReadFile(self)
	if err != nil {
		return tool{}, err
	}
	t := tool{path: filepath.Join(dir, "bentoc"), proxy: moduleProxy()}
	return t, errors.Join(os.Chmod(dir, 0o755), os.WriteFile(t.path, data, 0o755))
})

// newTool gives the tool. It is the test binary under another name, see TestMain.
func newTool(t *testing.T) tool {
	t.Helper()
	tl, err := sharedTool()
	if err != nil {
		t.Fatal(err)
	}
	return tl
}

// moduleProxy serves this machine's module cache to users who cannot read it;
// what is not there comes from where the go command would ask.
func moduleProxy() string {
	cache := filepath.Join(goEnv("GOMODCACHE"), "cache/download")
	srv := httptest.NewServer(http.FileServer(http.Dir(cache)))
	return srv.URL + "," + goEnv("GOPROXY")
}

// invocation is one run of the tool.
type invocation struct {
	dir    string
	args   []string
	state  string
	env    []string
	uid    int    // 0: the caller's
	umask  string // "": the caller's
	stdout string
	stderr string
	code   int
}

// command prepares r.
func (tl tool) command(r *invocation) *exec.Cmd {
	cmd := exec.Command(tl.path, r.args...)
	if r.umask != "" {
		cmd = exec.Command("/bin/sh", append([]string{"-c", "umask " + r.umask + `; exec "$0" "$@"`, tl.path}, r.args...)...)
	}
	cmd.Dir = r.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + r.state, "BENTOC_STATE=" + r.state, "GOPROXY=" + tl.proxy, "GOFLAGS=-modcacherw", "NO_COLOR=1"}
	cmd.Env = append(cmd.Env, r.env...)
	if r.uid != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(r.uid), Gid: uint32(r.uid)}}
	}
	return cmd
}

// run runs r to its end and fills in what it gave.
func (tl tool) run(t *testing.T, r *invocation) *invocation {
	t.Helper()
	cmd := tl.command(r)
	var out, story bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &story
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	r.stdout, r.stderr, r.code = strings.TrimSpace(out.String()), story.String(), cmd.ProcessState.ExitCode()
	return r
}

// platforms are what tests build images for, as --platform takes them: this machine's
// alone, as a new machine has to compile the standard library for each; with the build
// tag slow all that the bento has.
func platforms() string {
	if slow {
		return ""
	}
	return "linux/" + runtime.GOARCH
}

// build builds the bento in dir and gives the digest on stdout.
func (tl tool) build(t *testing.T, r *invocation) string {
	t.Helper()
	r.args = append([]string{"build", "--progress=plain", "--platform=" + platforms(), "-o", filepath.Join(r.state, "out.oci.tar")}, r.args...)
	tl.run(t, r)
	if r.code != 0 || !digestLine.MatchString(r.stdout) {
		t.Fatalf("bentoc build in %s: exit code %d, stdout %q\n%s", r.dir, r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

var digestLine = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// openDir gives a folder that any user may use.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "bentoc-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { removeAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// removeAll removes a folder with read-only folders in it.
func removeAll(dir string) {
	_ = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(p, 0o700)
		}
		return nil
	})
	_ = os.RemoveAll(dir)
}

// sharedState is the state folder that warm tests share.
func sharedState(t *testing.T) string {
	t.Helper()
	dir, err := testState()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
