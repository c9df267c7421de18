package rest

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/spec"
)

// body is what was read of a request.
type body struct {
	h           *Handler
	data        []byte
	pooled      *[]byte           // what data lies in, if it goes back to a pool
	contentType string            // lower case, without parameters
	params      map[string]string // of the content type
}

const (
	// firstRead is how much is allocated on the word of a Content-Length alone.
	firstRead = 1 << 20
	// maxPooled is the largest buffer that is kept for other requests.
	maxPooled = 1 << 20

	readSpeed = 32 << 10 // bytes a second
)

// Timeouts for the http.Server that the handlers run in. A handler lifts the
// first when it has read the body and gives long answers more than the second;
// they hold for what never comes so far.
const (
	ReadTimeout  = 30 * time.Second
	WriteTimeout = 60 * time.Second
)

func (c *call) readBody() error {
	b := &c.body
	b.h = c.h
	if err := b.parseType(c.r.Header.Get("Content-Type")); err != nil {
		return err
	}
	if c.r.ContentLength > c.h.maxBody {
		return c.tooLarge()
	}
	control := http.NewResponseController(c.w)
	if c.r.ContentLength != 0 {
		src, err := c.decoded()
		if err != nil {
			return err
		}
		if deadline, ok := c.readDeadline(); ok {
			_ = control.SetReadDeadline(deadline) // not in tests without a connection
		}
		b.take(c.r.ContentLength)
		if err := b.readAll(src, c.h.maxBody, c.r.ContentLength); err != nil {
			b.release()
			return c.readError(err)
		}
	}
	// From here on the connection is read only to see whether the client goes
	// away, and that has no deadline.
	_ = control.SetReadDeadline(time.Time{})
	return nil
}

// readDeadline gives a client the time for its body at a slow but honest speed,
// and never more than the endpoint's own. It is false where the deadline that
// [ReadTimeout] set is the right one.
func (c *call) readDeadline() (time.Time, bool) {
	n := c.r.ContentLength
	if n < 0 {
		n = c.h.maxBody
	}
	deadline := c.start.Add(ReadTimeout + time.Duration(n/readSpeed)*time.Second)
	if end := c.start.Add(c.h.timeout); c.h.timeout > 0 && end.Before(deadline) {
		return end, true
	}
	return deadline, n >= readSpeed
}

// decoded gives the body without its content encoding.
func (c *call) decoded() (io.Reader, error) {
	switch encoding := strings.ToLower(strings.TrimSpace(c.r.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
		return c.r.Body, nil
	case "gzip", "x-gzip":
		return &gzipReader{src: c.r.Body}, nil
	default:
		return nil, &refusal{status: http.StatusUnsupportedMediaType, reason: metrics.MediaType, acceptEncoding: true,
			message: fmt.Sprintf("content encoding %q is not supported: send gzip or none", encoding)}
	}
}

// gzipReader reads the header of the stream with the first read, so that its
// errors are the body's.
type gzipReader struct {
	src io.Reader
	r   *gzip.Reader
}

var _ io.Reader = (*gzipReader)(nil)

// Read reads decompressed bytes.
func (g *gzipReader) Read(p []byte) (int, error) {
	if g.r == nil {
		r, err := gzip.NewReader(g.src)
		if err != nil {
			return 0, err
		}
		g.r = r
	}
	return g.r.Read(p)
}

var errTooLarge = errors.New("the body is over the limit")

// readAll reads src, at most limit bytes of it. A body of known length is given
// its whole room only once the first part of it has come.
func (b *body) readAll(src io.Reader, limit, length int64) error {
	for {
		if int64(len(b.data)) > limit {
			return errTooLarge
		}
		if len(b.data) == cap(b.data) {
			grow := max(int64(len(b.data)), length-int64(len(b.data)), 512)
			b.data = slices.Grow(b.data, int(min(grow, limit+1-int64(len(b.data)))))
		}
		n, err := src.Read(b.data[len(b.data):cap(b.data)])
		b.data = b.data[:len(b.data)+n]
		if err != nil {
			if int64(len(b.data)) > limit {
				return errTooLarge
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// take gives b a buffer. Parts of forms may be kept by who gets them, so a
// form's buffer is its own.
func (b *body) take(length int64) {
	if b.isForm() || length > maxPooled {
		b.data = make([]byte, 0, min(max(length, 512), firstRead))
		return
	}
	p, ok := b.h.bodies.Get().(*[]byte)
	if ok {
		b.pooled, b.data = p, (*p)[:0]
	}
}

// release gives the buffer back; b.data must not be used any more.
func (b *body) release() {
	if b.pooled == nil {
		return
	}
	if cap(b.data) <= maxPooled {
		*b.pooled = b.data[:0]
		b.h.bodies.Put(b.pooled)
	}
	b.pooled, b.data = nil, nil
}

func (c *call) tooLarge() *refusal {
	return &refusal{status: http.StatusRequestEntityTooLarge, reason: metrics.BodyTooLarge, close: true,
		message: fmt.Sprintf("the body is over the limit of %d bytes", c.h.maxBody)}
}

// readError finds the answer to a body that could not be read.
func (c *call) readError(err error) error {
	switch {
	case errors.Is(err, errTooLarge):
		return c.tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &bodyTooSlow
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return &refusal{status: http.StatusBadRequest, reason: metrics.BadInput, message: "the body is not valid gzip", close: true}
	case c.ctx.Err() != nil: // the client went away
		return err
	default:
		return &refusal{status: http.StatusBadRequest, reason: metrics.BadInput, message: "the body could not be read to its end", close: true}
	}
}

var bodyTooSlow = refusal{status: http.StatusRequestTimeout, reason: metrics.BodyTooSlow, close: true,
	message: "the body came too slowly"}

// parseType reads the Content-Type. One that is not well-formed counts as
// unknown, which means JSON.
func (b *body) parseType(header string) error {
	if header == "" || header == "application/json" {
		b.contentType = header
		return nil
	}
	media, rest, _ := strings.Cut(header, ";")
	b.contentType = strings.ToLower(strings.TrimSpace(media))
	if !b.isForm() || rest == "" {
		return nil
	}
	_, params, err := mime.ParseMediaType(header)
	if err != nil {
		return &refusal{status: http.StatusBadRequest, reason: metrics.BadInput, message: "the content type is not well-formed", close: true}
	}
	b.params = params
	return nil
}

func (b *body) isForm() bool {
	return b.contentType == "multipart/form-data" || b.contentType == "application/x-www-form-urlencoded"
}

// fill gives a request what its endpoint's Decode gets.
func (b *body) fill(req *spec.Request) (err error) {
	req.ContentType = b.contentType
	switch {
	case b.contentType == "multipart/form-data":
		req.Form = true
		req.Parts, err = parseMultipart(b.data, b.params["boundary"])
	case b.isForm() && !looksLikeJSON(b.data):
		req.Form = true
		req.Parts, err = parseURLEncoded(b.data)
	default:
		req.Body = b.data
		if req.Body == nil {
			req.Body = []byte{}
		}
	}
	return err
}

// looksLikeJSON tells whether a body that is labelled as a form holds a JSON object
// or list. curl -d labels everything so; no browser begins a form with a bracket,
// which it would write as %7B or %5B.
func looksLikeJSON(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && (data[0] == '{' || data[0] == '[')
}
