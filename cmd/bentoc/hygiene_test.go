package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bentoc.dev/compiler"
)

// goTool runs the go command in the repository.
func goTool(t *testing.T, dir string, env []string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// examples are the folders of the examples.
func examples(t *testing.T) (dirs []string) {
	t.Helper()
	files, err := filepath.Glob("../../examples/*/bento.cue")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, f := range files {
		dirs = append(dirs, filepath.Dir(f))
	}
	return dirs
}

// TestExamplesUpToDate wants the locks of the examples to be this bentoc's, and
// their generated types to be those of the declarations.
func TestExamplesUpToDate(t *testing.T) {
	t.Parallel()
	tl := newTool(t)
	for _, dir := range examples(t) {
		for _, args := range [][]string{{"lock", "--check"}, {"vet"}} {
			r := tl.run(t, &invocation{dir: dir, state: sharedState(t), args: args})
			if r.code != 0 || r.stderr != "" {
				t.Errorf("bentoc %s in %s: exit code %d (run bentoc lock, bentoc generate)\n%s", strings.Join(args, " "), dir, r.code, r.stderr)
			}
		}
	}
}

// TestGeneratedCode runs go vet over the servers of the examples.
func TestGeneratedCode(t *testing.T) {
	t.Parallel()
	for _, dir := range examples(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			goTool(t, layOutServer(t, dir), []string{"GOFLAGS=", "GOWORK="}, "vet", "./server/...")
		})
	}
}

// layOutServer writes the source of an example's server into a folder, as a
// build has it.
func layOutServer(t *testing.T, dir string) string {
	t.Helper()
	b, diags, err := compiler.Load(context.Background(), compiler.Options{Path: dir})
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	src, diags, err := b.Assemble()
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	to := t.TempDir()
	var sums strings.Builder
	for _, m := range b.Lock.Modules() {
		fmt.Fprintln(&sums, m.Path, m.Version, m.Sum)
	}
	if err := writeWhole(filepath.Join(to, "go.work.sum"), []byte(sums.String())); err != nil {
		t.Fatal(err)
	}
	for _, f := range src.Workspace.Files {
		if err := writeWhole(filepath.Join(to, filepath.FromSlash(f.Path)), f.Data); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// TestOtherSystems type-checks bentoc for the systems that it compiles on but
// does not build on. Compiling would take minutes.
func TestOtherSystems(t *testing.T) {
	t.Parallel()
	for _, goos := range []string{"darwin", "windows"} {
		t.Run(goos, func(t *testing.T) {
			t.Parallel()
			checkTypes(t, goos)
		})
	}
}

// listed is a package as go list describes it.
type listed struct {
	Dir, ImportPath string
	Standard        bool
	GoFiles         []string
	ImportMap       map[string]string
}

// checkTypes checks bentoc's own packages for goos, and of all others what they
// declare.
func checkTypes(t *testing.T, goos string) {
	cmd := exec.Command("go", "list", "-deps", "-json=Dir,ImportPath,Standard,GoFiles,ImportMap", ".")
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH=arm64", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	done := map[string]*types.Package{"unsafe": types.Unsafe}
	files := token.NewFileSet()
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.ImportPath == "unsafe" {
			continue
		}
		own := p.ImportPath == "bentoc.dev" || strings.HasPrefix(p.ImportPath, "bentoc.dev/")
		var parsed []*ast.File
		for _, name := range p.GoFiles {
			f, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			parsed = append(parsed, f)
		}
		conf := types.Config{
			Importer: importsOf(p.ImportMap, done), Sizes: types.SizesFor("gc", "arm64"),
			IgnoreFuncBodies: !own, FakeImportC: true, Error: func(err error) {
				if own {
					t.Error(err)
				}
			},
		}
		done[p.ImportPath], _ = conf.Check(p.ImportPath, files, parsed, nil) // errors went to Error
	}
}

// checkedImports gives packages that were checked before.
type checkedImports func(path string) (*types.Package, error)

func (c checkedImports) Import(path string) (*types.Package, error) { return c(path) }

var _ types.Importer = checkedImports(nil)

func importsOf(renamed map[string]string, done map[string]*types.Package) types.Importer {
	return checkedImports(func(path string) (*types.Package, error) {
		if to := renamed[path]; to != "" {
			path = to
		}
		if p := done[path]; p != nil {
			return p, nil
		}
		return nil, fmt.Errorf("%s was not listed", path)
	})
}

// maxUncompressed is the most that an image of hello may be, unpacked, in bytes.
const maxUncompressed = 12_000_000

// TestSizeOfHello holds the image of each platform to its budget.
func TestSizeOfHello(t *testing.T) {
	t.Parallel()
	tl, dir := newTool(t), copyExample(t, "hello", false)
	tl.build(t, &invocation{dir: dir, state: sharedState(t), args: []string{"-o", "type=dir,dest=layout", "--metadata-file", "meta.json"}})
	text, err := os.ReadFile(filepath.Join(dir, "meta.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m metadata
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Platforms {
		var size int64
		for _, l := range p.Layers {
			size += unpackedSize(t, filepath.Join(dir, "layout/blobs/sha256", strings.TrimPrefix(l.Digest, "sha256:")))
		}
		if t.Logf("%s: %d bytes", p.Platform, size); size > maxUncompressed {
			t.Errorf("the image for %s has %d bytes, more than %d", p.Platform, size, maxUncompressed)
		}
	}
}

// unpackedSize is the size of a layer without its compression.
func unpackedSize(t *testing.T, name string) int64 {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, r)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
