package layer_test

import (
	"sync"
	"testing"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/workspace"
)

// locked is what [lockOnce] resolved, for tests that have the same sources.
var locked struct {
	sync.Mutex
	text []byte
}

// lockOnce locks b for the first of the tests. The lock of all is the same: the go
// command need not be asked again.
func lockOnce(t *testing.T, c *fetch.Client, b *ir.Bento, w *workspace.Workspace) *lock.File {
	t.Helper()
	locked.Lock()
	defer locked.Unlock()
	n, err := need.Of(b, w.Needs())
	if err != nil {
		t.Fatal(err)
	}
	if locked.text == nil {
		f, _, err := lock.Resolve(t.Context(), lock.Request{Fetch: c, Needs: n})
		if err != nil {
			t.Fatal(err)
		}
		locked.text = f.Bytes()
	}
	f, diags := lock.Parse(lock.FileName, locked.text)
	if diags = append(diags, lock.Check(lock.FileName, f, n)...); len(diags) > 0 {
		t.Fatal(diags)
	}
	return f
}
