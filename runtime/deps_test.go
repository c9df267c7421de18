package runtime_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// allowed says which packages, besides the standard library and the runtime
// itself, the packages of the runtime may be made of, with all that they import
// in turn. Every one of them is in the image of every bento that uses the
// package, so a new one is a decision, made here.
var allowed = map[string][]string{
	"github.com/sourcegraph/conc":  {"cache", "engine/gostep", "engine/onnx", "gpu/place", "graph", "metrics", "mirror", "protocol", "runner", "serve", "server"},
	"github.com/ebitengine/purego": {"engine/onnx"},
	"github.com/NVIDIA/go-nvml":    {"gpu"}, // with the build tag gpu
	"golang.org/x/image":           {"codec"},
	"github.com/mewkiz/flac":       {"codec/audio/flac"},
	"github.com/mewkiz/pkg":        {"codec/audio/flac"},
	"github.com/mewpkg/term":       {"codec/audio/flac"},
	"github.com/icza/bitio":        {"codec/audio/flac"},
	"github.com/jfreymuth/vorbis":  {"codec/audio/vorbis"},
}

// TestImports names the packages that are not in the budget.
func TestImports(t *testing.T) {
	t.Parallel()
	all := listPackages(t, "amd64")
	for path, p := range all {
		name, ours := strings.CutPrefix(path, self+"/")
		if !ours {
			continue
		}
		for _, dep := range p.Deps {
			if all[dep].Standard || dep == self || strings.HasPrefix(dep, self+"/") {
				continue
			}
			if !inBudget(name, dep) {
				t.Errorf("%s is made of %s, which is not in its budget", path, dep)
			}
		}
	}
}

func inBudget(pkg, dep string) bool {
	for module, pkgs := range allowed {
		if dep == module || strings.HasPrefix(dep, module+"/") {
			return slices.ContainsFunc(pkgs, func(p string) bool { return pkg == p || strings.HasPrefix(pkg, p+"/") })
		}
	}
	return false
}

// smallest is the program of a bento with one endpoint and nothing of its own:
// what each server is at least.
const smallest = `package main

import (
	"os"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/graph"
	"bentoc.dev/runtime/protocol/rest"
	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/server"
	"bentoc.dev/runtime/spec"
)

func main() {
	g := graph.New(spec.Graph{Name: "g", Output: func(in any, _ []any) (any, error) { return in, nil }})
	read := func(r *codec.Reader, v *string) { r.String(v) }
	os.Exit(server.Main(func(*runner.Set) spec.Bento { return spec.Bento{Version: spec.Version, Name: "smallest", Services: []spec.Service{{Endpoints: []spec.Endpoint{{
		Name: "echo", Route: "/echo", Handle: spec.Once(g.Run),
		In:  spec.Type{JSON: codec.JSONValue(codec.Refuse, read)},
		Out: spec.Type{JSON: codec.JSON(codec.Refuse, codec.AppendString)},
	}}}}} }, rest.Routes))
}
`

// maxSize is what the smallest server may weigh, in bytes: the image of hello
// may have 12 MB, and a step and its modules need some of it.
const maxSize = 8 << 20

func TestSizeOfAServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source, overlay, bin := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "server")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(here, "smallest", "main.go"): source}})
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string][]byte{source: []byte(smallest), overlay: replace} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// Without -trimpath, so that what tests have compiled is not compiled anew; the
	// names of folders that this leaves in it are some 1 % of the size.
	cmd := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-buildvcs=false", "-ldflags=-s -w", "-o", bin, self+"/smallest")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(bin)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the smallest server has %.1f MB", float64(info.Size())/1e6)
	if info.Size() > maxSize {
		t.Errorf("the smallest server has %d bytes, more than %d", info.Size(), maxSize)
	}
}
