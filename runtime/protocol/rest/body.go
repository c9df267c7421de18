package rest

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"bentoc.dev/runtime/admit"
	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/serve"
	"bentoc.dev/runtime/spec"
)

// body is what was read of a request.
type body struct {
	h           *Handler
	memory      *admit.Share // nil before anything is read
	data        []byte
	pooled      *[]byte           // what data lies in, if it goes back to a pool
	contentType string            // lower case, without parameters
	params      map[string]string // of the content type
}

const (
	// firstRead is how much is allocated on the word of a Content-Length alone.
	firstRead = 16 << 10
	// maxPooled is the largest buffer that is kept for other requests.
	maxPooled = 1 << 20

	readSpeed = 32 << 10 // bytes a second
)

func (x *exchange) readBody(ctx context.Context) error {
	b := &x.body
	b.h = x.h
	if err := b.parseType(header(x.r, "Content-Type")); err != nil {
		return err
	}
	if x.r.ContentLength > x.h.endpoint.MaxBody() {
		return x.tooLarge()
	}
	b.memory = x.call.Memory()
	if err := b.memory.Could(x.r.ContentLength); err != nil {
		return x.readError(ctx, err)
	}
	control := http.NewResponseController(x.w)
	if x.r.ContentLength != 0 {
		src, err := x.decoded()
		if err != nil {
			return err
		}
		if deadline, ok := x.readDeadline(); ok {
			_ = control.SetReadDeadline(deadline) // not in tests without a connection
		}
		err = b.take(x.r.ContentLength)
		if err == nil {
			err = b.readAll(src, x.h.endpoint.MaxBody(), x.r.ContentLength)
		}
		if err != nil {
			b.release()
			return x.readError(ctx, err)
		}
	}
	// From here on the connection is read only to see whether the client goes
	// away, and that has no deadline.
	_ = control.SetReadDeadline(time.Time{})
	return nil
}

// readDeadline gives a client the time for its body at a slow but honest speed,
// and never more than the request's own. It is false where the deadline that
// [ReadTimeout] set is the right one.
func (x *exchange) readDeadline() (time.Time, bool) {
	n := x.r.ContentLength
	if n < 0 {
		n = x.h.endpoint.MaxBody()
	}
	start, timeout := x.call.Start(), x.call.Timeout()
	deadline := start.Add(ReadTimeout + time.Duration(n/readSpeed)*time.Second)
	if end := start.Add(timeout); timeout > 0 && end.Before(deadline) {
		return end, true
	}
	return deadline, n >= readSpeed
}

