package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// importRule says what packages must not import. A path that
// begins with ./ is of this module; one that ends in /... stands for that package and
// all below it.
type importRule struct {
	pkgs   []string
	except []string // of pkgs, those that may
	banned []string
	allow  []string // of banned, those that may be imported all the same
	linked bool     // whether what is imported in turn counts too
	why    string
}

// ours is everything of bentoc.
var ours = []string{"./compiler/...", "./buildkit/...", "./runtime/...", "./cmd/...", "./schema/...", "./testscripts/..."}

// importRules is the direction of the architecture: the compiler meets the builder at
// the plan, the runtime knows neither, and the phases meet at data.
var importRules = []importRule{
	// The trees.
	{pkgs: ours, except: []string{"./compiler/load", "./compiler/fetch/cuemod", "./testscripts/switches", "./testscripts/validation"}, banned: []string{"cuelang.org/go/..."}, why: "only compiler/load knows CUE"},
	{pkgs: []string{"./compiler/fetch/cuemod"}, banned: []string{"cuelang.org/go/..."}, allow: []string{"cuelang.org/go/mod/modconfig", "cuelang.org/go/mod/modregistry", "cuelang.org/go/mod/module", "cuelang.org/go/mod/modzip"}, why: "who brings CUE modules knows registries, not CUE"},
	{pkgs: ours, except: []string{"./buildkit/..."}, banned: []string{"github.com/moby/...", "github.com/containerd/..."}, why: "only buildkit/... knows BuildKit"},
	{pkgs: []string{"./runtime/..."}, banned: []string{"./compiler/...", "./buildkit/...", "./cmd/...", "./schema/..."}, why: "the runtime ships in every image and knows nothing of the build"},
	{pkgs: []string{"./compiler/..."}, banned: []string{"./buildkit/...", "./cmd/..."}, why: "the compiler's result is a plan; it does not build"},
	{pkgs: []string{"./compiler/...", "./buildkit/..."}, except: []string{"./compiler/gen", "./compiler/workspace", "./compiler/assign"}, banned: []string{"./runtime/..."}, why: "only the generator and the workspace know the runtime"},
	{pkgs: []string{"./compiler/assign"}, banned: []string{"./runtime/..."}, allow: []string{"./runtime/codec/format"}, linked: true, why: "constants are checked by the functions that servers check texts with"},
	{pkgs: []string{"./cmd/..."}, banned: []string{"./runtime/..."}, allow: []string{"./runtime/golden", "./runtime/spec"}, why: "of the runtime, golden cases alone are judged here as the server judges them"},
	{pkgs: []string{"./compiler/gen"}, banned: []string{"./runtime/..."}, allow: []string{"./runtime/spec"}, why: "the generator writes against the runtime's contract"},
	{pkgs: []string{"./compiler/workspace"}, banned: []string{"./runtime/..."}, allow: []string{"./runtime"}, why: "the workspace takes the runtime's source, not its code"},
	{pkgs: ours, except: []string{"./compiler/revision"}, banned: []string{"github.com/go-git/..."}, why: "only compiler/revision knows git"},
	{pkgs: []string{"./compiler/revision"}, banned: ours, allow: []string{"./compiler/diag"}, linked: true, why: "history is read without the compiler"},
	// Rooms that are data, and the standard library alone.
	{pkgs: []string{"./compiler/diag"}, banned: ours, linked: true, why: "diagnostics are a leaf"},
	{pkgs: []string{"./compiler/ir/..."}, banned: ours, allow: []string{"./compiler/diag", "./compiler/ir/..."}, linked: true, why: "the IR is data that the phases meet at"},
	{pkgs: []string{"./compiler/model/onnxfile/..."}, banned: ours, allow: []string{"./compiler/diag", "./compiler/ir/...", "./compiler/model/onnxfile/..."}, linked: true, why: "a model file is read without the compiler"},
	{pkgs: []string{"./runtime/spec"}, banned: ours, linked: true, why: "the contract names no protocol and no library"},
	// The server: an engine runs a batch, a runner has the queue, and neither serves.
	{pkgs: []string{"./runtime/engine/..."}, banned: []string{"./runtime/runner/...", "./runtime/serve", "./runtime/protocol/...", "./runtime/server"}, linked: true, why: "an engine knows nothing of queues and requests"},
	{pkgs: []string{"./runtime/runner/..."}, banned: []string{"./runtime/engine/...", "./runtime/serve", "./runtime/protocol/...", "./runtime/server"}, allow: []string{"./runtime/engine"}, linked: true, why: "a runner knows engines by their interface alone"},
	// The order of the phases.
	{pkgs: []string{"./compiler/check", "./compiler/assign", "./compiler/diff", "./compiler/gen", "./compiler/plan", "./compiler/gosrc"}, banned: []string{"./compiler/load", "./compiler/lock", "./compiler/fetch/...", "./compiler/store"}, why: "a phase reads the IR alone"},
	{pkgs: []string{"./compiler/load"}, banned: []string{"./compiler/lock", "./compiler/model/...", "./compiler/fetch/...", "./compiler/check"}, why: "a bento is loaded from its CUE alone; the lock comes after"},
	{pkgs: []string{"./compiler/bind"}, banned: []string{"./compiler/load", "./compiler/lock", "./compiler/fetch/...", "os", "io/fs"}, why: "binding is pure: it puts together what others have read"},
	{pkgs: []string{"./cmd/..."}, banned: []string{"./compiler/load", "./compiler/bind", "./compiler/check", "./compiler/gosrc", "./compiler/lock", "./compiler/need", "./compiler/model/...", "./compiler/layer"}, why: "the order of the phases is the session's"},
	{pkgs: []string{"./compiler/plan"}, banned: []string{"os", "net/...", "./compiler/fetch/...", "./compiler/store", "./compiler/workspace", "./compiler/gen"}, why: "the plan is pure"},
	{pkgs: []string{"./compiler/lock", "./compiler/need", "./compiler/model/..."}, banned: []string{"./compiler/load", "./compiler/gen", "./compiler/gosrc", "./compiler/workspace", "./compiler/plan", "./compiler/layer", "./runtime/..."}, linked: true, why: "a lock is read without the generator and the runtime"},
	{pkgs: []string{"./buildkit/emit"}, banned: []string{"github.com/moby/buildkit/client", "os", "net/...", "./compiler/load", "./compiler/fetch/...", "./compiler/store"}, why: "emit is pure: no client, no network, no files"},
	// What brings things from outside.
	{pkgs: []string{"./compiler/store"}, banned: ours, linked: true, why: "the store keeps bytes"},
	{pkgs: []string{"./compiler/fetch"}, banned: ours, allow: []string{"./compiler/store"}, linked: true, why: "what all downloads have in common knows no ecosystem"},
	{pkgs: []string{"./compiler/fetch/..."}, banned: []string{"./compiler/pin"}, linked: true, why: "what is brought is told by who asks"},
	ecosystem("pypi"), ecosystem("deb"), ecosystem("gomod"), ecosystem("oci"), ecosystem("cuemod"),
}

