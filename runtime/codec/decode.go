package codec

import (
	"bytes"
	"strings"
	"sync"
	"unicode/utf8"

	"bentoc.dev/runtime/spec"
)

// readers keeps readers between requests, for their stacks.
var readers = sync.Pool{New: func() any { return new(Reader) }}

func (r *Reader) reset(data []byte, strict bool) {
	*r = Reader{Checker: Checker{frames: r.frames[:0]}, data: data, strict: strict}
}

// release gives a reader back without what it read: a pool must not keep bodies.
func (r *Reader) release() {
	clear(r.frames[:cap(r.frames)])
	r.reset(nil, false)
	readers.Put(r)
}

// Decode reads a request whose input is an object: JSON, whatever the content
// type says, or a form. No body at all is the empty object.
func Decode[T any](req *spec.Request, read func(*Reader, *T)) (any, error) {
	if err := refused(req); err != nil {
		return nil, err
	}
	r := readers.Get().(*Reader)
	defer r.release()
	body := req.Body
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	r.reset(body, req.Strict)
	if req.Form {
		r.inForm, r.form = true, group(req.Parts)
	}
	var v T
	read(r, &v)
	if err := r.finish(); err != nil {
		return nil, err
	}
	return v, nil
}

// DecodeValue reads a request whose input is one JSON value that is no object
// with named fields.
func DecodeValue[T any](req *spec.Request, read func(*Reader, *T)) (any, error) {
	if err := refused(req); err != nil {
		return nil, err
	}
	r := readers.Get().(*Reader)
	defer r.release()
	body := req.Body
	if req.Form {
		p, err := onePart(req)
		if err != nil {
			return nil, err
		}
		body = p.Data
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, inputError(400, "missing", "a body is required")
	}
	r.reset(body, req.Strict)
	var v T
	read(r, &v)
	if err := r.finish(); err != nil {
		return nil, err
	}
	return v, nil
}

// DecodeText reads a request whose input is one text: the body as it is, or a
// JSON text where the content type is JSON.
func DecodeText(req *spec.Request, read func(*Reader, *string)) (any, error) {
	return decodeRaw(req, read, func(body []byte) bool { return utf8.Valid(body) })
}

// DecodeBytes reads a request whose input is bytes: the body as it is, or a text
// in base64 where the content type is JSON.
func DecodeBytes(req *spec.Request, read func(*Reader, *[]byte)) (any, error) {
	return decodeRaw(req, read, func([]byte) bool { return true })
}

func decodeRaw[T any](req *spec.Request, read func(*Reader, *T), valid func([]byte) bool) (any, error) {
	if err := refused(req); err != nil {
		return nil, err
	}
	r := readers.Get().(*Reader)
	defer r.release()
	body, media := req.Body, req.ContentType
	if req.Form {
		p, err := onePart(req)
		if err != nil {
			return nil, err
		}
		body, media = p.Data, p.ContentType
	}
	r.reset(body, req.Strict)
	r.raw = !jsonMedia(media)
	if r.raw && !valid(body) {
		return nil, inputError(400, "string_unicode", "the body must be UTF-8")
	}
	var v T
	read(r, &v)
	if err := r.finish(); err != nil {
		return nil, err
	}
	return v, nil
}

// DecodeFile reads a request whose input is one file: the body as it is, the only
// part of a form, or a text in base64 where the content type is JSON.
func DecodeFile[T any](req *spec.Request, read func(*Reader, *T)) (any, error) {
	if err := refused(req); err != nil {
		return nil, err
	}
	// The body lies in a buffer that is used again; the file is kept.
	p := spec.Part{Data: bytes.Clone(req.Body), ContentType: req.ContentType, FileName: "body"}
	if req.Form {
		one, err := onePart(req)
		if err != nil {
			return nil, err
		}
		p = one
	}
	if len(p.Data) == 0 {
		return nil, inputError(400, "missing", "a file is required")
	}
	r := readers.Get().(*Reader)
	defer r.release()
	r.reset(p.Data, req.Strict)
	if jsonMedia(p.ContentType) {
		p.FileName = ""
		r.raw = !validJSON(p.Data)
	} else {
		r.raw, r.inForm, r.whole, r.part = true, true, !req.Form, []spec.Part{p}
	}
	var v T
	read(r, &v)
	if err := r.finish(); err != nil {
		return nil, err
	}
	return v, nil
}

// refused answers 415 for bodies that must not be read.
func refused(req *spec.Request) error {
	if strings.Contains(req.ContentType, "pickle") {
		return inputError(415, "media_type", req.ContentType+" is not accepted: unpickling runs code")
	}
	return nil
}
