package cuemod

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"cuelang.org/go/mod/modregistrytest"
	"cuelang.org/go/mod/module"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/fetchtest"
	"bentoc.dev/compiler/store"
)

var policy = Module{Path: "example.org/policy@v0", Version: "v0.1.0"}

type member struct {
	name, text string
	mode       fs.FileMode
}

func zipOf(t *testing.T, members ...member) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, m := range append([]member{{name: "cue.mod/module.cue", text: "module: \"example.org/policy@v0\"\nlanguage: version: \"v0.15.0\"\n"}}, members...) {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate}
		h.SetMode(m.mode | 0o644)
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write([]byte(m.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// TestHostileZips has zips that would write elsewhere, hide a file, or fill the memory.
func TestHostileZips(t *testing.T) {
	t.Parallel()
	v := module.MustNewVersion(policy.Path, policy.Version)
	for name, members := range map[string][]member{
		"escape":    {{name: "../x.cue"}},
		"absolute":  {{name: "/x.cue"}},
		"case":      {{name: "x.cue"}, {name: "X.cue"}},
		"twice":     {{name: "x.cue"}, {name: "x.cue"}},
		"symlink":   {{name: "x.cue", text: "/etc/passwd", mode: fs.ModeSymlink}},
		"nested":    {{name: "sub/cue.mod/module.cue"}},
		"local":     {{name: "cue.mod/local-module.cue"}},
		"bomb":      {{name: "x.cue", text: strings.Repeat(" ", MaxUnpacked)}},
		"backslash": {{name: `a\b.cue`}},
		"device":    {{name: "aux.cue"}},
	} {
		_, err := open(v, zipOf(t, members...))
		if !isBroken(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := open(v, []byte("PK nothing")); !isBroken(err) {
		t.Errorf("no zip: %v", err)
	}
	// A header that says less than there is.
	lies := zipOf(t, member{name: "x.cue", text: strings.Repeat("a", 5000)})
	at := bytes.LastIndex(lies, []byte{0x88, 0x13, 0, 0}) // 5000, in the directory at the end
	copy(lies[at:], []byte{1, 0, 0, 0})
	files, err := open(v, lies)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := fs.ReadFile(files, "x.cue"); err == nil {
		t.Errorf("read %d bytes of 1", len(data))
	}
}

func registry(t *testing.T, files map[string]string) *modregistrytest.Registry {
	t.Helper()
	module := map[string]string{"example.org_policy_v0.1.0/cue.mod/module.cue": "module: \"example.org/policy@v0\"\nlanguage: version: \"v0.15.0\"\n"}
	for name, text := range files {
		module[name] = text
	}
	r, err := modregistrytest.New(mapFS(module), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// TestFetch finds a module, has it by its digest, and takes no other.
func TestFetch(t *testing.T) {
	t.Parallel()
	good := registry(t, map[string]string{"example.org_policy_v0.1.0/p.cue": "package policy\n"})
	c := New(fetchtest.New(t, "CUE_REGISTRY="+good.Host()+"+insecure", "HOME="+t.TempDir()))
	b, err := c.Find(t.Context(), policy)
	if err != nil || !c.Store.Has(b) {
		t.Fatalf("%v %v", b, err)
	}
	files, err := c.Open(policy, b)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := fs.ReadFile(files, "p.cue"); string(text) != "package policy\n" {
		t.Errorf("%q %v", text, err)
	}
	c.Env = []string{"CUE_REGISTRY=none", "HOME=" + t.TempDir()}
	if err := c.Fetch(t.Context(), policy, b); err != nil {
		t.Errorf("what is there is asked for: %v", err)
	}
	var missing *fetch.MissingError
	if _, err := c.Find(t.Context(), policy); !errors.As(err, &missing) || !strings.Contains(missing.Cure, "CUE_REGISTRY") {
		t.Errorf("no registry: %v", err)
	}

	other := registry(t, map[string]string{"example.org_policy_v0.1.0/p.cue": "package policy\n\nx: 1\n"})
	fresh := New(fetchtest.New(t, "CUE_REGISTRY="+other.Host()+"+insecure", "HOME="+t.TempDir()))
	var bad *store.DigestError
	if err := fresh.Fetch(t.Context(), policy, b); !errors.As(err, &bad) || bad.Want != b.Digest || fresh.Store.Has(store.Blob{Digest: bad.Got, Size: b.Size}) {
		t.Errorf("another module: %v", err)
	}
	if err := fresh.Store.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestDamagedStore reads a module whose file on disk has changed.
func TestDamagedStore(t *testing.T) {
	t.Parallel()
	c := New(fetchtest.New(t))
	b, err := c.Store.PutBytes(zipOf(t))
	if err != nil {
		t.Fatal(err)
	}
	damage(t, c.Store.Path(b.Digest))
	if _, err := c.Open(policy, b); err == nil || c.Store.Has(b) {
		t.Errorf("a damaged module was read: %v", err)
	}
}

// TestRetries has a registry that fails for a while, and one that refuses.
func TestRetries(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]int{http.StatusBadGateway: 3, http.StatusForbidden: 1} {
		var asked []string
		url := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.URL.Path)
			w.WriteHeader(status)
		})
		c := New(fetchtest.New(t, "CUE_REGISTRY="+strings.TrimPrefix(url, "http://")+"+insecure", "HOME="+t.TempDir()))
		var missing *fetch.MissingError
		if _, err := c.Find(t.Context(), policy); !errors.As(err, &missing) {
			t.Errorf("%d: %v", status, err)
		}
		if n := len(slices.DeleteFunc(asked, func(p string) bool { return !strings.Contains(p, "manifests") })); n != want {
			t.Errorf("%d: asked %d times, want %d", status, n, want)
		}
	}
}

func mapFS(files map[string]string) fs.FS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func damage(t *testing.T, file string) {
	t.Helper()
	if err := errors.Join(os.Chmod(file, 0o644), os.WriteFile(file, []byte("damaged"), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// TestLogins fetches from a registry that wants a login: as docker has it, as cue login
// has it, and with none.
func TestLogins(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		asks, file, dirVar, text string
	}{
		"docker": {`{"username": "ada", "password": "s3cret"}`, "config.json", "DOCKER_CONFIG", `{"auths": {"HOST": {"username": "ada", "password": "s3cret"}}}`},
		"cue":    {`{"bearerToken": "t0ken"}`, "logins.json", "CUE_CONFIG_DIR", `{"registries": {"HOST": {"access_token": "t0ken", "token_type": "Bearer"}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := registry(t, map[string]string{"auth.json": test.asks, "example.org_policy_v0.1.0/p.cue": "package policy\n"})
			dir := t.TempDir()
			env := []string{"CUE_REGISTRY=" + r.Host() + "+insecure", "HOME=" + t.TempDir(), test.dirVar + "=" + dir}
			var missing *fetch.MissingError
			if _, err := New(fetchtest.New(t, env...)).Find(t.Context(), policy); !errors.As(err, &missing) || name == "docker" && !strings.Contains(missing.Cure, "cue login") {
				t.Errorf("without a login: %v", err)
			}
			if err := os.WriteFile(dir+"/"+test.file, []byte(strings.ReplaceAll(test.text, "HOST", r.Host())), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := New(fetchtest.New(t, env...)).Find(t.Context(), policy); err != nil {
				t.Error(err)
			}
		})
	}
}
