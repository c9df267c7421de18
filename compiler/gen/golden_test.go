package gen_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/mod/modfile"

	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/golden"
	"bentoc.dev/compiler/ir"
)

// A bento is an archive: ir.json goes in, what is under out/ comes out, what is
// under user/ is the user's own module, so that the result can be compiled, and
// what is under test/ are tests inside the generated package main. Of all that comes
// out it keeps what its file "shows" lists: the archive's comment says what that is to
// show. The rest is compiled, run and judged all the same.
type bento struct{ golden.Case }

func bentos(t *testing.T) (out []bento) {
	t.Helper()
	for _, c := range golden.Cases(t) {
		out = append(out, bento{c})
	}
	return out
}

func (c bento) userModule() string {
	for line := range strings.Lines(string(c.Section("user/go.mod"))) {
		if m, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(m)
		}
	}
	return ""
}

func (c bento) generate(t *testing.T) *gen.Output {
	t.Helper()
	b, err := ir.Parse(c.Section("ir.json"))
	if err != nil {
		t.Fatalf("%s: %v", c.File, err)
	}
	out, err := gen.Generate(b, gen.Options{UserModule: c.userModule()})
	if err != nil {
		t.Fatalf("%s: %v", c.File, err)
	}
	return out
}

// types gives package bentogen as the user has it, with the documentation that what is
// compiled lacks.
func (c bento) types(t *testing.T, out *gen.Output) []gen.File {
	t.Helper()
	b, err := ir.Parse(c.Section("ir.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !b.HasSteps() {
		return out.Bentogen
	}
	files, err := gen.Bentogen(b, gen.Options{UserModule: c.userModule()})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestGoldens(t *testing.T) {
	t.Parallel()
	golden.Run(t, func(t *testing.T, c golden.Case) (files []txtar.File) {
		out := bento{c}.generate(t)
		for _, f := range c.Files {
			if !strings.HasPrefix(f.Name, "out/") {
				files = append(files, f)
			}
		}
		idle := map[string]bool{} // patterns that no file has matched yet
		for _, s := range strings.Fields(string(c.Section("shows"))) {
			idle[s] = true
		}
		show := func(folder string, f gen.File) {
			shown := false
			for s := range idle {
				if ok, _ := path.Match(s, folder+f.Path); ok {
					idle[s], shown = false, true
				}
			}
			if shown {
				files = append(files, txtar.File{Name: "out/" + folder + f.Path, Data: f.Data})
			}
		}
		for _, f := range (bento{c}).types(t, out) {
			show("bentogen/", f)
		}
		for _, f := range out.Server {
			if !strings.HasPrefix(f.Path, "bentogen/") {
				show("server/", f)
			}
		}
		for s, none := range idle {
			if none {
				t.Errorf("%s shows %s, which is not made", c.File, s)
			}
		}
		if len(idle) == 0 {
			t.Errorf("%s shows nothing", c.File)
		}
		return files
	})
}

// The same bento gives the same bytes, whatever the order of Go's maps. With -tags slow it
// is tried oftener.
func TestGenerateIsDeterministic(t *testing.T) {
	t.Parallel()
	times := 3
	if slow {
		times = 10
	}
	for _, c := range bentos(t) {
		first := c.generate(t)
		for range times {
			again := c.generate(t)
			for i, f := range again.Server {
				if !bytes.Equal(f.Data, first.Server[i].Data) {
					t.Fatalf("%s: %s differs between two runs", c.Name, f.Path)
				}
			}
			for i, f := range again.Bentogen {
				if !bytes.Equal(f.Data, first.Bentogen[i].Data) {
					t.Fatalf("%s: bentogen/%s differs between two runs", c.Name, f.Path)
				}
			}
		}
	}
}

// layOut writes all goldens as packages of one module and gives its folder and
// the servers' packages. The module requires what bentoc.dev itself does, in the
// same versions, so that what these tests were built from is all that it needs.
//
// Servers are no commands here but packages, and their tests plain functions, so that
// one program, tests.go, runs them all: eight would have to be linked else.
func layOut(t *testing.T, v *verdicts) (dir string, servers []string) {
	t.Helper()
	dir = t.TempDir()
	tests := map[string][]string{}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) {
		t.Helper()
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	replaced := map[string]string{"bentoc.dev": root} // module path to folder
	verdict, err := os.ReadFile("testdata/verdict/verdict_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range bentos(t) {
		out := c.generate(t)
		if !slices.Contains(servers, out.ServerModule) {
			servers = append(servers, out.ServerModule)
		}
		server := strings.TrimPrefix(out.ServerModule, "bento.local/")
		library := func(name string, data []byte) {
			name, isTest := strings.CutSuffix(name, "_test.go")
			if isTest {
				name += "_checks.go"
			}
			for _, m := range testFunc.FindAllSubmatch(data, -1) {
				if isTest {
					tests[server] = append(tests[server], string(m[1]))
				}
			}
			write(server+"/"+name, bytes.Replace(data, []byte("\npackage main\n"), []byte("\npackage "+server+"\n"), 1))
		}
		for _, f := range out.Server {
			library(f.Path, f.Data)
		}
		for _, f := range out.Server {
			if f.Path == "openapi.json" {
				v.ask(t, c, f.Data, server, dir)
			}
		}
		library("verdict_test.go", verdict)
		for _, f := range c.Files {
			if name, ok := strings.CutPrefix(f.Name, "test/"); ok {
				library(name, append([]byte("\n"), f.Data...))
			}
		}
		if c.userModule() == "" {
			continue
		}
		user := "users/" + c.Name
		replaced[c.userModule()] = "./" + user
		for _, f := range c.Files {
			if name, ok := strings.CutPrefix(f.Name, "user/"); ok {
				write(user+"/"+name, f.Data)
			}
		}
		for _, f := range out.Bentogen {
			write(user+"/bentogen/"+f.Path, f.Data)
		}
	}
	write("all_test.go", allTests(tests))
	mod, sum := moduleOf(t, root, replaced)
	write("go.mod", mod)
	write("go.sum", sum)
	return dir, servers
}

var testFunc = regexp.MustCompile(`(?m)^func (Test\w*)\(t \*testing\.T\)`)

// allTests is the program that runs the tests of each server, in its folder.
func allTests(tests map[string][]string) []byte {
	var imports, calls strings.Builder
	for _, server := range slices.Sorted(maps.Keys(tests)) {
		fmt.Fprintf(&imports, "\t%[1]s_ \"bento.local/%[1]s\"\n", server)
		for _, name := range tests[server] {
			fmt.Fprintf(&calls, "func Test_%[1]s_%[2]s(t *testing.T) { t.Chdir(%[1]q); %[1]s_.%[2]s(t) }\n", server, name)
		}
	}
	return []byte("package all\n\nimport (\n\t\"testing\"\n\n" + imports.String() + ")\n\n" + calls.String())
}

// moduleOf gives go.mod and go.sum of a module bento.local that requires what the
// one in root requires, and modules in folders.
func moduleOf(t *testing.T, root string, replaced map[string]string) (mod, sum []byte) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	errs := []error{f.AddModuleStmt("bento.local")}
	for _, tool := range f.Tool {
		errs = append(errs, f.DropTool(tool.Path))
	}
	for path, folder := range replaced {
		errs = append(errs, f.AddRequire(path, "v0.0.0"), f.AddReplace(path, "", folder, ""))
	}
	mod, err = f.Format()
	sum, sumErr := os.ReadFile(filepath.Join(root, "go.sum"))
	if err := errors.Join(append(errs, err, sumErr)...); err != nil {
		t.Fatal(err)
	}
	return mod, sum
}

// goCommand runs the go command as the tests are run: what it compiles of the standard
// library and the runtime is what they have compiled.
func goCommand(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "CGO_ENABLED=0", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// What is generated compiles and does what the tests of the cases (their files under
// test/) say, for all cases at once; and it takes and answers what its descriptions say,
// for requests that are made of these. With -tags slow it passes go vet too.
func TestGoldensRun(t *testing.T) {
	t.Parallel()
	v := &verdicts{seed: rand.Uint64(), judges: map[string][]*judge{}, cases: map[string][]verdictCase{}}
	dir, servers := layOut(t, v)
	// With -trimpath what did not change is compiled once, whatever the folder's name is.
	goCommand(t, dir, "test", "-trimpath", "-vet=off", "-count=1", ".") // it imports all servers
	if slow {
		goCommand(t, dir, append([]string{"vet"}, servers...)...)
	}
	for _, s := range servers {
		v.compare(t, strings.TrimPrefix(s, "bento.local/"), dir)
	}
}

// Every kind of type and of node is in a case, and so is compiled, run and judged.
func TestKindsAreShown(t *testing.T) {
	t.Parallel()
	types, nodes := map[ir.Kind]bool{}, map[ir.NodeKind]bool{}
	for _, c := range bentos(t) {
		b, err := ir.Parse(c.Section("ir.json"))
		if err != nil {
			t.Fatal(err)
		}
		ir.WalkTypes(b, func(_ string, t *ir.Type) { types[t.Kind] = true })
		for _, g := range b.Graphs {
			ir.WalkNodes(g, func(_ string, n *ir.Node) { nodes[n.Kind()] = true })
		}
	}
	for _, k := range ir.Kinds {
		if !types[k] && k.Refused() == "" {
			t.Errorf("no case has a type of kind %s", k)
		}
	}
	for _, k := range ir.NodeKinds() {
		if !nodes[k] {
			t.Errorf("no case has a %s node", k)
		}
	}
}

// Steps can be written before models are locked: their types do not depend on it.
func TestBentogenNeedsNoSignatures(t *testing.T) {
	t.Parallel()
	for _, c := range bentos(t) {
		b, err := ir.Parse(c.Section("ir.json"))
		if err != nil {
			t.Fatal(err)
		}
		var want []gen.File
		if b.HasSteps() {
			want = c.types(t, nil)
		}
		for _, m := range b.Models {
			m.Signature = nil
		}
		got, err := gen.Bentogen(b, gen.Options{UserModule: c.userModule()})
		if err != nil || len(got) != len(want) {
			t.Fatalf("%s: %d files, %v", c.Name, len(got), err)
		}
		for i, f := range got {
			if f.Path != want[i].Path || !bytes.Equal(f.Data, want[i].Data) {
				t.Errorf("%s: %s differs", c.Name, f.Path)
			}
		}
		_, err = gen.Generate(b, gen.Options{UserModule: c.userModule()})
		if len(b.Models) > 0 && (err == nil || !strings.Contains(err.Error(), "its model is not locked")) {
			t.Errorf("%s: got %v", c.Name, err)
		}
	}
}

// A graph that no endpoint runs has no code, and changes none.
func TestGraphThatNothingRuns(t *testing.T) {
	t.Parallel()
	for _, c := range bentos(t) {
		b, err := ir.Parse(c.Section("ir.json"))
		if err != nil {
			t.Fatal(err)
		}
		again, err := ir.Parse(c.Section("ir.json"))
		if err != nil {
			t.Fatal(err)
		}
		for name, g := range again.Graphs {
			b.Graphs["unused-"+name] = g
		}
		out, err := gen.Generate(b, gen.Options{UserModule: c.userModule()})
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		for i, f := range c.generate(t).Server {
			if f.Path == "graphs.go" && !bytes.Equal(f.Data, out.Server[i].Data) {
				t.Errorf("%s: %s differs", c.Name, f.Path)
			}
		}
	}
}
