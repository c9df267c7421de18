package buildkittest

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/plan"
)

// CUE is the text that positions of [Hello]'s plan refer to, as bento.cue.
const CUE = `package hello

bento: {
	name: "hello"
	runners: greet: engine: go: {
		package: "./steps"
		func:    "Greet"
	}
}
`

// Program is a package that imports nothing and is no command, so that `go build`
// compiles one file for each platform: nothing of the standard library, which takes
// a minute, and nothing is linked.
const Program = "package hello\n\nconst Name = \"hello\"\n"

// Hello is the plan of a package like [Program] compiled for amd64 and arm64 by the Go
// toolchain of this machine.
func (s *Store) Hello(program string) *plan.Plan {
	s.t.Helper()
	return s.hello(program, s.Toolchain())
}

func (s *Store) hello(program string, toolchain plan.Input) *plan.Plan {
	s.t.Helper()
	pos := diag.Pos{File: "bento.cue", Line: 5, Col: 2, EndLine: 8, EndCol: 3}
	p := &plan.Plan{
		Version: plan.Version,
		Bento:   "hello",
		Inputs: []plan.Input{
			s.Files("rootfs", map[string]string{"etc/passwd": "nonroot:x:65532:65532::/:\n", "etc/group": "nonroot:x:65532:\n", "tmp/": "", "proc/": "", "sys/": "", "dev/": ""}),
			s.Files("source", map[string]string{"go.mod": "module hello\n\ngo 1.26\n", "main.go": program}),
			toolchain,
		},
	}
	for _, arch := range []string{"amd64", "arm64"} {
		id := "server-linux-" + arch
		p.Compiles = append(p.Compiles, plan.Compile{
			ID: id, Name: "compile the server for linux/" + arch, Platform: "linux/" + arch,
			Mounts: []plan.Mount{{Input: "toolchain", Path: "/go"}, {Input: "source", Path: "/src"}},
			Caches: []plan.Cache{{ID: "test-gocache", Path: "/cache"}},
			Dir:    "/src",
			Args:   []string{"/go/bin/go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", "/out/server", "."},
			Env: []string{"GOROOT=/go", "GOCACHE=/cache", "GOOS=linux", "GOARCH=" + arch, "CGO_ENABLED=0", "GOTOOLCHAIN=local",
				"GOPROXY=off", "GOFLAGS=-mod=mod", "GOTELEMETRY=off", "GOENV=off", "HOME=/tmp", "PATH=/go/bin"},
			Output: "/out", Pos: pos,
		})
		p.Images = append(p.Images, plan.Image{
			Platform: "linux/" + arch,
			Layers: []plan.Layer{
				{Input: "rootfs", Content: "users and folders", Pos: pos},
				{Compile: id, Content: "server", From: "/server", To: "/app/bin/server", Mode: 0o755, Pos: pos},
			},
			Config:      json.RawMessage(`{"config":{"User":"65532:65532","Entrypoint":["/app/bin/server"],"Labels":{"dev.bentoc.ir":"{}"}}}`),
			Annotations: map[string]string{"org.opencontainers.image.title": "hello"},
		})
	}
	return p
}

// Quick is a plan whose one compile step takes no time: the compiler alone runs.
func (s *Store) Quick() *plan.Plan {
	s.t.Helper()
	tool := "pkg/tool/" + runtime.GOOS + "_" + runtime.GOARCH
	p := s.hello(Program, s.Folder("toolchain", filepath.Join(goroot(s.t), tool), tool, func(name string) bool { return name == "compile" }))
	p.Compiles, p.Images = p.Compiles[:1], p.Images[:1]
	p.Compiles[0].Args = []string{"/go/" + tool + "/compile", "-o", "/out/server", "-p", "main", "main.go"}
	return p
}

// Toolchain packs what `go build` needs of this machine's GOROOT for a [Program].
//
// A store that has it is not packed again: that takes seconds.
func (s *Store) Toolchain() plan.Input {
	s.t.Helper()
	note := filepath.Join(s.Dir, "compiler-"+runtime.Version()+".json")
	var in plan.Input
	if text, err := os.ReadFile(note); err == nil && json.Unmarshal(text, &in) == nil {
		return in
	}
	in = s.packToolchain()
	tmp, err := os.CreateTemp(s.Dir, "note-")
	s.must(err)
	_, err = tmp.Write(s.json(in))
	s.must(errors.Join(err, tmp.Close(), os.Rename(tmp.Name(), note)))
	return in
}

func (s *Store) packToolchain() plan.Input {
	s.t.Helper()
	tool := "pkg/tool/" + runtime.GOOS + "_" + runtime.GOARCH
	wanted := []string{"VERSION", "go.env", "bin", "bin/go", tool, tool + "/compile"}
	return s.Folder("toolchain", goroot(s.t), ".", func(name string) bool {
		return slices.Contains(wanted, name) || strings.HasPrefix(tool, name+"/")
	})
}

func goroot(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatalf("finding GOROOT: %v", err)
	}
	return strings.TrimSpace(string(out))
}
