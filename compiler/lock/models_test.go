package lock_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/deb/debtest"
	"bentoc.dev/compiler/fetch/pypi/pypitest"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/model"
	"bentoc.dev/compiler/model/onnxfile"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/store"
)

// field appends a field of bytes to a protocol buffer message.
func field(m []byte, number int, data []byte) []byte {
	m = binary.AppendUvarint(m, uint64(number<<3|2))
	m = binary.AppendUvarint(m, uint64(len(data)))
	return append(m, data...)
}

func varint(m []byte, number int, v uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(m, uint64(number<<3)), v)
}

// onnx gives the file of a model with the input x and the output y, float32 of n
// rows and four columns. Weights are the names of files that its weights lie in,
// 16 bytes in each; "" is none.
func onnx(weights ...string) []byte {
	tensor := func(name string) []byte {
		shape := field(nil, 1, field(nil, 2, []byte("n")))
		shape = field(shape, 1, varint(nil, 1, 4))
		return field(field(nil, 1, []byte(name)), 2, field(nil, 1, field(varint(nil, 1, 1), 2, shape)))
	}
	graph := field(nil, 1, field(field(field(nil, 1, []byte("x")), 2, []byte("y")), 4, []byte("Relu")))
	graph = field(graph, 2, []byte("g"))
	for i, file := range weights {
		if file == "" {
			continue
		}
		location := field(field(nil, 1, []byte("location")), 2, []byte(file))
		length := field(field(nil, 1, []byte("length")), 2, []byte("16"))
		w := field(field(varint(varint(nil, 1, 4), 2, 1), 8, fmt.Appendf(nil, "w%d", i)), 13, location)
		graph = field(graph, 5, varint(field(w, 13, length), 14, 1))
	}
	graph = field(field(graph, 11, tensor("x")), 12, tensor("y"))
	return field(field(varint(nil, 1, 8), 7, graph), 8, varint(nil, 2, 17))
}

// modelWorld is a module on disk and a client that asks nobody.
type modelWorld struct {
	t      *testing.T
	dir    string
	client *fetch.Client
	old    *lock.File
}

func newModelWorld(t *testing.T, env ...string) *modelWorld {
	t.Helper()
	s, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	c := fetch.New(s)
	c.Env = env
	return &modelWorld{t: t, dir: t.TempDir(), client: c}
}

func (w *modelWorld) write(name string, data []byte) {
	w.t.Helper()
	file := filepath.Join(w.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, data, 0o644)); err != nil {
		w.t.Fatal(err)
	}
}

// resolve locks one model, m, over what was locked before.
func (w *modelWorld) resolve(m *ir.Model, update ...string) (*lock.File, error) {
	w.t.Helper()
	f, err := lock.ResolveModels(w.t.Context(), lock.Request{
		Fetch: w.client, Old: w.old, ModuleDir: w.dir, Update: update,
		Needs: of(w.t, running(map[string]*ir.Model{"m": m}, "linux/amd64"), nil),
	})
	if err == nil {
		w.old = f
		again, diags := lock.Parse("bento.lock", f.Bytes())
		if len(diags) > 0 || string(again.Bytes()) != string(f.Bytes()) {
			w.t.Errorf("the lock cannot be read again: %v\n%s", diags, f.Bytes())
		}
	}
	return f, err
}

func TestModelOfTheModule(t *testing.T) {
	t.Parallel()
	w := newModelWorld(t)
	w.write("models/big.onnx", onnx("weights/w.bin"))
	w.write("models/weights/w.bin", make([]byte, 16))
	m := &ir.Model{Source: ir.Source{Path: "models/big.onnx"}}
	f, err := w.resolve(m)
	if err != nil {
		t.Fatal(err)
	}
	want := []model.File{
		{Name: "model.onnx", Main: true, Size: int64(len(onnx("weights/w.bin"))), Digest: store.DigestOf(onnx("weights/w.bin"))},
		{Name: "weights/w.bin", Size: 16, Digest: store.DigestOf(make([]byte, 16))},
	}
	if got := f.ModelFiles("m", m); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	file := f.Model("m", m)
	if file == nil || file.Inputs[0].Type.String() != "float32[n,4]" || file.Outputs[0].Name != "y" {
		t.Errorf("signature: %+v", file)
	}
	if kept, err := w.resolve(m); err != nil || string(kept.Bytes()) != string(f.Bytes()) {
		t.Errorf("once more: %v\n%s", err, kept.Bytes())
	}
	w.write("models/weights/w.bin", append(make([]byte, 16), 1))
	changed, err := w.resolve(m)
	if err != nil || changed.ModelFiles("m", m)[1].Size != 17 {
		t.Errorf("after a change: %v\n%s", err, changed.Bytes())
	}
	other := &ir.Model{Source: ir.Source{Path: "models/other.onnx"}}
	if f.Model("m", other) != nil || len(f.ModelFiles("m", other)) > 0 {
		t.Error("a lock answers for another source than it was made for")
	}
	place := f.Place(w.client, w.dir)
	var bad *store.DigestError
	if _, _, err := place.Locate(t.Context(), m, want[1]); !errors.As(err, &bad) {
		t.Errorf("a file that was changed after it was locked: %v", err)
	}
}

