package pypi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/fetchtest"
	"bentoc.dev/compiler/fetch/pypi/pypitest"
	"bentoc.dev/compiler/store"
)

func TestFindWheel(t *testing.T) {
	t.Parallel()
	x := pypitest.NewIndex(t)
	data := func(s string) []byte { return pypitest.Wheel(t, map[string]string{"pkg/data.txt": s}) }
	for _, file := range []string{
		"my_pkg-1.0.0-cp312-cp312-manylinux_2_28_x86_64.whl", "my_pkg-1.0.0-cp311-cp311-manylinux_2_28_x86_64.whl",
		"my_pkg-1.0.0-cp311-cp311-manylinux2014_aarch64.manylinux_2_17_aarch64.whl", "my_pkg-1.0.0-cp311-cp311-win_amd64.whl",
		"my_pkg-1.0.0-cp310-cp310-musllinux_1_2_x86_64.whl", "my_pkg-1.0.0-cp310-cp310-manylinux_2_99_x86_64.whl",
		"my_pkg-1.0.0-cp313-cp313t-manylinux_2_28_aarch64.whl", "my_pkg-2.0.0-py3-none-any.whl", "my_pkg-1.9-cp39-cp39-macosx_11_0_arm64.whl",
	} {
		x.Add("my-pkg", file, data(file), "")
	}
	x.Add("my-pkg", "my_pkg-3.0-py3-none-any.whl", data("yanked"), `data-yanked="broken &amp; bad"`)
	x.Add("my-pkg", "my-pkg-4.0.tar.gz", []byte("source"), "")
	c := newClient(t, "PIP_INDEX_URL="+x.URL())
	for _, test := range []struct{ version, platform, file string }{
		{"1", "linux/amd64", "my_pkg-1.0.0-cp311-cp311-manylinux_2_28_x86_64.whl"},
		{"1.0.0", "linux/arm64", "my_pkg-1.0.0-cp311-cp311-manylinux2014_aarch64.manylinux_2_17_aarch64.whl"},
		{"2.0", "linux/arm64", "my_pkg-2.0.0-py3-none-any.whl"},
	} {
		w, err := c.Find(t.Context(), "My.Pkg", test.version, test.platform)
		if err != nil || w.File != test.file || w.Project != "my-pkg" {
			t.Errorf("%s for %s: %+v, %v", test.version, test.platform, w, err)
			continue
		}
		if want := store.DigestOf(data(test.file)); w.SHA256 != want || !c.Store.Has(store.Blob{Digest: want, Size: w.Size}) {
			t.Errorf("%s: %+v is not in the store", test.version, w)
		}
	}
	for _, test := range []struct{ project, version, text, cure string }{
		{"my-pkg", "1.9", "no wheel for linux/amd64; it has my_pkg-1.9-cp39-cp39-macosx_11_0_arm64.whl", "take a version"},
		{"my-pkg", "3.0", "was yanked from the package index: broken & bad", "another version"},
		{"my-pkg", "4.0", "as source only", "runs no Python"},
		{"my-pkg", "5.0", "no version 5.0", "there are 4.0, 3.0, 1.9, 2.0.0, 1.0.0"},
		{"other", "1", "no project other", "PIP_INDEX_URL"},
	} {
		_, err := c.Find(t.Context(), test.project, test.version, "linux/amd64")
		var absent *fetch.AbsentError
		if !errors.As(err, &absent) || !strings.Contains(absent.Text, test.text) || !strings.Contains(absent.Cure, test.cure) {
			t.Errorf("%s %s: %v (%+v)", test.project, test.version, err, absent)
		}
	}
}

func TestLockedWheel(t *testing.T) {
	t.Parallel()
	x := pypitest.NewIndex(t)
	const file = "p-1.0-py3-none-any.whl"
	data := pypitest.Wheel(t, map[string]string{"p/a": "a"})
	x.Add("p", file, data, `data-yanked=""`)
	w := Wheel{Project: "p", Version: "1.0", File: file, Size: int64(len(data)), SHA256: store.DigestOf(data)}
	env := "PIP_INDEX_URL=" + x.URL()
	if _, err := newClient(t, env).Fetch(t.Context(), w); err != nil {
		t.Errorf("a yanked wheel that is locked: %v", err)
	}
	x.Remove("p")
	x.Add("p", file, pypitest.Wheel(t, map[string]string{"p/a": "other"}), "")
	var bad *store.DigestError
	if _, err := newClient(t, env).Fetch(t.Context(), w); !errors.As(err, &bad) || bad.Want != w.SHA256 || bad.Got == "" {
		t.Errorf("a wheel that was published again: %v", err)
	}
	x.Remove("p")
	var missing *fetch.MissingError
	if _, err := newClient(t, env).Fetch(t.Context(), w); !errors.As(err, &missing) || !strings.Contains(missing.Cure, "bentoc lock --update=p") {
		t.Errorf("a wheel that is gone: %v", err)
	}
}

