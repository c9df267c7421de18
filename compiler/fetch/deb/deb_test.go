package deb

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/deb/debtest"
	"bentoc.dev/compiler/fetch/fetchtest"
	"bentoc.dev/compiler/store"
)

var libraryNames = []string{"libc6", "libgcc-s1", "libstdc++6"}

func TestFindDebs(t *testing.T) {
	t.Parallel()
	m := debtest.NewMirror(t)
	m.Add(debtest.Libraries("2.36-9+deb12u9")...)
	m.Add(debtest.Libraries("2.36-9+deb12u10")...)
	c := newClient(t, m.Env()...)
	for _, arch := range []string{"amd64", "arm64"} {
		debs, err := c.Find(t.Context(), arch, libraryNames)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, d := range debs {
			names = append(names, d.Name)
			if d.Version != "2.36-9+deb12u10" || d.Arch != arch || d.Suite != "bookworm/main" || !c.Store.Has(store.Blob{Digest: d.SHA256, Size: d.Size}) {
				t.Errorf("%+v", d)
			}
			if !strings.HasPrefix(d.File, "pool/main/") {
				t.Errorf("%s is at %s", d, d.File)
			}
		}
		if want := append(slices.Clone(libraryNames), "gcc-12-base"); !slices.Equal(names, want) {
			t.Errorf("%v, not %v", names, want)
		}
	}
	_, err := c.Find(t.Context(), "amd64", []string{"nothing"})
	var missing *fetch.MissingError
	if !errors.As(err, &missing) || !strings.Contains(missing.Cure, "BENTOC_DEB_MIRROR") {
		t.Errorf("a package that is not there: %v", err)
	}
}

