package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// document is a small text of a server: an index page, a signed list.
type document struct {
	url  *url.URL // where it came from, after redirects
	kind string   // content type, without parameters
	body []byte
}

// maxDocument is more than the largest index page that there is.
const maxDocument = 256 << 20

// page gets a document. It is not kept in the store: what it says changes.
func (c *Client) page(ctx context.Context, rawURL, accept string) (d document, err error) {
	if path, local := localFile(rawURL); local {
		return localPage(rawURL, path)
	}
	delay := c.retryDelay
	for left := 3; ; left-- {
		d, err = c.onePage(ctx, rawURL, accept)
		wait, again := retryAfter(err)
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

// localPage reads a file, or index.html in a folder.
func localPage(rawURL, path string) (document, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return document{}, err
	}
	if fi, err := os.Stat(path); err == nil && fi.IsDir() {
		path += "/index.html"
		u.Path = strings.TrimRight(u.Path, "/") + "/"
	}
	body, err := os.ReadFile(path)
	return document{url: u, kind: "text/html", body: body}, err
}

func (c *Client) onePage(ctx context.Context, rawURL, accept string) (document, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(c.stall, func() { cancel(errStalled) })
	defer watch.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, rawURL, nil)
	if err != nil {
		return document{}, redactError(err)
	}
	req.Header.Set("User-Agent", "bentoc")
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	c.authorize(req)
	res, err := c.HTTP.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return document{}, redactError(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return document{}, newStatusError(rawURL, res)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxDocument+1))
	if err == nil && len(body) > maxDocument {
		err = fmt.Errorf("%s is larger than %d bytes", redact(rawURL), maxDocument)
	}
	if err != nil {
		return document{}, fmt.Errorf("reading %s: %w", redact(rawURL), err)
	}
	kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	return document{url: res.Request.URL, kind: strings.ToLower(strings.TrimSpace(kind)), body: body}, nil
}
