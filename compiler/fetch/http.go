package fetch

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"bentoc.dev/compiler/fetch/store"
)

// remoteFile is a file behind a URL.
type remoteFile struct {
	name string // for people
	key  string // names the content, whatever host serves it
	url  string
	// sha256 is the digest expected, sha256:HEX, or "" when check decides.
	sha256 string
	// check, if set, is asked about the whole file at path.
	check func(path string) error
}

// sure reports whether the content is known before it is fetched.
func (r remoteFile) sure() bool { return r.sha256 != "" || r.check != nil }

// statusError is an answer that is not the file.
type statusError struct {
	url    string
	status int
	wait   time.Duration // what Retry-After asks for
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%s answered %d %s", e.url, e.status, http.StatusText(e.status))
}

// cureOf gives the cure for an error of the way to a server: a proxy that does
// not let through, or credentials that are missing; else the cure otherwise.
func cureOf(err error, otherwise string) string {
	var s *statusError
	var op *net.OpError
	refused := errors.As(err, &s)
	switch {
	case refused && s.status == http.StatusProxyAuthRequired, errors.As(err, &op) && op.Op == "proxyconnect":
		return "see that HTTP_PROXY and HTTPS_PROXY name a proxy that lets you through; hosts in NO_PROXY are asked directly"
	case refused && (s.status == http.StatusUnauthorized || s.status == http.StatusForbidden):
		return "put the login and password for that host into ~/.netrc, or into the file that NETRC names"
	}
	return otherwise
}

// notFound reports whether err says that the server has no such file.
func notFound(err error) bool {
	var s *statusError
	return errors.As(err, &s) && (s.status == http.StatusNotFound || s.status == http.StatusGone)
}

// File fetches the file behind rawURL, whose digest must be sum (sha256:HEX),
// into the store. A file that is there already is not asked for again. Name is
// what errors call it.
func (c *Client) File(ctx context.Context, name, rawURL, sum string) (store.Blob, error) {
	var b store.Blob
	if c.Store.Memo("file-size", sum, &b) && c.Store.Has(b) {
		return b, nil
	}
	b, err := c.download(ctx, remoteFile{name: name, key: sum, url: rawURL, sha256: sum})
	if err != nil {
		return store.Blob{}, err
	}
	return b, c.Store.SetMemo("file-size", sum, b)
}

// download fetches r into the store. What arrives is kept in a partial file, so
// that a cut download goes on where it stopped, in this process or the next.
func (c *Client) download(ctx context.Context, r remoteFile) (b store.Blob, err error) {
	release, err := c.acquire(ctx)
	if err != nil {
		return b, err
	}
	defer release()
	there := false
	err = c.Store.Exclusive(ctx, "download "+r.key, func() error {
		if there = r.sure() && c.Store.Memo("download", r.key, &b) && c.Store.Has(b); there {
			return nil // another one brought it while this one waited
		}
		if b, err = c.fetchPartial(ctx, r); err != nil || !r.sure() {
			return err
		}
		return c.Store.SetMemo("download", r.key, b)
	})
	if err != nil {
		return store.Blob{}, fmt.Errorf("fetching %s: %w", r.name, err)
	}
	if there {
		return b, nil
	}
	c.progress(Progress{Name: r.name, Done: b.Size, Total: b.Size, Finished: true})
	return b, nil
}

func (c *Client) fetchPartial(ctx context.Context, r remoteFile) (store.Blob, error) {
	p, err := openPartial(c.Store, r.key)
	if err != nil {
		return store.Blob{}, err
	}
	defer p.close()
	resumed := p.size > 0
	if err := c.fill(ctx, r, p); err != nil {
		return store.Blob{}, err
	}
	b, err := p.finish(c.Store, r)
	if err == nil || !resumed {
		return b, err
	}
	// The half from before may be another version's half: once more, from the start.
	if err := p.restart(); err != nil {
		return store.Blob{}, err
	}
	if err := c.fill(ctx, r, p); err != nil {
		return store.Blob{}, err
	}
	return p.finish(c.Store, r)
}

