package layer_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/gomod/proxytest"
	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/gosrc"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/layer"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/plan"
	"bentoc.dev/compiler/store"
	"bentoc.dev/compiler/workspace"
)

// files of a bento with one step that needs a module.
var files = map[string]string{
	"go.mod":           "module example.com/app\n\ngo 1.26\n\nrequire example.com/dep v1.1.0\n",
	"steps/steps.go":   "package steps\n\nimport \"example.com/dep\"\n\nfunc Word() string { return dep.Word }\n",
	"data/a.txt":       "a",
	"data/deep/run.sh": "#!/bin/sh\n",
	"single.bin":       "single",
}

const mainGo = `package main

import (
	_ "bentoc.dev/runtime/spec"
	"example.com/app/steps"
)

func main() { print(steps.Word()) }
`

// newRequest locks the bento in root with a client on an empty store, in which a
// toolchain stands that no one can run.
func newRequest(t *testing.T, root, proxy string) layer.Request {
	t.Helper()
	s, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	c := fetch.New(s)
	c.GoRoot = proxytest.GoRoot(t)
	c.Env = append(os.Environ(), "GOPROXY=file://"+proxy, "GOSUMDB=off", "GOENV=off", "GOMODCACHE="+proxytest.Cache(t))
	seedToolchain(t, s)
	b := &ir.Bento{Version: ir.Version, Name: "app", Platforms: []string{"linux/amd64", "linux/arm64"}, Services: map[string]*ir.Service{}}
	w := newWorkspace(t, root)
	f := lockOnce(t, c, b, w)
	return layer.Request{Fetch: c, Bento: b, IR: []byte(`{"name":"app"}`), Lock: f, Workspace: w, Root: root, Builder: "linux/amd64"}
}

func newWorkspace(t *testing.T, root string) *workspace.Workspace {
	t.Helper()
	out := &gen.Output{
		ServerModule: "bento.local/app", Server: []gen.File{{Path: "main.go", Data: []byte(mainGo)}},
		RuntimeImports: []string{"bentoc.dev/runtime/spec"},
	}
	m := &gosrc.Module{Dir: ".", Path: "example.com/app", Go: "1.26", Bentogen: "bentogen", Imports: []string{"example.com/dep"}, Files: []string{"go.mod", "steps/steps.go"}}
	w, diags, err := workspace.New(workspace.Request{Gen: out, Steps: m, FS: os.DirFS(root)})
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	return w
}

