package lock_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/proxytest"
	"bentoc.dev/compiler/fetch/store"
	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/gosrc"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/plan/workspace"
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
	c := fetch.New(s)
	c.GoRoot = proxytest.GoRoot(t)
	c.Env = append(os.Environ(), "GOPROXY="+proxy, "GOSUMDB=off", "GOPRIVATE=", "GONOSUMDB=", "GOENV=off", "GOMODCACHE="+proxytest.Cache(t))
	return c
}

const userMod = "module example.com/app\n\ngo 1.26\n\nrequire (\n\texample.com/Greet v1.0.0\n\texample.com/unused v1.0.0\n)\n\nrequire example.com/dep v1.1.0 // indirect\n"

// needs gives what a bento with one step needs, whose module has these files.
func needs(t *testing.T, files map[string]string) lock.Needs {
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
	return lock.Needs{Workspace: w, Platforms: []string{"linux/amd64"}}
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
		"workspace bento.local/app h1:", "runtime bentoc.dev h1:", "toolchain golang.org/toolchain v0.0.1-" + fetch.GoVersion + ".linux-arm64 h1:",
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
	if diags, err := lock.Check("bento.lock", f, n); err != nil || len(diags) > 0 {
		t.Errorf("the new lock does not do: %v, %v", diags, err)
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
		blobs, err := c.Modules(t.Context(), f.Modules())
		if err != nil || len(blobs) != len(f.Modules()) {
			t.Fatal(err)
		}
		c.Env = []string{"GOPROXY=off"} // from now on the store is enough
		if _, err := c.Modules(t.Context(), f.Modules()); err != nil {
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
		_, err := w.newClient(t, "file://"+evil).Modules(t.Context(), f.Modules())
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
	f, _, err := lock.Resolve(t.Context(), lock.Request{Fetch: w.client, Needs: n})
	if err != nil {
		t.Fatal(err)
	}
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
		diags, err := lock.Check("bento.lock", f, needs(t, test.files))
		if err != nil || diags.HasErrors() != test.stale {
			t.Errorf("%s: %v, %v", name, diags, err)
		}
		if test.stale && (diags[0].Code != diag.LockStale || !strings.Contains(diags[0].Hint, "bentoc lock") || diags[0].Pos.Line < 2) {
			t.Errorf("%s: %+v", name, diags[0])
		}
	}
	fewer := &lock.File{Entries: f.Entries[1:]} // a line taken out by hand
	if diags, err := lock.Check("bento.lock", fewer, n); err != nil || len(diags) != 1 || diags[0].Code != diag.LockStale {
		t.Errorf("a module line less: %v, %v", diags, err)
	}
	_, _, err = lock.Resolve(t.Context(), lock.Request{Fetch: w.client, Old: f, Needs: n, Update: []string{"example.com/nope"}})
	if err == nil || !strings.Contains(err.Error(), "updating example.com/nope") {
		t.Errorf("updating what is not there: %v", err)
	}
	diags, err = lock.Check("bento.lock", nil, n)
	if err != nil || len(diags) != 1 || diags[0].Code != diag.LockMissing {
		t.Errorf("no lock: %v, %v", diags, err)
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
		_, _, err := lock.Resolve(t.Context(), lock.Request{Fetch: w.newClient(t, "file://"+w.proxy), Needs: needs(t, app(mod))})
		var missing *fetch.MissingError
		if !errors.As(err, &missing) || missing.What != "the module example.com/dep@v1.9.0" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a go.sum that says otherwise", func(t *testing.T) {
		t.Parallel()
		files := app(userMod)
		files["go.sum"] = "example.com/dep v1.1.0 " + h1 + "\nexample.com/dep v1.1.0/go.mod " + w.dep.GoModSum + "\n"
		_, _, err := lock.Resolve(t.Context(), lock.Request{Fetch: w.newClient(t, "file://"+w.proxy), Needs: needs(t, files)})
		if err == nil || !strings.Contains(err.Error(), "checksum mismatch") || !strings.Contains(err.Error(), "example.com/dep@v1.1.0") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("an import that go.mod does not provide", func(t *testing.T) {
		t.Parallel()
		files := app(userMod)
		files["steps/steps.go"] = "package steps\n\nimport _ \"example.com/absent\"\n"
		_, _, err := lock.Resolve(t.Context(), lock.Request{Fetch: w.newClient(t, "file://"+w.proxy), Needs: needs(t, files)})
		var mistake *lock.SourceError
		if !errors.As(err, &mistake) || mistake.Diags[0].Pos.String() != "steps/steps.go:3:8" || !strings.Contains(mistake.Diags[0].Message, "example.com/absent") {
			t.Errorf("got %v", err)
		}
	})
}
