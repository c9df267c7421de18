package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bentoc.dev/compiler/store"
)

// unsteady is a server whose file changes while it is fetched and whose answers
// are cut. Its zero value has no validators and serves no parts.
type unsteady struct {
	random   *rand.Rand
	versions [][]byte
	now      int  // the version that is served
	ranges   bool // whether parts are served
	ifRange  bool // whether If-Range is heeded
	tag      string
	changed  time.Duration // how old Last-Modified is, 0 for none
	bare     bool          // whether parts come without validators
	unsized  bool          // whether answers come without their length
	faults   int           // how many more there are
}

// settings are the ways in which a server may go wrong.
func settings(r *rand.Rand) *unsteady {
	return &unsteady{
		random: r, ranges: r.IntN(4) > 0, ifRange: r.IntN(2) == 0, tag: []string{"", `"%d"`, `W/"%d"`}[r.IntN(3)],
		changed: []time.Duration{0, time.Second, time.Hour}[r.IntN(3)], bare: r.IntN(3) == 0, unsized: r.IntN(3) == 0, faults: 2 + r.IntN(4),
	}
}

func (s *unsteady) RoundTrip(req *http.Request) (*http.Response, error) {
	if s.faults > 0 && s.random.IntN(2) == 0 {
		s.now = s.random.IntN(len(s.versions))
	}
	data, h := s.versions[s.now], http.Header{}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	h.Set("Date", start.Format(http.TimeFormat))
	if s.tag != "" {
		h.Set("ETag", fmt.Sprintf(s.tag, s.now))
	}
	if s.changed > 0 {
		at := start.Add(-s.changed)
		if s.changed > time.Minute { // versions of one second can not be told apart
			at = at.Add(time.Duration(s.now) * time.Second)
		}
		h.Set("Last-Modified", at.Format(http.TimeFormat))
	}
	res := &http.Response{StatusCode: http.StatusOK, Header: h, Request: req, ContentLength: int64(len(data))}
	var from int
	if n, _ := fmt.Sscanf(req.Header.Get("Range"), "bytes=%d-", &from); n == 1 && s.ranges && s.matches(req.Header.Get("If-Range"), h) {
		if from >= len(data) {
			res.StatusCode, res.Body = http.StatusRequestedRangeNotSatisfiable, http.NoBody
			return res, nil
		}
		h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(data)-1, len(data)))
		if s.bare {
			h.Del("ETag")
			h.Del("Last-Modified")
		}
		data, res.StatusCode = data[from:], http.StatusPartialContent
	}
	res.ContentLength = int64(len(data))
	if s.unsized {
		res.ContentLength = -1
	}
	var end error = io.EOF
	if s.faults > 0 {
		s.faults--
		data, end = data[:s.random.IntN(len(data)+1)], io.ErrUnexpectedEOF
	}
	res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(data), failing{end}))
	return res, nil
}

func (s *unsteady) matches(condition string, h http.Header) bool {
	return !s.ifRange || condition == "" || condition == h.Get("ETag") || condition == h.Get("Last-Modified")
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestHalvesOfTwoVersions has a file change while it is fetched, in every way that
// servers are known for: what lands in the store is one version, whole.
func TestHalvesOfTwoVersions(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 0))
	c := newClient(t)
	for i := range 300 {
		s := settings(r)
		for v := range 2 + r.IntN(2) {
			s.versions = append(s.versions, bytes.Repeat([]byte{byte(i), byte(i >> 8), byte('a' + v)}, 10+r.IntN(2)*r.IntN(20)))
		}
		how := fmt.Sprintf("%+v", *s)
		c.HTTP, c.RetryDelay = &http.Client{Transport: s}, time.Nanosecond
		file := Remote{Name: "f", Key: fmt.Sprint("wheel f ", i), URL: "http://h.test/f"}
		if r.IntN(2) == 0 {
			file.SHA256 = store.DigestOf(s.versions[0])
		}
		b, err := c.Download(t.Context(), file)
		if err != nil { // and on in the next process
			b, err = c.Download(t.Context(), file)
		}
		var bad *store.DigestError
		if err != nil && (file.SHA256 == "" || !errors.As(err, &bad)) {
			t.Errorf("%v\n%s", err, how)
			continue
		}
		if err != nil {
			continue
		}
		data, err := c.Store.ReadBytes(b.Digest)
		if err != nil {
			t.Error(err)
		}
		one := false
		for v, version := range s.versions {
			one = one || bytes.Equal(data, version) && (file.SHA256 == "" || v == 0)
		}
		if !one {
			t.Errorf("stored %q\n%s", data, how)
		}
	}
}

// TestPartsThatWereNotAskedFor has a server answer with parts as it likes.
func TestPartsThatWereNotAskedFor(t *testing.T) {
	t.Parallel()
	for _, says := range []string{"bytes 0-3/8", "bytes 4-7/8", "bytes */8", "", "items 0-7/8", "bytes 0-7/8"} {
		c := newClient(t)
		c.RetryDelay = time.Nanosecond
		c.HTTP = &http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
			h := http.Header{"Content-Range": {says}}
			return &http.Response{StatusCode: http.StatusPartialContent, Header: h, Request: req, Body: io.NopCloser(strings.NewReader("half")), ContentLength: 4}, nil
		})}
		if b, err := c.Download(t.Context(), Remote{Name: "f", Key: "f", URL: "http://h.test/f"}); err == nil {
			t.Errorf("%q: stored %+v", says, b)
		}
	}
}

