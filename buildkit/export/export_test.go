package export_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bentoc.dev/buildkit/export"
)

func TestParseOutput(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want export.Output
		err  string
	}{
		{"hello.tar", export.Output{Type: export.OCI, Dest: "hello.tar"}, ""},
		{"type=dir,dest=a/b", export.Output{Type: export.Dir, Dest: "a/b"}, ""},
		{"type=docker,dest=x,platform=linux/arm64", export.Output{Type: export.Docker, Dest: "x", Platform: "linux/arm64"}, ""},
		{"type=image,dest=x", export.Output{}, `output "type=image,dest=x": unknown type "image": it is oci, dir or docker`},
		{"dest=x", export.Output{}, `output "dest=x": no type: it is oci, dir or docker`},
		{"type=oci", export.Output{}, `output "type=oci": no dest`},
		{"type=oci,dest=x,tag=y", export.Output{}, `output "type=oci,dest=x,tag=y": unknown key "tag": the keys are type, dest and platform`},
		{"type=oci,dest=x,platform=y", export.Output{}, `output "type=oci,dest=x,platform=y": platform is for type=docker alone`},
		{"", export.Output{}, `output "": "" is not KEY=VALUE`},
	} {
		got, err := export.ParseOutput(tt.text)
		if fmt.Sprint(err) != tt.err && (err != nil || tt.err != "") {
			t.Errorf("%q: error %v, want %s", tt.text, err, tt.err)
		}
		if err == nil && got != tt.want {
			t.Errorf("%q: %+v, want %+v", tt.text, got, tt.want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	two := []string{"linux/amd64", "linux/arm64"}
	for _, tt := range []struct {
		outputs []export.Output
		want    string
	}{
		{[]export.Output{{Type: export.OCI, Dest: "a"}, {Type: export.Dir, Dest: "./a"}}, "two outputs have the destination ./a"},
		{[]export.Output{{Type: export.Docker, Dest: "a"}}, "output type=docker: it holds one platform, and this build has linux/amd64, linux/arm64: choose one with platform="},
		{[]export.Output{{Type: export.Docker, Dest: "a", Platform: "linux/s390x"}}, "output type=docker: no platform linux/s390x: there is linux/amd64, linux/arm64"},
		{[]export.Output{{Type: export.Docker, Dest: "a", Platform: "linux/arm64"}, {Type: export.OCI, Dest: "b"}}, "<nil>"},
	} {
		if got := fmt.Sprint(export.Check(tt.outputs, "", two)); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.outputs, got, tt.want)
		}
	}
}

