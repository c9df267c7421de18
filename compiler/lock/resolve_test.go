package lock_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/gomod"
	"bentoc.dev/compiler/fetch/gomod/proxytest"
	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/gosrc"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/need"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/store"
	"bentoc.dev/compiler/workspace"
)

// world is a module proxy with a few modules and a client that asks it.
type world struct {
	proxy      string
	greet, dep proxytest.Module
	client     *fetch.Client
}

// newWorld has example.com/greet, which needs example.com/dep, and
// example.com/unused.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{proxy: t.TempDir()}
	w.dep = proxytest.Write(t, w.proxy, "example.com/dep", "v1.1.0", map[string]string{
		"go.mod": "module example.com/dep\n\ngo 1.20\n", "dep.go": "package dep\n\nconst Word = `hello`\n",
	})
	w.greet = proxytest.Write(t, w.proxy, "example.com/Greet", "v1.0.0", map[string]string{
		"go.mod":   "module example.com/Greet\n\ngo 1.20\n\nrequire example.com/dep v1.1.0\n",
		"greet.go": "package greet\n\nimport \"example.com/dep\"\n\nfunc Greet() string { return dep.Word }\n",
	})
	proxytest.Write(t, w.proxy, "example.com/unused", "v1.0.0", map[string]string{
		"go.mod": "module example.com/unused\n\ngo 1.20\n", "unused.go": "package unused\n",
	})
	w.client = w.newClient(t, "file://"+w.proxy)
	return w
}

// newClient gives a client on an empty store and an empty module cache.
func (w *world) newClient(t *testing.T, proxy string) *fetch.Client {
	t.Helper()
	s, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	// Empty but for what the go command knows of its own packages.
	if err := errors.Join(os.MkdirAll(filepath.Join(s.Dir(), "tree"), 0o755), os.Symlink(goCache, filepath.Join(s.Dir(), "tree/gocache"))); err != nil {
		t.Fatal(err)
	}
	c := fetch.New(s)
	c.GoRoot = proxytest.GoRoot(t)
	c.Env = append(os.Environ(), "GOPROXY="+proxy, "GOSUMDB=off", "GOPRIVATE=", "GONOSUMDB=", "GOENV=off", "GOMODCACHE="+proxytest.Cache(t))
	return c
}

// resolved has the texts of locks, by what modules were chosen for.
var resolved = struct {
	sync.Mutex
	text map[string][]byte
}{text: map[string][]byte{}}

// locked gives the lock of modules alone, which is the same in every world: the go
// command is asked once. n needs nothing else.
func (w *world) locked(t *testing.T, n need.Needs) *lock.File {
	t.Helper()
	resolved.Lock()
	defer resolved.Unlock()
	if resolved.text[n.Modules.Identity] == nil {
		resolved.text[n.Modules.Identity] = resolveAll(t, lock.Request{Fetch: w.client, Needs: n}).Bytes()
	}
	f, diags := lock.Parse(lock.FileName, resolved.text[n.Modules.Identity])
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return f
}

const userMod = "module example.com/app\n\ngo 1.26\n\nrequire (\n\texample.com/Greet v1.0.0\n\texample.com/unused v1.0.0\n)\n\nrequire example.com/dep v1.1.0 // indirect\n"

// needs gives what a bento with one step needs, whose module has these files.
func needs(t *testing.T, files map[string]string) need.Needs {
	t.Helper()
	fsys := fstest.MapFS{}
	m := &gosrc.Module{Dir: ".", Path: "example.com/app", Go: "1.26", Bentogen: "bentogen", Imports: []string{"example.com/Greet"}}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		m.Files = append(m.Files, name)
	}
	m.GoMod = fsys["go.mod"].Data
	out := &gen.Output{
		ServerModule:   "bento.local/app",
		Server:         []gen.File{{Path: "main.go", Data: []byte("package main\n\nimport (\n\t_ \"bentoc.dev/runtime/spec\"\n\t_ \"example.com/app/steps\"\n)\n\nfunc main() {}\n")}},
		Bentogen:       []gen.File{{Path: "types.go", Data: []byte("package bentogen\n")}},
		RuntimeImports: []string{"bentoc.dev/runtime/spec"},
	}
	w, diags, err := workspace.New(workspace.Request{Gen: out, Steps: m, FS: fsys})
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	return of(t, &ir.Bento{Platforms: []string{"linux/amd64"}}, w.Needs())
}

