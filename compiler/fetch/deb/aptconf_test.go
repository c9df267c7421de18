package deb

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/deb/debtest"
	"bentoc.dev/compiler/fetch/fetchtest"
)

// TestAptProxyAndLogin has a mirror that only apt's proxy reaches, with a login
// that only apt's auth.conf has.
func TestAptProxyAndLogin(t *testing.T) {
	t.Parallel()
	m := debtest.NewMirror(t)
	m.Add(debtest.Libraries("2.36")...)
	files := http.FileServer(http.Dir(m.Dir))
	var asked atomic.Int32
	proxy := fetchtest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if r.URL.Host != "mirror.invalid" || user != "me" || password != "s3cret" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		asked.Add(1)
		http.StripPrefix("/debian", files).ServeHTTP(w, r)
	})
	dir := t.TempDir()
	for name, text := range map[string]string{
		"sources.list":            "deb [signed-by=" + m.Key.Write(t, filepath.Join(dir, "key.gpg")) + "] http://mirror.invalid/debian bookworm main\n",
		"apt.conf.d/80proxy":      "Acquire::http::Proxy \"http://wrong.invalid\";\nAcquire::http::Proxy::mirror.invalid \"" + proxy + "\";\nAcquire::https::Proxy \"DIRECT\";\n",
		"auth.conf.d/mirror.conf": "machine other.invalid login x password y\nmachine http://mirror.invalid/debian login me password s3cret\n",
	} {
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	c := newClient(t)
	c.aptDir = dir
	transport := &http.Transport{Proxy: fetch.ProxyFor}
	c.HTTP = &http.Client{Transport: transport}
	t.Cleanup(transport.CloseIdleConnections)
	if _, err := c.Find(t.Context(), "arm64", libraryNames); err != nil || asked.Load() < 6 {
		t.Errorf("%v after %d requests", err, asked.Load())
	}
	if err := os.Remove(filepath.Join(dir, "auth.conf.d/mirror.conf")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Find(t.Context(), "arm64", libraryNames); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("without the login: %v", err)
	}
}

func TestAptMachine(t *testing.T) {
	t.Parallel()
	for machine, uri := range map[string]string{
		"m.example": "http://m.example/debian", "m.example/other": "https://m.example/debian", "example": "https://m.example/debian",
	} {
		if u, err := url.Parse(uri); err != nil || aptMachine(machine, u) {
			t.Errorf("%s is taken for %s", machine, uri)
		}
	}
	for machine, uri := range map[string]string{
		"m.example": "https://m.example/debian", "m.example:8080/debian": "https://m.example:8080/debian", "http://m.example": "http://m.example:81/x",
	} {
		if u, err := url.Parse(uri); err != nil || !aptMachine(machine, u) {
			t.Errorf("%s is not taken for %s", machine, uri)
		}
	}
}

func TestSiblings(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"http://de.archive.example.com/ubuntu": "http://ports.example.com/ubuntu-ports", "http://ports.example.com/ubuntu-ports": "http://archive.example.com/ubuntu",
		"http://deb.example.org/debian": "", "file:///srv/ubuntu": "", "http://127.0.0.1:80/ubuntu": "", "http://mirror/ubuntu": "",
	} {
		s, ok := aptSource{uri: uri, apt: true}.sibling()
		if ok != (want != "") || ok && s.uri != want {
			t.Errorf("%s: %s", uri, s.uri)
		}
	}
}