// builds is a build that gives text.
func builds(text []byte) func(func() (io.WriteCloser, error)) error {
	return func(open func() (io.WriteCloser, error)) error {
		// The first attempt breaks off.
		for _, part := range [][]byte{append([]byte("void"), text...), text} {
			w, err := open()
			if err != nil {
				return err
			}
			if _, err := w.Write(part); err != nil {
				return err
			}
			if err := w.Close(); err != nil {
				return err
			}
		}
		return nil
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range list {
		got = append(got, e.Name())
	}
	return got
}

func TestWrite_EveryType(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text, index := archive(t, "amd64", "arm64")
	outputs := []export.Output{
		{Type: export.Docker, Dest: filepath.Join(dir, "docker.tar"), Platform: "linux/arm64"},
		{Type: export.OCI, Dest: filepath.Join(dir, "oci.tar")},
		{Type: export.Dir, Dest: filepath.Join(dir, "sub/layout")},
		{Type: export.OCI, Dest: filepath.Join(dir, "again.tar")},
	}
	for range 2 { // the second time in place of the first
		if err := export.Write(t.Context(), outputs, "team/hello:2", builds(text), nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(t, dir); !slices.Equal(got, []string{"again.tar", "docker.tar", "oci.tar", "sub"}) {
		t.Errorf("files %q", got)
	}
	if got := names(t, filepath.Join(dir, "sub")); !slices.Equal(got, []string{"layout"}) {
		t.Errorf("files %q", got)
	}
	for _, name := range []string{"oci.tar", "again.tar"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s differs from what was built (%v)", name, err)
		}
	}
	for _, name := range []string{"oci.tar", "sub/layout"} {
		c, err := export.Inspect(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if c.Digest != index || len(c.Images) != 2 {
			t.Errorf("%s: %+v", name, c)
		}
	}
	c, err := export.Inspect(filepath.Join(dir, "docker.tar"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Images) != 1 || c.Images[0].Platform != "linux/arm64" || c.Name != "docker.io/team/hello:2" || c.Digest != c.Images[0].Manifest {
		t.Errorf("docker: %+v", c)
	}
	docker, err := os.ReadFile(filepath.Join(dir, "docker.tar"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(docker, []byte(`"RepoTags":["team/hello:2"]`)) {
		t.Error("the docker archive has no tag")
	}
}

func TestWrite_FailureLeavesNothing(t *testing.T) {
	t.Parallel()
	text, _ := archive(t, "amd64", "arm64")
	broken := errors.New("it broke")
	for name, build := range map[string]func(func() (io.WriteCloser, error)) error{
		"build fails": func(open func() (io.WriteCloser, error)) error {
			w, err := open()
			if err != nil {
				return err
			}
			if _, err := w.Write(text[:1000]); err != nil {
				return err
			}
			return broken
		},
		"no archive":       builds([]byte("nonsense")),
		"one output fails": builds(text), // docker of two platforms
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			dest := filepath.Join(dir, "a.tar")
			if err := os.WriteFile(dest, []byte("before"), 0o644); err != nil {
				t.Fatal(err)
			}
			outputs := []export.Output{{Type: export.OCI, Dest: dest}, {Type: export.Dir, Dest: filepath.Join(dir, "d")}, {Type: export.Docker, Dest: filepath.Join(dir, "b")}}
			if err := export.Write(t.Context(), outputs, "", build, nil); err == nil {
				t.Error("no error")
			}
			if got := names(t, dir); !slices.Equal(got, []string{"a.tar"}) {
				t.Errorf("files %q", got)
			}
			if got, _ := os.ReadFile(dest); string(got) != "before" {
				t.Errorf("content %q", got)
			}
		})
	}
}

func TestWrite_Interrupted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text, _ := archive(t, "amd64")
	ctx, cancel := context.WithCancel(t.Context())
	err := export.Write(ctx, []export.Output{{Type: export.Dir, Dest: filepath.Join(dir, "d")}}, "", func(open func() (io.WriteCloser, error)) error {
		defer cancel()
		return builds(text)(open)
	}, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := names(t, dir); len(got) > 0 {
		t.Errorf("files %q", got)
	}
}

func TestWrite_KeepsWhatIsNoLayout(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text, _ := archive(t, "amd64")
	dest := filepath.Join(dir, "home")
	if err := os.MkdirAll(filepath.Join(dest, "precious"), 0o755); err != nil {
		t.Fatal(err)
	}
	err := export.Write(t.Context(), []export.Output{{Type: export.Dir, Dest: dest}}, "", builds(text), nil)
	if want := "writing " + dest + ": it is there and is no OCI layout"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if got := names(t, dest); !slices.Equal(got, []string{"precious"}) {
		t.Errorf("files %q", got)
	}
}

func TestWrite_RemovesWhatAKilledOneLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text, _ := archive(t, "amd64")
	if err := os.MkdirAll(filepath.Join(dir, ".d.bentoc-123/blobs"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := export.Write(t.Context(), []export.Output{{Type: export.Dir, Dest: filepath.Join(dir, "d")}}, "", builds(text), nil); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"d"}) {
		t.Errorf("files %q", got)
	}
}

func TestContents(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "a.tar")
	text, _ := archive(t, "amd64", "arm64")
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
	a, err := export.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	c, err := a.Contents()
	if err != nil {
		t.Fatal(err)
	}
	img, err := c.Find("linux/arm64")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	size := int64(0)
	for _, l := range img.Layers {
		got = append(got, l.Content)
		size += l.Size
	}
	if want := []string{"users", "server", "other"}; !slices.Equal(got, want) {
		t.Errorf("layers %q, want %q", got, want)
	}
	if img.Size <= size || img.Labels["a"] != "b" || img.Annotations["title"] != "t" {
		t.Errorf("image %+v", img)
	}
	for file, want := range map[string]string{"/server": "binary for arm64", "etc/passwd": "nonroot"} {
		if text, err := a.ReadFile(img, file, 100); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", file, text, err)
		}
	}
	if _, err := a.ReadFile(img, "/nothing", 100); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := a.ReadFile(img, "/server", 3); err == nil {
		t.Error("a file over the limit was read")
	}
}

func TestRootfs(t *testing.T) {
	t.Parallel()
	checkRootfs(t)
}

func checkRootfs(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "a.tar")
	text, _ := archive(t, "amd64")
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
	a, err := export.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	c, err := a.Contents()
	if err != nil {
		t.Fatal(err)
	}
	cache := filepath.Join(dir, "rootfs")
	old := filepath.Join(cache, "old")
	if err := os.MkdirAll(old, 0o755); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-8 * 24 * time.Hour)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	var root string
	for range 2 {
		if root, err = a.Rootfs(t.Context(), c.Images[0], cache); err != nil {
			t.Fatal(err)
		}
	}
	want := strings.TrimPrefix(c.Images[0].Manifest, "sha256:")
	if got := names(t, cache); !slices.Equal(got, []string{want, want + ".looks"}) {
		t.Errorf("folders %q", got)
	}
	if got := names(t, root); !slices.Equal(got, []string{"etc", "server"}) {
		t.Errorf("files %q", got)
	}
	if got := names(t, filepath.Join(root, "etc")); !slices.Equal(got, []string{"passwd"}) {
		t.Errorf("files %q", got)
	}
	if fi, err := os.Stat(filepath.Join(root, "server")); err != nil || fi.Mode() != 0o755 {
		t.Errorf("the server has mode %v (%v)", fi.Mode(), err)
	}
	passwd := filepath.Join(root, "etc/passwd")
	if got, err := os.ReadFile(passwd); err != nil || string(got) != "nonroot" {
		t.Errorf("%q, %v", got, err)
	}
	// What changed since it was unpacked is unpacked again.
	fi, err := os.Stat(passwd)
	if err := errors.Join(err, os.WriteFile(passwd, []byte("nunroot"), 0o644), os.Chtimes(passwd, fi.ModTime(), fi.ModTime())); err != nil {
		t.Fatal(err)
	}
	if _, err = a.Rootfs(t.Context(), c.Images[0], cache); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(passwd); err != nil || string(got) != "nonroot" {
		t.Errorf("after a change: %q, %v", got, err)
	}
}

