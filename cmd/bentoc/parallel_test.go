package main

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestTwoBuildsAtOnce runs builds at the same time on one state folder with an
// empty store: all finish, and with the digests that they give alone.
func TestTwoBuildsAtOnce(t *testing.T) {
	t.Parallel()
	tl := newTool(t)
	alone := tl.build(t, &invocation{dir: copyExample(t, "hello", false), state: sharedState(t)})

	// The builder's cache is the shared one, so that only packing begins anew.
	state := openDir(t)
	if err := os.Symlink(filepath.Join(sharedState(t), "buildkit"), filepath.Join(state, "buildkit")); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	digests := make([]string, 3)
	for i := range digests {
		r := &invocation{dir: copyExample(t, "hello", i == 1), state: state}
		r.args = []string{"build", "--progress=plain", "--platform=" + platforms(), "-o", filepath.Join(r.dir, "out.tar")}
		all.Go(func() {
			tl.run(t, r)
			if digests[i] = r.stdout; r.code != 0 {
				t.Errorf("exit code %d\n%s", r.code, r.stderr)
			}
		})
	}
	all.Wait()
	for i, d := range digests {
		if d != alone {
			t.Errorf("build %d of %d at once gave %q, alone it is %s", i+1, len(digests), d, alone)
		}
	}
}
