// Package golden compares what a test makes with what lies in its testdata: txtar
// archives that hold what goes in and what comes out.
//
// With BENTOC_UPDATE=1 in the environment the archives are written anew instead;
// the difference is then for a person to read.
package golden

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// Case is one archive of testdata.
type Case struct {
	// Name is that of the file, without its ending.
	Name string
	// File is the path of the archive.
	File string
	*txtar.Archive
}

// Section gives the file called name, nil where there is none.
func (c Case) Section(name string) []byte {
	for _, f := range c.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

// Cases reads the archives of testdata.
func Cases(t *testing.T) []Case {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("looking for cases: %v, %d files", err, len(files))
	}
	var out []Case
	for _, f := range files {
		a, err := txtar.ParseFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Case{strings.TrimSuffix(filepath.Base(f), ".txtar"), f, a})
	}
	return out
}

// Run runs a parallel subtest for each archive of testdata. Make gives the files
// that the archive should have, what goes in and what comes out.
func Run(t *testing.T, make func(*testing.T, Case) []txtar.File) {
	t.Helper()
	for _, c := range Cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			c.compare(t, make(t, c))
		})
	}
}

func (c Case) compare(t *testing.T, files []txtar.File) {
	t.Helper()
	if os.Getenv("BENTOC_UPDATE") == "1" {
		got := &txtar.Archive{Comment: c.Comment, Files: files}
		if err := os.WriteFile(c.File, txtar.Format(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	made := map[string]bool{}
	for _, f := range files {
		made[f.Name] = true
		if want := c.Section(f.Name); !bytes.Equal(want, f.Data) {
			t.Errorf("%s: %s differs (BENTOC_UPDATE=1 accepts it):\n%s", c.File, f.Name, firstDifference(want, f.Data))
		}
	}
	for _, f := range c.Files {
		if !made[f.Name] {
			t.Errorf("%s: %s is no longer made", c.File, f.Name)
		}
	}
}

// firstDifference shows the first line that differs, and what follows it.
func firstDifference(want, got []byte) string {
	const most = 8
	w, g := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	line := 0
	for line < len(w) && line < len(g) && w[line] == g[line] {
		line++
	}
	var s strings.Builder
	fmt.Fprintf(&s, "line %d:\n", line+1)
	for _, l := range w[line:min(len(w), line+most)] {
		fmt.Fprintf(&s, "- %s\n", l)
	}
	for _, l := range g[line:min(len(g), line+most)] {
		fmt.Fprintf(&s, "+ %s\n", l)
	}
	return s.String()
}
