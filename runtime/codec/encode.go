package codec

import (
	"sync"

	"bentoc.dev/runtime/spec"
)

// maxKept is the largest buffer that goes back to the pool.
const maxKept = 1 << 20

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}

// Encode writes a value as a JSON response.
func Encode[T any](v T, write func([]byte, T) []byte) (spec.Payload, error) {
	p := buffers.Get().(*[]byte)
	*p = write((*p)[:0], v)
	return spec.Payload{ContentType: "application/json", Body: *p, Release: func() {
		if cap(*p) <= maxKept {
			buffers.Put(p)
		}
	}}, nil
}

// EncodeText writes a text as it is.
func EncodeText(s string) (spec.Payload, error) {
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