func TestModelMistakes(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "out.onnx")
	if err := os.WriteFile(outside, onnx(""), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		files map[string][]byte
		code  diag.Code
		text  string
	}{
		"missing":           {nil, diag.MissingFile, "there is no file m.onnx"},
		"empty":             {map[string][]byte{"m.onnx": {}}, diag.BadModel, "cannot be read"},
		"not onnx":          {map[string][]byte{"m.onnx": []byte("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")}, diag.BadModel, "cannot be read"},
		"truncated":         {map[string][]byte{"m.onnx": onnx("")[:30]}, diag.BadModel, "cannot be read"},
		"weights missing":   {map[string][]byte{"m.onnx": onnx("w.bin")}, diag.MissingFile, "w.bin"},
		"weights too few":   {map[string][]byte{"m.onnx": onnx("w.bin"), "w.bin": make([]byte, 15)}, diag.BadModel, "has 15 bytes; the model needs 16"},
		"weights elsewhere": {map[string][]byte{"m.onnx": onnx("../w.bin"), "w.bin": make([]byte, 16)}, diag.BadModel, "cannot be read"},
	} {
		w := newModelWorld(t)
		for file, data := range test.files {
			w.write(file, data)
		}
		_, err := w.resolve(&ir.Model{Source: ir.Source{Path: "m.onnx"}, Pos: ir.Pos{File: "bento.cue", Line: 7, Col: 3}})
		var source diag.List
		if !errors.As(err, &source) || len(source) != 1 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := source[0]; d.Code != test.code || !strings.Contains(d.Message, test.text) || d.Pos.Line != 7 {
			t.Errorf("%s: %s at %s: %s", name, d.Code, d.Pos, d.Message)
		}
	}
	w := newModelWorld(t)
	if err := os.Symlink(outside, filepath.Join(w.dir, "m.onnx")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.resolve(&ir.Model{Source: ir.Source{Path: "m.onnx"}}); err == nil {
		t.Error("a link that leads out of the module is followed")
	}
}

func TestModelBehindURL(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password != "s3cret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write(onnx(""))
	}))
	defer server.Close()
	w := newModelWorld(t)
	sum := strings.TrimPrefix(store.DigestOf(onnx("")), "sha256:")
	m := &ir.Model{Source: ir.Source{HTTP: &ir.HTTPSource{URL: strings.Replace(server.URL, "://", "://me:s3cret@", 1) + "/m.onnx", SHA256: sum}}}
	f, err := w.resolve(m)
	if err != nil || f.Model("m", m) == nil {
		t.Fatalf("%v\n%s", err, f.Bytes())
	}
	if strings.Contains(string(f.Bytes()), "s3cret") {
		t.Errorf("a password in the lock:\n%s", f.Bytes())
	}
	server.Close()
	if _, err := w.resolve(m); err != nil {
		t.Errorf("without the server: %v", err)
	}
	other := *m
	other.Source.HTTP = &ir.HTTPSource{URL: m.Source.HTTP.URL, SHA256: strings.Repeat("0", 64)}
	if f.Model("m", &other) != nil {
		t.Error("a lock answers for a file of another digest")
	}
}