// TestSimpleJSON takes a wheel from a private index: JSON, a password in the
// index's URL, files beside the pages.
func TestSimpleJSON(t *testing.T) {
	t.Parallel()
	data := pypitest.Wheel(t, map[string]string{"p/a": "a"})
	base := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		switch {
		case user != "me" || password != "s3cret":
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/simple/p/" && strings.HasPrefix(r.Header.Get("Accept"), "application/vnd.pypi.simple.v1+json"):
			w.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json; charset=utf-8")
			fmt.Fprintf(w, `{"meta": {"api-version": "1.1"}, "name": "p", "files": [
				{"filename": "p-1.0-py3-none-any.whl", "url": "../../files/p.whl", "hashes": {"sha256": %q}, "yanked": false, "size": %d},
				{"filename": "p-2.0-py3-none-any.whl", "url": "../../files/q.whl", "hashes": {}, "yanked": true}]}`,
				strings.TrimPrefix(store.DigestOf(data), "sha256:"), len(data))
		case r.URL.Path == "/files/p.whl":
			_, _ = w.Write(data)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	withUser := strings.Replace(base, "://", "://me:s3cret@", 1) + "/simple"
	c := newClient(t, "PIP_INDEX_URL="+withUser)
	if w, err := c.Find(t.Context(), "p", "1.0", "linux/amd64"); err != nil || w.SHA256 != store.DigestOf(data) {
		t.Errorf("%+v, %v", w, err)
	}
	if _, err := c.Find(t.Context(), "p", "2.0", "linux/amd64"); err == nil || !strings.Contains(err.Error(), "yanked") {
		t.Errorf("yanked: %v", err)
	}
	netrc := filepath.Join(t.TempDir(), "netrc")
	host, _ := url.Parse(base)
	if err := os.WriteFile(netrc, fmt.Appendf(nil, "machine %s login me password s3cret", host.Hostname()), 0o600); err != nil {
		t.Fatal(err)
	}
	c = newClient(t, "UV_DEFAULT_INDEX=corp="+base+"/simple/", "NETRC="+netrc)
	if _, err := c.Find(t.Context(), "p", "1.0", "linux/amd64"); err != nil {
		t.Error(err)
	}
	_, err := newClient(t, "PIP_INDEX_URL="+strings.Replace(withUser, "s3cret", "wr0ng", 1)).Find(t.Context(), "p", "1.0", "linux/amd64")
	var missing *fetch.MissingError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "401") || strings.Contains(err.Error(), "wr0ng") {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestWheelFiles(t *testing.T) {
	t.Parallel()
	x := pypitest.NewIndex(t)
	x.Add("p", "p-1-py3-none-any.whl", pypitest.Wheel(t, map[string]string{
		"p/lib/libx.so.1.2": "library", "p/models/a.onnx": "a", "p/models/b.onnx": "b", "p/x.py": "", "p-1.dist-info/RECORD": "",
	}), "")
	c := newClient(t, "PIP_INDEX_URL="+x.URL())
	w, err := c.Find(t.Context(), "p", "1", "linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	files, err := c.Open(w)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	for _, name := range []string{"p/lib/libx.so.1.2", "p/lib/libx.so.*"} {
		f, err := files.File(name)
		if err != nil {
			t.Fatal(err)
		}
		e := ZipEntry("lib", f)
		r, err := e.Open()
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(r); err != nil || string(text) != "library" || e.Size != 7 {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	for name, cure := range map[string]string{
		"p/a.onnx": "it has p/models/a.onnx", "models/c.onnx": "it has p/models/a.onnx, p/models/b.onnx", "z": "p/lib/libx.so.1.2",
	} {
		_, err := files.File(name)
		var absent *fetch.AbsentError
		if !errors.As(err, &absent) || !strings.HasPrefix(absent.Cure, cure) && !strings.Contains(absent.Cure, cure) {
			t.Errorf("%s: %v (%+v)", name, err, absent)
		}
	}
	if _, err := files.File("p/models/*"); err == nil {
		t.Error("a pattern for two files is taken")
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"1", "1.0", "v1.0.0", "1.00"}, {"1.0rc1", "1.0-RC.1", "1c1"}, {"1.post2", "1.0-2", "1.0.rev2"},
		{"1!2.0", "1!2"}, {"1.0.dev0", "1dev"}, {"1+ubuntu-1", "1.0+ubuntu.1"},
	} {
		for _, v := range same[1:] {
			if normalVersion(v) != normalVersion(same[0]) {
				t.Errorf("%s is %s, %s is %s", v, normalVersion(v), same[0], normalVersion(same[0]))
			}
		}
	}
	if normalVersion("1.0") == normalVersion("1.0.1") || normalVersion("1.10") == normalVersion("1.1") {
		t.Error("different versions are taken for one")
	}
}

// TestCutWithoutDigest has an index that says no digests and a server that ends
// its answers early without saying how long they are.
func TestCutWithoutDigest(t *testing.T) {
	t.Parallel()
	data := pypitest.Wheel(t, map[string]string{"p/a": strings.Repeat("a", 1000), "p/b": "b"})
	for cut := range 8 {
		url := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/") {
				fmt.Fprint(w, `<a href="p-1.0-py3-none-any.whl">p-1.0-py3-none-any.whl</a>`)
				return
			}
			w.(http.Flusher).Flush() // so that no length is said, and the end is a proper one
			_, _ = w.Write(data[:len(data)*cut/7])
		})
		w, err := newClient(t, "PIP_INDEX_URL="+url).Find(t.Context(), "p", "1.0", "linux/amd64")
		if (err == nil) != (cut == 7) || err == nil && w.SHA256 != store.DigestOf(data) {
			t.Errorf("%d of 7: %+v, %v", cut, w, err)
		}
	}
}
