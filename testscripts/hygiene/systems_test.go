//go:build lint

package hygiene

import (
	"bytes"
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
)

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
	cmd := exec.Command("go", "list", "-deps", "-json=Dir,ImportPath,Standard,GoFiles,ImportMap", "./cmd/bentoc")
	cmd.Dir = root
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
