package main

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// examples are the folders of the examples.
func examples(t *testing.T) (dirs []string) {
	t.Helper()
	files, err := filepath.Glob("../../examples/*/bento.cue")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, f := range files {
		dirs = append(dirs, filepath.Dir(f))
	}
	return dirs
}

// TestExamplesUpToDate wants the locks of the examples to be this bentoc's, and
// their generated types to be those of the declarations.
func TestExamplesUpToDate(t *testing.T) {
	t.Parallel()
	tl := newTool(t)
	for _, dir := range examples(t) {
		for _, args := range [][]string{{"lock", "--check"}, {"vet"}} {
			r := tl.run(t, &invocation{dir: dir, state: sharedState(t), args: args})
			if r.code != 0 || r.stderr != "" {
				t.Errorf("bentoc %s in %s: exit code %d (run bentoc lock, bentoc generate)\n%s", strings.Join(args, " "), dir, r.code, r.stderr)
			}
		}
	}
}

// maxUncompressed is the most that an image of hello may be, unpacked, in bytes.
const maxUncompressed = 12_000_000

// TestSizeOfHello holds the image of each platform to its budget.
func TestSizeOfHello(t *testing.T) {
	t.Parallel()
	tl, dir := newTool(t), copyExample(t, "hello", false)
	tl.build(t, &invocation{dir: dir, state: sharedState(t), args: []string{"-o", "type=dir,dest=layout", "--metadata-file", "meta.json"}})
	text, err := os.ReadFile(filepath.Join(dir, "meta.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m metadata
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Platforms {
		var size int64
		for _, l := range p.Layers {
			size += unpackedSize(t, filepath.Join(dir, "layout/blobs/sha256", strings.TrimPrefix(l.Digest, "sha256:")))
		}
		if t.Logf("%s: %d bytes", p.Platform, size); size > maxUncompressed {
			t.Errorf("the image for %s has %d bytes, more than %d", p.Platform, size, maxUncompressed)
		}
	}
}

// unpackedSize is the size of a layer without its compression.
func unpackedSize(t *testing.T, name string) int64 {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, r)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