// A changed byte is noticed, wherever a document is read.
func TestContents_Damaged(t *testing.T) {
	t.Parallel()
	text, _ := archive(t, "amd64")
	name := filepath.Join(t.TempDir(), "a.tar")
	damaged := bytes.Replace(text, []byte(`"Entrypoint":["/server"]`), []byte(`"Entrypoint":["/severs"]`), 1)
	if err := os.WriteFile(name, damaged, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := export.Inspect(name)
	if err == nil || !strings.Contains(err.Error(), "its content has the digest sha256:") {
		t.Errorf("got %v", err)
	}
}

func TestOpen_Errors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "x")
	if err := os.WriteFile(file, tarOf(t, map[string]string{"a": "b"}), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := export.Inspect(file); err == nil || err.Error() != "reading "+file+": not an OCI archive: it has no index.json" {
		t.Errorf("got %v", err)
	}
	if _, err := export.Inspect(dir); err == nil || !strings.Contains(err.Error(), "not an OCI layout") {
		t.Errorf("got %v", err)
	}
	if _, err := export.Inspect(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	text, _ := archive(f, "amd64")
	f.Add(text)
	f.Add(tarOf(f, map[string]string{"index.json": `{"manifests":[{"digest":"sha256:../../x","size":-1}]}`}))
	f.Fuzz(func(t *testing.T, text []byte) {
		name := filepath.Join(t.TempDir(), "a.tar")
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
		c, err := export.Inspect(name) // must not panic
		if err == nil && len(c.Digest) < 64 {
			t.Errorf("digest %q", c.Digest)
		}
	})
}