// TestTrust has a mirror that is wrong in all ways that an attacker may choose.
func TestTrust(t *testing.T) {
	t.Parallel()
	change := func(from, to string) func(*testing.T, *debtest.Mirror) {
		return func(t *testing.T, m *debtest.Mirror) {
			data, err := os.ReadFile(m.InRelease())
			if err == nil && !bytes.Contains(data, []byte(from)) {
				t.Fatalf("%s does not have %q", data, from)
			}
			if err := errors.Join(err, os.WriteFile(m.InRelease(), bytes.Replace(data, []byte(from), []byte(to), 1), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, test := range map[string]struct {
		spoil func(*testing.T, *debtest.Mirror)
		text  string
	}{
		"changed":   {change("Codename: bookworm", "Codename: bookworn"), "its signature is not right"},
		"not ended": {change("-----BEGIN PGP SIGNATURE-----", ""), "it is not signed"},
		"unsigned":  {change("-----BEGIN PGP SIGNED MESSAGE-----", ""), "it is not signed"},
		"other key": {func(t *testing.T, m *debtest.Mirror) { m.Key = debtest.NewKey(t); m.Publish() }, "its signature is not right"},
		"expired":   {func(_ *testing.T, m *debtest.Mirror) { m.ValidUntil = time.Now().Add(-time.Hour); m.Publish() }, "it has expired (Valid-Until: "},
		"future":    {func(_ *testing.T, m *debtest.Mirror) { m.Date = time.Now().Add(72 * time.Hour); m.Publish() }, "it is from the future"},
		"list": {func(t *testing.T, m *debtest.Mirror) {
			spoil(t, filepath.Join(m.Dir, "dists/bookworm/main/binary-amd64/Packages.gz"))
		}, "has the digest"},
		"package": {func(t *testing.T, m *debtest.Mirror) {
			spoil(t, filepath.Join(m.Dir, "pool/main/l/libc6/libc6_2.36_amd64.deb"))
		}, "has the digest"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := debtest.NewMirror(t)
			m.Add(debtest.Libraries("2.36")...)
			env := m.Env()
			test.spoil(t, m)
			c := newClient(t, env...)
			_, err := c.Find(t.Context(), "amd64", libraryNames)
			if err == nil || !strings.Contains(err.Error(), test.text) {
				t.Errorf("%v", err)
			}
			var untrusted *SignatureError
			if errors.As(err, &untrusted) && !strings.Contains(untrusted.Hint(), "BENTOC_DEB_KEYRING") {
				t.Errorf("no cure: %q", untrusted.Hint())
			}
		})
	}
}

func spoil(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestExpiredOnPurpose(t *testing.T) {
	t.Parallel()
	m := debtest.NewMirror(t)
	m.ValidUntil = time.Now().Add(-time.Hour)
	m.Add(debtest.Libraries("2.36")...)
	c := newClient(t, append(m.Env(), "BENTOC_DEB_CHECK_VALID_UNTIL=no")...)
	if _, err := c.Find(t.Context(), "amd64", libraryNames); err != nil {
		t.Error(err)
	}
}

// TestAptSources has a machine with apt's settings: Debian's two suites, and
// mirrors of others, one of which is down.
func TestAptSources(t *testing.T) {
	t.Parallel()
	m, updates, other := debtest.NewMirror(t), debtest.NewMirror(t), debtest.NewMirror(t)
	m.Add(debtest.Libraries("2.36-9")...)
	updates.Suite, updates.Codename, updates.Key = "bookworm-security", "bookworm-security", m.Key
	updates.Add(debtest.Libraries("2.36-9+u1")[:1]...)
	updates.Add(debtest.Libraries("2.36-9+u1")...)
	other.Origin = "A company"
	other.Add(debtest.Libraries("99")...)
	down := fetchtest.Serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	dir := t.TempDir()
	key := m.Key.Write(t, filepath.Join(dir, "key.gpg"))
	write := func(name, text string) {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	write("sources.list", "# old\ndeb-src "+m.URL()+" bookworm main\ndeb [arch=amd64 signed-by="+key+"] "+m.URL()+" bookworm main contrib # mine\n"+
		"deb cdrom:[Debian] bookworm main\ndeb "+down+" nodistro main\ndeb "+other.URL()+"/ bookworm main\n")
	write("sources.list.d/x.sources", "Types: deb deb-src\nURIs: "+updates.URL()+"\nSuites: bookworm-security\nComponents: main\nSigned-By: "+m.Key.Fingerprint()+"\n\n"+
		"Enabled: no\nTypes: deb\nURIs: file:///nowhere\nSuites: bookworm\nComponents: main\n")
	m.Key.Write(t, filepath.Join(dir, "trusted.gpg.d", "ours.gpg"))
	debtest.NewKey(t).Write(t, filepath.Join(dir, "trusted.gpg.d", "theirs.gpg"))
	c := newClient(t)
	c.aptDir = dir
	debs, err := c.Find(t.Context(), "amd64", libraryNames)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range debs {
		if d.Version != "2.36-9+u1" || d.Suite != "bookworm-security/main" {
			t.Errorf("%+v", d)
		}
	}
	old := Package{Name: "libc6", Version: "2.36-9", Arch: "amd64", Suite: "bookworm/main", File: debtest.Libraries("2.36-9")[0].File()}
	data, err := os.ReadFile(filepath.Join(m.Dir, strings.Replace(old.File, "arm64", "amd64", 1)))
	if err != nil {
		t.Fatal(err)
	}
	old.File = strings.Replace(old.File, "arm64", "amd64", 1)
	old.SHA256, old.Size = store.DigestOf(data), int64(len(data))
	if _, err := c.Fetch(t.Context(), old); err != nil {
		t.Errorf("a locked package: %v", err)
	}
	if err := os.Remove(filepath.Join(m.Dir, old.File)); err != nil {
		t.Fatal(err)
	}
	again := newClient(t)
	again.aptDir = dir
	_, err = again.Fetch(t.Context(), old)
	var missing *fetch.MissingError
	if !errors.As(err, &missing) || !strings.Contains(missing.Cure, "bentoc lock --update=libc6") {
		t.Errorf("a package that was dropped: %v", err)
	}
}

func TestNoMirror(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	c.aptDir = t.TempDir()
	_, err := c.Find(t.Context(), "amd64", libraryNames)
	var missing *fetch.MissingError
	if !errors.As(err, &missing) || !strings.Contains(missing.Cure, "BENTOC_DEB_MIRROR") {
		t.Errorf("no sources: %v", err)
	}
	m := debtest.NewMirror(t)
	m.Add(debtest.Libraries("1")...)
	c = newClient(t, "BENTOC_DEB_MIRROR="+m.URL())
	c.aptDir = t.TempDir()
	if _, err := c.Find(t.Context(), "amd64", libraryNames); !errors.As(err, &missing) || !strings.Contains(missing.Cure, "BENTOC_DEB_KEYRING") {
		t.Errorf("no keyring: %v", err)
	}
}

func TestDebEntries(t *testing.T) {
	t.Parallel()
	for _, compression := range []string{"xz", "gz", "zst", "none"} {
		c := newClient(t)
		p := debtest.Package{Name: "libx1", Version: "1:2-3", Arch: "amd64", Compression: compression, Files: map[string]string{
			"lib/x86_64-linux-gnu/libx.so.1.2":  "library",
			"usr/lib/libx.so.1":                 "-> /lib/x86_64-linux-gnu/libx.so.1.2",
			"lib64/libx.so":                     "-> ../lib/libx.so.1",
			"usr/lib/libgone.so":                "-> nothing.so",
			"usr/lib/libround.so":               "-> libround.so",
			"usr/share/doc/libx1/copyright":     "free",
			"usr/share/doc/libx1/changelog.txt": "long",
		}}
		data := p.Deb(t)
		b, err := c.Store.PutBytes(data)
		if err != nil {
			t.Fatal(err)
		}
		d := Package{Name: "libx1", Version: "1:2-3", Arch: "amd64", SHA256: b.Digest, Size: b.Size}
		entries, err := c.Entries(d, Slice{Paths: []string{"usr/lib64/libx.so"}})
		if err != nil {
			t.Fatalf("%s: %v", compression, err)
		}
		var got []string
		for _, e := range entries {
			text := "-> " + e.Link
			if e.Mode.IsRegular() {
				r, err := e.Open()
				if err != nil {
					t.Fatal(err)
				}
				content, err := io.ReadAll(r)
				if err != nil {
					t.Fatal(err)
				}
				text, _, _ = strings.Cut(string(content), "\n")
			}
			got = append(got, e.Name+": "+text)
		}
		want := []string{
			"usr/lib/libx.so.1: -> /lib/x86_64-linux-gnu/libx.so.1.2", "usr/lib/x86_64-linux-gnu/libx.so.1.2: library",
			"usr/lib64/libx.so: -> ../lib/libx.so.1", "usr/share/doc/libx1/copyright: free", "var/lib/dpkg/status.d/libx1: Package: libx1",
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q", compression, got)
		}
		for path, text := range map[string]string{"usr/lib/a.so": "has no usr/lib/a.so", "usr/lib/libgone.so": "has no usr/lib/nothing.so", "usr/lib/libround.so": "circle"} {
			if _, err := c.Entries(d, Slice{Paths: []string{path}}); err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

func TestSuiteName(t *testing.T) {
	t.Parallel()
	for _, test := range [][3]string{
		{"bookworm", "oldstable", "bookworm"}, {"bookworm-security", "stable-security", "bookworm-security"},
		{"noble", "noble", "noble"}, {"noble", "noble-updates", "noble-updates"}, {"", "x", "x"},
	} {
		if got := suiteName(test[0], test[1]); got != test[2] {
			t.Errorf("%v: %s", test, got)
		}
	}
}

func TestDebVersions(t *testing.T) {
	t.Parallel()
	sorted := []string{"1.0~rc1-1", "1.0-1", "1.0-1+deb12u9", "1.0-1+deb12u10", "1.0-1.1", "1.0a-1", "1.0+b-1", "1.2", "1.10", "1:0.1"}
	for i, a := range sorted {
		for j, b := range sorted {
			want := min(1, max(-1, i-j))
			if got := compareDebVersions(a, b); min(1, max(-1, got)) != want {
				t.Errorf("%s against %s: %d", a, b, got)
			}
		}
	}
	if compareDebVersions("0:1.00-0", "1.0") != 0 {
		t.Error("equal versions differ")
	}
}

func FuzzDeb(f *testing.F) {
	f.Add(debtest.Package{Name: "a", Version: "1", Arch: "all", Compression: "none", Files: map[string]string{"lib/a.so": "a"}}.Deb(f))
	f.Add([]byte("!<arch>\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := &debReader{files: map[string]store.Entry{}, wants: func(name string) bool { return strings.Contains(name, ".so") }, doc: "usr/share/doc/a/copyright"}
		if err := p.read(bytes.NewReader(data)); err != nil {
			return
		}
		for name := range p.files {
			_ = p.take(map[string]store.Entry{}, name)
		}
	})
}