// TestURLAtFault has a server that gives something else, or nothing: what the
// user declared is at fault at its line, what refuses and breaks is not.
func TestURLAtFault(t *testing.T) {
	t.Parallel()
	var url string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/m.onnx", "/packed.onnx":
			data := onnx("")
			if r.URL.Path == "/packed.onnx" { // though it was asked not to
				w.Header().Set("Content-Encoding", "gzip")
				var b bytes.Buffer
				z := gzip.NewWriter(&b)
				_, _ = z.Write(data)
				_ = z.Close()
				data = b.Bytes()
			}
			_, _ = w.Write(data)
		case "/moved.onnx":
			http.Redirect(w, r, url+"/m.onnx", http.StatusFound)
		case "/login.onnx":
			http.Redirect(w, r, url+"/login", http.StatusFound)
		case "/login":
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<html>who are you?"))
		case "/refused.onnx":
			w.WriteHeader(http.StatusForbidden)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer server.Close()
	url = server.URL
	sum := strings.TrimPrefix(store.DigestOf(onnx("")), "sha256:")
	for name, test := range map[string]struct{ says, cure string }{ // no text: it is taken
		"m.onnx": {}, "packed.onnx": {}, "moved.onnx": {}, "m.onnx?token=s3cret": {},
		"login.onnx?token=s3cret": {"/login.onnx has the digest " + store.DigestOf([]byte("<html>who are you?")) + ", sha256:" + sum + " is declared", "a login"},
		"absent.onnx":             {"answered 404 Not Found", "how the URL is spelt"},
		"refused.onnx?t=s3cret":   {"/refused.onnx answered 403 Forbidden", "~/.netrc"},
	} {
		m := &ir.Model{Pos: ir.Pos{File: "bento.cue", Line: 7, Col: 3}, Source: ir.Source{HTTP: &ir.HTTPSource{URL: url + "/" + name, SHA256: sum}}}
		f, err := newModelWorld(t).resolve(m)
		if test.says == "" {
			if err != nil || f.ModelFiles("m", m)[0].Digest != "sha256:"+sum {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		var source diag.List
		var missing *fetch.MissingError
		text, cure := fmt.Sprint(err), ""
		if errors.As(err, &source) {
			text, cure = source[0].Message, source[0].Hint
			if source[0].Pos != m.Pos {
				t.Errorf("%s: at %s", name, source[0].Pos)
			}
		} else if errors.As(err, &missing) {
			cure = missing.Cure
		}
		if !strings.Contains(text, test.says) || !strings.Contains(cure, test.cure) || strings.Contains(text, "s3cret") || (source == nil) != (name[0] == 'r') {
			t.Errorf("%s: %s (%s)", name, text, cure)
		}
	}
}

func TestModelInWheel(t *testing.T) {
	t.Parallel()
	x := pypitest.NewIndex(t)
	files := map[string]string{"pkg/models/m.onnx": string(onnx("w.bin")), "pkg/models/w.bin": strings.Repeat("w", 16)}
	x.Add("my-pkg", "my_pkg-1.0-py3-none-any.whl", pypitest.Wheel(t, files), "")
	x.Add("my-pkg", "my_pkg-2.0-py3-none-any.whl", pypitest.Wheel(t, files), `data-yanked="no good"`)
	w := newModelWorld(t, "PIP_INDEX_URL="+x.URL())
	source := func(version, file string) *ir.Model {
		return &ir.Model{Source: ir.Source{PyPI: &ir.PyPISource{Project: "My_Pkg", Version: version}}, File: file}
	}
	m := source("1.0", "pkg/models/m.onnx")
	f, err := w.resolve(m)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.ModelFiles("m", m); len(got) != 2 || got[1].Digest != store.DigestOf([]byte(files["pkg/models/w.bin"])) {
		t.Errorf("%+v", got)
	}
	if all := f.Wheels(""); len(all) != 1 || all[0].File != "my_pkg-1.0-py3-none-any.whl" || all[0].Project != "my-pkg" {
		t.Errorf("%+v", all)
	}
	for _, test := range []struct {
		m    *ir.Model
		text string
	}{
		{source("1.0", "pkg/m.onnx"), "has no file pkg/m.onnx"},
		{source("2.0", "pkg/models/m.onnx"), "was yanked from the package index: no good"},
		{source("3.0", "pkg/models/m.onnx"), "has no version 3.0"},
	} {
		_, err := w.resolve(test.m)
		var mistake diag.List
		if !errors.As(err, &mistake) || !strings.Contains(mistake[0].Message, test.text) || mistake[0].Hint == "" {
			t.Errorf("%v, not %q", err, test.text)
		}
	}
	x.Remove("my-pkg")
	if kept, err := w.resolve(m); err != nil || string(kept.Bytes()) != string(f.Bytes()) {
		t.Errorf("without the index: %v", err)
	}
	if _, err := w.resolve(m, "my-pkg"); err == nil {
		t.Error("an update asks nobody")
	}
}

// TestLockLibraries resolves all that a bento with a model needs, twice: the
// second time nobody is asked.
func TestLockLibraries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mirror := debtest.NewMirror(t)
	mirror.Add(debtest.Libraries("2.36-9")...)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "m.onnx"), onnx(""), 0o644); err != nil {
		t.Fatal(err)
	}
	w.client.Env = append(w.client.Env, mirror.Env()...)
	m := &ir.Model{Source: ir.Source{Path: "m.onnx"}}
	n := of(t, running(map[string]*ir.Model{"m": m}, "linux/amd64", "linux/arm64"), needs(t, app(userMod)).Modules)
	r := lock.Request{Fetch: w.client, Old: w.locked(t, needs(t, app(userMod))), Needs: n, ModuleDir: dir}
	f := resolveAll(t, r)
	if diags := lock.Check("bento.lock", f, n); len(diags) > 0 {
		t.Error(diags)
	}
	for _, p := range n.Platforms {
		if debs := f.Debs(p); len(debs) != 4 {
			t.Errorf("%s: %v", p, debs)
		}
	}
	if wheels := f.Wheels("onnxruntime"); len(wheels) != 2 || wheels[0].Version != pin.ONNXRuntimeVersion {
		t.Errorf("%v", wheels)
	}
	mirror.Add(debtest.Libraries("2.36-10")...)
	r.Old = f
	if again := resolveAll(t, r); string(again.Bytes()) != string(f.Bytes()) {
		t.Errorf("a second time:\n%s", again.Bytes())
	}
	r.Update = []string{"libc6"}
	var changes []string
	for _, c := range lock.Diff(f, resolveAll(t, r)) {
		changes = append(changes, c.String())
	}
	if len(changes) != 8 || !slices.Contains(changes, "~ deb libc6 arm64 2.36-9 → 2.36-10") {
		t.Errorf("an update changes %q", changes)
	}
	n.Models["m"] = &ir.Model{Source: ir.Source{Path: "n.onnx"}}
	diags := lock.Check("bento.lock", f, n)
	if len(diags) != 1 || diags[0].Code != diag.LockStale {
		t.Errorf("a model with another source: %v", diags)
	}
}

