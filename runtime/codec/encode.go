package codec

import (
	"sync"
	"unicode/utf8"

	"bentoc.dev/runtime/spec"
)

// maxKept is the largest buffer that goes back to the pool.
const maxKept = 1 << 20

// buffer is what a response is written to, with the function that gives it back.
type buffer struct {
	b       []byte
	release func()
}

var buffers sync.Pool // *buffer

func newBuffer() *buffer {
	if p, ok := buffers.Get().(*buffer); ok {
		return p
	}
	p := &buffer{b: make([]byte, 0, 1024)}
	p.release = func() {
		if cap(p.b) <= maxKept {
			buffers.Put(p)
		}
	}
	return p
}

// Encode writes a value as a JSON response. What JSON cannot say is an
// [*AnswerError], except for floats where the endpoint wants them to pass.
func Encode[T any](v T, how NonFinite, write func([]byte, T) []byte) (spec.Payload, error) {
	p := newBuffer()
	body, err := seal(write(p.b[:0], v), how)
	return p.payload("application/json", body, err)
}

// Append makes a payload of what write appends to a buffer.
func Append(contentType string, write func([]byte) ([]byte, error)) (spec.Payload, error) {
	p := newBuffer()
	body, err := write(p.b[:0])
	return p.payload(contentType, body, err)
}

// payload gives what was written to p, unless there is an error.
func (p *buffer) payload(contentType string, body []byte, err error) (spec.Payload, error) {
	p.b = body
	if err != nil {
		p.release()
		return spec.Payload{}, err
	}
	return spec.Payload{ContentType: contentType, Body: body, Release: p.release}, nil
}

// JSON writes values in JSON as [Encode] does.
func JSON[T any](how NonFinite, write func([]byte, T) []byte) spec.Format {
	return spec.Format{Encode: func(v any) (spec.Payload, error) { return Encode(as[T](v), how, write) }}
}

// as gives v as what it is; nil stands for itself where any value may.
func as[T any](v any) T {
	var out T
	if p, ok := any(&out).(*any); ok {
		*p = v
		return out
	}
	return v.(T)
}

// EncodeText writes a text as it is.
func EncodeText(s string) (spec.Payload, error) {
	if !utf8.ValidString(s) {
		return spec.Payload{}, &AnswerError{"the text", "is not UTF-8"}
	}
	return spec.Payload{ContentType: "text/plain; charset=utf-8", Body: []byte(s)}, nil
}

// EncodeBytes writes bytes as they are.
func EncodeBytes(b []byte) (spec.Payload, error) {
	return spec.Payload{ContentType: "application/octet-stream", Body: b}, nil
}

// EncodeFile writes a file as the body, with its name and media type.
func EncodeFile(f File) (spec.Payload, error) {
	media := f.MediaType
	if media == "" {
		media = sniff(f.Name, f.Data)
	}
	return spec.Payload{ContentType: media, FileName: f.Name, Body: f.Data}, nil
}
