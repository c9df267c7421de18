package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/gomod"
	"bentoc.dev/compiler/lock"
	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/store"
)

// fakeProxy is a module proxy that serves what one lock names out of the shared
// store, with a fault. It needs no network once the store has been filled.
type fakeProxy struct {
	files map[string]string // by the path of the URL
	// cut makes the first answer for a zip end half-way.
	cut bool
	// wrong is a part of paths whose zips are another file's.
	wrong string

	mu  sync.Mutex
	log []string
	was map[string]bool // paths that were asked for
}

// scriptProxy starts a module proxy that serves what DIR/bento.lock names, and
// points GOPROXY there. GOMODCACHE becomes an empty folder.
func scriptProxy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: proxy whole|cut|wrong=PATH DIR")
	}
	p := &fakeProxy{cut: args[0] == "cut", was: map[string]bool{}}
	p.wrong, _ = strings.CutPrefix(args[0], "wrong=")
	if args[0] == "cut" || args[0] == "whole" {
		p.wrong = ""
	}
	var err error
	p.files, err = lockedFiles(ts.Getenv("BENTOC_STATE"), ts.ReadFile(filepath.Join(args[1], lock.FileName)), ts.MkAbs("proxy"))
	ts.Check(err)
	srv := httptest.NewServer(p)
	ts.Defer(srv.Close)
	ts.Setenv("GOPROXY", srv.URL)
	ts.Setenv("GOSUMDB", "off")
	ts.Setenv("GOFLAGS", "-modcacherw")
	ts.Setenv("GOMODCACHE", ts.MkAbs("modcache"))
	ts.Defer(func() { removeAll(ts.MkAbs("modcache")) })
	stateOf(ts).proxy = p
}

// scriptProxyLog writes what the proxy was asked for into a file.
func scriptProxyLog(ts *testscript.TestScript, neg bool, args []string) {
	p := stateOf(ts).proxy
	if neg || len(args) != 1 || p == nil {
		ts.Fatalf("usage: proxylog FILE, after proxy")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(p.log, "\n")+"\n"), 0o644))
}

// lockedFiles gives the files of a proxy that has the modules of a lock and this
// machine's toolchain. What is not in the state folder's store yet is fetched.
func lockedFiles(state, text, dir string) (map[string]string, error) {
	f, diags := lock.Parse(lock.FileName, []byte(text))
	if diags.HasErrors() {
		return nil, fmt.Errorf("reading the lock: %s", diags[0].Message)
	}
	st, err := store.Open(filepath.Join(state, "store"))
	if err != nil {
		return nil, err
	}
	defer st.Close()
	client, ctx, files := fetch.New(st), context.Background(), map[string]string{}
	sums := f.Modules()
	blobs, err := gomod.New(client, pin.Toolchain).Modules(ctx, sums)
	if err != nil {
		return nil, err
	}
	for i, m := range sums {
		name, err := m.File()
		if err != nil {
			return nil, err
		}
		files["/"+name] = st.Path(blobs[i].Digest)
		if base, isZip := strings.CutSuffix(name, ".zip"); isZip {
			files["/"+base+".info"] = filepath.Join(dir, filepath.Base(base)+".info")
			if err := writeWhole(files["/"+base+".info"], fmt.Appendf(nil, `{"Version":%q}`, m.Version)); err != nil {
				return nil, err
			}
		}
	}
	t, err := pin.Toolchain("linux/" + runtime.GOARCH)
	if err != nil {
		return nil, err
	}
	b, err := gomod.New(client, pin.Toolchain).Toolchain(ctx, t)
	files["/"+t.Module.Path+"/@v/"+t.Module.Version+".zip"] = st.Path(b.Digest)
	return files, err
}

// ServeHTTP serves one file.
func (p *fakeProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	first := !p.was[r.URL.Path]
	p.was[r.URL.Path] = true
	p.log = append(p.log, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+r.Header.Get("Range")))
	p.mu.Unlock()
	name := p.files[r.URL.Path]
	if name == "" {
		http.NotFound(w, r)
		return
	}
	data, err := os.ReadFile(name)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	isZip := strings.HasSuffix(r.URL.Path, ".zip")
	if isZip && p.wrong != "" && strings.Contains(r.URL.Path, p.wrong) {
		data = alterZip(data)
	}
	if isZip && p.cut && first {
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		w.Header().Set("ETag", `"whole"`)
		_, _ = w.Write(data[:len(data)/2]) // and net/http hangs up
		return
	}
	w.Header().Set("ETag", `"whole"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// alterZip gives a zip whose first file has one byte more.
func alterZip(data []byte) []byte {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i, f := range r.File {
		if i > 0 {
			err = errors.Join(err, w.Copy(f))
			continue
		}
		old, openErr := f.Open()
		altered, createErr := w.Create(f.Name)
		if err = errors.Join(openErr, createErr); err != nil {
			return nil
		}
		_, err = io.Copy(altered, io.MultiReader(old, strings.NewReader("\n")))
	}
	if errors.Join(err, w.Close()) != nil {
		return nil
	}
	return out.Bytes()
}
