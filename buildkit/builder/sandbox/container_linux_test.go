package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"bentoc.dev/buildkit/builder/sandbox"
	"bentoc.dev/buildkit/buildkittest"
	"bentoc.dev/buildkit/reexec"
)

func TestMain(m *testing.M) {
	if code, ok := reexec.Dispatch(sandbox.Stages()...); ok {
		os.Exit(code)
	}
	if root := os.Getenv(serveEnv); root != "" {
		code, err := sandbox.Run(context.Background(), sandbox.Container{Root: root, Args: []string{"/probe", "wait"}, User: "65532", Stdout: os.Stdout, Stderr: os.Stderr})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// serveEnv makes the test binary a command that runs an image, as bentoc serve.
const serveEnv = "BENTOC_TEST_SERVE"

// report is what testdata/probe writes.
type report struct {
	UID, GID, PID int
	Dir           string
	Env           []string
	RootWritable  bool
	TmpWritable   bool
	Resolv        bool
	Sys           bool
	Null          bool
	Caps          string
	NoNewPrivs    string
	Interfaces    int
	Processes     int
	Succeeded     []string `json:",omitempty"`
}

const probeEnv = "BENTOC_TEST_PROBE"

// probe builds the program that runs in the sandboxes, or takes the one that
// the root of this test has built.
func probe(t *testing.T) string {
	t.Helper()
	if p := os.Getenv(probeEnv); p != "" {
		return p
	}
	dir, err := os.MkdirTemp("", "bentoc-probe-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	p := filepath.Join(dir, "probe")
	cmd := exec.Command("go", "build", "-o", p, "./testdata/probe")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building the probe: %v\n%s", err, out)
	}
	return p
}

// rootfs is an image of the probe alone.
func rootfs(t *testing.T, program string) string {
	t.Helper()
	dir := t.TempDir()
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "probe"), text, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "etc/passwd"), []byte("nonroot:x:65532:65531::/:\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func checkRun(t *testing.T, program, user string, uid, gid int) {
	t.Helper()
	var out, log bytes.Buffer
	code, err := sandbox.Run(t.Context(), sandbox.Container{
		Root: rootfs(t, program), Args: []string{"/probe"}, Env: []string{"PORT=1"}, User: user, Stdout: &out, Stderr: &log,
	})
	if err != nil || code != 0 {
		t.Fatalf("exit %d, %v\n%s", code, err, log.String())
	}
	var r report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	links, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	_, resolvErr := os.Stat("/etc/resolv.conf")
	none := "0000000000000000 "
	want := report{UID: uid, GID: gid, PID: 1, Dir: "/", Env: []string{"PORT=1"}, TmpWritable: true, Resolv: resolvErr == nil, Sys: true, Null: true,
		Caps: none + none + none + none + none, NoNewPrivs: "1", Interfaces: len(links), Processes: 1}
	got, _ := json.Marshal(r)
	wanted, _ := json.Marshal(want)
	if !bytes.Equal(got, wanted) {
		t.Errorf("the program sees\n%s, want\n%s", got, wanted)
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	checkRun(t, probe(t), "65532:65532", 65532, 65532)
}

func TestRun_UserByName(t *testing.T) {
	t.Parallel()
	checkRun(t, probe(t), "nonroot", 65532, 65531)
}

func TestRun_OrdinaryUser(t *testing.T) {
	t.Parallel()
	p := probe(t)
	if !buildkittest.Unprivileged(t, probeEnv+"="+p) {
		return
	}
	checkRun(t, p, "65532:65532", 65532, 65532)
}

func TestRun_UnknownUser(t *testing.T) {
	t.Parallel()
	_, err := sandbox.Run(t.Context(), sandbox.Container{Root: rootfs(t, probe(t)), Args: []string{"/probe"}, User: "ghost"})
	if want := `user "ghost" of the image: it is not a number, and the image does not name it`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRun_NoProgram(t *testing.T) {
	t.Parallel()
	_, err := sandbox.Run(t.Context(), sandbox.Container{Root: rootfs(t, probe(t)), Args: []string{"/nothing"}})
	if want := "setting up the sandbox: /nothing: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// started runs the probe until it waits, and gives what the run will return.
func started(t *testing.T, ctx context.Context, signals <-chan os.Signal) <-chan int {
	t.Helper()
	r, w := io.Pipe()
	end := make(chan int, 1)
	root := rootfs(t, probe(t))
	go func() {
		code, err := sandbox.Run(ctx, sandbox.Container{Root: root, Args: []string{"/probe", "wait"}, User: "65532", Stdout: w, Signals: signals})
		if err != nil {
			t.Error(err)
		}
		w.Close()
		end <- code
	}()
	var first report
	if err := json.NewDecoder(r).Decode(&first); err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, r)
	return end
}

func TestRun_ContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	end := started(t, ctx, nil)
	cancel()
	if code := <-end; code != 3 {
		t.Errorf("exit %d, want 3: the program's answer to SIGTERM", code)
	}
}

func TestRun_SignalIsHandedOn(t *testing.T) {
	t.Parallel()
	signals := make(chan os.Signal, 1)
	end := started(t, t.Context(), signals)
	signals <- syscall.SIGHUP
	if code := <-end; code != 7 {
		t.Errorf("exit %d, want 7: the program's answer to SIGHUP", code)
	}
}

func checkKilled(t *testing.T, program string) {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), serveEnv+"="+rootfs(t, program))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	in := json.NewDecoder(r)
	var first report
	if err := in.Decode(&first); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	// The program holds the other end of the pipe as long as it lives.
	if err := r.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Errorf("the program lives on: %v", err)
	}
}

func TestRun_DiesWithItsCommand(t *testing.T) {
	t.Parallel()
	checkKilled(t, probe(t))
}

func TestRun_DiesWithItsCommand_OrdinaryUser(t *testing.T) {
	t.Parallel()
	p := probe(t)
	if !buildkittest.Unprivileged(t, probeEnv+"="+p) {
		return
	}
	checkKilled(t, p)
}
