package builder_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/buildkit/builder"
	"bentoc.dev/buildkit/buildkittest"
	"bentoc.dev/buildkit/emit"
	"bentoc.dev/buildkit/export"
	"bentoc.dev/buildkit/progress"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/plan"
)

// sharedState is a folder that outlives the test run, so that the standard
// library is compiled once.
func sharedState(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("BENTOC_TEST_STATE")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(cache, "bentoc-test")
	}
	dir = filepath.Join(dir, "buildkit")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func images(t testing.TB, p *plan.Plan) []emit.Image {
	t.Helper()
	list, err := emit.Images(t.Context(), p, emit.Options{Files: map[string][]byte{"bento.cue": []byte(buildkittest.CUE)}})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func open(t testing.TB, state string) *builder.Builder {
	t.Helper()
	b, err := builder.Open(t.Context(), builder.Options{State: state, Waiting: func(s string) { t.Log("waiting for", s) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// build writes p's images to dest and gives what is in there.
func build(t testing.TB, b *builder.Builder, p *plan.Plan, store, dest string) (*export.Contents, progress.Summary, error) {
	t.Helper()
	var log strings.Builder
	d, err := progress.New(&log, "plain", "build")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		d.Finish()
		t.Log(log.String())
	}()
	var c *export.Contents
	err = export.Write(t.Context(), []export.Output{{Type: export.OCI, Dest: dest}}, "hello",
		func(open func() (io.WriteCloser, error)) error {
			_, err := b.Solve(t.Context(), builder.Request{Images: images(t, p), Store: store, Output: open, Status: d.Update})
			return err
		},
		func(a *export.Archive) (err error) {
			c, err = a.Contents()
			return err
		})
	return c, d.Summary(), err
}

func TestSolve_Compile(t *testing.T) {
	t.Parallel()
	dir := sharedState(t)
	store := buildkittest.NewStore(t, filepath.Join(dir, "store"))
	b := open(t, filepath.Join(dir, "root"))
	c, sum, err := build(t, b, store.Hello(buildkittest.Program), store.Dir, filepath.Join(t.TempDir(), "hello.oci.tar"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v\n%+v", c, sum)
	if len(c.Images) != 2 || c.Images[0].Platform != "linux/amd64" || c.Images[1].Platform != "linux/arm64" {
		t.Errorf("images: %+v", c.Images)
	}
}

func TestSolve_CompilerFails(t *testing.T) {
	t.Parallel()
	dir := sharedState(t)
	store := buildkittest.NewStore(t, filepath.Join(dir, "store"))
	b := open(t, filepath.Join(dir, "root"))
	out := t.TempDir()
	_, _, err := build(t, b, store.Hello("package hello\n\nvar X = hello()\n"), store.Dir, filepath.Join(out, "hello.oci.tar"))
	var failed *builder.BuildError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v", err)
	}
	if want := (diag.Pos{File: "bento.cue", Line: 5, Col: 2, EndLine: 8, EndCol: 3}); failed.Pos != want {
		t.Errorf("position %+v, want %+v", failed.Pos, want)
	}
	if !strings.Contains(string(failed.Output), "./main.go:3:9: undefined: hello") {
		t.Errorf("output: %s", failed.Output)
	}
	if failed.Exit != 1 || !strings.HasPrefix(failed.Step, "compile the server for linux/") {
		t.Errorf("exit %d of %q", failed.Exit, failed.Step)
	}
	if left, _ := os.ReadDir(out); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// layersOnly is a plan that runs nothing.
func layersOnly(s *buildkittest.Store) *plan.Plan {
	in := s.Files("rootfs", map[string]string{"etc/passwd": "root:x:0:0::/:\n", "tmp/": ""})
	layers := []plan.Layer{{Input: "rootfs", Content: "files"}}
	return &plan.Plan{Inputs: []plan.Input{in}, Images: []plan.Image{{Platform: "linux/amd64", Layers: layers}, {Platform: "linux/arm64", Layers: layers}}}
}

// wantEnv holds the digest that root's build had.
const wantEnv = "BENTOC_TEST_WANT"

func TestSolve_OrdinaryUser(t *testing.T) {
	t.Parallel()
	want := os.Getenv(wantEnv)
	if want == "" {
		store, state := states(t, "root")
		c, _, err := build(t, open(t, state), store.Hello(buildkittest.Program), store.Dir, filepath.Join(t.TempDir(), "hello.oci.tar"))
		if err != nil {
			t.Fatal(err)
		}
		want = c.Digest
	}
	if !buildkittest.Unprivileged(t, wantEnv+"="+want) {
		return
	}
	dir := t.TempDir()
	store := buildkittest.NewStore(t, filepath.Join(dir, "store"))
	got, _, err := build(t, open(t, filepath.Join(dir, "state")), store.Hello(buildkittest.Program), store.Dir, filepath.Join(dir, "hello.oci.tar"))
	if err != nil {
		t.Fatal(err)
	}
	if got.Digest != want {
		t.Errorf("digest %s, want root's %s", got.Digest, want)
	}
}

// Nothing of the caller's surroundings reaches the images.
func TestSolve_Surroundings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := buildkittest.NewStore(t, filepath.Join(dir, "store"))
	plain := job{State: filepath.Join(dir, "a"), Store: store.Dir, Dest: filepath.Join(dir, "a.tar"), Images: images(t, store.Quick())}
	other := plain
	other.State, other.Dest, other.Umask = filepath.Join(dir, "b"), filepath.Join(dir, "b.tar"), 0o077
	a := start(t, plain).digest()
	b := start(t, other, "TZ=Asia/Tokyo", "LC_ALL=tr_TR.UTF-8", "GOMAXPROCS=1", "SOURCE_DATE_EPOCH=99", "HOME=/", "BUILDKIT_HOST=nowhere").digest()
	if a != b || a == "" {
		t.Errorf("digests %q and %q", a, b)
	}
	fi, err := os.Stat(other.Dest)
	if err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, not the caller's wish (%v)", fi.Mode(), err)
	}
}

// A base's layers keep their digests, whoever builds.
func TestSolve_Base(t *testing.T) {
	t.Parallel()
	checkBase(t)
}

func TestSolve_Base_OrdinaryUser(t *testing.T) {
	t.Parallel()
	if buildkittest.Unprivileged(t) {
		checkBase(t)
	}
}

func checkBase(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	store := buildkittest.NewStore(t, filepath.Join(dir, "store"))
	p := layersOnly(store)
	want := map[string][]string{}
	for i := range p.Images {
		arch := strings.TrimPrefix(p.Images[i].Platform, "linux/")
		p.Images[i].Base, want[arch] = store.Base(arch)
		want[arch] = append(want[arch], p.Inputs[0].Layer)
	}
	c, _, err := build(t, open(t, filepath.Join(dir, "state")), p, store.Dir, filepath.Join(dir, "a.tar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, img := range c.Images {
		var got []string
		for _, l := range img.Layers {
			got = append(got, l.Digest)
		}
		if arch := strings.TrimPrefix(img.Platform, "linux/"); !slices.Equal(got, want[arch]) {
			t.Errorf("%s: layers %q, want %q", arch, got, want[arch])
		}
		if h := `"history":[{"created":"2020-01-02T03:04:05Z","created_by":"somebody"},{"created":"2020-01-02T03:04:05Z","created_by":"somebody"},{"created":"1970-01-01T00:00:00Z","created_by":"bentoc: files"}]`; !strings.Contains(string(img.ConfigJSON), h) {
			t.Errorf("config %s\nwant %s", img.ConfigJSON, h)
		}
	}
}
