package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Document is a small text of a server: an index page, a signed list.
type Document struct {
	URL  *url.URL // where it came from, after redirects
	Kind string   // content type, without parameters
	Body []byte
}

// maxDocument is more than the largest index page that there is.
const maxDocument = 256 << 20

// Page gets a document. It is not kept in the store: what it says changes.
func (c *Client) Page(ctx context.Context, rawURL, accept string) (d Document, err error) {
	if path, local := LocalFile(rawURL); local {
		return localPage(rawURL, path)
	}
	delay := c.RetryDelay
	for left := 3; ; left-- {
		d, err = c.onePage(ctx, rawURL, accept)
		wait, again := RetryAfter(err)
		if err == nil || !again || left == 0 || ctx.Err() != nil {
			return d, err
		}
		select {
		case <-time.After(max(wait, delay)):
			delay *= 2
		case <-ctx.Done():
			return d, context.Cause(ctx)
		}
	}
}

// LocalFile gives the path of a file: URL.
func LocalFile(rawURL string) (path string, ok bool) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Scheme != "file" {
		return "", false
	}
	return filepath.FromSlash(u.Path), true
}

// localPage reads a file, or index.html in a folder.
func localPage(rawURL, path string) (Document, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return Document{}, err
	}
	if fi, err := os.Stat(path); err == nil && fi.IsDir() {
		path += "/index.html"
		u.Path = strings.TrimRight(u.Path, "/") + "/"
	}
	body, err := os.ReadFile(path)
	return Document{URL: u, Kind: "text/html", Body: body}, err
}

func (c *Client) onePage(ctx context.Context, rawURL, accept string) (Document, error) {
	ctx, watch := c.watch(context.WithValue(ctx, believed{}, true))
	defer watch.stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, rawURL, nil)
	if err != nil {
		return Document{}, RedactError(err)
	}
	req.Header.Set("User-Agent", "bentoc")
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	c.authorize(req)
	res, err := c.HTTP.Do(req)
	if err != nil {
		return Document{}, RedactError(watch.because(err))
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return Document{}, newStatusError(rawURL, res)
	}
	body, err := io.ReadAll(io.LimitReader(watch.reader(res.Body), maxDocument+1))
	if err == nil && len(body) > maxDocument {
		err = fmt.Errorf("%s is larger than %d bytes", Redact(rawURL), maxDocument)
	}
	if err != nil {
		return Document{}, fmt.Errorf("reading %s: %w", Redact(rawURL), watch.because(err))
	}
	kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	return Document{URL: res.Request.URL, Kind: strings.ToLower(strings.TrimSpace(kind)), Body: body}, nil
}
