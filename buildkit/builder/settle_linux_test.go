package builder

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// TestSettle: the end of a builder waits for what BuildKit still removes, and
// takes the rest, but never what a folder holds: that may be the cache's.
func TestSettle(t *testing.T) {
	folders := func(t *testing.T) (dir, mounted, full string) {
		dir = t.TempDir()
		mounted, full = filepath.Join(dir, "containerd-mount1"), filepath.Join(dir, "full")
		for _, d := range []string{mounted, full} {
			if err := os.Mkdir(d, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(full, "of-the-cache"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return dir, mounted, full
	}
	t.Run("waits", func(t *testing.T) {
		dir, mounted, full := folders(t)
		synctest.Test(t, func(t *testing.T) {
			time.AfterFunc(300*time.Millisecond, func() { os.Remove(mounted); os.RemoveAll(full) })
			began := time.Now()
			settle(dir, time.Second)
			if took := time.Since(began); took < 300*time.Millisecond || took > 400*time.Millisecond {
				t.Errorf("it waited %s for what went after 300ms", took)
			}
		})
	})
	t.Run("takes", func(t *testing.T) {
		dir, mounted, full := folders(t)
		synctest.Test(t, func(t *testing.T) { settle(dir, time.Second) })
		if _, err := os.Stat(mounted); !os.IsNotExist(err) {
			t.Errorf("an empty folder is left: %v", err)
		}
		if _, err := os.Stat(filepath.Join(full, "of-the-cache")); err != nil {
			t.Errorf("what a folder holds was removed: %v", err)
		}
	})
}
