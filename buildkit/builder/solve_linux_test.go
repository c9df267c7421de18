package builder_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/moby/buildkit/client"

	"bentoc.dev/buildkit/builder"
	"bentoc.dev/buildkit/buildkittest"
	"bentoc.dev/buildkit/emit"
	"bentoc.dev/compiler/plan"
)

// sharedState is a folder that outlives the test run, so that the standard
// library is compiled once.
func sharedState(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("BENTOC_TEST_STATE")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(cache, "bentoc-test")
	}
	dir = filepath.Join(dir, "buildkit")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

type memory struct{ bytes.Buffer }

func (*memory) Close() error { return nil }

func images(t testing.TB, p *plan.Plan) []emit.Image {
	t.Helper()
	list, err := emit.Images(t.Context(), p, emit.Options{Files: map[string][]byte{"bento.cue": []byte(buildkittest.CUE)}})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func open(t testing.TB, state string) *builder.Builder {
	t.Helper()
	b, err := builder.Open(t.Context(), builder.Options{State: state, Waiting: func(s string) { t.Log("waiting for", s) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestSolve_Compile(t *testing.T) {
	t.Parallel()
	dir := sharedState(t)
	store := buildkittest.NewStore(t, filepath.Join(dir, "store"))
	p := store.Hello(buildkittest.Program)
	b := open(t, filepath.Join(dir, "root"))
	var out memory
	res, err := b.Solve(t.Context(), builder.Request{Images: images(t, p), Store: store.Dir,
		Output: func() (io.WriteCloser, error) { return &out, nil },
		Status: func(s *client.SolveStatus) {
			for _, v := range s.Vertexes {
				if v.Completed != nil {
					t.Log(v.Name, v.Cached, v.Completed.Sub(*v.Started), v.Error)
				}
			}
			for _, l := range s.Logs {
				t.Log(string(l.Data))
			}
		}})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	t.Log(res.Digest, out.Len())
	os.WriteFile("/tmp/bkroom.tar", out.Bytes(), 0o644)
}
