// Package debtest makes small Debian packages and signed mirrors for tests.
package debtest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"bentoc.dev/compiler/platform"
)

// Package is a package to be made.
type Package struct {
	Name, Version, Arch string
	Depends             string
	// Files are the contents by path. One that begins with "-> " is a symbolic
	// link.
	Files map[string]string
	// Compression is that of data.tar: xz (the default), gz, zst or none.
	Compression string
}

// Deb gives the package as a file.
func (p Package) Deb(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("!<arch>\n")
	member := func(name string, data []byte) {
		fmt.Fprintf(&b, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", name, 0, 0, 0, "100644", len(data))
		b.Write(data)
		if len(data)%2 == 1 {
			b.WriteByte('\n')
		}
	}
	suffix := p.Compression
	switch suffix {
	case "":
		suffix = ".xz"
	case "none":
		suffix = ""
	default:
		suffix = "." + suffix
	}
	member("debian-binary", []byte("2.0\n"))
	member("control.tar.gz", pack(t, map[string]string{"control": p.control()}, ".gz"))
	member("data.tar"+suffix, pack(t, p.Files, suffix))
	return b.Bytes()
}

func (p Package) control() string {
	text := fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: %s\n", p.Name, p.Version, p.Arch)
	if p.Depends != "" {
		text += "Depends: " + p.Depends + "\n"
	}
	return text + "Description: made by a test\n of bentoc\n"
}

// pack makes a tar archive, compressed as suffix says.
func pack(t testing.TB, files map[string]string, suffix string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch suffix {
	case ".gz":
		w = gzip.NewWriter(&b)
	case ".xz":
		w, err = xz.WriterConfig{DictCap: 1 << 16}.NewWriter(&b) // the usual one takes 8 MiB for each
	case ".zst":
		w, err = zstd.NewWriter(&b)
	default:
		w = nopCloser{&b}
	}
	if err != nil {
		t.Fatal(err)
	}
	tw := tar.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		h := &tar.Header{Name: "./" + name, Mode: 0o644, Typeflag: tar.TypeReg, Size: int64(len(files[name]))}
		if target, ok := strings.CutPrefix(files[name], "-> "); ok {
			h = &tar.Header{Name: "./" + name, Mode: 0o777, Typeflag: tar.TypeSymlink, Linkname: target}
		}
		if err := tw.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := io.WriteString(tw, files[name]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// Key is a key that signs mirrors.
type Key struct{ entity *openpgp.Entity }

// NewKey makes a key.
func NewKey(t testing.TB) *Key {
	t.Helper()
	made := func() time.Time { return time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) }
	e, err := openpgp.NewEntity("test", "", "test@example.org", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: made})
	if err != nil {
		t.Fatal(err)
	}
	return &Key{e}
}

// Fingerprint names the key.
func (k *Key) Fingerprint() string { return fmt.Sprintf("%X", k.entity.PrimaryKey.Fingerprint) }

// Write writes the key into a file that readers of signatures are given.
func (k *Key) Write(t testing.TB, file string) string {
	t.Helper()
	var b bytes.Buffer
	if err := k.entity.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	write(t, file, b.Bytes())
	return file
}

// Mirror is a Debian mirror in a folder.
type Mirror struct {
	t   testing.TB
	Dir string
	Key *Key
	// Suite, the folder, and Codename are bookworm unless they are set; Called is
	// what the Release file says in its field Suite, stable unless it is set.
	Suite, Codename, Called string
	// Origin is Debian unless it is set.
	Origin string
	// Date and ValidUntil are now and in a week unless they are set.
	Date, ValidUntil time.Time

	packages []Package
}

// NewMirror gives an empty mirror with a key of its own.
func NewMirror(t testing.TB) *Mirror {
	t.Helper()
	return &Mirror{
		t: t, Dir: t.TempDir(), Key: NewKey(t), Suite: "bookworm", Codename: "bookworm", Called: "stable", Origin: "Debian",
		Date: time.Now().Add(-time.Hour), ValidUntil: time.Now().Add(7 * 24 * time.Hour),
	}
}

// URL is the file: URL of the mirror.
func (m *Mirror) URL() string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(m.Dir)}).String()
}