func of(t *testing.T, b *ir.Bento, m *need.Modules) need.Needs {
	t.Helper()
	n, err := need.Of(b, m)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// running is a bento that runs some models.
func running(models map[string]*ir.Model, platforms ...string) *ir.Bento {
	b := &ir.Bento{Platforms: platforms, Models: models, Runners: map[string]*ir.Runner{}}
	for name := range models {
		b.Runners[name] = &ir.Runner{Engine: ir.Engine{ONNX: &ir.ONNXEngine{Model: name}}}
	}
	return b
}

func app(mod string) map[string]string {
	return map[string]string{
		"go.mod":         mod,
		"steps/steps.go": "package steps\n\nimport (\n\t_ \"example.com/Greet\"\n\t_ \"example.com/app/bentogen\"\n)\n",
	}
}

func TestResolveModules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := needs(t, app(userMod))
	f, changes, err := lock.Resolve(t.Context(), lock.Request{Fetch: w.client, Needs: n})
	if err != nil {
		t.Fatal(err)
	}
	text := string(f.Bytes())
	for _, want := range []string{
		"module example.com/Greet v1.0.0 " + w.greet.Sum, "module example.com/Greet v1.0.0/go.mod " + w.greet.GoModSum,
		"module example.com/dep v1.1.0 " + w.dep.Sum, "module example.com/unused v1.0.0/go.mod h1:",
		"workspace bento.local/app h1:", "runtime bentoc.dev h1:", "toolchain golang.org/toolchain v0.0.1-" + pin.GoVersion + ".linux-arm64 h1:",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no line %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "module example.com/unused v1.0.0 ") || strings.Contains(text, "conc") {
		t.Errorf("modules that nothing imports are locked:\n%s", text)
	}
	if first := changes[0].String(); first != "+ module example.com/Greet v1.0.0" {
		t.Errorf("first change: %s", first)
	}
	if again, diags := lock.Parse("bento.lock", f.Bytes()); len(diags) > 0 || len(lock.Diff(again, f)) > 0 {
		t.Errorf("the lock is not read as it was written: %v", diags)
	}
	if diags := lock.Check("bento.lock", f, n); len(diags) > 0 {
		t.Errorf("the new lock does not do: %v", diags)
	}
	t.Run("once more without a network", func(t *testing.T) {
		t.Parallel()
		c := w.newClient(t, "http://127.0.0.1:1")
		again, changes, err := lock.Resolve(t.Context(), lock.Request{Fetch: c, Old: f, Needs: n})
		if err != nil || len(changes) > 0 || string(again.Bytes()) != text {
			t.Errorf("%v, %v", err, changes)
		}
	})
	t.Run("on another machine", func(t *testing.T) {
		t.Parallel()
		c := w.newClient(t, "file://"+w.proxy)
		blobs, err := gomod.New(c, pin.Toolchain).Modules(t.Context(), f.Modules())
		if err != nil || len(blobs) != len(f.Modules()) {
			t.Fatal(err)
		}
		c.Env = []string{"GOPROXY=off"} // from now on the store is enough
		if _, err := gomod.New(c, pin.Toolchain).Modules(t.Context(), f.Modules()); err != nil {
			t.Error(err)
		}
	})
	t.Run("on a machine with another proxy", func(t *testing.T) {
		t.Parallel()
		evil := t.TempDir()
		if err := os.CopyFS(evil, os.DirFS(w.proxy)); err != nil {
			t.Fatal(err)
		}
		bad := proxytest.Write(t, evil, "example.com/dep", "v1.1.0", map[string]string{"go.mod": "module example.com/dep\n\ngo 1.20\n", "dep.go": "package dep\n\nconst Word = `evil`\n"})
		_, err := gomod.New(w.newClient(t, "file://"+evil), pin.Toolchain).Modules(t.Context(), f.Modules())
		var mismatch *store.DigestError
		if !errors.As(err, &mismatch) || mismatch.Want != w.dep.Sum || mismatch.Got != bad.Sum {
			t.Errorf("got %v", err)
		}
	})
}

func TestLockGoesStale(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := needs(t, app(userMod))
	f := w.locked(t, n)
	f, diags := lock.Parse("bento.lock", f.Bytes())
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	for name, test := range map[string]struct {
		files map[string]string
		stale bool
	}{
		"a comment in go.mod":      {app("// the app\n" + userMod), false},
		"another body of a step":   {map[string]string{"go.mod": userMod, "steps/steps.go": "package steps\n"}, false},
		"a requirement more":       {app(userMod + "\nrequire example.com/other v1.0.0\n"), true},
		"a replacement":            {app(userMod + "\nreplace example.com/dep => example.com/dep v1.2.0\n"), true},
		"a newer language version": {app(strings.Replace(userMod, "go 1.26", "go 1.26.1", 1)), true},
	} {
		diags := lock.Check("bento.lock", f, needs(t, test.files))
		if diags.HasErrors() != test.stale {
			t.Errorf("%s: %v", name, diags)
		}
		if test.stale && (diags[0].Code != diag.LockStale || !strings.Contains(diags[0].Hint, "bentoc lock") || diags[0].Pos.Line < 2) {
			t.Errorf("%s: %+v", name, diags[0])
		}
	}
	fewer := &lock.File{Entries: f.Entries[1:]} // a line taken out by hand
	if diags := lock.Check("bento.lock", fewer, n); len(diags) != 1 || diags[0].Code != diag.LockStale {
		t.Errorf("a module line less: %v", diags)
	}
	_, _, err := lock.Resolve(t.Context(), lock.Request{Fetch: w.client, Old: f, Needs: n, Update: []string{"example.com/nope"}})
	if err == nil || !strings.Contains(err.Error(), "updating example.com/nope") {
		t.Errorf("updating what is not there: %v", err)
	}
	diags = lock.Check("bento.lock", nil, n)
	if len(diags) != 1 || diags[0].Code != diag.LockMissing {
		t.Errorf("no lock: %v", diags)
	}
}

