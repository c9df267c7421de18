package gomod

import (
	"archive/zip"
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/fetchtest"
	"bentoc.dev/compiler/store"
)

// fakeToolchain writes a toolchain module into the file-tree proxy at dir.
func fakeToolchain(t *testing.T, dir string) Toolchain {
	t.Helper()
	m := module.Version{Path: "golang.org/toolchain", Version: "v0.0.1-go9.9.9.linux-amd64"}
	files := map[string]string{
		"VERSION": "go9.9.9", "go.env": "", "bin/go": "go", "bin/gofmt": "fmt", "pkg/tool/linux_amd64/compile": "c",
		"pkg/tool/linux_amd64/vet": "v", "pkg/include/textflag.h": "h", "src/_go.mod": "module std", "src/fmt/print.go": "package fmt",
		"src/fmt/print_test.go": "t", "src/fmt/testdata/x.go": "x", "src/cmd/go/main.go": "m", "LICENSE": "l", "src/crypto/_asm/_go.mod": "a",
	}
	var names []string
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		w, err := z.Create(m.String() + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "golang.org/toolchain/@v", m.Version+".zip")
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, buf.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
	sum, err := dirhash.HashZip(path, dirhash.Hash1)
	if err != nil {
		t.Fatal(err)
	}
	return Toolchain{Platform: "linux/amd64", Module: m, Sum: sum}
}

func TestToolchainFromProxies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tc := fakeToolchain(t, dir)
	good := fetchtest.Serve(t, http.FileServer(http.Dir(dir)).ServeHTTP)
	empty := fetchtest.Serve(t, http.NotFound)
	broken := fetchtest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	const down = "http://127.0.0.1:1"
	for list, want := range map[string]string{
		good:                      "",
		"file://" + dir:           "",
		empty + "," + good + "/":  "",
		down + "|" + good:         "",
		"file:///nowhere," + good: "",
		broken + "," + good:       "answered 418",
		down + "," + good:         "connection refused",
		empty:                     "answered 404",
		empty + ",off":            "GOPROXY=off forbids",
		"off":                     "GOPROXY=off forbids",
		"direct":                  "there is no go command to ask",
		"":                        "there is no go command to ask",
		"ftp://x":                 "neither a URL",
	} {
		c := newClient(t, "GOPROXY="+list)
		b, err := c.Toolchain(t.Context(), tc)
		if want == "" {
			if err != nil || !c.Store.Has(b) {
				t.Errorf("GOPROXY=%s: %v", list, err)
			}
			continue
		}
		var missing *fetch.MissingError
		if !errors.As(err, &missing) || !strings.Contains(err.Error(), want) || !strings.Contains(missing.Hint(), "GOPROXY") {
			t.Errorf("GOPROXY=%s: got %v, want %q", list, err, want)
		}
		if !strings.Contains(err.Error(), "golang.org/toolchain@v0.0.1-go9.9.9.linux-amd64") {
			t.Errorf("GOPROXY=%s: %v does not say what is missing", list, err)
		}
	}
}

func TestToolchainFromTheModuleCache(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	tc := fakeToolchain(t, filepath.Join(cache, "cache", "download"))
	c := newClient(t, "GOMODCACHE="+cache, "GOPROXY=off")
	b, err := c.Toolchain(t.Context(), tc)
	if err != nil || !c.Store.Has(b) {
		t.Fatal(err)
	}
	// From now on the store alone is enough.
	c.Env = []string{"GOPROXY=off"}
	if again, err := c.Toolchain(t.Context(), tc); err != nil || again != b {
		t.Errorf("again: %v, %v", again, err)
	}
}

func TestTamperedZip(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tc := fakeToolchain(t, dir)
	url := fetchtest.Serve(t, http.FileServer(http.Dir(dir)).ServeHTTP)
	want := "h1:" + strings.Repeat("A", 43) + "="
	got := tc.Sum
	tc.Sum = want
	for _, list := range []string{url, "file://" + dir} {
		c := newClient(t, "GOPROXY="+list)
		_, err := c.Toolchain(t.Context(), tc)
		var bad *store.DigestError
		if !errors.As(err, &bad) || bad.Want != want || bad.Got != got {
			t.Errorf("%s: got %v", list, err)
		}
		for _, sub := range []string{"partial", "blobs/sha256"} {
			if left, _ := os.ReadDir(filepath.Join(c.Store.Dir(), sub)); len(left) != 0 {
				t.Errorf("left in %s: %v", sub, left)
			}
		}
	}
}

