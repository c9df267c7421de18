package builder_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bentoc.dev/buildkit/builder"
	"bentoc.dev/buildkit/buildkittest"
	"bentoc.dev/buildkit/progress"
)

// builderProcess gives the pid of the builder process of a state folder, 0
// when there is none.
func builderProcess(t testing.TB, state string) int {
	t.Helper()
	list, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		text, err := os.ReadFile(p)
		if err != nil || !strings.HasPrefix(string(text), "bentoc:") || !strings.Contains(string(text), `"`+state+`"`) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(p)))
		if err != nil {
			t.Fatal(err)
		}
		return pid
	}
	return 0
}

// long bounds waits for what happens at once on a machine that has nothing else to do.
const long = 2 * time.Minute

// nothingLeft waits until no process and no mount of a state folder is left.
func nothingLeft(t testing.TB, state string) {
	t.Helper()
	deadline := time.Now().Add(long)
	for builderProcess(t, state) != 0 {
		if time.Now().After(deadline) {
			t.Fatal("the builder process is left")
		}
		<-time.After(10 * time.Millisecond)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mounts), state) {
		t.Errorf("a mount is left:\n%s", mounts)
	}
}

// states are folders of the shared one: the store, and a builder's state that
// has unpacked the toolchain.
func states(t testing.TB, name string) (*buildkittest.Store, string) {
	t.Helper()
	dir := sharedState(t)
	return buildkittest.NewStore(t, filepath.Join(dir, "store")), filepath.Join(dir, name)
}

// They share one state, and take turns: each must see nothing left of the one
// before.
func TestKills(t *testing.T) {
	t.Parallel()
	store, state := states(t, "kills")
	for name, test := range map[string]func(*testing.T, *buildkittest.Store, string){
		"first process":   firstProcessIsKilled,
		"builder process": builderProcessIsKilled,
		"any moment":      killedAtAnyMoment,
		"interrupted":     interrupted,
		"as it begins":    killedAsItBegins,
	} {
		t.Run(name, func(t *testing.T) { test(t, store, state) })
	}
}

func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	store, state := states(t, "root")
	text := program(time.Now().String())
	a, b := start(t, newJob(t, store, state, text)), start(t, newJob(t, store, state, text))
	if x, y := a.digest(), b.digest(); x != y || x == "" {
		t.Errorf("digests %q and %q", x, y)
	}
}

func firstProcessIsKilled(t *testing.T, store *buildkittest.Store, state string) {
	text := program(time.Now().String())
	a := start(t, newJob(t, store, state, text))
	a.until("running")
	b := start(t, newJob(t, store, state, text))
	b.until("open")
	if err := a.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	a.Wait()
	if d := b.digest(); !strings.HasPrefix(d, "sha256:") {
		t.Errorf("digest %q", d)
	}
	nothingLeft(t, state)
}