// fill asks for the rest of the file until it is whole. Each attempt that gets
// something on gives the next ones new patience.
func (c *Client) fill(ctx context.Context, r remoteFile, p *partial) error {
	const attempts, limit = 4, 100
	delay, left := c.retryDelay, attempts
	for range limit {
		before := p.size
		err := c.attempt(ctx, r, p)
		if err == nil {
			return nil
		}
		if p.size > before {
			delay, left = c.retryDelay, attempts
		}
		wait, again := retryAfter(err)
		if left--; !again || left == 0 || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(max(wait, delay)):
			delay *= 2
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return fmt.Errorf("%s cuts every download", redact(r.url))
}

// errStalled is why a download that gets nothing is cut.
var errStalled = errors.New("the server stopped sending")

func (c *Client) attempt(ctx context.Context, r remoteFile, p *partial) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	res, err := c.get(ctx, r.url, p)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	total := int64(0)
	switch res.StatusCode {
	case http.StatusPartialContent:
		if !strings.HasPrefix(res.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", p.size)) {
			return errors.Join(fmt.Errorf("%s sent another part than was asked for", redact(r.url)), p.restart())
		}
		total = p.size + max(res.ContentLength, 0)
	case http.StatusOK:
		total = max(res.ContentLength, 0)
		if err := p.begin(res.Header); err != nil {
			return err
		}
	case http.StatusRequestedRangeNotSatisfiable:
		// Either it is whole already or it is something else: the digest tells.
		return nil
	}
	watch := time.AfterFunc(c.stall, func() { cancel(errStalled) })
	defer watch.Stop()
	_, err = io.Copy(p, &progressReader{c: c, r: res.Body, watch: watch, p: Progress{Name: r.name, Done: p.size, Total: total}})
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return err
}

// get sends the request and turns answers that are no file into errors.
func (c *Client) get(ctx context.Context, rawURL string, p *partial) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, rawURL, nil)
	if err != nil {
		return nil, redactError(err)
	}
	req.Header.Set("Accept-Encoding", "identity") // ranges count bytes of the file itself
	req.Header.Set("User-Agent", "bentoc")
	if p != nil && p.size > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", p.size))
		if p.meta.Validator != "" {
			req.Header.Set("If-Range", p.meta.Validator)
		}
	}
	c.authorize(req)
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, redactError(err)
	}
	switch res.StatusCode {
	case http.StatusOK, http.StatusPartialContent:
		return res, nil
	case http.StatusRequestedRangeNotSatisfiable:
		if p != nil && p.size > 0 {
			return res, nil
		}
	}
	res.Body.Close()
	return nil, newStatusError(rawURL, res)
}

func newStatusError(rawURL string, res *http.Response) error {
	seconds, _ := strconv.Atoi(res.Header.Get("Retry-After"))
	return &statusError{url: redact(rawURL), status: res.StatusCode, wait: min(time.Duration(seconds)*time.Second, 30*time.Second)}
}

// retryAfter tells whether another attempt may help, and how long to wait at least.
func retryAfter(err error) (time.Duration, bool) {
	var s *statusError
	if errors.As(err, &s) {
		return s.wait, s.status >= 500 || s.status == http.StatusTooManyRequests || s.status == http.StatusRequestTimeout
	}
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var file *os.PathError
	never := errors.As(err, &dns) && dns.IsNotFound || errors.As(err, &unknown) || errors.As(err, &host) ||
		errors.As(err, &file) || errors.Is(err, context.Canceled) || errors.Is(err, syscall.ECONNREFUSED)
	return 0, !never
}

// redact takes the password out of a URL.
func redact(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return "the URL"
	}
	return u.Redacted()
}

// redactError takes the password out of the URL that net/http puts into its
// errors, and the verb: the error is about a file, not about a request.
func redactError(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return fmt.Errorf("asking %s: %w", redact(u.URL), u.Err)
	}
	return err
}

type progressReader struct {
	c     *Client
	r     io.Reader
	watch *time.Timer
	p     Progress
}

func (r *progressReader) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	if n > 0 {
		r.watch.Reset(r.c.stall)
		r.p.Done += int64(n)
		r.c.progress(r.p)
	}
	return n, err
}