// TestSlowIsNotStalled has an index page and a file come for minutes, a little at
// a time, and then not at all.
func TestSlowIsNotStalled(t *testing.T) {
	t.Parallel()
	for _, stalls := range []bool{false, true} {
		c := newClient(t)
		synctest.Test(t, func(t *testing.T) {
			c.Stall = time.Minute
			c.HTTP = &http.Client{Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
				time.Sleep(50 * time.Second) // before the headers
				body := &trickle{ctx: req.Context(), left: 10, every: 50 * time.Second, stalls: stalls}
				return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: req, Body: body, ContentLength: -1}, nil
			})}
			d, err := c.Page(t.Context(), "http://h.test/", "")
			if stalls != errors.Is(err, errStalled) || !stalls && string(d.Body) != "..........x" {
				t.Errorf("stalls %t: page %q, %v", stalls, d.Body, err)
			}
			_, err = c.fetchPartial(t.Context(), Remote{Name: "f", Key: "f", URL: "http://h.test/f", SHA256: store.DigestOf([]byte("..........x"))})
			if stalls != errors.Is(err, errStalled) || !stalls && err != nil {
				t.Errorf("stalls %t: file %v", stalls, err)
			}
		})
	}
}

// trickle gives a byte every so often, and an x at the end or nothing more.
type trickle struct {
	ctx    context.Context
	left   int
	every  time.Duration
	stalls bool
	done   bool
}

func (b *trickle) Read(p []byte) (int, error) {
	if b.done {
		return 0, io.EOF
	}
	wait := b.every
	if b.left == 0 && b.stalls {
		wait = 24 * time.Hour
	}
	select {
	case <-time.After(wait):
	case <-b.ctx.Done():
		return 0, b.ctx.Err()
	}
	p[0] = '.'
	if b.left--; b.left < 0 {
		p[0], b.done = 'x', true
	}
	return 1, nil
}

func (b *trickle) Close() error { return nil }

// TestCompressedOnTheWay has a server compress what it was asked not to, and one
// call an archive compressed.
func TestCompressedOnTheWay(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(content); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	})
	for name, want := range map[string][]byte{"plain": content, "archive": packed.Bytes()} {
		c := newClient(t)
		if b, err := c.File(t.Context(), name, url, store.DigestOf(want)); err != nil || b.Size != int64(len(want)) || !c.Store.Has(b) {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
		if left, _ := os.ReadDir(c.Store.Dir() + "/partial"); len(left) != 0 {
			t.Errorf("%s: left %v", name, left)
		}
	}
}

// TestEndlessFile has a server send without end.
func TestEndlessFile(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			n, err := w.Write(content)
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	})
	c := newClient(t)
	_, err := c.FileOf(t.Context(), "weights", url, store.Blob{Digest: store.DigestOf(nil), Size: 1000})
	if err == nil || !strings.Contains(err.Error(), "weights has 1000 bytes") {
		t.Error(err)
	}
	if n := sent.Load(); n > 64<<20 {
		t.Errorf("read %d bytes", n)
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	var plain string
	plain = serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, plain+"/loop?secret=s3cret", http.StatusFound)
		case "/gone":
			http.Redirect(w, r, plain+"/refused?secret=s3cret", http.StatusFound)
		case "/refused":
			if _, _, ok := r.BasicAuth(); ok && r.Host != strings.TrimPrefix(plain, "http://") {
				t.Error("a password went to another host")
			}
			w.WriteHeader(http.StatusForbidden)
		default:
			_, _ = w.Write(content)
		}
	})
	c := newClient(t)
	c.HTTP.CheckRedirect = checkRedirect
	for path, text := range map[string]string{"/loop": "redirected 10 times", "/gone": plain + "/gone, which led to " + plain + "/refused, answered 403"} {
		_, err := c.File(t.Context(), "weights", plain+path, store.DigestOf(content))
		if err == nil || !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", path, err)
		}
	}
	secure := &http.Client{CheckRedirect: checkRedirect, Transport: roundTripper(func(req *http.Request) (*http.Response, error) {
		if req.URL.Scheme == "https" {
			h := http.Header{"Location": {plain + "/file"}}
			return &http.Response{StatusCode: http.StatusFound, Header: h, Request: req, Body: http.NoBody}, nil
		}
		return http.DefaultTransport.RoundTrip(req)
	})}
	c.HTTP = secure
	if _, err := c.Page(t.Context(), "https://h.test/", ""); !errors.Is(err, errDowngrade) {
		t.Errorf("a page left TLS: %v", err)
	}
	if _, err := c.File(t.Context(), "weights", "https://h.test/file", store.DigestOf(content)); err != nil {
		t.Errorf("a file with a digest: %v", err)
	}
}
