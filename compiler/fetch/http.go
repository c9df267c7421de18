package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"bentoc.dev/compiler/store"
)

// Remote is a file behind a URL.
type Remote struct {
	Name string // for people
	Key  string // names the content, whatever host serves it
	URL  string
	// SHA256 is the digest expected, sha256:HEX, or "" when Check decides.
	SHA256 string
	// Size is how many bytes are expected, 0 when that is not known.
	Size int64
	// Check, if set, is asked about the whole file at path.
	Check func(path string) error
}

// sure reports whether the content is known before it is fetched.
func (r Remote) sure() bool { return r.SHA256 != "" || r.Check != nil }

// File fetches the file behind rawURL, whose digest must be sum (sha256:HEX),
// into the store. A file that is there already is not asked for again. Name is
// what errors call it.
func (c *Client) File(ctx context.Context, name, rawURL, sum string) (store.Blob, error) {
	return c.FileOf(ctx, name, rawURL, store.Blob{Digest: sum})
}

// FileOf is File for a file whose size is known too, unless that is 0.
func (c *Client) FileOf(ctx context.Context, name, rawURL string, want store.Blob) (store.Blob, error) {
	var b store.Blob
	sum := want.Digest
	if c.Store.Memo("file-size", sum, &b) && c.Store.Has(b) {
		return b, nil
	}
	b, err := c.Download(ctx, Remote{Name: name, Key: sum, URL: rawURL, SHA256: sum, Size: want.Size})
	if err != nil {
		return store.Blob{}, err
	}
	return b, c.Store.SetMemo("file-size", sum, b)
}

// Download fetches r into the store. What arrives is kept in a partial file, so
// that a cut download goes on where it stopped, in this process or the next.
func (c *Client) Download(ctx context.Context, r Remote) (b store.Blob, err error) {
	release, err := c.Acquire(ctx)
	if err != nil {
		return b, err
	}
	defer release()
	there := false
	err = c.Store.Exclusive(ctx, "download "+r.Key, func() error {
		if there = r.sure() && c.Store.Memo("download", r.Key, &b) && c.Store.Has(b); there {
			return nil // another one brought it while this one waited
		}
		if b, err = c.fetchPartial(ctx, r); err != nil || !r.sure() {
			return err
		}
		return c.Store.SetMemo("download", r.Key, b)
	})
	if err != nil {
		return store.Blob{}, fmt.Errorf("fetching %s: %w", r.Name, err)
	}
	if there {
		return b, nil
	}
	c.Report(Progress{Name: r.Name, Done: b.Size, Total: b.Size, Finished: true})
	return b, nil
}

func (c *Client) fetchPartial(ctx context.Context, r Remote) (store.Blob, error) {
	p, err := openPartial(c.Store, r.Key)
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
func (c *Client) fill(ctx context.Context, r Remote, p *partial) error {
	const attempts, limit = 4, 100
	delay, left := c.RetryDelay, attempts
	for range limit {
		before := p.size
		err := c.attempt(ctx, r, p)
		if err == nil {
			return nil
		}
		if p.size > before {
			delay, left = c.RetryDelay, attempts
		}
		wait, again := RetryAfter(err)
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
	return fmt.Errorf("%s cuts every download", Redact(r.URL))
}

// errCut says that an answer ended before the file did.
var errCut = errors.New("the server cut the download")

func (c *Client) attempt(ctx context.Context, r Remote, p *partial) error {
	if err := p.prepare(r); err != nil {
		return err
	}
	ctx, watch := c.watch(ctx)
	defer watch.stop()
	res, err := c.get(ctx, r, p)
	if err != nil {
		return watch.because(err)
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusPartialContent:
		if err := p.continues(res, r); err != nil {
			return errors.Join(fmt.Errorf("%s sent another part than was asked for: %w", Redact(r.URL), err), p.restart())
		}
	case http.StatusOK:
		if err := p.begin(res); err != nil {
			return err
		}
	case http.StatusRequestedRangeNotSatisfiable:
		if !r.sure() {
			return errors.Join(fmt.Errorf("%s has become shorter", Redact(r.URL)), p.restart())
		}
		// Either it is whole already or it is something else: the digest tells.
		return nil
	}
	body := &progressReader{c: c, r: watch.reader(res.Body), p: Progress{Name: r.Name, Done: p.size, Total: p.meta.Size}}
	if _, err = io.Copy(p, r.bounded(body)); err != nil {
		return watch.because(err)
	}
	if p.meta.Size > 0 && p.size < p.meta.Size {
		return errCut
	}
	return nil
}

// bounded stops reading what can not be the file any more, since a server that
// never ends would fill the disk. Somewhat more than the size is read, so that
// a file that has changed is told by its checksum.
func (r Remote) bounded(body io.Reader) io.Reader {
	if r.Size == 0 {
		return body
	}
	return &boundedReader{r: body, left: 2*r.Size + 1<<20, err: &sizeError{r.Name, r.Size}}
}

type boundedReader struct {
	r    io.Reader
	left int64
	err  error
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, b.err
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	return n, err
}

// sizeError says that a file is far larger than it should be.
type sizeError struct {
	name string
	size int64
}

func (e *sizeError) Error() string {
	return fmt.Sprintf("%s has %d bytes, and the server sends more than twice as many", e.name, e.size)
}

// get sends the request and turns answers that are no file into errors.
func (c *Client) get(ctx context.Context, r Remote, p *partial) (*http.Response, error) {
	if !r.sure() {
		ctx = context.WithValue(ctx, believed{}, true)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL, nil)
	if err != nil {
		return nil, RedactError(err)
	}
	req.Header.Set("Accept-Encoding", "identity") // ranges count bytes of the file itself
	req.Header.Set("User-Agent", "bentoc")
	if p.size > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", p.size))
		if p.meta.Validator != "" {
			req.Header.Set("If-Range", p.meta.Validator)
		}
	}
	c.authorize(req)
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, RedactError(err)
	}
	switch res.StatusCode {
	case http.StatusOK, http.StatusPartialContent:
		return res, nil
	case http.StatusRequestedRangeNotSatisfiable:
		if p.size > 0 {
			return res, nil
		}
	}
	res.Body.Close()
	return nil, newStatusError(r.URL, res)
}

// Redact takes the password out of a URL, and its query, which may hold a token.
func Redact(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return "the URL"
	}
	u.RawQuery, u.Fragment = "", ""
	return u.Redacted()
}

// RedactError takes the password out of the URL that net/http puts into its
// errors, and the verb: the error is about a file, not about a request.
func RedactError(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return fmt.Errorf("asking %s: %w", Redact(u.URL), u.Err)
	}
	return err
}

type progressReader struct {
	c *Client
	r io.Reader
	p Progress
}

func (r *progressReader) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	if n > 0 {
		r.p.Done += int64(n)
		r.c.Report(r.p)
	}
	return n, err
}
