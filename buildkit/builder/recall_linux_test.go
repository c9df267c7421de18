package builder_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bentoc.dev/buildkit/builder"
	"bentoc.dev/buildkit/buildkittest"
	"bentoc.dev/buildkit/emit"
	"bentoc.dev/compiler/store"
)

type memory struct{ bytes.Buffer }

func (*memory) Close() error { return nil }

// remembered is a build of a quick plan whose result is kept.
type remembered struct {
	*buildkittest.Store
	st  *store.Store
	req builder.Request
	b   *builder.Builder
}

func remember(t *testing.T) *remembered {
	t.Helper()
	dir := t.TempDir()
	r := &remembered{Store: buildkittest.NewStore(t, dir), b: open(t, filepath.Join(sharedState(t), "root"))}
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	r.st = st
	r.req = builder.Request{Images: images(t, r.Quick()), Store: dir, Results: st}
	return r
}

// write runs f, Recall or Solve, and gives the archive, nil for no result.
func write(t *testing.T, req builder.Request, f func(builder.Request) (*builder.Result, error)) []byte {
	t.Helper()
	var out *memory
	req.Output = func() (io.WriteCloser, error) {
		out = &memory{}
		return out, nil
	}
	res, err := f(req)
	if err != nil {
		t.Fatal(err)
	}
	if res == nil {
		return nil
	}
	return out.Bytes()
}

func (r *remembered) recall(t *testing.T, req builder.Request) []byte {
	t.Helper()
	return write(t, req, func(req builder.Request) (*builder.Result, error) { return builder.Recall(t.Context(), req) })
}

func (r *remembered) solve(t *testing.T, req builder.Request) []byte {
	t.Helper()
	return write(t, req, func(req builder.Request) (*builder.Result, error) { return r.b.Solve(t.Context(), req) })
}

// TestRecall: what was built is given again byte for byte without a builder, and
// nothing else is.
func TestRecall(t *testing.T) {
	t.Parallel()
	r := remember(t)
	if r.recall(t, r.req) != nil {
		t.Fatal("there was something before anything was built")
	}
	want := r.solve(t, r.req)
	if got := r.recall(t, r.req); !bytes.Equal(got, want) {
		t.Fatalf("%d bytes that are not the %d of the build", len(got), len(want))
	}
	for name, change := range map[string]func(*builder.Request){
		"epoch": func(q *builder.Request) { q.Epoch = 1 },
		"config": func(q *builder.Request) {
			q.Images[0].Config = bytes.Replace(q.Images[0].Config, []byte("65532"), []byte("65533"), 1)
		},
		"base":       func(q *builder.Request) { q.Images[0].BaseConfig = []byte{} },
		"annotation": func(q *builder.Request) { q.Images[0].Annotations = map[string]string{"a": "b"} },
		"platforms":  func(q *builder.Request) { q.Images = append(q.Images, q.Images[0]) },
		"check":      func(q *builder.Request) { q.Checks = append(q.Checks, q.Images[0].Definition) },
		"results":    func(q *builder.Request) { q.Results = nil },
		"operation": func(q *builder.Request) {
			p := r.Quick()
			p.Compiles[0].Env = append(p.Compiles[0].Env, "X=1")
			q.Images = images(t, p)
		},
	} {
		req := r.req
		req.Images = append([]emit.Image(nil), r.req.Images...)
		change(&req)
		if r.recall(t, req) != nil {
			t.Errorf("another %s gave the old image", name)
		}
	}
	moved, err := emit.Images(t.Context(), r.Quick(), emit.Options{Files: map[string][]byte{"bento.cue": []byte("// a comment\n" + buildkittest.CUE)}})
	if err != nil {
		t.Fatal(err)
	}
	req := r.req
	req.Images = moved
	if !bytes.Equal(r.recall(t, req), want) {
		t.Error("a comment changed what the image is made from")
	}
}

// TestRecall_Damaged flips a byte of each content in turn: either the right image
// is given or none, and the next build is right and remembered again.
func TestRecall_Damaged(t *testing.T) {
	t.Parallel()
	r := remember(t)
	want := r.solve(t, r.req)
	files, err := filepath.Glob(filepath.Join(r.Dir, "blobs/sha256/*"))
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(want, whole) {
			continue // no part of the image
		}
		bad := bytes.Clone(whole)
		bad[len(bad)/2] ^= 1
		if err := errors.Join(os.Remove(name), os.WriteFile(name, bad, 0o444)); err != nil {
			t.Fatal(err)
		}
		if got := r.recall(t, r.req); got != nil && !bytes.Equal(got, want) {
			t.Errorf("with %s damaged another image was given", filepath.Base(name))
		}
		if err := os.WriteFile(name, whole, 0o444); err != nil { // what is packed is packed again
			t.Fatal(err)
		}
		if !bytes.Equal(r.solve(t, r.req), want) || !bytes.Equal(r.recall(t, r.req), want) {
			t.Errorf("after %s was damaged the image was not made again", filepath.Base(name))
		}
	}
}

// TestForget: results that were not used lately go, and with them what only they
// have made; what is left is whole.
func TestForget(t *testing.T) {
	t.Parallel()
	r := remember(t)
	count := func() int {
		files, err := filepath.Glob(filepath.Join(r.Dir, "blobs/sha256/*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	before := count()
	one := r.solve(t, r.req)
	made := count() - before
	other := r.req
	other.Images = append([]emit.Image(nil), r.req.Images...)
	other.Images[0].Config = []byte(strings.Replace(string(other.Images[0].Config), "65532", "65533", 1))
	if bytes.Equal(r.solve(t, other), one) {
		t.Fatal("two requests gave one image")
	}
	for range 20 {
		other.Images[0].Config = append(other.Images[0].Config, ' ')
		r.solve(t, other)
		r.recall(t, r.req)
	}
	if n := count() - before; n > 17*made {
		t.Errorf("%d contents are kept", n)
	}
	if !bytes.Equal(r.recall(t, r.req), one) {
		t.Error("the one that was used all the time is not there any more")
	}
	if freed, err := builder.Forget(r.st, time.Hour); err != nil || freed != 0 {
		t.Errorf("%d bytes freed of what was just used, %v", freed, err)
	}
	if freed, err := builder.Forget(r.st, 0); err != nil || freed == 0 || count() != before {
		t.Errorf("%d bytes freed, %d contents left, %v", freed, count()-before, err)
	}
	if r.recall(t, r.req) != nil {
		t.Error("what was forgotten was given")
	}
}
