package oci

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// testImage gives an image for a platform with one layer a map of files.
func testImage(t *testing.T, arch string, layers ...map[string]string) v1.Image {
	t.Helper()
	img, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: arch, RootFS: v1.RootFS{Type: "layers"}, Config: v1.Config{Env: []string{"ARCH=" + arch}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, files := range layers {
		var buf bytes.Buffer
		w := tar.NewWriter(&buf)
		for file, text := range files {
			if err := w.WriteHeader(&tar.Header{Name: file, Mode: 0o644, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(buf.Bytes())), nil })
		if err != nil {
			t.Fatal(err)
		}
		if img, err = mutate.AppendLayers(img, layer); err != nil {
			t.Fatal(err)
		}
	}
	return img
}

// testIndex gives an image for two platforms.
func testIndex(t *testing.T) v1.ImageIndex {
	t.Helper()
	idx := v1.ImageIndex(empty.Index)
	for _, arch := range []string{"amd64", "arm64"} {
		img := testImage(t, arch, map[string]string{"etc/passwd": "root:x:0:0::/root:/bin/sh\n", "etc/arch": arch}, map[string]string{"srv/x": "x"})
		idx = mutate.AppendManifests(idx, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}}})
	}
	return idx
}

func startRegistry(t *testing.T, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	h := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	if wrap != nil {
		h = wrap(h)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

func push(t *testing.T, ref string, idx v1.ImageIndex) {
	t.Helper()
	r, err := name.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(r, idx); err != nil {
		t.Fatal(err)
	}
}

// checkBase resolves a base and fetches it, and looks at what is in the store.
func checkBase(t *testing.T, c *Client, b Base, arch string) string {
	t.Helper()
	digest, err := c.Resolve(t.Context(), b, "linux/"+arch)
	if err != nil {
		t.Fatal(err)
	}
	img, err := c.Fetch(t.Context(), b, digest)
	if err != nil {
		t.Fatal(err)
	}
	var config v1.ConfigFile
	if err := json.Unmarshal(img.Config, &config); err != nil || config.Architecture != arch || len(config.RootFS.DiffIDs) != 2 {
		t.Errorf("config %s, %v", img.Config, err)
	}
	if err := c.Store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	files, err := c.Files(t.Context(), img, []string{"etc/passwd", "etc/arch", "etc/absent"})
	if err != nil || string(files["etc/arch"]) != arch || len(files) != 2 {
		t.Errorf("files %q, %v", files, err)
	}
	return digest
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestBaseFromRegistry(t *testing.T) {
	t.Parallel()
	host := startRegistry(t, nil)
	push(t, host+"/team/base:1", testIndex(t))
	c := newClient(t)
	b := Base{Image: host + "/team/base:1"}
	amd, arm := checkBase(t, c, b, "amd64"), checkBase(t, c, b, "arm64")
	if amd == arm {
		t.Error("both platforms have one manifest")
	}
	// The store is enough from now on.
	c.HTTP = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("no network") })}
	if _, err := c.Fetch(t.Context(), b, amd); err != nil {
		t.Error(err)
	}
	if _, err := c.Resolve(t.Context(), b, "linux/amd64"); err == nil || !strings.Contains(err.Error(), b.Image) {
		t.Errorf("got %v", err)
	}
}

func TestBaseFromLayout(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// An index in an index, as docker buildx and skopeo write them.
	nested := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: testIndex(t)})
	if _, err := layout.Write(filepath.Join(dir, "base"), nested); err != nil {
		t.Fatal(err)
	}
	c := newClient(t)
	b := Base{Layout: "base", Dir: dir}
	checkBase(t, c, b, "amd64")
	digest := checkBase(t, c, b, "arm64")
	if err := os.Symlink("/etc", filepath.Join(dir, "out")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Resolve(t.Context(), Base{Layout: "out", Dir: dir}, "linux/amd64"); err == nil || !strings.Contains(err.Error(), "escapes") {
		t.Errorf("a link that leaves the module: %v", err)
	}
	blob := filepath.Join(dir, "base/blobs/sha256", strings.TrimPrefix(digest, "sha256:"))
	if err := os.WriteFile(blob, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := newClient(t).Fetch(t.Context(), b, digest)
	var bad *store.DigestError
	if !errors.As(err, &bad) || bad.Want != digest {
		t.Errorf("a tampered manifest: %v", err)
	}
}

func TestBaseMistakes(t *testing.T) {
	t.Parallel()
	host := startRegistry(t, nil)
	push(t, host+"/base:1", testIndex(t))
	locked := startRegistry(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
		})
	})
	for ref, want := range map[string]string{
		host + "/base:2":   "is missing",
		locked + "/base:1": "is missing",
		"a b":              "reading the name of the base image",
		"127.0.0.1:1/x:1":  "connection refused",
	} {
		_, err := newClient(t).Resolve(t.Context(), Base{Image: ref}, "linux/amd64")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", ref, err)
		}
		var missing *fetch.MissingError
		if ref == locked+"/base:1" && (!errors.As(err, &missing) || !strings.Contains(missing.Hint(), "DOCKER_CONFIG")) {
			t.Errorf("%s: no word of credentials: %v", ref, err)
		}
	}
	_, err := newClient(t).Resolve(t.Context(), Base{Image: host + "/base:1"}, "linux/riscv64")
	if err == nil || !strings.Contains(err.Error(), "nothing for linux/riscv64") {
		t.Errorf("got %v", err)
	}
}

func TestTamperedLayer(t *testing.T) {
	t.Parallel()
	tamper := false
	host := startRegistry(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if tamper && strings.Contains(r.URL.Path, "/blobs/") && r.Method == http.MethodGet {
				fmt.Fprint(w, "something else")
				return
			}
			h.ServeHTTP(w, r)
		})
	})
	push(t, host+"/base:1", testIndex(t))
	c := newClient(t)
	b := Base{Image: host + "/base:1"}
	digest, err := c.Resolve(t.Context(), b, "linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	tamper = true
	if _, err := c.Fetch(t.Context(), b, digest); err == nil || !strings.Contains(err.Error(), "sha256:") {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(filepath.Join(c.Store.Dir(), "blobs/sha256")); len(left) != 0 {
		t.Errorf("kept: %v", left)
	}
}

func TestWhiteouts(t *testing.T) {
	t.Parallel()
	host := startRegistry(t, nil)
	img := testImage(t, "amd64",
		map[string]string{"etc/passwd": "old", "etc/group": "old", "opt/a": "old"},
		map[string]string{"etc/passwd": "new", "etc/.wh.group": "", "opt/.wh..wh..opq": ""})
	idx := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "amd64"}}})
	push(t, host+"/base:1", idx)
	c := newClient(t)
	b := Base{Image: host + "/base:1"}
	digest, err := c.Resolve(t.Context(), b, "linux/amd64")
	if err != nil {
		t.Fatal(err)
	}
	base, err := c.Fetch(t.Context(), b, digest)
	if err != nil {
		t.Fatal(err)
	}
	files, err := c.Files(t.Context(), base, []string{"etc/passwd", "etc/group", "opt/a"})
	if err != nil || len(files) != 1 || string(files["etc/passwd"]) != "new" {
		t.Errorf("got %q, %v", files, err)
	}
}
