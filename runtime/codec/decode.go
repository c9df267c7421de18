package codec

import (
	"bytes"
	"sync"
	"unicode/utf8"

	"bentoc.dev/runtime/spec"
)

// readers keeps readers between requests, for their stacks.
var readers = sync.Pool{New: func() any { return new(Reader) }}

func (r *Reader) reset(data []byte, src *spec.Source, how NonFinite) {
	*r = Reader{Checker: Checker{frames: r.frames[:0]}, data: data, strict: src.Strict, memory: src.Memory, nonFinite: how}
}

// release gives a reader back without what it read: a pool must not keep bodies.
func (r *Reader) release() {
	clear(r.frames[:cap(r.frames)])
	r.reset(nil, &spec.Source{}, Refuse)
	readers.Put(r)
}

// begin gives a reader of data, which [decode] gives back.
func begin(data []byte, src *spec.Source, how NonFinite) *Reader {
	r := readers.Get().(*Reader)
	r.reset(data, src, how)
	return r
}

// decode reads a value to its end.
func decode[T any](r *Reader, read func(*Reader, *T)) (any, error) {
	defer r.release()
	var v T
	read(r, &v)
	if err := r.finish(); err != nil {
		return nil, err
	}
	return v, nil
}

func decoder(f func(*spec.Source) (any, error)) spec.Format { return spec.Format{Decode: f} }

// JSONObject reads an object. No text at all is the empty one.
func JSONObject[T any](how NonFinite, read func(*Reader, *T)) spec.Format {
	return decoder(func(src *spec.Source) (any, error) {
		body := src.Body
		if len(bytes.TrimSpace(body)) == 0 {
			body = emptyObject
		}
		return decode(begin(body, src, how), read)
	})
}

var emptyObject = []byte("{}")

// FormObject reads an object whose fields are those of a form.
func FormObject[T any](how NonFinite, read func(*Reader, *T)) spec.Format {
	return decoder(func(src *spec.Source) (any, error) {
		r := begin(emptyObject, src, how)
		r.inForm, r.form = true, group(src.Parts)
		return decode(r, read)
	})
}

// JSONValue reads one value that is no object with named fields.
func JSONValue[T any](how NonFinite, read func(*Reader, *T)) spec.Format {
	return decoder(func(src *spec.Source) (any, error) { return decodeValue(src.Body, src, how, read) })
}

// FormValue reads one value that is the JSON in the only field of a form.
func FormValue[T any](how NonFinite, read func(*Reader, *T)) spec.Format {
	return decoder(func(src *spec.Source) (any, error) {
		p, err := onePart(src)
		if err != nil {
			return nil, err
		}
		return decodeValue(p.Data, src, how, read)
	})
}

func decodeValue[T any](data []byte, src *spec.Source, how NonFinite, read func(*Reader, *T)) (any, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, inputError(400, "missing", "a body is required")
	}
	return decode(begin(data, src, how), read)
}

// JSONText reads a text.
func JSONText(read func(*Reader, *string)) spec.Format { return inJSON(read) }

// RawText reads a text as it is.
func RawText(read func(*Reader, *string)) spec.Format {
	return decoder(func(src *spec.Source) (any, error) { return rawText(src.Body, src, read) })
}

// FormText reads a text that is the only field of a form, as it is or in JSON where
// it is labelled so.
func FormText(read func(*Reader, *string)) spec.Format { return inField(read, rawText) }

func rawText(data []byte, src *spec.Source, read func(*Reader, *string)) (any, error) {
	if !utf8.Valid(data) {
		return nil, inputError(400, "string_unicode", "the body must be UTF-8")
	}
	return rawBytes(data, src, read)
}

// JSONBytes reads bytes, in JSON a text in base64.
func JSONBytes(read func(*Reader, *[]byte)) spec.Format { return inJSON(read) }

// RawBytes reads bytes as they are.
func RawBytes(read func(*Reader, *[]byte)) spec.Format {
	return decoder(func(src *spec.Source) (any, error) { return rawBytes(src.Body, src, read) })
}

// FormBytes reads bytes that are the only field of a form, as they are or in JSON
// where they are labelled so.
func FormBytes(read func(*Reader, *[]byte)) spec.Format { return inField(read, rawBytes) }

func rawBytes[T any](data []byte, src *spec.Source, read func(*Reader, *T)) (any, error) {
	r := begin(data, src, Refuse)
	r.raw = true
	return decode(r, read)
}

func inJSON[T any](read func(*Reader, *T)) spec.Format {
	return decoder(func(src *spec.Source) (any, error) { return decode(begin(src.Body, src, Refuse), read) })
}

func inField[T any](read func(*Reader, *T), raw func([]byte, *spec.Source, func(*Reader, *T)) (any, error)) spec.Format {
	return decoder(func(src *spec.Source) (any, error) {
		p, err := onePart(src)
		if err != nil {
			return nil, err
		}
		if spec.IsJSON(p.ContentType) {
			return decode(begin(p.Data, src, Refuse), read)
		}
		return raw(p.Data, src, read)
	})
}

// JSONFile reads a file, in JSON a text in base64 or a data: URI.
func JSONFile[T any](read func(*Reader, *T)) spec.Format {
	return decoder(func(src *spec.Source) (any, error) {
		return decodeFile(spec.Part{Data: src.Body, ContentType: src.ContentType}, src, false, read)
	})
}

// RawFile reads a file as it is.
func RawFile[T any](read func(*Reader, *T)) spec.Format {
	return decoder(func(src *spec.Source) (any, error) {
		return decodeFile(spec.Part{Data: src.Body, ContentType: src.ContentType, FileName: "body"}, src, true, read)
	})
}

// FormFile reads a file that is the only field of a form.
func FormFile[T any](read func(*Reader, *T)) spec.Format {
	return decoder(func(src *spec.Source) (any, error) {
		p, err := onePart(src)
		if err != nil {
			return nil, err
		}
		return decodeFile(p, src, false, read)
	})
}

func decodeFile[T any](p spec.Part, src *spec.Source, whole bool, read func(*Reader, *T)) (any, error) {
	if len(p.Data) == 0 {
		return nil, inputError(400, "missing", "a file is required")
	}
	r := begin(nil, src, Refuse)
	if whole { // the body lies in a buffer that is used again; the file is kept
		if !r.Take(int64(len(p.Data))) {
			defer r.release()
			return nil, r.finish()
		}
		p.Data = bytes.Clone(p.Data)
	}
	r.data = p.Data
	if spec.IsJSON(p.ContentType) {
		r.raw = !validJSON(p.Data)
	} else {
		r.raw, r.inForm, r.whole, r.part = true, true, whole, []spec.Part{p}
	}
	return decode(r, read)
}
