package lock_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/lock"
)

// files lists what is locked of a model, its own file with a *.
func files(f *lock.File, name string, m *ir.Model) string {
	var list []string
	for _, file := range f.ModelFiles(name, m) {
		mark := ""
		if file.Main {
			mark = "*"
		}
		list = append(list, mark+file.Name)
	}
	return strings.Join(list, " ")
}

// TestNamesOfExternalWeights: weights lie in the image under the names that the
// model calls them, so the model itself takes another one where it must.
func TestNamesOfExternalWeights(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		weights []string
		want    string
	}{
		{[]string{"w.bin"}, "*model.onnx w.bin"},
		{[]string{"a.bin", "sub/a.bin", "a.bin"}, "a.bin *model.onnx sub/a.bin"},
		{[]string{"model.onnx"}, "model.onnx *model_2.onnx"},
		{[]string{"model.onnx", "model_2.onnx"}, "model.onnx model_2.onnx *model_3.onnx"},
		{[]string{"model.onnx/w.bin"}, "model.onnx/w.bin *model_2.onnx"},
		{[]string{"./model.onnx"}, "model.onnx *model_2.onnx"},
		{[]string{"det.onnx.data", "det.data"}, "det.data det.onnx.data *model.onnx"},
	} {
		w := newModelWorld(t)
		w.write("m/det.onnx", onnx(c.weights...))
		for i, name := range c.weights {
			w.write("m/"+name, fmt.Appendf(nil, "weights %8d", i%2))
		}
		m := &ir.Model{Source: ir.Source{Path: "m/det.onnx"}}
		f, err := w.resolve(m)
		if err != nil {
			t.Errorf("%v: %v", c.weights, err)
			continue
		}
		if got := files(f, "m", m); got != c.want {
			t.Errorf("%v: locked are %s, want %s", c.weights, got, c.want)
		}
		again, err := w.resolve(m)
		if err != nil || string(again.Bytes()) != string(f.Bytes()) {
			t.Errorf("%v, once more: %v\n%s", c.weights, err, again.Bytes())
		}
		if found := checkFiles(t, nil, f, m, w.dir); found != "" {
			t.Errorf("%v: %s", c.weights, found)
		}
		if err := f.CheckModel(t.Context(), "bento.lock", "m", m, f.Place(w.client, w.dir)); err != nil {
			t.Errorf("%v: %v", c.weights, err)
		}
	}
}

func checkFiles(t *testing.T, client *fetch.Client, f *lock.File, m *ir.Model, dir string) string {
	t.Helper()
	diags, err := lock.CheckFiles(t.Context(), client, f, map[string]*ir.Model{"m": m}, dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, d := range diags {
		list = append(list, fmt.Sprintf("%d %s: %s", d.Pos.Line, d.Code, d.Message))
	}
	return strings.Join(list, "\n")
}

// TestFilesThatChange: what was done to a model's files since it was locked is
// said at the model, whether or not a store remembers what they were.
func TestFilesThatChange(t *testing.T) {
	t.Parallel()
	write := func(name string, data []byte) func(w *modelWorld) error {
		return func(w *modelWorld) error { w.write(name, data); return nil }
	}
	remove := func(name string) func(w *modelWorld) error {
		return func(w *modelWorld) error { return os.RemoveAll(filepath.Join(w.dir, name)) }
	}
	random := []byte(strings.Repeat("\x8f\x03\xd1", 40))
	same := len(onnx("w.bin"))
	for _, c := range []struct {
		name string
		do   func(*modelWorld) error
		want string
	}{
		{"nothing", func(*modelWorld) error { return nil }, ""},
		{"deleted", remove("m.onnx"), "7 missing-file: there is no file m.onnx"},
		{"weights deleted", remove("w.bin"), "7 missing-file: there is no file w.bin, which the model keeps weights in"},
		{"random bytes", write("m.onnx", random), "7 bad-model: the file of model m cannot be read: not an ONNX model: "},
		{"random bytes of the same size", write("m.onnx", slices.Repeat([]byte{0xff}, same)), "7 bad-model: the file of model m cannot be read: not an ONNX model: "},
		{"empty", write("m.onnx", nil), "7 bad-model: the file of model m cannot be read: the file is empty"},
		{"a pointer of Git LFS", write("m.onnx", []byte("version https://git-lfs.github.com/spec/v1\n")), "7 bad-model: the file of model m cannot be read: a Git LFS pointer, not the model itself"},
		{"another model", write("m.onnx", onnx()), "7 lock-stale: m.onnx is not the file that is locked"},
		{"other weights", write("w.bin", []byte("sixteen bytes  !")), "7 lock-stale: w.bin is not the file that is locked"},
		{"weights cut short", write("w.bin", nil), "7 lock-stale: w.bin is not the file that is locked"},
		{"a folder", func(w *modelWorld) error {
			return errors.Join(remove("m.onnx")(w), os.Mkdir(filepath.Join(w.dir, "m.onnx"), 0o755))
		}, "7 bad-model: m.onnx is a folder or something else that is no file"},
		{"a link that leads out", func(w *modelWorld) error {
			return errors.Join(remove("m.onnx")(w), os.Symlink("/etc/passwd", filepath.Join(w.dir, "m.onnx")))
		}, "7 outside-module: m.onnx leaves the module by a symbolic link"},
	} {
		w := newModelWorld(t)
		w.write("m.onnx", onnx("w.bin"))
		w.write("w.bin", make([]byte, 16))
		m := &ir.Model{Source: ir.Source{Path: "m.onnx"}, Pos: ir.Pos{File: "bento.cue", Line: 7, Col: 3}}
		f, err := w.resolve(m)
		if err == nil {
			err = c.do(w)
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, client := range []*fetch.Client{nil, w.client} {
			if got := checkFiles(t, client, f, m, w.dir); !strings.HasPrefix(got, c.want) || (c.want == "") != (got == "") {
				t.Errorf("%s: said is %q, want %q", c.name, got, c.want)
			}
		}
	}
}

// Two models may keep their weights in one file, and one may keep them in several.
func TestSharedWeights(t *testing.T) {
	t.Parallel()
	w := newModelWorld(t)
	w.write("m/a.onnx", onnx("w.bin"))
	w.write("m/b.onnx", onnx("w.bin", "a.onnx")) // the other model's own file is as good as any
	w.write("m/w.bin", make([]byte, 16))
	a, b := &ir.Model{Source: ir.Source{Path: "m/a.onnx"}}, &ir.Model{Source: ir.Source{Path: "m/b.onnx"}}
	f, err := lock.ResolveModels(t.Context(), lock.Request{
		Fetch: w.client, ModuleDir: w.dir, Needs: of(t, running(map[string]*ir.Model{"a": a, "b": b}, "linux/amd64"), nil),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := files(f, "a", a) + ", " + files(f, "b", b); got != "*model.onnx w.bin, a.onnx *model.onnx w.bin" {
		t.Errorf("locked are %s", got)
	}
}
