package gosrc_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"bentoc.dev/compiler/gosrc"
	"bentoc.dev/compiler/platform"
	"bentoc.dev/runtime"
)

// TestReachAsGoLists has the go command say what compiling the packages of the runtime
// reads: files of other systems and tests are left out, embedded ones are there.
func TestReachAsGoLists(t *testing.T) {
	t.Parallel()
	const module = "bentoc.dev/runtime"
	want, packages := map[string]bool{}, []string{"example.com/other", module + "/absent"}
	for _, p := range platform.All() {
		cmd := exec.Command("go", "list", "-json=ImportPath,GoFiles,SFiles,HFiles,SysoFiles,EmbedFiles", module+"/...")
		cmd.Env = append(os.Environ(), "GOOS="+p.OS, "GOARCH="+p.Arch, "CGO_ENABLED=0", "GOWORK=off")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
			var read struct {
				ImportPath                                     string
				GoFiles, SFiles, HFiles, SysoFiles, EmbedFiles []string
			}
			if err := dec.Decode(&read); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			dir, ours := strings.CutPrefix(read.ImportPath, module+"/")
			if !ours {
				continue // the package that carries the source
			}
			packages = append(packages, read.ImportPath)
			for _, name := range slices.Concat(read.GoFiles, read.SFiles, read.HFiles, read.SysoFiles, read.EmbedFiles) {
				want[path.Join(dir, filepath.ToSlash(name))] = true
			}
		}
	}
	got, err := gosrc.Reach(runtime.Source, module, packages)
	if err != nil || !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
		t.Errorf("%v\ngot  %v\nwant %v", err, got, slices.Sorted(maps.Keys(want)))
	}
}

// TestReachOfBrokenPatterns has a go:embed line that matches nothing.
func TestReachOfBrokenPatterns(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{"p/a.go": {Data: []byte("package p\n\nimport _ \"embed\"\n\n//go:embed nothing\nvar text string\n")}}
	if _, err := gosrc.Reach(fsys, "m", []string{"m/p"}); err == nil || !strings.Contains(err.Error(), "nothing of go:embed matches no files") {
		t.Errorf("got %v", err)
	}
}
