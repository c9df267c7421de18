package compiler_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diff"
)

// tree is a file system with a digest, as a revision has.
type tree struct {
	fs.FS
	digest string
}

func (t tree) Digest() string { return t.digest }

func (t tree) Sub(dir string) (fs.FS, error) {
	sub, err := fs.Sub(t.FS, dir)
	return tree{sub, t.digest + dir}, err
}

// TestKept wants what is kept to be what is found, positions and all, for every example, and to be
// found out anew whenever anything is another that it depends on.
func TestKept(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Glob("../examples/*/bento.cue")
	if err != nil || len(examples) == 0 {
		t.Fatal(err)
	}
	root := os.DirFS("../examples")
	describe := func(o compiler.Options) (diff.Side, int) {
		t.Helper()
		n := 0
		s := compiler.New(o.Count(&n))
		defer s.Close()
		side, err := s.Describe(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return side, n
	}
	for _, e := range examples {
		name := filepath.Base(filepath.Dir(e))
		keep := &compiler.Keeping{Folder: t.TempDir(), Bentoc: "this"}
		o := compiler.Options{Path: name, FS: tree{root, "1"}, Keep: keep}
		found, n := describe(o)
		if n != 1 {
			t.Errorf("%s: evaluated %d times", name, n)
		}
		kept, n := describe(o)
		if n != 0 {
			t.Errorf("%s is not kept", name)
		}
		if !reflect.DeepEqual(found, kept) {
			t.Errorf("%s: what is kept is not what was found", name)
		}
		if r, err := diff.Compare(found, kept, diff.Options{}); err != nil || len(r.Findings) > 0 {
			t.Errorf("%s: what is kept differs: %v, %v", name, r, err)
		}
		for what, other := range map[string]compiler.Options{
			"another tree":          {Path: name, FS: tree{root, "2"}, Keep: keep},
			"a tree with no digest": {Path: name, FS: noDigest{root}, Keep: keep},
			"another bentoc":        {Path: name, FS: tree{root, "1"}, Keep: &compiler.Keeping{Folder: keep.Folder, Bentoc: "other"}},
			"no bentoc":             {Path: name, FS: tree{root, "1"}, Keep: &compiler.Keeping{Folder: keep.Folder}},
			"a folder on disk":      {Path: filepath.Dir(e), Keep: keep},
			"a file system":         {Path: name, FS: root, Keep: keep},
			"another lock":          {Path: name, FS: tree{root, "1"}, Keep: keep, Lock: &compiler.LockText{Name: "x", Data: []byte("bentoc-lock 1\n")}},
		} {
			if _, n := describe(other); n != 1 {
				t.Errorf("%s, %s: evaluated %d times", name, what, n)
			}
		}
		files, _ := filepath.Glob(filepath.Join(keep.Folder, "*"))
		for _, file := range files {
			data, _ := os.ReadFile(file)
			data[len(data)-1] ^= 1
			os.WriteFile(file, data, 0o644)
		}
		if again, n := describe(o); n != 1 || !reflect.DeepEqual(again, found) {
			t.Errorf("%s: what is damaged is taken: evaluated %d times", name, n)
		}
		if _, n := describe(o); n != 0 {
			t.Errorf("%s: what was damaged is not kept anew", name)
		}
	}
}

type noDigest struct{ fs.FS }

func (noDigest) Digest() string { return "" }

func (n noDigest) Sub(dir string) (fs.FS, error) {
	sub, err := fs.Sub(n.FS, dir)
	return noDigest{sub}, err
}

// TestKeptTags holds that tags, and which of two bentos of a tree it is, make another key.
func TestKeptTags(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const text = `package x

import "bentoc.dev/schema@v0"

_who: *"a" | string @tag(who)
bento: schema.#Bento & {
	name: "x"
	labels: who: _who
	runners: r: {engine: go: {package: "./steps", func: "R"}, #input: x: string, #output: y: string}
	services: x: endpoints: r: runner: runners.r
}
`
	for name, data := range map[string]string{"a/bento.cue": text, "b/bento.cue": text, "cue.mod/module.cue": "module: \"example.com/x@v0\"\nlanguage: version: \"v0.15.0\"\n"} {
		os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	keep := &compiler.Keeping{Folder: t.TempDir(), Bentoc: "this"}
	for range 2 {
		for _, place := range []string{"a", "b"} {
			for _, who := range []string{"a", "b", "c d", ""} {
				s := compiler.New(compiler.Options{Path: place, FS: tree{os.DirFS(dir), "1"}, Keep: keep, Tags: []string{"who=" + who}})
				side, err := s.Describe(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				if side.Bento.Labels["who"] != who {
					t.Errorf("-t who=%s gave %q", who, side.Bento.Labels["who"])
				}
				if got := side.Bento.Pos.File; got != place+"/bento.cue" {
					t.Errorf("%s gave the bento of %s", place, got)
				}
			}
		}
	}
}
