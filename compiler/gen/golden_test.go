package gen_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/golden"
	"bentoc.dev/compiler/ir"
)

// A bento is an archive: ir.json goes in, what is under out/ comes out, what is
// under user/ is the user's own module, so that the result can be compiled, and
// what is under test/ are tests inside the generated package main.
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

func TestGoldens(t *testing.T) {
	t.Parallel()
	golden.Run(t, func(t *testing.T, c golden.Case) (files []txtar.File) {
		out := bento{c}.generate(t)
		for _, f := range c.Files {
			if !strings.HasPrefix(f.Name, "out/") {
				files = append(files, f)
			}
		}
		for _, f := range out.Bentogen {
			files = append(files, txtar.File{Name: "out/bentogen/" + f.Path, Data: f.Data})
		}
		for _, f := range out.Server {
			if !strings.HasPrefix(f.Path, "bentogen/") {
				files = append(files, txtar.File{Name: "out/server/" + f.Path, Data: f.Data})
			}
		}
		return files
	})
}

// The same bento gives the same bytes, whatever the order of Go's maps.
func TestGenerateIsDeterministic(t *testing.T) {
	t.Parallel()
	for _, c := range bentos(t) {
		first := c.generate(t)
		for range 10 {
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

// layOut writes all goldens as modules of one workspace and gives its folder and
// the servers' packages.
func layOut(t *testing.T) (dir string, servers []string) {
	t.Helper()
	dir = t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	use := []string{root}
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
	for _, c := range bentos(t) {
		out := c.generate(t)
		if !slices.Contains(servers, out.ServerModule) {
			servers = append(servers, out.ServerModule)
		}
		server := c.Name + "/server"
		write(server+"/go.mod", []byte("module "+out.ServerModule+"\n\ngo 1.26\n"))
		use = append(use, "./"+server)
		for _, f := range out.Server {
			write(server+"/"+f.Path, f.Data)
		}
		for _, f := range c.Files {
			if name, ok := strings.CutPrefix(f.Name, "test/"); ok {
				write(server+"/"+name, f.Data)
			}
		}
		if c.userModule() == "" {
			continue
		}
		user := c.Name + "/user"
		use = append(use, "./"+user)
		for _, f := range c.Files {
			if name, ok := strings.CutPrefix(f.Name, "user/"); ok {
				write(user+"/"+name, f.Data)
			}
		}
		for _, f := range out.Bentogen {
			write(user+"/bentogen/"+f.Path, f.Data)
		}
	}
	write("go.work", []byte("go 1.26.8\n\nuse (\n\t"+strings.Join(use, "\n\t")+"\n)\n"))
	return dir, servers
}

func goCommand(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "CGO_ENABLED=0", "GOWORK="+filepath.Join(dir, "go.work"), "GOPROXY=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// What is generated compiles, passes go vet and does what the tests of the cases
// (their files under test/) say, for all cases at once.
func TestGoldensRun(t *testing.T) {
	t.Parallel()
	dir, servers := layOut(t)
	goCommand(t, dir, append([]string{"vet"}, servers...)...)
	goCommand(t, dir, append([]string{"test"}, servers...)...)
}

// Steps can be written before models are locked: their types do not depend on it.
func TestBentogenNeedsNoSignatures(t *testing.T) {
	t.Parallel()
	for _, c := range bentos(t) {
		want := c.generate(t).Bentogen
		b, err := ir.Parse(c.Section("ir.json"))
		if err != nil {
			t.Fatal(err)
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
