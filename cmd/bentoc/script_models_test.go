package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"bentoc.dev/compiler/fetch/deb/debtest"
	"bentoc.dev/compiler/fetch/pypi/pypitest"
)

// modelCommands are the commands of scripts about models: files, and the indexes
// and mirrors that things come from. All of them are of this machine.
func modelCommands(cmds map[string]func(*testscript.TestScript, bool, []string)) map[string]func(*testscript.TestScript, bool, []string) {
	cmds["onnx"], cmds["wheel"], cmds["pypi"], cmds["debs"] = scriptONNX, scriptWheel, scriptPyPI, scriptDebs
	cmds["seed"], cmds["only"], cmds["httpproxy"] = scriptSeed, scriptOnly, scriptHTTPProxy
	return cmds
}

// origins are where a script's wheels and Debian packages come from.
type origins struct {
	tb     testing.TB
	index  *pypitest.Index
	mirror *debtest.Mirror
}

// originsOf gives the index and the mirror of a script, empty at first.
func originsOf(ts *testscript.TestScript) *origins {
	o := &stateOf(ts).origins
	if o.index == nil {
		o.index, o.mirror = pypitest.NewIndex(o.tb), debtest.NewMirror(o.tb)
	}
	return o
}

// scriptWheel puts a wheel on the script's package index.
func scriptWheel(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || !strings.HasSuffix(args[0], ".whl") {
		ts.Fatalf("usage: wheel FILE.whl [yanked=WHY] [PATH=FILE…]")
	}
	files, attributes := map[string]string{}, ""
	for _, a := range args[1:] {
		name, value, _ := strings.Cut(a, "=")
		if name == "yanked" {
			attributes = "data-yanked=" + strconv.Quote(value)
			continue
		}
		files[name] = ts.ReadFile(value)
	}
	o := originsOf(ts)
	project, _, _ := strings.Cut(args[0], "-")
	o.index.Add(strings.ReplaceAll(project, "_", "-"), args[0], pypitest.Wheel(o.tb, files), attributes)
}

// scriptPyPI serves the script's package index and points pip's setting there.
// With a password, me:PASSWORD is asked for.
func scriptPyPI(ts *testscript.TestScript, neg bool, args []string) {
	fault := strings.Join(args, " ")
	if neg || len(args) != 1 {
		ts.Fatalf("usage: pypi whole|tampered|down|CODE|password=PASSWORD")
	}
	password, locked := strings.CutPrefix(fault, "password=")
	if locked {
		fault = "whole"
	}
	url := serveOrigin(ts, originsOf(ts).index.Dir, ".whl", fault, func(r *http.Request) bool {
		user, got, _ := r.BasicAuth()
		return !locked || user == "me" && got == password
	})
	ts.Setenv("PIP_INDEX_URL", url+"/")
}

// scriptDebs serves a Debian mirror with the libraries that libonnxruntime
// needs, and points bentoc's settings there.
func scriptDebs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: debs whole|tampered|expired|unsigned|otherkey|othersuite|altered|down|CODE [VERSION]")
	}
	o := originsOf(ts)
	m, fault := o.mirror, args[0]
	keyring := m.Key.Write(o.tb, ts.MkAbs("keyring.gpg"))
	m.ValidUntil, m.Codename, m.Called = time.Now().Add(24*time.Hour), "bookworm", "stable"
	switch fault {
	case "expired":
		m.ValidUntil = time.Date(2024, time.May, 1, 0, 0, 0, 0, time.UTC)
	case "othersuite":
		m.Codename, m.Called = "bullseye", "oldstable"
	case "otherkey":
		m.Key = debtest.NewKey(o.tb)
	}
	if len(args) == 2 {
		m.Add(debtest.Libraries(args[1])...)
	}
	m.Publish()
	signed := ts.ReadFile(m.InRelease())
	spoilt := map[string]string{
		"unsigned": strings.Replace(signed, "-----BEGIN PGP SIGNED MESSAGE-----", "", 1),
		"altered":  strings.Replace(signed, "Suite: stable", "Suite: oldstable", 1),
	}
	if text := spoilt[fault]; text != "" {
		ts.Check(os.WriteFile(m.InRelease(), []byte(text), 0o644))
		fault = "whole"
	}
	url := serveOrigin(ts, m.Dir, ".deb", fault, func(*http.Request) bool { return true })
	ts.Setenv("BENTOC_DEB_MIRROR", url)
	ts.Setenv("BENTOC_DEB_SUITE", m.Suite)
	ts.Setenv("BENTOC_DEB_KEYRING", keyring)
}

