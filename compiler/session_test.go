package compiler_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// session begins a session that tells t what is found wrong.
func session(t *testing.T, o compiler.Options) *compiler.Session {
	t.Helper()
	o.Report = func(_ *compiler.Session, diags diag.List) error {
		t.Log(diags)
		return nil
	}
	s := compiler.New(o)
	t.Cleanup(func() { s.Close() })
	return s
}

const examples = "../examples"

// files gives the files of the examples as a repository has them, in memory.
func files(t *testing.T) fstest.MapFS {
	t.Helper()
	all := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(".."), "examples", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
		all[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// zipped gives the files as a zip archive has them; those in links are symbolic links.
func zipped(t *testing.T, all fstest.MapFS, links map[string]string) fs.FS {
	t.Helper()
	var data bytes.Buffer
	w := zip.NewWriter(&data)
	add := func(h *zip.FileHeader, text []byte) {
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	for name, f := range all {
		add(&zip.FileHeader{Name: name, Method: zip.Deflate}, f.Data)
	}
	for name, target := range links {
		h := &zip.FileHeader{Name: name}
		h.SetMode(fs.ModeSymlink | 0o777)
		add(h, []byte(target))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(data.Bytes()), int64(data.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFileSystems checks that an example is the same bento, signatures and Go steps
// among it, wherever its files lie: in a folder, in memory as a tree of a repository
// is, in an archive.
func TestFileSystems(t *testing.T) {
	t.Parallel()
	memory := files(t)
	for _, name := range []string{"hello", "ocr"} {
		want := compiled(t, compiler.Options{Path: filepath.Join(examples, name)})
		for where, o := range map[string]compiler.Options{
			"memory":   {FS: memory, Path: "examples/" + name},
			"the file": {FS: memory, Path: "./examples/" + name + "/bento.cue"},
			"archive":  {FS: zipped(t, memory, nil), Path: "examples/" + name},
		} {
			if got := compiled(t, o); got != want {
				t.Errorf("%s in %s is another bento", name, where)
			}
		}
	}
}

// compiled gives the IR and the code of a bento, as one text.
func compiled(t *testing.T, o compiler.Options) string {
	t.Helper()
	s := session(t, o)
	all := compiledBy(t, s)
	for name, text := range s.Texts() {
		if s.Files[name] == "" || !bytes.Equal(text, s.Text(name)) {
			t.Errorf("%s was read, and there is no digest or another text of it", name)
		}
	}
	if o.FS != nil {
		if _, err := s.Lock(t.Context(), nil, compiler.LockOptions{}); err == nil {
			t.Error("a bento that lies in no folder was locked")
		}
	}
	return all
}

func compiledBy(t *testing.T, s *compiler.Session) string {
	t.Helper()
	if err := s.Compile(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := s.IR.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range s.Code.Workspace.Files {
		all = append(append(all, f.Path...), f.Data...)
	}
	return string(all)
}

// TestLinkInArchive checks that the text of a symbolic link is not taken for what it
// leads to.
func TestLinkInArchive(t *testing.T) {
	t.Parallel()
	all := files(t)
	delete(all, "examples/hello/bento.cue")
	archive := zipped(t, all, map[string]string{"examples/hello/bento.cue": "../other.cue"})
	err := session(t, compiler.Options{FS: archive, Path: "examples/hello"}).Load(t.Context())
	if err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("the error is %v", err)
	}
}

const minimal = `package m

import (
	"bentoc.dev/schema@v0"
	"example.com/m/lib"
)

bento: schema.#Bento & {
	name: lib.Name
	runners: a: {engine: go: {package: "./s", func: "A"}, #input: {}, #output: {}}
	services: m: endpoints: a: runner: runners.a
}
`

// TestFolderBehindLink checks that a bento that is reached by a symbolic link has the
// module that its folder lies in.
func TestFolderBehindLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	unpack(t, filepath.Join(dir, "real/cue.mod/module.cue"), []byte("module: \"example.com/m@v0\"\nlanguage: version: \"v0.15.0\"\n"))
	unpack(t, filepath.Join(dir, "real/lib/lib.cue"), []byte("package lib\n\nName: \"m\"\n"))
	unpack(t, filepath.Join(dir, "real/svc/bento.cue"), []byte(minimal))
	unpack(t, filepath.Join(dir, "link.link"), []byte(filepath.Join("real", "svc")))
	link := filepath.Join(dir, "link")
	for _, path := range []string{link, filepath.Join(link, "bento.cue"), filepath.Join(dir, "real", "svc")} {
		s := session(t, compiler.Options{Path: path})
		if _, err := s.Types(t.Context()); err != nil || s.Dir != "svc" || filepath.Base(s.Root) != "real" {
			t.Errorf("%s: %v, %s in %s", path, err, s.Dir, s.Root)
		}
	}
}

// TestLockOutside checks that a lock that a link takes out of the module is refused.
func TestLockOutside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	unpack(t, filepath.Join(dir, "m/bento.cue"), []byte(strings.Replace(strings.Replace(minimal, "	\"example.com/m/lib\"\n", "", 1), "lib.Name", `"m"`, 1)))
	unpack(t, filepath.Join(dir, "bento.lock"), []byte("bento.lock 1\n"))
	unpack(t, filepath.Join(dir, "m/bento.lock.link"), []byte("../bento.lock"))
	var found diag.List
	s := compiler.New(compiler.Options{Path: filepath.Join(dir, "m"), Report: func(_ *compiler.Session, diags diag.List) error {
		found = append(found, diags...)
		return nil
	}})
	defer s.Close()
	if _, err := s.Types(t.Context()); !errors.Is(err, compiler.ErrMistakes) || len(found) != 1 || found[0].Code != diag.OutsideModule || found[0].Pos.File != "bento.lock" {
		t.Errorf("%v: %v", err, found)
	}
}

// TestEvaluations checks that CUE is evaluated once, whatever a session does: also
// where what the lock says about a model is found out in between.
func TestEvaluations(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(*compiler.Session, *fetch.Client) error{
		"vet": func(s *compiler.Session, c *fetch.Client) error { return s.Vet(t.Context(), c, compiler.VetOptions{}) },
		"lock": func(s *compiler.Session, c *fetch.Client) error {
			_, err := s.Lock(t.Context(), c, compiler.LockOptions{})
			return err
		},
		"build": func(s *compiler.Session, c *fetch.Client) error {
			_, err := s.Lock(t.Context(), c, compiler.LockOptions{Mode: compiler.LockStale})
			if err == nil {
				_, _ = s.Plan(t.Context(), c, compiler.PlanOptions{Builder: "linux/amd64"}) // nothing to pack is here
				_, _ = s.Plan(t.Context(), c, compiler.PlanOptions{Builder: "linux/amd64"})
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Join(examples, "digits"))); err != nil {
				t.Fatal(err)
			}
			forgetModels(t, filepath.Join(dir, "bento.lock"))
			st, err := store.Open(filepath.Join(t.TempDir(), "store"))
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			client := fetch.New(st)
			client.Env = []string{"GOPROXY=off", "HTTPS_PROXY=http://127.0.0.1:9", "HTTP_PROXY=http://127.0.0.1:9"}
			n := 0
			s := session(t, compiler.Options{Path: dir}.Count(&n))
			if err := do(s, client); err != nil {
				t.Fatalf("is the lock of the example up to date? %v", err)
			}
			if known := s.IR.Models["digits"].Signature != nil; known != (name != "vet") || n != 1 {
				t.Errorf("CUE was evaluated %d times, want once; that the signature is known is %t, want %t", n, known, name != "vet")
			}
		})
	}
}

// forgetModels takes what a lock says about models out of it.
func forgetModels(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var kept []byte
	for line := range bytes.Lines(data) {
		if !bytes.HasPrefix(line, []byte("model ")) && !bytes.HasPrefix(line, []byte("signature ")) {
			kept = append(kept, line...)
		}
	}
	if err := os.WriteFile(file, kept, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestBoundAnew checks that a session whose model was locked in between says the same
// as one that finds it locked: what the first binding and its checks filled in is gone.
func TestBoundAnew(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"digits", "ocr"} {
		example := filepath.Join(examples, name)
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(example)); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "bento.lock")
		locked, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		forgetModels(t, file)
		s := session(t, compiler.Options{Path: dir})
		if err := s.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, locked, 0o644); err != nil {
			t.Fatal(err)
		}
		if compiledBy(t, s) != compiled(t, compiler.Options{Path: example}) {
			t.Errorf("%s is another bento", name)
		}
	}
}