// decoded gives the body without its content encoding.
func (x *exchange) decoded() (io.Reader, error) {
	switch encoding := strings.ToLower(strings.TrimSpace(header(x.r, "Content-Encoding"))); encoding {
	case "", "identity":
		return x.r.Body, nil
	case "gzip", "x-gzip":
		return &gzipReader{src: x.r.Body}, nil
	default:
		x.acceptEncoding = true
		return nil, &serve.Status{Code: http.StatusUnsupportedMediaType, Reason: metrics.MediaType,
			Message: fmt.Sprintf("content encoding %q is not supported: send gzip or none", encoding)}
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

// readAll reads src, at most limit bytes of it.
func (b *body) readAll(src io.Reader, limit, length int64) error {
	for {
		if int64(len(b.data)) > limit {
			return errTooLarge
		}
		if len(b.data) == cap(b.data) {
			if err := b.grow(limit, length); err != nil {
				return err
			}
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

// grow gives b a buffer that is larger than the one it filled: at most four times as
// large, as a client that says how much it will send holds so much of the server's
// memory before it has sent it, and twice where it does not say. Both buffers are held
// while one is copied: the last one, of the limit's size, follows a small one, so that
// a body over the limit is known as that by a server which hardly has more.
func (b *body) grow(limit, length int64) error {
	have := int64(cap(b.data))
	size := max(2*have, 512)
	switch {
	case length > have:
		size = min(max(4*have, 512), length)
	case have > limit/5:
		size = limit + 1
	}
	size = min(size, limit+1)
	if size > firstRead {
		if err := b.memory.Pause(); err != nil {
			return err
		}
	}
	if err := b.memory.Take(size); err != nil {
		return err
	}
	b.data = append(make([]byte, 0, size), b.data...)
	b.memory.Give(have)
	return nil
}

// take gives b a buffer. Parts of forms may be kept by who gets them, so a
// form's buffer is its own.
func (b *body) take(length int64) error {
	if b.isForm() || length > maxPooled {
		size := min(max(length, 512), firstRead)
		if err := b.memory.Take(size); err != nil {
			return err
		}
		b.data = make([]byte, 0, size)
		return nil
	}
	p, ok := b.h.bodies.Get().(*[]byte)
	if !ok {
		return nil
	}
	if err := b.memory.Take(int64(cap(*p))); err != nil {
		b.h.bodies.Put(p)
		return err
	}
	b.pooled, b.data = p, (*p)[:0]
	return nil
}

// release ends the use of the buffer, unless the parts of a form lie in it: who gets
// them holds it to the end of the request.
func (b *body) release() {
	if !b.isForm() {
		b.memory.Give(int64(cap(b.data)))
	}
	if b.pooled != nil && cap(b.data) <= maxPooled {
		*b.pooled = b.data[:0]
		b.h.bodies.Put(b.pooled)
	}
	b.pooled, b.data = nil, nil
}

func (x *exchange) tooLarge() *serve.Status {
	return &serve.Status{Code: http.StatusRequestEntityTooLarge, Reason: metrics.BodyTooLarge, Close: true,
		Message: fmt.Sprintf("the body is over the limit of %d bytes", x.h.endpoint.MaxBody())}
}

// readError finds the answer to a body that could not be read. A client that closed
// its side of the connection before the end of the body may still read what it is
// told; where nobody does, nothing is lost.
func (x *exchange) readError(ctx context.Context, err error) error {
	if e, ok := errors.AsType[*admit.MemoryError](err); ok {
		s := serve.NoMemory(e)
		s.Close = true
		return s
	}
	message := "the body could not be read to its end"
	corrupt := flate.CorruptInputError(0)
	switch {
	case errors.Is(err, errTooLarge):
		return x.tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &bodyTooSlow
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		message = "the body is not valid gzip"
	case errors.Is(err, syscall.ECONNRESET): // the client is gone for certain
		return serve.ErrGone
	case errors.Is(context.Cause(ctx), serve.ErrStopping):
		return serve.ErrStopping
	}
	return &serve.Status{Code: http.StatusBadRequest, Reason: metrics.BadInput, Message: message, Close: true}
}

var bodyTooSlow = serve.Status{Code: http.StatusRequestTimeout, Reason: metrics.BodyTooSlow, Close: true,
	Message: "the body came too slowly"}

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
		return &serve.Status{Code: http.StatusBadRequest, Reason: metrics.BadInput, Message: "the content type is not well-formed", Close: true}
	}
	b.params = params
	return nil
}

func (b *body) isForm() bool {
	return b.contentType == "multipart/form-data" || b.contentType == "application/x-www-form-urlencoded"
}

// fill gives a source what the body holds, and tells in which format of t that is.
func (b *body) fill(src *spec.Source, t *spec.Type) (f *spec.Format, err error) {
	src.ContentType = b.contentType
	switch {
	case strings.Contains(b.contentType, "pickle"):
		return nil, mediaType("%s is not accepted: unpickling runs code", b.contentType)
	case b.contentType == "multipart/form-data":
		f = &t.Form
		src.Parts, err = parseMultipart(b.data, b.params["boundary"])
	case b.isForm() && looksLikeForm(b.data):
		f = &t.Form
		if err = b.memory.Take(int64(len(b.data))); err == nil { // texts of their own
			src.Parts, err = parseURLEncoded(b.data)
		}
	case strings.HasPrefix(b.contentType, "application/vnd.apache.arrow."): // no JSON whatever the endpoint
		f, src.Body = new(spec.Format), b.data
		if b.contentType == spec.ArrowStream {
			f = &t.Arrow
		}
	default:
		f = &t.JSON
		if t.Raw.Decode != nil && !spec.IsJSON(b.contentType) {
			f = &t.Raw
		}
		src.Body = b.data
	}
	if err == nil && f.Decode == nil {
		err = mediaType("%q is not supported by this endpoint", b.contentType)
	}
	return f, err
}

func mediaType(format string, args ...any) error {
	msg := fmt.Sprintf(format, args...)
	return &spec.InputError{Status: http.StatusUnsupportedMediaType, Message: msg,
		Problems: []spec.Problem{{Type: "media_type", Loc: []any{}, Msg: msg}}}
}

// looksLikeForm tells whether a body that is labelled as a form is one. curl -d
// labels everything so; but no form begins with a bracket, a brace or a quotation
// mark, which are written as %5B, %7B and %22, nor with a byte order mark, and none
// is without an equals sign. What is none is read as if it had no label.
func looksLikeForm(data []byte) bool {
	if len(data) == 0 {
		return true // of no fields
	}
	data = bytes.TrimLeft(data, " \t\r\n")
	if len(data) == 0 || strings.IndexByte(`{["`, data[0]) >= 0 || bytes.HasPrefix(data, []byte("\ufeff")) {
		return false
	}
	return bytes.IndexByte(data, '=') >= 0
}