// seedToolchain puts a small stand-in into the store for the toolchain, so that
// tests download nothing.
func seedToolchain(t *testing.T, s *store.Store) {
	t.Helper()
	tc, err := pin.Toolchain("linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, name := range []string{"VERSION", "bin/go", "src/_go.mod"} {
		w, err := z.Create(tc.Module.String() + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := s.PutBytes(buf.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetMemo("gomod", tc.Module.String()+" "+tc.Sum, b); err != nil {
		t.Fatal(err)
	}
}

func writeModule(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func newProxy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	proxytest.Write(t, dir, "example.com/dep", "v1.1.0", map[string]string{"go.mod": "module example.com/dep\n\ngo 1.20\n", "dep.go": "package dep\n\nconst Word = `hello`\n"})
	return dir
}

func input(t *testing.T, in *layer.Inputs, id string) plan.Input {
	t.Helper()
	i := slices.IndexFunc(in.Inputs, func(x plan.Input) bool { return x.ID == id })
	if i < 0 {
		t.Fatalf("there is no input %s", id)
	}
	return in.Inputs[i]
}

// layer gives what is in a layer: mode, name and, for files, content.
func unpacked(t *testing.T, s *store.Store, in plan.Input) (list []string, content map[string]string) {
	t.Helper()
	f, err := s.Open(in.Layer)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	head := make([]byte, 4)
	_, _ = io.ReadFull(f, head)
	_, _ = f.Seek(0, io.SeekStart)
	var r io.Reader = f
	switch string(head) {
	case "\x28\xb5\x2f\xfd":
		r, err = zstd.NewReader(f)
	default:
		if string(head[:2]) == "\x1f\x8b" {
			r, err = gzip.NewReader(f)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	content = map[string]string{}
	tr := tar.NewReader(r)
	for h, err := tr.Next(); !errors.Is(err, io.EOF); h, err = tr.Next() {
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, fs.FileMode(h.Mode).String()+" "+h.Name)
		content[h.Name] = string(text)
	}
	return list, content
}

func TestSameLayersFromAnotherFolderAndStore(t *testing.T) {
	t.Parallel()
	proxy := newProxy(t)
	var first *layer.Inputs
	for range 3 {
		r := newRequest(t, writeModule(t), proxy)
		r.Bento.Files = map[string]*ir.File{"/opt/data": {Path: "data"}, "/opt/single": {Path: "single.bin", Mode: 0o755}}
		for range 2 {
			in, err := layer.All(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = in
			}
			if !slices.Equal(in.Inputs, first.Inputs) {
				t.Fatalf("got  %+v\nwant %+v", in.Inputs, first.Inputs)
			}
		}
	}
}

func TestFilesHaveFixedModes(t *testing.T) {
	t.Parallel()
	root := writeModule(t)
	r := newRequest(t, root, newProxy(t))
	r.Bento.Files = map[string]*ir.File{"/opt/data": {Path: "data"}, "/opt/single": {Path: "single.bin", Mode: 0o755}, "/opt/link": {Path: "link"}}
	if err := os.Symlink("single.bin", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	in, err := layer.All(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	list, content := unpacked(t, r.Fetch.Store, input(t, in, plan.InputFiles))
	want := []string{"-rwxr-xr-x opt/", "-rwxr-xr-x opt/data/", "-rw-r--r-- opt/data/a.txt", "-rwxr-xr-x opt/data/deep/", "-rw-r--r-- opt/data/deep/run.sh", "-rw-r--r-- opt/link", "-rwxr-xr-x opt/single"}
	if !slices.Equal(list, want) || content["opt/link"] != "single" {
		t.Errorf("got %q", list)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(root, "data", "out")); err != nil {
		t.Fatal(err)
	}
	if _, err := layer.All(t.Context(), r); err == nil || !strings.Contains(err.Error(), "escapes") {
		t.Errorf("a link that leaves the module: %v", err)
	}
}

func TestRootfs(t *testing.T) {
	t.Parallel()
	r := newRequest(t, writeModule(t), newProxy(t))
	r.Records = []plan.Record{{File: plan.LockFile, Data: []byte("a lock")}}
	in, err := layer.All(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	list, content := unpacked(t, r.Fetch.Store, input(t, in, plan.InputRootfs))
	want := []string{
		"-rwxr-xr-x etc/", "-rw-r--r-- etc/group", "-rw-r--r-- etc/passwd", "-rwxrwxrwx tmp/",
		"-rwxr-xr-x usr/", "-rwxr-xr-x usr/share/", "-rwxr-xr-x usr/share/bentoc/", "-rw-r--r-- usr/share/bentoc/bento.lock", "-rw-r--r-- usr/share/bentoc/ir.json",
	}
	if !slices.Equal(list, want) {
		t.Errorf("got %q", list)
	}
	if content["usr/share/bentoc/ir.json"] != string(r.IR) || content["usr/share/bentoc/bento.lock"] != "a lock" {
		t.Errorf("the IR is %q, the lock %q", content["usr/share/bentoc/ir.json"], content["usr/share/bentoc/bento.lock"])
	}
	if !strings.Contains(content["etc/passwd"], "nonroot:x:65532:65532:") || !strings.Contains(content["etc/group"], "nonroot:x:65532:") {
		t.Errorf("got %q", content)
	}
}

// putOnBase gives the bento a base image that lies in its module, and locks it.
func putOnBase(t *testing.T, r *layer.Request) {
	t.Helper()
	r.Bento.Base = &ir.Base{Layout: "base"}
	writeBase(t, filepath.Join(r.Root, "base"))
	n, err := need.Of(r.Bento, r.Workspace.Needs())
	if err != nil {
		t.Fatal(err)
	}
	r.Lock, _, err = lock.Resolve(t.Context(), lock.Request{Fetch: r.Fetch, Old: r.Lock, ModuleDir: r.Root, Needs: n})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRootfsOnABase(t *testing.T) {
	t.Parallel()
	root := writeModule(t)
	r := newRequest(t, root, newProxy(t))
	r.Bento.Platforms = []string{"linux/amd64"}
	putOnBase(t, &r)
	in, err := layer.All(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	list, content := unpacked(t, r.Fetch.Store, input(t, in, "rootfs-linux-amd64"))
	if got := content["etc/passwd"]; !strings.HasPrefix(got, "root:x:0:0::/root:/bin/bash\nwww:x:33:33::/:/bin/false\nnonroot:") {
		t.Errorf("passwd:\n%s", got)
	}
	if slices.ContainsFunc(list, func(s string) bool { return strings.HasSuffix(s, "tmp/") }) {
		t.Errorf("/tmp of the base is hidden: %q", list)
	}
	if base := in.Bases["linux/amd64"]; base.Manifest == "" || len(base.Config) == 0 {
		t.Errorf("base %+v", base)
	}
}

func writeBase(t *testing.T, dir string) {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	passwd := "root:x:0:0::/root:/bin/bash\nwww:x:33:33::/:/bin/false"
	err := errors.Join(
		w.WriteHeader(&tar.Header{Name: "./tmp/", Mode: 0o1777, Typeflag: tar.TypeDir}),
		w.WriteHeader(&tar.Header{Name: "./etc/passwd", Mode: 0o644, Size: int64(len(passwd)), Typeflag: tar.TypeReg}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(passwd)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(buf.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	img, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", RootFS: v1.RootFS{Type: "layers"}})
	if err != nil {
		t.Fatal(err)
	}
	if img, err = mutate.AppendLayers(img, l); err != nil {
		t.Fatal(err)
	}
	if _, err := layout.Write(dir, mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: img})); err != nil {
		t.Fatal(err)
	}
}

// TestPackedSourceCompiles compiles what was packed as the plan says, with the Go
// that runs the test, and its build cache, instead of the toolchain. Flags that have
// the standard library compiled anew are left to the scripts, which build images.
func TestPackedSourceCompiles(t *testing.T) {
	t.Parallel()
	r := newRequest(t, writeModule(t), newProxy(t))
	in, err := layer.All(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.Build(plan.Request{Bento: r.Bento, Inputs: in.Inputs, Version: "test", GoVersion: pin.GoVersion})
	if err != nil {
		t.Fatal(err)
	}
	tmp := proxytest.Cache(t)
	where := strings.NewReplacer("/go/bin/go", filepath.Join(r.Fetch.GoRoot, "bin/go"), "GOROOT=/go", "GOROOT="+r.Fetch.GoRoot,
		"/modules", filepath.Join(tmp, "modules"), "/src", filepath.Join(tmp, "source"), "/cache", filepath.Join(tmp, "cache"), "/out", filepath.Join(tmp, "out"), "TMPDIR=/tmp", "TMPDIR="+tmp)
	for _, id := range []string{plan.InputModules, plan.InputSource} {
		_, content := unpacked(t, r.Fetch.Store, input(t, in, id))
		for name, text := range content {
			if strings.HasSuffix(name, "/") {
				continue
			}
			path := filepath.Join(tmp, id, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o444)); err != nil {
				t.Fatal(err)
			}
		}
	}
	goCache, err := exec.CommandContext(t.Context(), filepath.Join(r.Fetch.GoRoot, "bin/go"), "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Compiles[:1] {
		cmd := exec.CommandContext(t.Context(), where.Replace(c.Args[0]))
		for _, a := range c.Args[1:] {
			if a != "-trimpath" && !strings.HasPrefix(a, "-gcflags=") {
				cmd.Args = append(cmd.Args, where.Replace(a))
			}
		}
		for _, e := range c.Env {
			cmd.Env = append(cmd.Env, where.Replace(e))
		}
		cmd.Env = append(cmd.Env, "GOCACHE="+strings.TrimSpace(string(goCache)))
		cmd.Dir = where.Replace(c.Dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", c.ID, err, out)
		}
		if fi, err := os.Stat(filepath.Join(where.Replace(c.Output), "server")); err != nil || fi.Size() < 500_000 {
			t.Errorf("%s: %v", c.ID, err)
		}
	}
}
