package fetch

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

	"bentoc.dev/compiler/fetch/pypitest"
	"bentoc.dev/compiler/fetch/store"
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
		w, err := c.FindWheel(t.Context(), "My.Pkg", test.version, test.platform)
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
		_, err := c.FindWheel(t.Context(), test.project, test.version, "linux/amd64")
		var absent *AbsentError
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
	if _, err := newClient(t, env).Wheel(t.Context(), w); err != nil {
		t.Errorf("a yanked wheel that is locked: %v", err)
	}
	x.Remove("p")
	x.Add("p", file, pypitest.Wheel(t, map[string]string{"p/a": "other"}), "")
	var missing *MissingError
	for range 2 {
		_, err := newClient(t, env).Wheel(t.Context(), w)
		if !errors.As(err, &missing) || !strings.Contains(missing.Cure, "bentoc lock --update=p") {
			t.Errorf("a wheel that is gone: %v", err)
		}
		x.Remove("p")
	}
}

// TestSimpleJSON takes a wheel from a private index: JSON, a password in the
// index's URL, files beside the pages.
func TestSimpleJSON(t *testing.T) {
	t.Parallel()
	data := pypitest.Wheel(t, map[string]string{"p/a": "a"})
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
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
	if w, err := c.FindWheel(t.Context(), "p", "1.0", "linux/amd64"); err != nil || w.SHA256 != store.DigestOf(data) {
		t.Errorf("%+v, %v", w, err)
	}
	if _, err := c.FindWheel(t.Context(), "p", "2.0", "linux/amd64"); err == nil || !strings.Contains(err.Error(), "yanked") {
		t.Errorf("yanked: %v", err)
	}
	netrc := filepath.Join(t.TempDir(), "netrc")
	host, _ := url.Parse(base)
	if err := os.WriteFile(netrc, fmt.Appendf(nil, "machine %s login me password s3cret", host.Hostname()), 0o600); err != nil {
		t.Fatal(err)
	}
	c = newClient(t, "UV_DEFAULT_INDEX=corp="+base+"/simple/", "NETRC="+netrc)
	if _, err := c.FindWheel(t.Context(), "p", "1.0", "linux/amd64"); err != nil {
		t.Error(err)
	}
	_, err := newClient(t, "PIP_INDEX_URL="+strings.Replace(withUser, "s3cret", "wr0ng", 1)).FindWheel(t.Context(), "p", "1.0", "linux/amd64")
	var missing *MissingError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "401") || strings.Contains(err.Error(), "wr0ng") {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestPipSettings(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(home, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write(".pip/pip.conf", "[global]\nindex-url = https://old.example/simple\n[list]\nindex-url = https://no.example\n")
	write(".config/pip/pip.conf", "# mine\n[global]\nindex-url: https://user.example/simple/\nextra-index-url =\n    https://a.example/simple\n    https://b.example/x\n")
	own := write("own.conf", "[install]\nindex_url=https://own.example/pypi\n")
	for _, test := range []struct{ env, want string }{
		{"", "https://user.example/simple/ https://a.example/simple/ https://b.example/x/"},
		{"PIP_CONFIG_FILE=" + own, "https://own.example/pypi/ https://a.example/simple/ https://b.example/x/"},
		{"PIP_INDEX_URL=https://env.example/s", "https://env.example/s/ https://a.example/simple/ https://b.example/x/"},
		{"PIP_CONFIG_FILE=" + os.DevNull, ""},
		{"PIP_NO_INDEX=1", ""},
	} {
		c := newClient(t, "HOME="+home, "XDG_CONFIG_DIRS="+home, test.env)
		indexes, err := c.packageIndexes()
		if got := strings.Trim(strings.ReplaceAll(fmt.Sprint(indexes), " ", " "), "[]"); err != nil || got != test.want {
			t.Errorf("%s: %s, %v", test.env, got, err)
		}
	}
	for _, bad := range []string{"ftp://x", "https://me:pass@[bad", "nowhere"} {
		if _, err := newClient(t, "PIP_INDEX_URL="+bad).packageIndexes(); err == nil || strings.Contains(err.Error(), "pass@") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestWheelFiles(t *testing.T) {
	t.Parallel()
	x := pypitest.NewIndex(t)
	x.Add("p", "p-1-py3-none-any.whl", pypitest.Wheel(t, map[string]string{
		"p/lib/libx.so.1.2": "library", "p/models/a.onnx": "a", "p/models/b.onnx": "b", "p/x.py": "", "p-1.dist-info/RECORD": "",
	}), "")
	c := newClient(t, "PIP_INDEX_URL="+x.URL())
	w, err := c.FindWheel(t.Context(), "p", "1", "linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	files, err := c.OpenWheel(w)
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
		var absent *AbsentError
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
