package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// errStalled is why a request that gets nothing is cut.
var errStalled = errors.New("the server stopped sending")

// Transport gives the client's transport for a library that sends requests itself: those
// that get nothing any more are cut.
func (c *Client) Transport() http.RoundTripper { return watchedTransport{c} }

type watchedTransport struct{ c *Client }

// RoundTrip sends a request.
func (t watchedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, watch := t.c.watch(req.Context())
	res, err := t.c.HTTP.Transport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		defer watch.stop()
		return nil, watch.because(err)
	}
	res.Body = watchedBody{watch.reader(res.Body), res.Body, watch}
	return res, nil
}

type watchedBody struct {
	io.Reader
	body  io.Closer
	watch *watch
}

// Close ends the watching too.
func (b watchedBody) Close() error {
	defer b.watch.stop()
	return b.body.Close()
}

// Read reads, and says so where the watch cut it.
func (b watchedBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && err != io.EOF { // io.Reader's own end is not an error
		err = b.watch.because(err)
	}
	return n, err
}

// watch cuts one request when nothing has come for as long as the client
// allows. Whatever comes starts the time anew: a slow server is not a stalled one.
type watch struct {
	ctx   context.Context
	timer *time.Timer
	stall time.Duration
	end   context.CancelCauseFunc
}

// watch gives the context for a request, and what watches it.
func (c *Client) watch(ctx context.Context) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{ctx: ctx, stall: c.Stall, end: cancel}
	w.timer = time.AfterFunc(c.Stall, func() { cancel(errStalled) })
	return ctx, w
}

func (w *watch) stop() {
	w.timer.Stop()
	w.end(nil)
}

// because gives why the request ended: the stall, where that cut it.
func (w *watch) because(err error) error {
	if err != nil && w.ctx.Err() != nil {
		return context.Cause(w.ctx)
	}
	return err
}

// reader is body, the answer to the request, which has just begun to come.
func (w *watch) reader(body io.Reader) io.Reader {
	w.timer.Reset(w.stall)
	return &watchedReader{w, body}
}

type watchedReader struct {
	w *watch
	r io.Reader
}

func (r *watchedReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if n > 0 {
		r.w.timer.Reset(r.w.stall)
	}
	return n, err
}
