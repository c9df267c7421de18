package export_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

type object = map[string]any

// layout is an OCI layout that a test makes.
type layout struct {
	t     testing.TB
	files map[string][]byte
}

func (l *layout) blob(text []byte) string {
	sum := sha256.Sum256(text)
	name := hex.EncodeToString(sum[:])
	l.files["blobs/sha256/"+name] = text
	return "sha256:" + name
}

func (l *layout) json(v any) []byte {
	l.t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		l.t.Fatal(err)
	}
	return text
}

func (l *layout) desc(mediaType string, text []byte) object {
	return object{"mediaType": mediaType, "digest": l.blob(text), "size": len(text)}
}

// image adds the image of one platform: a layer as it is, one by gzip and one
// by zstd.
func (l *layout) image(arch string) object {
	l.t.Helper()
	raw := [][]byte{
		tarOf(l.t, map[string]string{"etc/": "", "etc/passwd": "root", "gone": "x", "etc/old": "x"}),
		tarOf(l.t, map[string]string{"server": "binary for " + arch, ".wh.gone": ""}),
		tarOf(l.t, map[string]string{"etc/passwd": "nonroot", "etc/.wh.old": ""}),
	}
	var layers []object
	var diffs []string
	for i, text := range raw {
		sum := sha256.Sum256(text)
		diffs = append(diffs, "sha256:"+hex.EncodeToString(sum[:]))
		media := "application/vnd.oci.image.layer.v1.tar"
		switch i {
		case 1:
			text, media = gzipped(l.t, text), media+"+gzip"
		case 2:
			text, media = zstdOf(l.t, text), media+"+zstd"
		}
		layers = append(layers, l.desc(media, text))
	}
	config := l.json(object{
		"os": "linux", "architecture": arch, "rootfs": object{"type": "layers", "diff_ids": diffs},
		"config":  object{"Labels": object{"a": "b"}, "Entrypoint": []string{"/server"}},
		"history": []object{{"created_by": "bentoc: users"}, {"created_by": "ENV x", "empty_layer": true}, {"created_by": "bentoc: server"}, {"created_by": "other"}},
	})
	d := l.desc("application/vnd.oci.image.manifest.v1+json", l.json(object{
		"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
		"config": l.desc("application/vnd.oci.image.config.v1+json", config), "layers": layers, "annotations": object{"title": "t"},
	}))
	d["platform"] = object{"os": "linux", "architecture": arch}
	return d
}

// archive is an OCI archive of two platforms, and its index's digest.
func archive(t testing.TB, arches ...string) (text []byte, index string) {
	t.Helper()
	l := &layout{t, map[string][]byte{"oci-layout": []byte(`{"imageLayoutVersion":"1.0.0"}`)}}
	var list []object
	for _, a := range arches {
		list = append(list, l.image(a))
	}
	d := l.desc("application/vnd.oci.image.index.v1+json", l.json(object{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": list}))
	l.files["index.json"] = l.json(object{"schemaVersion": 2, "manifests": []object{d}})
	files := map[string]string{}
	for name, text := range l.files {
		files[name] = string(text)
	}
	return tarOf(t, files), d["digest"].(string)
}

func tarOf(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o755, Size: int64(len(files[name])), ModTime: time.Unix(0, 0)}
		if strings.HasSuffix(name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if name == "server" {
			h.Mode |= 0o6000 // set-user-id and set-group-id
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func gzipped(t testing.TB, text []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func zstdOf(t testing.TB, text []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(text, nil)
}