// Env gives the settings that make bentoc use the mirror.
func (m *Mirror) Env() []string {
	m.t.Helper()
	return []string{
		"BENTOC_DEB_MIRROR=" + m.URL(), "BENTOC_DEB_SUITE=" + m.Suite,
		"BENTOC_DEB_KEYRING=" + m.Key.Write(m.t, filepath.Join(m.t.TempDir(), "keyring.gpg")),
	}
}

// Add puts packages into the pool and writes the lists anew.
func (m *Mirror) Add(packages ...Package) {
	m.t.Helper()
	m.packages = append(m.packages, packages...)
	m.Publish()
}

// File gives the path of a package on the mirror.
func (p Package) File() string {
	return fmt.Sprintf("pool/main/%s/%s/%s_%s_%s.deb", p.Name[:1], p.Name, p.Name, strings.ReplaceAll(p.Version, ":", "%3a"), p.Arch)
}

// Publish writes and signs the lists.
func (m *Mirror) Publish() {
	m.t.Helper()
	var sums strings.Builder
	for _, on := range platform.All() {
		arch := on.Debian
		var list bytes.Buffer
		for _, p := range m.packages {
			if p.Arch != arch && p.Arch != "all" {
				continue
			}
			data := p.Deb(m.t)
			write(m.t, filepath.Join(m.Dir, p.File()), data)
			fmt.Fprintf(&list, "%sFilename: %s\nSize: %d\nSHA256: %x\n\n", p.control(), p.File(), len(data), sha256.Sum256(data))
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := z.Write(list.Bytes()); err != nil || z.Close() != nil {
			m.t.Fatal(err)
		}
		name := path.Join("main", "binary-"+arch, "Packages.gz")
		write(m.t, filepath.Join(m.Dir, "dists", m.Suite, name), packed.Bytes())
		fmt.Fprintf(&sums, " %x %d %s\n", sha256.Sum256(packed.Bytes()), packed.Len(), name)
	}
	text := fmt.Sprintf("Origin: %s\nSuite: %s\nCodename: %s\nDate: %s\nValid-Until: %s\nArchitectures: amd64 arm64\nSHA256:\n%s",
		m.Origin, m.Called, m.Codename, m.Date.UTC().Format(time.RFC1123), m.ValidUntil.UTC().Format(time.RFC1123), sums.String())
	write(m.t, m.InRelease(), m.sign(text))
}

// InRelease is the path of the signed file.
func (m *Mirror) InRelease() string { return filepath.Join(m.Dir, "dists", m.Suite, "InRelease") }

func (m *Mirror) sign(text string) []byte {
	m.t.Helper()
	var b bytes.Buffer
	w, err := clearsign.Encode(&b, m.Key.entity.PrivateKey, &packet.Config{})
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err != nil || w.Close() != nil {
		m.t.Fatal(err)
	}
	return b.Bytes()
}

func write(t testing.TB, file string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, fs.FileMode(0o644)); err != nil {
		t.Fatal(err)
	}
}

// Libraries gives packages with the libraries that a server with libonnxruntime
// needs, for both platforms: small files that only have the right names.
func Libraries(version string) (packages []Package) {
	for _, on := range platform.All() {
		arch := on.Debian
		lib := func(name string) string { return "lib/" + on.Multiarch + "/" + name }
		c := map[string]string{lib(on.Loader): "loader", "usr/share/doc/libc6/copyright": "free"}
		for _, name := range []string{"libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0", "librt.so.1"} {
			c[lib(name)] = name + " " + version
		}
		packages = append(packages,
			Package{Name: "libc6", Version: version, Arch: arch, Files: c},
			Package{Name: "libgcc-s1", Version: version, Arch: arch, Depends: "gcc-12-base (= " + version + "), libc6 (>= 2.35)", Files: map[string]string{
				lib("libgcc_s.so.1"): "gcc", "usr/share/doc/libgcc-s1": "-> gcc-12-base",
			}},
			Package{Name: "libstdc++6", Version: version, Arch: arch, Depends: "gcc-12-base (= " + version + ")", Files: map[string]string{
				"usr/" + lib("libstdc++.so.6"): "-> libstdc++.so.6.0.30", "usr/" + lib("libstdc++.so.6.0.30"): "c++",
			}},
			Package{Name: "gcc-12-base", Version: version, Arch: arch, Files: map[string]string{"usr/share/doc/gcc-12-base/copyright": "free as well"}})
	}
	return packages
}
