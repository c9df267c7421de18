package builder

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestShareAtOnce has processes share one file at the same moment, in place of one that
// was there: the contents then have that name, and no other, which the next builder
// would take for a damaged content.
func TestShareAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source, contents, tmp := filepath.Join(dir, "source"), filepath.Join(dir, "contents"), filepath.Join(dir, tmpDir)
	target := filepath.Join(contents, "target")
	for _, d := range []string{contents, tmp} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(source, []byte("right"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		_ = os.Remove(target) // another file, not other bytes in the shared one
		if err := os.WriteFile(target, []byte("damaged"), 0o600); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { shareFile(source, target, tmp) })
		}
		all.Wait()
		left, err := filepath.Glob(filepath.Join(dir, "*", "*"))
		if err != nil || len(left) != 1 || left[0] != target {
			t.Fatalf("there are %q, %v", left, err)
		}
		if data, err := os.ReadFile(target); err != nil || string(data) != "right" {
			t.Fatalf("the shared file has %q, %v", data, err)
		}
	}
}