func TestReplacements(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	newer := proxytest.Write(t, w.proxy, "example.com/fork", "v1.5.0", map[string]string{"go.mod": "module example.com/fork\n\ngo 1.20\n", "dep.go": "package dep\n\nconst Word = `fork`\n"})
	files := app(userMod + "\nreplace example.com/dep => example.com/fork v1.5.0\n\nreplace example.com/Greet => ./greet\n")
	files["greet/go.mod"] = "module example.com/Greet\n\ngo 1.20\n\nrequire example.com/dep v1.1.0\n"
	files["greet/greet.go"] = "package greet\n\nimport _ \"example.com/dep\"\n"
	f, _, err := lock.Resolve(t.Context(), lock.Request{Fetch: w.client, Needs: needs(t, files)})
	if err != nil {
		t.Fatal(err)
	}
	text := string(f.Bytes())
	if !strings.Contains(text, "module example.com/fork v1.5.0 "+newer.Sum) || strings.Contains(text, "Greet v1.0.0 ") || strings.Contains(text, "dep v1.1.0 ") {
		t.Errorf("replacements do not count:\n%s", text)
	}
}

func TestResolveFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	t.Run("a proxy that is down", func(t *testing.T) {
		t.Parallel()
		_, _, err := lock.Resolve(t.Context(), lock.Request{Fetch: w.newClient(t, "http://127.0.0.1:1"), Needs: needs(t, app(userMod))})
		var missing *fetch.MissingError
		if !errors.As(err, &missing) || !strings.Contains(missing.What, "example.com/") || !strings.Contains(missing.What, "@v1.") || !strings.Contains(missing.Hint(), "GOPROXY") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a module that is not in the proxy", func(t *testing.T) {
		t.Parallel()
		mod := strings.Replace(userMod, "dep v1.1.0", "dep v1.9.0", 1)
		n := needs(t, app(mod))
		n.Modules.Vendor = "vendor"
		_, _, err := lock.Resolve(t.Context(), lock.Request{Fetch: w.newClient(t, "file://"+w.proxy), Needs: n})
		var missing *fetch.MissingError
		if !errors.As(err, &missing) || missing.What != "the module example.com/dep@v1.9.0, which go.mod:10 requires," ||
			!strings.Contains(missing.Cure, "vendor is not used") || !strings.Contains(missing.Cure, "GOPROXY=file:///") {
			t.Errorf("got %v", err)
		}
		// The import of the runtime that the go command came by is not to blame.
		if strings.Contains(err.Error(), ".go:") {
			t.Errorf("a file is blamed: %v", err)
		}
	})
	t.Run("a go.sum that says otherwise", func(t *testing.T) {
		t.Parallel()
		files := app(userMod)
		files["go.sum"] = "example.com/dep v1.1.0 " + h1 + "\nexample.com/dep v1.1.0/go.mod " + w.dep.GoModSum + "\n"
		_, _, err := lock.Resolve(t.Context(), lock.Request{Fetch: w.newClient(t, "file://"+w.proxy), Needs: needs(t, files)})
		var mistake diag.List
		if !errors.As(err, &mistake) || mistake[0].Code != diag.LockMismatch || mistake[0].Pos.String() != "go.sum:1:1" ||
			!strings.Contains(mistake[0].Message, "go.sum has "+h1+", what was downloaded has "+w.dep.Sum) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("an import that go.mod does not provide", func(t *testing.T) {
		t.Parallel()
		files := app(userMod)
		files["steps/steps.go"] = "package steps\n\nimport _ \"example.com/absent\"\n"
		_, _, err := lock.Resolve(t.Context(), lock.Request{Fetch: w.newClient(t, "file://"+w.proxy), Needs: needs(t, files)})
		var mistake diag.List
		if !errors.As(err, &mistake) || mistake[0].Pos.String() != "steps/steps.go:3:8" || !strings.Contains(mistake[0].Message, "example.com/absent") {
			t.Errorf("got %v", err)
		}
	})
}

// TestResolvePrivateOffline takes private modules, for which no proxy may be asked,
// from the user's module cache, and leaves that as it is.
func TestResolvePrivateOffline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cache := proxytest.Cache(t)
	download := filepath.Join(cache, "cache", "download")
	if err := os.CopyFS(download, os.DirFS(w.proxy)); err != nil {
		t.Fatal(err)
	}
	c := w.newClient(t, "off")
	c.Env = append(c.Env, "GOPRIVATE=example.com", "GOMODCACHE="+cache)
	f, _, err := lock.Resolve(t.Context(), lock.Request{Fetch: c, Needs: needs(t, app(userMod))})
	if err != nil {
		t.Fatal(err)
	}
	if text := string(f.Bytes()); !strings.Contains(text, "module example.com/Greet v1.0.0 "+w.greet.Sum) {
		t.Errorf("locked\n%s", text)
	}
	for _, name := range []string{filepath.Join(cache, "example.com"), filepath.Join(cache, "cache", "lock")} {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}
