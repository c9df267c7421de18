package gosrc

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
)

// TestStandardOfHTTP has the go command say which packages of the standard library are
// made of net/http: each that somebody can import is known to be.
func TestStandardOfHTTP(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Deps " "}} `, "std")
	cmd.Env, cmd.Stderr = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0", "GOWORK=off"), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for line := range strings.Lines(string(out)) {
		path, deps, _ := strings.Cut(line, " ")
		if strings.HasPrefix(path, "internal/") || strings.HasPrefix(path, "vendor/") || path != "net/http" && !strings.Contains(" "+deps, " net/http ") {
			continue
		}
		if found++; !ofHTTP(path) {
			t.Errorf("%s is made of net/http, and is not known to be", path)
		}
	}
	if found < 8 {
		t.Errorf("found %d packages", found)
	}
	for _, path := range []string{"net", "net/netip", "net/textproto", "net/httpx", "crypto/tls", "fmt"} {
		if ofHTTP(path) {
			t.Errorf("%s is not made of net/http", path)
		}
	}
}

// brokenLibrary cannot be read.
type brokenLibrary struct{}

var errBroken = errors.New("broken")

func (brokenLibrary) Folder(string) (Folder, error) { return Folder{FS: fstest.MapFS{}}, errBroken }

// TestSpeaksHTTP follows imports from module to module.
func TestSpeaksHTTP(t *testing.T) {
	t.Parallel()
	const plain, http = "package p\n", "package p\n\nimport _ \"net/http\"\n"
	on := func(imports string) string { return "package p\n\nimport _ \"" + imports + "\"\n" }
	for name, c := range map[string]struct {
		files map[string]string
		want  bool
	}{
		"nothing":             {map[string]string{"a.org/x/x.go": plain}, false},
		"itself":              {map[string]string{"a.org/x/x.go": http}, true},
		"around":              {map[string]string{"a.org/x/x.go": on("net/rpc/jsonrpc")}, true},
		"far":                 {map[string]string{"a.org/x/x.go": on("b.org/y"), "b.org/y/y.go": on("golang.org/x/net/http2"), "golang.org/x/net/http2/h.go": http}, true},
		"a circle":            {map[string]string{"a.org/x/x.go": on("b.org/y"), "b.org/y/y.go": on("a.org/x")}, false},
		"not imported":        {map[string]string{"a.org/x/x.go": plain, "b.org/y/y.go": http}, false},
		"the runtime":         {map[string]string{"a.org/x/x.go": on("own.dev/r"), "own.dev/r/r.go": http}, false},
		"behind the runtime":  {map[string]string{"a.org/x/x.go": on("own.dev/r"), "own.dev/r/r.go": on("b.org/y"), "b.org/y/y.go": http}, true},
		"like the runtime":    {map[string]string{"a.org/x/x.go": on("own.development"), "own.development/r.go": http}, true},
		"this platform":       {map[string]string{"a.org/x/x.go": plain, "a.org/x/x_arm64.go": http}, true},
		"another platform":    {map[string]string{"a.org/x/x.go": plain, "a.org/x/x_amd64.go": http}, false},
		"a test":              {map[string]string{"a.org/x/x.go": plain, "a.org/x/x_test.go": http}, false},
		"cgo":                 {map[string]string{"a.org/x/x.go": plain, "a.org/x/c.go": "package p\n\nimport \"C\"\nimport _ \"net/http\"\n"}, false},
		"a program beside it": {map[string]string{"a.org/x/x.go": plain, "a.org/x/gen.go": "//go:build ignore\n\npackage main\n\nimport _ \"net/http\"\n"}, false},
		"a tag of others":     {map[string]string{"a.org/x/x.go": plain, "a.org/x/t.go": "//go:build sometag && go1.20\n\n" + http}, false},
		"the tag":             {map[string]string{"a.org/x/x.go": plain, "a.org/x/t.go": "//go:build " + OmitHTTP2 + "\n\n" + plain}, true},
		"not the tag":         {map[string]string{"a.org/x/x.go": plain, "a.org/x/t.go": "//go:build !" + OmitHTTP2 + "\n\n" + plain}, true},
		"the go command's":    {map[string]string{"a.org/x/x.go": plain, "a.org/x/t.go": "//go:build arm64.v8.0\n\n" + http}, true},
		"not there":           {map[string]string{"a.org/x/x.go": on("b.org/y")}, true},
		"no folder":           {map[string]string{"b.org/x/x.go": plain}, true},
		"no Go":               {map[string]string{"a.org/x/x.c": ""}, true},
		"broken":              {map[string]string{"a.org/x/x.go": "package p\n\nimport ("}, true},
		"two packages":        {map[string]string{"a.org/x/x.go": plain, "a.org/x/y.go": "package q\n"}, true},
	} {
		lib := libraryFS{fstest.MapFS{}}
		for file, text := range c.files {
			lib.MapFS[file] = &fstest.MapFile{Data: []byte(text)}
		}
		got, err := SpeaksHTTP(lib, []string{"a.org/x"}, "linux/arm64", "own.dev/")
		if err != nil || got != c.want {
			t.Errorf("%s: %v, %v, want %v", name, got, err, c.want)
		}
	}
	if _, err := SpeaksHTTP(brokenLibrary{}, []string{"a.org/x"}, "linux/arm64", "own.dev/"); !errors.Is(err, errBroken) {
		t.Errorf("a library that fails: %v", err)
	}
	unreadable := unreadableFS{fstest.MapFS{"a.org/x/x.go": &fstest.MapFile{Data: []byte(plain)}}}
	if _, err := SpeaksHTTP(unreadable, []string{"a.org/x"}, "linux/arm64", "own.dev/"); err == nil {
		t.Error("a file that cannot be read is taken for one without net/http")
	}
}

// unreadableFS has files that cannot be opened.
type unreadableFS struct{ fstest.MapFS }

func (f unreadableFS) Folder(importPath string) (Folder, error) {
	return Folder{FS: f, Dir: importPath}, nil
}

// Open opens folders alone.
func (f unreadableFS) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, ".go") {
		return nil, errBroken
	}
	return f.MapFS.Open(name)
}
