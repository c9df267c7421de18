package fetch

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bentoc.dev/compiler/store"
)

// newClient gives a client on an empty store and an empty environment.
func newClient(t *testing.T, env ...string) *Client {
	t.Helper()
	s, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c := New(s)
	c.Env, c.RetryDelay = env, time.Millisecond
	c.HTTP = &http.Client{Transport: &http.Transport{}}
	t.Cleanup(c.HTTP.CloseIdleConnections)
	return c
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

var content = bytes.Repeat([]byte("0123456789abcdef"), 1<<14) // 256 KiB

// cutting serves content, ending each answer after n bytes while cuts is above 0.
func cutting(n int, cuts *atomic.Int32, ranges *[]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*ranges = append(*ranges, r.Header.Get("Range"))
		w.Header().Set("ETag", `"v1"`)
		if cuts.Add(-1) >= 0 {
			w = &cutWriter{ResponseWriter: w, left: n}
		}
		http.ServeContent(w, r, "f", time.Time{}, bytes.NewReader(content))
	}
}

type cutWriter struct {
	http.ResponseWriter
	left int
}

func (w *cutWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		panic(http.ErrAbortHandler)
	}
	return w.ResponseWriter.Write(p)
}

func TestCutDownloadGoesOn(t *testing.T) {
	t.Parallel()
	var cuts atomic.Int32
	cuts.Store(3)
	var ranges []string
	url := serve(t, cutting(100_000, &cuts, &ranges))
	c := newClient(t)
	b, err := c.File(t.Context(), "weights", url, store.DigestOf(content))
	if err != nil {
		t.Fatal(err)
	}
	if b.Size != int64(len(content)) || !c.Store.Has(b) {
		t.Errorf("got %+v", b)
	}
	if len(ranges) < 2 || ranges[0] != "" || !strings.HasPrefix(ranges[1], "bytes=") {
		t.Errorf("ranges asked for: %q", ranges)
	}
	asked := len(ranges)
	if _, err := c.File(t.Context(), "weights", url, b.Digest); err != nil || len(ranges) != asked {
		t.Errorf("the second time asked the server again: %v", err)
	}
}

func TestCutDownloadGoesOnInTheNextProcess(t *testing.T) {
	t.Parallel()
	var cuts atomic.Int32
	cuts.Store(1 << 20)
	var ranges []string
	url := serve(t, cutting(100_000, &cuts, &ranges))
	c := newClient(t)
	c.Env = nil
	ctx := t.Context()
	// Every attempt gets 96 KiB or so on, but the server gives up after the first.
	old := c.HTTP
	c.HTTP = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		if len(ranges) > 0 {
			return nil, errors.New("network is gone")
		}
		return old.Do(r)
	})}
	if _, err := c.File(ctx, "weights", url, store.DigestOf(content)); err == nil {
		t.Fatal("a cut download was taken for whole")
	}
	cuts.Store(0)
	c.HTTP = old
	if _, err := c.File(ctx, "weights", url, store.DigestOf(content)); err != nil {
		t.Fatal(err)
	}
	if last := ranges[len(ranges)-1]; !strings.HasPrefix(last, "bytes=") {
		t.Errorf("the next process began anew: %q", ranges)
	}
	if left, _ := os.ReadDir(filepath.Join(c.Store.Dir(), "partial")); len(left) != 0 {
		t.Errorf("left in partial: %v", left)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestPartialOfAnotherVersionIsThrownAway(t *testing.T) {
	t.Parallel()
	// The server has no validators, so the halves cannot be told apart at once.
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "f", time.Time{}, bytes.NewReader(content))
	})
	c := newClient(t)
	sum := store.DigestOf(content)
	p, err := openPartial(c.Store, sum)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write([]byte("the start of something else")); err != nil {
		t.Fatal(err)
	}
	p.close()
	if _, err := c.File(t.Context(), "weights", url, sum); err != nil {
		t.Error(err)
	}
}

func TestWrongDigestKeepsNothing(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "evil") })
	c := newClient(t)
	want := store.DigestOf([]byte("good"))
	_, err := c.File(t.Context(), "weights", url, want)
	var bad *store.DigestError
	if !errors.As(err, &bad) || bad.Want != want || bad.Got != store.DigestOf([]byte("evil")) {
		t.Fatalf("got %v", err)
	}
	for _, dir := range []string{"partial", "blobs/sha256"} {
		if left, _ := os.ReadDir(filepath.Join(c.Store.Dir(), dir)); len(left) != 0 {
			t.Errorf("left in %s: %v", dir, left)
		}
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]int32{http.StatusServiceUnavailable: 4, http.StatusTooManyRequests: 4, http.StatusNotFound: 1, http.StatusUnauthorized: 1} {
		var asked atomic.Int32
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) { asked.Add(1); w.WriteHeader(status) })
		_, err := newClient(t).File(t.Context(), "weights", url, "sha256:00")
		if err == nil || !strings.Contains(err.Error(), fmt.Sprint("answered ", status)) || !strings.Contains(err.Error(), "weights") {
			t.Errorf("%d: %v", status, err)
		}
		if n := asked.Load(); n != want {
			t.Errorf("%d: asked %d times, want %d", status, n, want)
		}
	}
}

func TestStalledDownloadIsCut(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			_, _ = w.Write(content[:1000])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return
		}
		http.ServeContent(w, r, "f", time.Time{}, bytes.NewReader(content))
	})
	c := newClient(t)
	c.Stall = 50 * time.Millisecond
	if _, err := c.File(t.Context(), "weights", url, store.DigestOf(content)); err != nil {
		t.Error(err)
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "ada" || password != "s3cret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write(content)
	})
	netrc := filepath.Join(t.TempDir(), "netrc")
	text := "# mine\nmachine other login x password y\nmachine 127.0.0.1\n  login ada\n  password s3cret\ndefault login z password z\n"
	if err := os.WriteFile(netrc, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	sum := store.DigestOf(content)
	if _, err := newClient(t, "NETRC="+netrc).File(t.Context(), "weights", url, sum); err != nil {
		t.Error(err)
	}
	withUser := strings.Replace(url, "http://", "http://bob:hunter2@", 1)
	_, err := newClient(t).File(t.Context(), "weights", withUser, sum)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
	_, err = newClient(t).File(t.Context(), "weights", "http://bob:hunter2@127.0.0.1:1/x", sum)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

func TestCertificateFile(t *testing.T) {
	t.Parallel()
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) }))
	t.Cleanup(srv.Close)
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o644); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, "SSL_CERT_FILE="+path)
	if _, err := c.File(t.Context(), "weights", srv.URL, store.DigestOf(content)); err == nil {
		t.Error("an unknown authority was trusted")
	}
	tr, err := newTransport(c.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.CloseIdleConnections()
	c.HTTP = &http.Client{Transport: tr}
	if _, err := c.File(t.Context(), "weights", srv.URL, store.DigestOf(content)); err != nil {
		t.Error(err)
	}
}