func TestToolchainEntries(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tc := fakeToolchain(t, dir)
	c := newClient(t, "GOPROXY=file://"+dir)
	b, err := c.Toolchain(t.Context(), tc)
	if err != nil {
		t.Fatal(err)
	}
	entries, done, err := c.ToolchainEntries(b, tc, "go")
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	var got []string
	for _, e := range entries {
		got = append(got, e.Mode.String()+" "+e.Name)
	}
	slices.Sort(got)
	want := []string{
		"-rw-r--r-- go/VERSION", "-rw-r--r-- go/go.env", "-rw-r--r-- go/pkg/include/textflag.h",
		"-rw-r--r-- go/src/fmt/print.go", "-rw-r--r-- go/src/go.mod",
		"-rwxr-xr-x go/bin/go", "-rwxr-xr-x go/pkg/tool/linux_amd64/compile",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestFailedModule(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`go: example.com/x@v1.2.3: Get "http://127.0.0.1:1/example.com/x/@v/v1.2.3.info": dial tcp: refused`:                                                         "example.com/x@v1.2.3",
		`go: example.com/X/v2@v2.0.0-pre.1+incompatible: reading http://127.0.0.1/@v/v2.mod: 404 Not Found`:                                                          "example.com/X/v2@v2.0.0-pre.1+incompatible",
		`main.go:3:8: example.com/x@v1.2.3: module lookup disabled by GOPROXY=off`:                                                                                   "example.com/x@v1.2.3",
		`verifying example.com/x@v1.2.3: checksum mismatch`:                                                                                                          "",
		`go: example.com/a@v1.0.0 requires` + "\n\t" + `example.com/b@v1.1.0: Get "http://127.0.0.1:1/b": dial tcp: refused`:                                         "example.com/b@v1.1.0",
		`main.go:3:8: example.com/x@v1.2.3: read "http://127.0.0.1:1/example.com/x/@v/v1.2.3.zip": unexpected EOF`:                                                   "example.com/x@v1.2.3",
		`example.com/x@v1.2.3: read "http://127.0.0.1:1/example.com/x/@v/v1.2.3.mod": read tcp 127.0.0.1:2->127.0.0.1:1: read: connection reset by peer`:             "example.com/x@v1.2.3",
		`main.go:3:8: example.com/x@v1.2.3: zip: not a valid zip file`:                                                                                               "example.com/x@v1.2.3",
		`main.go:3:8: example.com/x@v1.2.3: write /c/cache/download/x.zip123.tmp: no space left on device`:                                                           "example.com/x@v1.2.3",
		`main.go:3:8: example.com/x@v1.2.3: stat "http://127.0.0.1:1/x.zip": context deadline exceeded`:                                                              "example.com/x@v1.2.3",
		"go: downloading example.com/y v1.0.0\nmain.go:3:8: example.com/x@v1.2.3: missing go.sum entry for go.mod file; to add it:\n\tgo mod download example.com/x": "",
		"go: example.com/x@v1.2.3: parsing go.mod:\n\tmodule declares its path as: example.com/y":                                                                    "",
		`main.go:3:8: no required module provides package example.com/x; to add it:`:                                                                                 "",
		`main.go:3:8: package nope is not in std`:                                                                                                                    "",
	} {
		if got := moduleIn(text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// TestGoSaysTLS has the go command's words.
func TestGoSaysTLS(t *testing.T) {
	t.Parallel()
	for output, cure := range map[string]string{
		"example.com/x@v1.0.0: Get \"https://p/x.mod\": tls: failed to verify certificate: x509: certificate signed by unknown authority":                        "SSL_CERT_FILE",
		"example.com/x@v1.0.0: Get \"https://p/x.mod\": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2020": "the clock",
		"example.com/x@v1.0.0: Get \"https://p/x.mod\": tls: failed to verify certificate: x509: certificate is valid for a, not p":                              "as its certificate does",
		"example.com/x@v1.0.0: Get \"https://p/x.mod\": http: server gave HTTP response to HTTPS client":                                                         "speaks TLS",
		"example.com/x@v1.0.0: reading https://p/x.mod: 401 Unauthorized":                                                                                        "~/.netrc",
		"example.com/x@v1.0.0: reading https://p/x.mod: 404 Not Found":                                                                                           "GOPROXY",
	} {
		failed := &GoError{Args: []string{"list"}, Output: output, Module: moduleIn(output)}
		if m := failed.Missing(); m.What != "the module example.com/x@v1.0.0" || !strings.Contains(m.Cure, cure) {
			t.Errorf("%s: %+v", output, m)
		}
	}
}