func resolveAll(t *testing.T, r lock.Request) *lock.File {
	t.Helper()
	f, err := lock.ResolveModels(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	r.Old = f
	f, _, err = lock.Resolve(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestOldSignatures reads signatures of all kinds of types.
func TestOldSignatures(t *testing.T) {
	t.Parallel()
	const head = "bentoc-lock 1\nmodel m path:m.onnx model.onnx 3 sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\nsignature m "
	m := &ir.Model{Source: ir.Source{Path: "m.onnx"}}
	for text, want := range map[string]string{
		`{"inputs":[{"name":"a<b","dtype":"float32","shape":[0,"n",3]}],"outputs":[{"name":"y","dtype":"int64","shape":[]}]}`:                                               "float32[?,n,3] int64[]",
		`{"inputs":[{"name":"x","dtype":"string"}],"outputs":[{"name":"y","kind":"sequence","elem":{"kind":"map","dtype":"int64","elem":{"dtype":"float32","shape":[]}}}]}`: "string sequence(map(int64,float32[]))",
	} {
		f, diags := lock.Parse("bento.lock", []byte(head+text+"\n"))
		if len(diags) > 0 {
			t.Errorf("%s: %v", text, diags)
			continue
		}
		model := f.Model("m", m)
		if got := model.Inputs[0].Type.String() + " " + model.Outputs[0].Type.String(); got != want {
			t.Errorf("%s: %s", text, got)
		}
		if model.Inputs[0].Type.Kind != onnxfile.Tensor || string(f.Bytes()) != head+text+"\n" {
			t.Errorf("%s: written otherwise:\n%s", text, f.Bytes())
		}
	}
	for _, text := range []string{
		`{}`, `{"inputs":[],"outputs":[],"more":1}`, `{"outputs":[],"inputs":[]}`, `{"inputs":[{"name":"x","shape":[1.5]}],"outputs":[]}`, `[]`, `x`,
	} {
		if _, diags := lock.Parse("bento.lock", []byte(head+text+"\n")); len(diags) != 1 || diags[0].Code != diag.LockCorrupt {
			t.Errorf("%s: %v", text, diags)
		}
	}
}