// serveOrigin serves a folder with a fault: a status for everything, or files of
// an ending with one byte changed. It gives the URL.
func serveOrigin(ts *testscript.TestScript, dir, ending, fault string, allowed func(*http.Request) bool) string {
	code, _ := strconv.Atoi(fault)
	files := http.FileServer(http.Dir(dir))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case code != 0:
			w.WriteHeader(code)
		case !allowed(r):
			w.Header().Set("WWW-Authenticate", `Basic realm="index"`)
			w.WriteHeader(http.StatusUnauthorized)
		case fault == "tampered" && strings.HasSuffix(r.URL.Path, ending):
			data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(r.URL.Path)))
			if err != nil {
				http.NotFound(w, r)
				return
			}
			data[len(data)/2] ^= 1
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
		default:
			files.ServeHTTP(w, r)
		}
	}))
	if fault == "down" {
		srv.Close()
	} else {
		ts.Defer(srv.Close)
	}
	ts.Setenv("ORIGIN", srv.URL)
	return srv.URL
}

// scriptHTTPProxy points the proxy settings at a proxy that answers everything
// with one status.
func scriptHTTPProxy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: httpproxy CODE|down")
	}
	url := serveOrigin(ts, ts.MkAbs("."), "", args[0], func(*http.Request) bool { return true })
	ts.Setenv("HTTP_PROXY", url)
	ts.Setenv("HTTPS_PROXY", url)
	ts.Setenv("NO_PROXY", "")
}

// scriptOnly makes PATH a folder with a few programs alone.
func scriptOnly(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: only PROGRAM…")
	}
	dir := ts.MkAbs("only")
	ts.Check(os.MkdirAll(dir, 0o755))
	for _, name := range args {
		ts.Check(os.Symlink(scriptProgram(ts, name), filepath.Join(dir, name)))
	}
	ts.Setenv("PATH", dir)
}

// scriptSeed makes a state folder that has nothing but the Go toolchain and the
// modules that DIR/bento.lock names, and sets BENTOC_STATE to it.
func scriptSeed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: seed STATE DIR")
	}
	shared := ts.Getenv("BENTOC_STATE")
	text := ts.ReadFile(filepath.Join(args[1], "bento.lock"))
	files, err := lockedFiles(shared, text, ts.MkAbs(args[0]))
	ts.Check(err)
	to := filepath.Join(ts.MkAbs(args[0]), "store")
	for _, from := range files {
		if strings.HasPrefix(from, shared) {
			linkOrCopy(ts, from, filepath.Join(to, strings.TrimPrefix(from, filepath.Join(shared, "store"))))
		}
	}
	ts.Check(os.MkdirAll(filepath.Join(to, "memo"), 0o755))
	ts.Check(os.CopyFS(filepath.Join(to, "memo", "gomod"), os.DirFS(filepath.Join(shared, "store", "memo", "gomod"))))
	ts.Setenv("BENTOC_STATE", ts.MkAbs(args[0]))
}

func linkOrCopy(ts *testscript.TestScript, from, to string) {
	ts.Check(os.MkdirAll(filepath.Dir(to), 0o755))
	if os.Link(from, to) == nil {
		return
	}
	data, err := os.ReadFile(from)
	ts.Check(err)
	ts.Check(os.WriteFile(to, data, 0o644))
}
