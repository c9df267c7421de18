package onnxfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bentoc.dev/compiler/model/onnxfile"
)

func read(t testing.TB, data []byte) (*onnxfile.Model, error) {
	t.Helper()
	return onnxfile.Read(bytes.NewReader(data), int64(len(data)))
}

func mustRead(t testing.TB, g graph) *onnxfile.Model {
	t.Helper()
	m, err := read(t, model(g))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func types(list []onnxfile.Value) string {
	var s []string
	for _, v := range list {
		s = append(s, v.Name+" "+v.Type.String())
	}
	return strings.Join(s, "; ")
}

func TestHeader(t *testing.T) {
	t.Parallel()
	m := mustRead(t, linear())
	got := fmt.Sprint(m.IRVersion, m.Producer, m.ProducerVersion, m.GraphName, m.Opsets, m.Metadata, m.Ops)
	if want := "8test1.0main[{ 17}] map[character:a\nb\nc] [{ Gemm 1}]"; got != want {
		t.Errorf("header is %s, want %s", got, want)
	}
	for _, c := range []struct{ name, got, want string }{
		{"inputs", types(m.Inputs), "x float32[batch,3]"},
		{"outputs", types(m.Outputs), "y float32[batch,2]"},
		{"overrides", types(m.Overrides), "w float32[2,3]"},
	} {
		if c.got != c.want {
			t.Errorf("%s are %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestTypes(t *testing.T) {
	t.Parallel()
	minusOne := -1
	mapType := enc{}.bytes(5, enc{}.uint(1, 7).bytes(2, tensorType(1, []any{})))
	cases := []struct {
		typ  enc
		want string
	}{
		{tensorType(1, []any{"n", 3, nil, minusOne, 0, "?", "None"}), "float32[n,3,?,?,?,?,?]"},
		{tensorType(7, []any{}), "int64[]"},
		{tensorType(8, nil), "string"},
		{tensorType(16, []any{4}), "bfloat16[4]"},
		{enc{}.bytes(4, enc{}.bytes(1, mapType)), "sequence(map(int64,float32[]))"},
		{enc{}.bytes(9, enc{}.bytes(1, tensorType(9, nil))), "optional(bool)"},
		{enc{}.bytes(8, enc{}.uint(1, 11)), "sparse_tensor(float64)"},
	}
	for _, c := range cases {
		g := linear()
		g.inputs = []enc{value("x", c.typ)}
		if got := types(mustRead(t, g).Inputs); got != "x "+c.want {
			t.Errorf("type is %q, want %q", got, c.want)
		}
	}
}

func TestSubgraphsAndFunctions(t *testing.T) {
	t.Parallel()
	inner := graph{nodes: []enc{node("com.microsoft", "Gelu"), node("ai.onnx", "Gemm")},
		inits: []enc{outside("w2", []uint64{2, 2}, "location", "sub/w.bin", "offset", "64", "length", "16")}}
	g := linear()
	g.nodes = append(g.nodes, node("", "If", enc{}.str(1, "then_branch").bytes(6, inner.encode())))
	data := model(g).bytes(25, enc{}.str(1, "Fn").bytes(7, node("", "Relu")).str(10, "my.domain"))
	m, err := read(t, data)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(m.Ops), "[{ Gemm 2} { If 1} { Relu 1} {com.microsoft Gelu 1}]"; got != want {
		t.Errorf("ops are %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(m.External, m.Functions), "[{w2 sub/w.bin 64 16}] [my.domain.Fn]"; got != want {
		t.Errorf("external and functions are %s, want %s", got, want)
	}
}

func TestExternalFiles(t *testing.T) {
	t.Parallel()
	g := linear()
	g.inits = []enc{
		outside("a", []uint64{2, 3}, "location", "./w.bin", "offset", "4096", "length", "24"),
		outside("b", []uint64{10}, "location", "w.bin"), // the length follows from the shape
		outside("c", []uint64{1}, "location", "b/v.bin"),
	}
	got := fmt.Sprint(mustRead(t, g).Files())
	if want := "[{b/v.bin 4} {w.bin 4120}]"; got != want {
		t.Errorf("files are %s, want %s", got, want)
	}
}

func TestBadExternal(t *testing.T) {
	t.Parallel()
	cases := []struct {
		pairs []string
		want  string
	}{
		{[]string{"location", "../w.bin"}, "leaves the folder"},
		{[]string{"location", `..\w.bin`}, "leaves the folder"},
		{[]string{"location", "a/../../w.bin"}, "leaves the folder"},
		{[]string{"location", "/etc/passwd"}, "absolute"},
		{[]string{"location", `C:\w.bin`}, "absolute"},
		{[]string{"location", "."}, "leaves the folder"},
		{nil, "no file is named"},
		{[]string{"location", "w\x00"}, "NUL"},
		{[]string{"location", "w", "offset", "-1"}, "have offset"},
		{[]string{"location", "w", "length", "7"}, "shape needs 24 bytes"},
		{[]string{"location", "w", "offset", "99999999999999999999"}, "have offset"},
	}
	for _, c := range cases {
		g := linear()
		g.inits = []enc{outside("w", []uint64{2, 3}, c.pairs...)}
		wantFormatError(t, model(g), c.want)
	}
	g := linear()
	g.inits = []enc{outside("w", []uint64{1 << 40, 1 << 40}, "location", "w")}
	wantFormatError(t, model(g), "size that cannot be")
}

func wantFormatError(t *testing.T, data []byte, want string) {
	t.Helper()
	_, err := read(t, data)
	var bad *onnxfile.FormatError
	if !errors.As(err, &bad) {
		t.Errorf("want a FormatError with %q, got %v", want, err)
	} else if !strings.Contains(err.Error(), want) {
		t.Errorf("error is %q, want it to contain %q", err, want)
	}
}

func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	good := model(linear())
	deep := enc{}
	for range 200 {
		deep = enc{}.bytes(4, enc{}.bytes(1, deep))
	}
	nested := linear()
	nested.inputs = []enc{value("x", deep)}
	twice := linear()
	twice.outputs = append(twice.outputs, twice.outputs[0])
	silent := linear()
	silent.outputs = nil
	odd := linear()
	odd.inputs = []enc{value("x", tensorType(99, nil))}
	untyped := linear()
	untyped.inputs = []enc{enc{}.str(1, "x")}
	wide := linear()
	wide.inputs = []enc{value("x", tensorType(1, make([]any, 100)))}
	crowded := enc{}.uint(1, 8)
	for range 2_200_000 {
		crowded = append(crowded, 8<<3|2, 0) // imports of nothing
	}
	cases := []struct {
		name string
		data []byte
		want string
	}{
		{"crowded", crowded, "more than 128 MiB"},
		{"empty", nil, "the file is empty"},
		{"text", []byte("hello, this is not a model at all"), "not"},
		{"pointer", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00"), "Git LFS pointer"},
		{"page", []byte("<!DOCTYPE html><html>"), "web page"},
		{"zip", []byte("PK\x03\x04\x00\x00\x00\x00"), "zip archive"},
		{"ort", []byte("\x18\x00\x00\x00ORTM\x00\x00"), "ORT format"},
		{"hostile length", enc{}.uint(1, 8).bytes(7, nil)[:3], "truncated"},
		{"huge length", append(enc{}.uint(1, 8), 7<<3|2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), "truncated"},
		{"long varint", bytes.Repeat([]byte{0xff}, 20), "more than 64 bits"},
		{"no graph", enc{}.uint(1, 8).bytes(8, enc{}.uint(2, 17)), "has no graph"},
		{"no version", good[2:], "no IR version"},
		{"two graphs", append(enc(good).bytes(7, nil), []byte{}...), "more than one graph"},
		{"deep", model(nested), "nested more than 100"},
		{"twice", model(twice), `named "y"`},
		{"no outputs", model(silent), "no outputs"},
		{"dtype", model(odd), "unknown element type 99"},
		{"no type", model(untyped), `"x" has no type`},
		{"rank", model(wide), "more than 64 dimensions"},
		{"wrong wire type", enc{}.str(1, "x"), "wire type 2 instead of 0"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { wantFormatError(t, c.data, c.want) })
	}
}

// Every prefix of a model is an error: none is taken for a whole one.
func TestTruncated(t *testing.T) {
	t.Parallel()
	g := linear()
	data := enc{}.bytes(8, enc{}.uint(2, 17)).uint(1, 8).bytes(7, g.encode())
	for n := range len(data) {
		if _, err := read(t, data[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes were read as a model", n, len(data))
		}
	}
}

// shortReader ends before the size that was announced.
type shortReader struct{ *bytes.Reader }

func TestFileThatShrinks(t *testing.T) {
	t.Parallel()
	data := model(linear())
	_, err := onnxfile.Read(shortReader{bytes.NewReader(data[:40])}, int64(len(data)))
	var bad *onnxfile.FormatError
	if !errors.As(err, &bad) || !strings.Contains(bad.Reason, "truncated") {
		t.Errorf("want truncated, got %v", err)
	}
}

type failingReader struct{}

func (failingReader) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }

func TestReadError(t *testing.T) {
	t.Parallel()
	_, err := onnxfile.Read(failingReader{}, 100)
	if !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("want the reader's own error, got %v", err)
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "m.onnx")
	if err := os.WriteFile(path, model(linear()), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := onnxfile.Open(path); err != nil {
		t.Error(err)
	}
	if _, err := onnxfile.Open(dir); err == nil || !strings.Contains(err.Error(), "a folder") {
		t.Errorf("opening a folder says %v", err)
	}
	if _, err := onnxfile.Open(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("opening nothing says %v", err)
	}
}

// Weights are skipped: a model of 64 MB costs a few reads of 32 KB.
func TestWeightsAreNotRead(t *testing.T) {
	t.Parallel()
	g := linear()
	for i := range 16 {
		g.inits = append(g.inits, weights(fmt.Sprint("w", i), 1<<20))
	}
	data := model(g)
	counted := &countingReader{src: bytes.NewReader(data)}
	if _, err := onnxfile.Read(counted, int64(len(data))); err != nil {
		t.Fatal(err)
	}
	if counted.bytes > 1<<20 {
		t.Errorf("%d of %d bytes were read", counted.bytes, len(data))
	}
}

type countingReader struct {
	src   io.ReaderAt
	bytes int
}

func (c *countingReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.src.ReadAt(p, off)
	c.bytes += n
	return n, err
}

func FuzzRead(f *testing.F) {
	g := linear()
	g.nodes = append(g.nodes, node("", "If", enc{}.str(1, "then_branch").bytes(6, g.encode())))
	g.inits = append(g.inits, outside("v", []uint64{2}, "location", "v.bin", "length", "8"))
	f.Add([]byte(model(g)))
	f.Add([]byte(model(linear())))
	f.Add([]byte("version https://git-lfs.github.com/spec/v1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := read(t, data)
		var bad *onnxfile.FormatError
		switch {
		case err != nil && !errors.As(err, &bad):
			t.Fatalf("a broken file gave %v, which is no FormatError", err)
		case err == nil && (m.IRVersion <= 0 || len(m.Outputs) == 0):
			t.Fatal("a model without a version or outputs was accepted")
		}
	})
}
