package builder_test

import (
	"bytes"
	"io"
	"path/filepath"
	"testing"

	"bentoc.dev/buildkit/buildkittest"
	"bentoc.dev/buildkit/builder"
	"bentoc.dev/buildkit/emit"
	"bentoc.dev/compiler/plan"
)

type memory struct{ bytes.Buffer }

func (*memory) Close() error { return nil }

func TestSolve_LayersOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := buildkittest.NewStore(t, filepath.Join(dir, "store"))
	in := store.Files("rootfs", map[string]string{"etc/passwd": "root:x:0:0::/:\n", "tmp/": ""})
	p := &plan.Plan{Inputs: []plan.Input{in}, Images: []plan.Image{
		{Platform: "linux/amd64", Layers: []plan.Layer{{Input: "rootfs", Content: "files"}}},
		{Platform: "linux/arm64", Layers: []plan.Layer{{Input: "rootfs", Content: "files"}}},
	}}
	images, err := emit.Images(t.Context(), p, emit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := builder.Open(t.Context(), builder.Options{State: filepath.Join(dir, "state")})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	var out memory
	res, err := b.Solve(t.Context(), builder.Request{Images: images, Store: store.Dir, Output: func() (io.WriteCloser, error) { return &out, nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(res.Digest, out.Len())
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}
