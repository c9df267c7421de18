package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// importRule says what the packages below a path must not import, directly.
type importRule struct {
	pkg    string // import path or, with a trailing "/...", everything below
	except string // packages below pkg that may
	banned []string
	why    string
}

// importRules is the direction of the architecture, see the package map in the
// README: the compiler meets the builder at the plan, the runtime knows neither.
var importRules = []importRule{
	{"bentoc.dev/...", "bentoc.dev/compiler/load", []string{"cuelang.org/go"}, "only compiler/load knows CUE"},
	{"bentoc.dev/...", "bentoc.dev/buildkit", []string{"github.com/moby/buildkit", "github.com/containerd/containerd"}, "only buildkit/... knows BuildKit"},
	{"bentoc.dev/runtime/...", "", []string{"bentoc.dev/compiler", "bentoc.dev/buildkit", "bentoc.dev/schema", "bentoc.dev/cmd"}, "the runtime ships in every image and knows nothing of the build"},
	{"bentoc.dev/compiler/...", "bentoc.dev/compiler/gen", []string{"bentoc.dev/runtime/spec"}, "only the generator writes against the runtime's contract"},
	{"bentoc.dev/compiler/...", "", []string{"bentoc.dev/buildkit", "bentoc.dev/cmd"}, "the compiler's result is a plan; it does not build"},
	{"bentoc.dev/compiler/diag", "", []string{"bentoc.dev"}, "diagnostics are a leaf"},
	{"bentoc.dev/compiler/ir", "", []string{"bentoc.dev/compiler/load", "bentoc.dev/compiler/check", "bentoc.dev/compiler/gen", "bentoc.dev/compiler/plan", "bentoc.dev/compiler/lock"}, "the IR is data that the phases meet at"},
	{"bentoc.dev/compiler/gen", "", []string{"bentoc.dev/compiler/load", "bentoc.dev/compiler/check", "bentoc.dev/compiler/lock"}, "the generator reads the IR alone"},
	{"bentoc.dev/buildkit/emit", "", []string{"github.com/moby/buildkit/client\x00", "bentoc.dev/compiler/load", "bentoc.dev/compiler/fetch"}, "emit is pure: no client, no network"},
	{"bentoc.dev/runtime/spec", "", []string{"bentoc.dev"}, "the contract imports the standard library only"},
}

// TestImportRules lists each package's imports and names those that point the
// wrong way.
func TestImportRules(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "bentoc.dev/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; seen++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, r := range importRules {
			if !matches(r.pkg, p.ImportPath) || r.except != "" && below(r.except, p.ImportPath) {
				continue
			}
			for _, imp := range p.Imports {
				for _, b := range r.banned {
					if below(b, imp) {
						t.Errorf("%s imports %s: %s", p.ImportPath, imp, r.why)
					}
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("go list gave %d packages only", seen)
	}
}

func matches(pattern, pkg string) bool {
	if p, ok := strings.CutSuffix(pattern, "/..."); ok {
		return below(p, pkg)
	}
	return pattern == pkg
}

// below reports whether pkg is path or lies below it. A path that ends in NUL
// stands for itself alone.
func below(path, pkg string) bool {
	if p, ok := strings.CutSuffix(path, "\x00"); ok {
		return pkg == p
	}
	return pkg == path || strings.HasPrefix(pkg, path+"/")
}
