//go:build unix

package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/runner/adaptive"
	"bentoc.dev/runtime/runner/batch"
	"bentoc.dev/runtime/runner/cost"
)

// learning has a runner whose scheduler knows what two sizes cost.
func learning() made {
	b := hello()
	s := adaptive.Config{Costs: []cost.Size{{Work: 1, Seconds: 0.001, Runs: 9}, {Work: 4, Seconds: 0.0025, Runs: 9}}}.New()
	items := batch.New(batch.Config[string, string]{Name: "rec", MaxSize: 4, Scheduler: s, Run: func(context.Context, int, []string, []string) error { return nil }})
	b.Runners = append(b.Runners, runner.Life{Name: "rec", State: func() *runner.State {
		l := items.State().Learned
		return &runner.State{Instances: 1, MaxSize: 4, Unit: "items", Learned: l, Profile: &runner.Profile{Unit: "items", Sizes: l.Cost.Sizes}}
	}})
	return b
}

// local is a client of a Unix socket.
func local(path string) *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}}}
}

// What runners have learned is on the local socket, which is the operator's alone, and
// in the metrics.
func TestLocalSocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path) // one that a process left that is no more
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c := serve(t, "learning", "BENTOC_DEBUG_SOCKET="+path)
	c.waitFor(regexp.MustCompile(`\] ready `))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is %v, %v", info, err)
	}
	get := func(what string) (int, string) {
		r, err := local(path).Get("http://local" + what)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, string(b)
	}
	code, text := get("/debug/batching")
	var got struct {
		Runners map[string]struct {
			Unit    string
			Profile runner.Profile
		}
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || code != 200 || len(got.Runners) != 1 {
		t.Fatalf("got %d %s, %v", code, text, err)
	}
	if rec := got.Runners["rec"]; rec.Unit != "items" || len(rec.Profile.Sizes) != 2 || rec.Profile.Sizes[1] != (cost.Size{Work: 4, Seconds: 0.0025, Runs: 2}) {
		t.Errorf("got %s", text)
	}
	if code, _ := get("/livez"); code != 404 {
		t.Errorf("the local socket has more: %d", code)
	}
	if r, err := http.Get(c.base + "/debug/batching"); err != nil || r.StatusCode != 404 {
		t.Errorf("the port has it too: %v %v", r, err)
	}
	for _, name := range []string{`bentoc_runner_run_fixed_seconds{runner="rec"}`, `bentoc_runner_run_unit_seconds{runner="rec"}`} {
		if v := c.metric(name); math.Abs(v-0.0005) > 1e-9 {
			t.Errorf("%s is %g", name, v)
		}
	}

	refused := func(why string) {
		t.Helper()
		code, text := runWith(t, "hello", []string{"BENTOC_DEBUG_SOCKET=" + path}, "--port", "0", "--host", "127.0.0.1")
		if code != 1 || !strings.HasPrefix(text, "bentoc: error: BENTOC_DEBUG_SOCKET: ") || !strings.Contains(text, why) {
			t.Errorf("got %d %s", code, text)
		}
	}
	refused("another process listens on")
	if code, _ := get("/debug/batching"); code != 200 {
		t.Error("another server took the socket away")
	}
	c.signal(syscall.SIGTERM)
	if code := c.exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused("is there, and no socket")
	if b, err := os.ReadFile(path); err != nil || strings.TrimSpace(string(b)) != "mine" {
		t.Errorf("a file was replaced: %q, %v", b, err)
	}
}
