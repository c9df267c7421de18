package runtime_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/runtime"
)

const self = "bentoc.dev/runtime"

// goPackage is what go list says about a package.
type goPackage struct {
	ImportPath, Dir                     string
	GoFiles, SFiles, HFiles, EmbedFiles []string
	Deps                                []string
	Standard                            bool
	Module                              *struct{ Path, Version string }
}

// listPackages gives every package that the runtime is made of, by import path.
func listPackages(t *testing.T, arch string) map[string]goPackage {
	t.Helper()
	// With what reaches GPUs, which servers without GPU runners do not have a package of.
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags=gpu", "-json=ImportPath,Dir,GoFiles,SFiles,HFiles,EmbedFiles,Deps,Standard,Module", "./...")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=1", "GOWORK=off")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]goPackage{}
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p goPackage
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
	return all
}

// TestModules keeps modules.txt true.
func TestModules(t *testing.T) {
	t.Parallel()
	sums := readSums(t)
	needs := map[string][]string{}
	lines := map[string]bool{}
	for _, arch := range []string{"amd64", "arm64"} {
		all := listPackages(t, arch)
		for path, p := range all {
			name, ours := strings.CutPrefix(path, self+"/")
			if !ours {
				continue
			}
			for _, dep := range p.Deps {
				d := all[dep]
				if d.Standard || d.Module == nil || strings.HasPrefix(dep, self) {
					continue
				}
				m := d.Module
				needs[name] = append(needs[name], m.Path)
				lines[strings.Join([]string{"module", m.Path, m.Version, sums[m.Path+" "+m.Version], sums[m.Path+" "+m.Version+"/go.mod"]}, " ")] = true
			}
		}
	}
	for name, modules := range needs {
		slices.Sort(modules)
		lines[strings.Join(append([]string{"package", name}, slices.Compact(modules)...), " ")] = true
	}
	var want strings.Builder
	for _, line := range slices.Sorted(maps.Keys(lines)) {
		fmt.Fprintln(&want, line)
	}
	if want.String() == runtime.Modules {
		return
	}
	if os.Getenv("BENTOC_UPDATE") != "1" {
		t.Fatalf("modules.txt is not true any more; run BENTOC_UPDATE=1 go test ./runtime\ngot:\n%s\nwant:\n%s", runtime.Modules, &want)
	}
	if err := os.WriteFile("modules.txt", []byte(want.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readSums(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile("../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) == 3 {
			sums[f[0]+" "+f[1]] = f[2]
		}
	}
	return sums
}

// TestSourceIsWhole finds files that a server needs and bentoc does not carry,
// such as those of a nested module, which embedding leaves out silently.
func TestSourceIsWhole(t *testing.T) {
	t.Parallel()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for path, p := range listPackages(t, "arm64") {
		if !strings.HasPrefix(path, self) {
			continue
		}
		for _, name := range slices.Concat(p.GoFiles, p.SFiles, p.HFiles, p.EmbedFiles) {
			rel, err := filepath.Rel(root, filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fs.Stat(runtime.Source, filepath.ToSlash(rel)); err != nil {
				t.Errorf("%s is not in Source: %v", rel, err)
			}
		}
	}
}

// TestSourceStaysSmall keeps test data from growing every bentoc binary.
func TestSourceStaysSmall(t *testing.T) {
	t.Parallel()
	const limit = 4 << 20
	var size int64
	err := fs.WalkDir(runtime.Source, ".", func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		fi, err := d.Info()
		if err == nil {
			size += fi.Size()
		}
		return err
	})
	if err != nil || size > limit {
		t.Errorf("Source has %d bytes, the limit is %d (%v)", size, limit, err)
	}
}
