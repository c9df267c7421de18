//go:build lint

// Package hygiene holds the whole repository to gofmt, go vet and staticcheck, and
// to compiling for other systems. It has a build tag of its own because the linters
// take minutes on a new machine.
package hygiene

import (
	"bytes"
	"go/format"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const root = "../.."

// TestFormatted wants every Go file as gofmt writes it.
func TestFormatted(t *testing.T) {
	t.Parallel()
	seen := 0
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != "..":
			return fs.SkipDir
		case !d.Type().IsRegular() || filepath.Ext(p) != ".go":
			return nil
		}
		seen++
		have, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		want, err := format.Source(have)
		if err != nil {
			t.Errorf("%s: %v", p, err)
		} else if !bytes.Equal(have, want) {
			t.Errorf("%s is not as gofmt writes it", p)
		}
		return nil
	})
	if err != nil || seen == 0 {
		t.Fatalf("%d files: %v", seen, err)
	}
}

// TestLint runs go vet and staticcheck over every package.
func TestLint(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"vet", "./..."}, {"tool", "staticcheck", "./..."}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
