//go:build unix

package oci

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// testLayout is an OCI layout written by hand, so that it can be wrong.
type testLayout struct {
	t   *testing.T
	dir string // of the module; the layout is base
}

const (
	typeIndex    = "application/vnd.oci.image.index.v1+json"
	typeManifest = "application/vnd.oci.image.manifest.v1+json"
	typeConfig   = "application/vnd.oci.image.config.v1+json"
	typeLayer    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

func newLayout(t *testing.T) testLayout {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "base/blobs/sha256"), 0o755); err != nil {
		t.Fatal(err)
	}
	l := testLayout{t, dir}
	l.write("oci-layout", `{"imageLayoutVersion": "1.0.0"}`)
	return l
}

func (l testLayout) write(name, text string) {
	l.t.Helper()
	if err := os.WriteFile(filepath.Join(l.dir, "base", name), []byte(text), 0o644); err != nil {
		l.t.Fatal(err)
	}
}

// blob adds a content and gives its descriptor without the closing brace.
func (l testLayout) blob(kind, text string) string {
	sum := store.DigestOf([]byte(text))
	l.write("blobs/sha256/"+strings.TrimPrefix(sum, "sha256:"), text)
	return fmt.Sprintf(`{"mediaType": %q, "digest": %q, "size": %d`, kind, sum, len(text))
}

func (l testLayout) file(descriptor string) string {
	_, rest, _ := strings.Cut(descriptor, `sha256:`)
	return "blobs/sha256/" + rest[:64]
}

// parts are those of an image that can be changed.
type parts struct {
	arch, layer, config, layerType, configType string
	extra                                      string // of the manifest
}

func (p parts) manifest(l testLayout) string {
	plain := "layer of " + p.arch
	if p.layer == "" {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(plain)); err != nil || z.Close() != nil {
			l.t.Fatal(err)
		}
		p.layer = b.String()
	}
	if p.config == "" {
		p.config = fmt.Sprintf(`{"os": "linux", "architecture": %q, "rootfs": {"type": "layers", "diff_ids": [%q]}}`, p.arch, store.DigestOf([]byte(plain)))
	}
	config := l.blob(cmp.Or(p.configType, typeConfig), p.config) + "}"
	return fmt.Sprintf(`{"schemaVersion": 2, %s "config": %s, "layers": [%s}]}`, p.extra, config, l.blob(cmp.Or(p.layerType, typeLayer), p.layer))
}

func (p parts) add(l testLayout) string { return l.blob(typeManifest, p.manifest(l)) }

func index(entries ...string) string {
	return `{"schemaVersion": 2, "manifests": [` + strings.Join(entries, ", ") + `]}`
}

const onAMD64 = `, "platform": {"os": "linux", "architecture": "amd64"}}`