// ecosystem is the rule of a package below compiler/fetch.
func ecosystem(name string) importRule {
	own := "./compiler/fetch/" + name + "/..."
	return importRule{pkgs: []string{own}, banned: []string{"./compiler/fetch/..."}, allow: []string{"./compiler/fetch", own}, linked: true, why: "ecosystems know nothing of each other"}
}

// stdOnly are packages that import the standard library, and each other, alone.
var stdOnly = []string{"./compiler/diag", "./compiler/ir", "./compiler/assign", "./compiler/diff", "./compiler/regular", "./compiler/platform", "./compiler/model/onnxfile", "./runtime/codec/format", "./runtime/spec"}

type listed struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

// TestImportRules names imports that point the wrong way, and how a package comes to
// link what it should not.
func TestImportRules(t *testing.T) {
	t.Parallel()
	all := listPackages(t)
	for _, r := range importRules {
		seen := false
		for path := range all {
			pkg := short(path)
			if !anyOf(r.pkgs, pkg) || anyOf(r.except, pkg) {
				continue
			}
			seen = true
			wrong := func(imported string) bool {
				imported = short(imported)
				return imported != pkg && anyOf(r.banned, imported) && !anyOf(r.allow, imported)
			}
			if chain := chainTo(all, path, r.linked, wrong); chain != nil {
				t.Errorf("%s: %s", strings.Join(chain, " imports "), r.why)
			}
		}
		if !seen {
			t.Errorf("no package is %v: the rule %q holds of nothing", r.pkgs, r.why)
		}
	}
	for _, pkg := range stdOnly {
		foreign := func(imported string) bool {
			return !all[imported].Standard && !strings.HasPrefix(short(imported), "./")
		}
		if chain := chainTo(all, "bentoc.dev"+pkg[1:], true, foreign); chain != nil {
			t.Errorf("%s: it imports the standard library alone", strings.Join(chain, " imports "))
		}
	}
}

// TestEcosystems has a rule for each package below compiler/fetch.
func TestEcosystems(t *testing.T) {
	t.Parallel()
	for path := range listPackages(t) {
		name, below := strings.CutPrefix(path, "bentoc.dev/compiler/fetch/")
		ruled := func(r importRule) bool { return slices.Equal(r.pkgs, ecosystem(strings.Split(name, "/")[0]).pkgs) }
		if below && name != "fetchtest" && !slices.ContainsFunc(importRules, ruled) {
			t.Errorf("%s has no rule", path)
		}
	}
}

func listPackages(t *testing.T) map[string]listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports,Standard", "bentoc.dev/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := map[string]listed{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
}

// chainTo gives the shortest way from a package to an import that is wrong, nil where
// there is none. Linked follows what is imported in turn.
func chainTo(all map[string]listed, from string, linked bool, wrong func(string) bool) []string {
	came := map[string]string{from: ""}
	for left := []string{from}; len(left) > 0; left = left[1:] {
		for _, imported := range all[left[0]].Imports {
			if _, seen := came[imported]; seen {
				continue
			}
			came[imported] = left[0]
			if wrong(imported) {
				var chain []string
				for at := imported; at != ""; at = came[at] {
					chain = append(chain, at)
				}
				slices.Reverse(chain)
				return chain
			}
			if linked {
				left = append(left, imported)
			}
		}
	}
	return nil
}

// short gives a package of this module as the rules have it.
func short(importPath string) string {
	if pkg, ours := strings.CutPrefix(importPath, "bentoc.dev/"); ours {
		return "./" + pkg
	}
	return importPath
}

// anyOf reports whether one of the patterns stands for pkg.
func anyOf(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		if p, ok := strings.CutSuffix(pattern, "/..."); ok {
			return pkg == p || strings.HasPrefix(pkg, p+"/")
		}
		return pattern == pkg
	})
}