func builderProcessIsKilled(t *testing.T, store *buildkittest.Store, state string) {
	text := program(time.Now().String())
	a := start(t, newJob(t, store, state, text))
	a.until("running")
	b := start(t, newJob(t, store, state, text))
	b.until("open")
	pid := builderProcess(t, state)
	if pid == 0 {
		t.Fatal("no builder process")
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if x, y := a.digest(), b.digest(); x != y || x == "" {
		t.Errorf("digests %q and %q", x, y)
	}
	nothingLeft(t, state)
}

func killedAtAnyMoment(t *testing.T, store *buildkittest.Store, state string) {
	text := program(time.Now().String())
	j := newJob(t, store, state, text)
	for i := range 6 {
		p := start(t, j)
		if i%2 == 0 {
			p.until("running")
		}
		<-time.After(time.Duration(i*37) * time.Millisecond)
		p.Process.Kill()
		p.Wait()
		nothingLeft(t, state)
	}
	if left, _ := os.ReadDir(filepath.Dir(j.Dest)); len(left) > 1 {
		t.Errorf("left behind: %v", left)
	}
	other := newJob(t, store, filepath.Join(filepath.Dir(state), "root"), text)
	if x, y := start(t, j).digest(), start(t, other).digest(); x != y || x == "" {
		t.Errorf("digests %q and %q", x, y)
	}
	if left, _ := os.ReadDir(filepath.Join(state, "steps")); len(left) > 0 {
		t.Errorf("steps left behind: %v", left)
	}
}

func interrupted(t *testing.T, store *buildkittest.Store, state string) {
	j := newJob(t, store, state, program(time.Now().String()))
	p := start(t, j)
	p.until("running")
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err == nil {
		t.Error("the build succeeded")
	}
	if !strings.Contains(p.log.String(), "canceled") && !strings.Contains(p.log.String(), "interrupt") {
		t.Errorf("message: %s", p.log.String())
	}
	if left, _ := os.ReadDir(filepath.Dir(j.Dest)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if builderProcess(t, state) != 0 {
		t.Error("the builder process is left")
	}
	nothingLeft(t, state)
}

func TestBrokenCache(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, state := buildkittest.NewStore(t, filepath.Join(dir, "store")), filepath.Join(dir, "state")
	p := layersOnly(store)
	b := open(t, state)
	want, _, err := build(t, b, p, store.Dir, filepath.Join(dir, "a.tar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"containerdmeta.db", "metadata_v2.db", "cache.db", "history.db"} {
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(state, "caches/*", name))
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		file := files[0]
		fi, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, make([]byte, fi.Size()), 0o600); err != nil {
			t.Fatal(err)
		}
		b = open(t, state)
		got, _, err := build(t, b, p, store.Dir, filepath.Join(dir, "b.tar"))
		if err != nil {
			t.Fatalf("after breaking %s: %v", name, err)
		}
		if got.Digest != want.Digest {
			t.Errorf("after breaking %s: digest %s, want %s", name, got.Digest, want.Digest)
		}
	}
}

// The snapshots' database is opened when the first snapshot is asked for.
func TestBrokenSnapshots(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, state := buildkittest.NewStore(t, filepath.Join(dir, "store")), filepath.Join(dir, "state")
	b := open(t, state)
	want, _, err := build(t, b, store.Quick(), store.Dir, filepath.Join(dir, "a.tar"))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	list, err := filepath.Glob(filepath.Join(state, "caches/*/snapshots/metadata.db"))
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if err := os.WriteFile(list[0], make([]byte, 32768), 0o600); err != nil {
		t.Fatal(err)
	}
	p := store.Quick()
	p.Compiles[0].Env = append(p.Compiles[0].Env, "NEW=1") // so that it must run
	got, _, err := build(t, open(t, state), p, store.Dir, filepath.Join(dir, "b.tar"))
	if err != nil {
		t.Fatal(err)
	}
	if got.Digest != want.Digest {
		t.Errorf("digest %s, want %s", got.Digest, want.Digest)
	}
}

func TestWaiting(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	f, err := os.OpenFile(filepath.Join(state, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(state, "holder"), []byte(`{"pid":42,"since":"2026-01-02T03:04:05Z"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	told := ""
	_, err = builder.Open(ctx, builder.Options{State: state, Waiting: func(s string) { told = s; cancel() }})
	if err == nil || !strings.Contains(err.Error(), "used by process 42 since 03:04:05") {
		t.Errorf("got %v", err)
	}
	if told != "process 42 since 03:04:05" {
		t.Errorf("told %q", told)
	}
}

// killedAsItBegins kills the builder process within the time that it takes to begin:
// another one is started, and the cache stays.
func killedAsItBegins(t *testing.T, store *buildkittest.Store, state string) {
	buildIn(t, store, state, "begins")
	before := buildIn(t, store, state, "begins")
	for range 12 {
		done := make(chan struct{})
		go func() {
			defer close(done)
			for deadline := time.Now().Add(long); time.Now().Before(deadline); <-time.After(time.Millisecond) {
				if pid := builderProcess(t, state); pid != 0 {
					<-time.After(rand.N(120 * time.Millisecond))
					_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
					return
				}
			}
		}()
		b, err := builder.Open(t.Context(), builder.Options{State: state, Damaged: func(content string) { t.Errorf("the cache was called damaged: %s", content) }})
		<-done
		if err != nil {
			t.Fatal(err)
		}
		_ = b.Close() // it may have been killed
		nothingLeft(t, state)
	}
	if after := buildIn(t, store, state, "begins"); after.Cached() < before.Cached() || after.Cached() == 0 {
		t.Errorf("%d steps were cached, then %d: the cache was thrown away", before.Cached(), after.Cached())
	}
}

// buildIn builds a program in a state folder and tells what was
// cached.
func buildIn(t *testing.T, store *buildkittest.Store, state, text string) progress.Summary {
	t.Helper()
	b := open(t, state)
	defer b.Close()
	_, sum, err := build(t, b, store.Hello(program(text)), store.Dir, filepath.Join(t.TempDir(), "x.tar"))
	if err != nil {
		t.Fatal(err)
	}
	return sum
}