// TestBrokenLayouts has layouts that are wrong in one place each: none is taken,
// none is read for ever.
func TestBrokenLayouts(t *testing.T) {
	t.Parallel()
	amd := parts{arch: "amd64"}
	for name, test := range map[string]struct {
		make func(l testLayout) string // gives index.json
		want string                    // in the error, "" for none
	}{
		"whole":             {func(l testLayout) string { return index(amd.add(l) + onAMD64) }, ""},
		"no platform":       {func(l testLayout) string { return index(amd.add(l) + "}") }, ""},
		"index in an index": {func(l testLayout) string { return index(l.blob(typeIndex, index(amd.add(l)+onAMD64)) + "}") }, ""},
		"beside another": {func(l testLayout) string {
			return index(parts{arch: "arm64"}.add(l)+"}", amd.add(l)+"}")
		}, ""},
		"beside attestations": {func(l testLayout) string {
			return index(amd.add(l)+`, "platform": {"os": "unknown", "architecture": "unknown"}}`, amd.add(l)+onAMD64)
		}, ""},
		"beside a newer processor": {func(l testLayout) string {
			v3 := parts{arch: "amd64", extra: `"annotations": {"x": "v3"},`}.add(l) + `, "platform": {"os": "linux", "architecture": "amd64", "variant": "v3"}}`
			return index(v3, amd.add(l)+onAMD64)
		}, ""},
		"another missing": {func(l testLayout) string {
			gone := parts{arch: "arm64"}.add(l)
			_ = os.Remove(filepath.Join(l.dir, "base", l.file(gone)))
			return index(gone+"}", amd.add(l)+"}")
		}, ""},
		"names itself": {func(l testLayout) string {
			text := index(fmt.Sprintf(`{"mediaType": %q, "digest": "sha256:%064d", "size": 1}`, typeIndex, 0))
			l.write(fmt.Sprintf("blobs/sha256/%064d", 0), text)
			return text
		}, "the manifest has the digest sha256:"},
		"too deep": {func(l testLayout) string {
			text := index(amd.add(l) + "}")
			for range 9 {
				text = index(l.blob(typeIndex, text) + "}")
			}
			return text
		}, "more than 4 deep"},
		"too many": {func(l testLayout) string {
			var entries []string
			for i := range 300 {
				entries = append(entries, parts{arch: "arm64", extra: fmt.Sprintf(`"annotations": {"n": "%d"},`, i)}.add(l)+"}")
			}
			return index(entries...)
		}, "more than 256 manifests"},
		"two for one platform": {func(l testLayout) string {
			other := parts{arch: "amd64", extra: `"annotations": {"x": "y"},`}.add(l)
			return index(amd.add(l)+`, "annotations": {"org.opencontainers.image.ref.name": "one"}}`, other+`, "annotations": {"org.opencontainers.image.ref.name": "two"}}`)
		}, "it has 2 images for linux/amd64: one, two"},
		"an index and an image": {func(l testLayout) string {
			both := parts{arch: "amd64", extra: `"manifests": [],`}
			return index(both.add(l) + "}")
		}, "an index and an image at once"},
		"media types differ": {func(l testLayout) string {
			return index(parts{arch: "amd64", extra: `"mediaType": "application/vnd.docker.distribution.manifest.v2+json",`}.add(l) + "}")
		}, "is called application/vnd.oci.image.manifest.v1+json where it is named, and calls itself"},
		"an image called an index": {func(l testLayout) string { return index(l.blob(typeIndex, amd.manifest(l)) + "}") }, "not what its media type says"},
		"size of the manifest": {func(l testLayout) string {
			return index(strings.Replace(amd.add(l), `"size": `, `"size": 1`, 1) + "}")
		}, "what names it says 1"},
		"huge manifest": {func(l testLayout) string {
			return index(l.blob(typeManifest, `{"x": "`+strings.Repeat("x", maxManifest)+`"}`) + "}")
		}, "at most 8388608 are read"},
		"the index lies": {func(l testLayout) string { return index(parts{arch: "arm64"}.add(l) + onAMD64) }, "its config says otherwise"},
		"an artifact": {func(l testLayout) string {
			return index(parts{arch: "amd64", configType: "application/vnd.oci.empty.v1+json"}.add(l) + "}")
		}, "it is no image that runs"},
		"encrypted": {func(l testLayout) string {
			return index(parts{arch: "amd64", layerType: typeLayer + "+encrypted"}.add(l) + "}")
		}, "which cannot be unpacked"},
		"layers and config": {func(l testLayout) string {
			return index(parts{arch: "amd64", config: `{"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": []}}`}.add(l) + "}")
		}, "it has 1 layers, its config speaks of 0"},
		"unpacked layer": {func(l testLayout) string { return index(parts{arch: "amd64", layer: "something else"}.add(l) + "}") }, "layer 1, unpacked, has the digest"},
		"broken gzip": {func(l testLayout) string {
			return index(parts{arch: "amd64", layer: "\x1f\x8b\x08broken"}.add(l) + "}")
		}, "its layer 1 cannot be unpacked"},
		"size of a layer": {func(l testLayout) string {
			m := amd.manifest(l)
			at := strings.LastIndex(m, `"size": `) + len(`"size": `)
			return index(l.blob(typeManifest, m[:at]+"1"+m[at:]) + "}")
		}, "bytes, its manifest says 1"},
		"missing layer": {func(l testLayout) string {
			m := amd.manifest(l)
			_ = os.Remove(filepath.Join(l.dir, "base", l.file(m[strings.Index(m, `"layers"`):])))
			return index(l.blob(typeManifest, m) + "}")
		}, "is not whole: open base/blobs/sha256/"},
		"tampered layer": {func(l testLayout) string {
			m := amd.manifest(l)
			l.write(l.file(m[strings.Index(m, `"layers"`):]), "x")
			return index(l.blob(typeManifest, m) + "}")
		}, "part 1 of base has the digest"},
		"tampered config": {func(l testLayout) string {
			m := amd.manifest(l)
			l.write(l.file(m), "{}")
			return index(l.blob(typeManifest, m) + "}")
		}, "the manifest has the digest"},
		"nothing at all": {func(l testLayout) string { return `{"schemaVersion": 2}` }, "neither an image nor an index"},
		"empty":          {func(l testLayout) string { return index() }, "nothing for linux/amd64"},
		"no JSON":        {func(l testLayout) string { return `{` }, "cannot be read"},
		"another digest": {func(l testLayout) string {
			return index(`{"mediaType": "` + typeManifest + `", "digest": "sha256:../../../../etc/passwd", "size": 1}`)
		}, "cannot be read"},
		"another version": {func(l testLayout) string {
			l.write("oci-layout", `{"imageLayoutVersion": "2.0.0"}`)
			return index(amd.add(l) + "}")
		}, "oci-layout does not say"},
		"a pipe": {func(l testLayout) string {
			m := amd.add(l)
			file := filepath.Join(l.dir, "base", l.file(m))
			if err := errors.Join(os.Remove(file), syscall.Mkfifo(file, 0o644)); err != nil {
				l.t.Fatal(err)
			}
			return index(m + "}")
		}, "is no file"},
		"a link out": {func(l testLayout) string {
			m := amd.add(l)
			file := filepath.Join(l.dir, "base", l.file(m))
			if err := errors.Join(os.Remove(file), os.Symlink("/etc/passwd", file)); err != nil {
				l.t.Fatal(err)
			}
			return index(m + "}")
		}, "leaves the module by a symbolic link"},
		"a link inside": {func(l testLayout) string {
			m := amd.add(l)
			file := filepath.Join(l.dir, "base", l.file(m))
			if err := errors.Join(os.Rename(file, filepath.Join(l.dir, "kept")), os.Symlink("../../../kept", file)); err != nil {
				l.t.Fatal(err)
			}
			return index(m + "}")
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLayout(t)
			l.write("index.json", test.make(l))
			c, b := newClient(t), Base{Layout: "base", Dir: l.dir}
			digest, err := c.Resolve(t.Context(), b, "linux/amd64")
			if err == nil {
				_, err = c.Fetch(t.Context(), b, digest)
			}
			var absent *fetch.AbsentError
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (!errors.As(err, &absent) || !strings.Contains(absent.Text, test.want) || !strings.Contains(absent.Text, "the base image base")):
				t.Errorf("got %v, want %s", err, test.want)
			}
			if left, _ := c.storedBase(cmp.Or(digest, store.DigestOf(nil))); test.want != "" && left.Config != nil {
				t.Error("a broken image is in the store as whole")
			}
		})
	}
}
