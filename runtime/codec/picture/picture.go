// Package picture reads and writes pictures for generated code. It is imported
// only where a bento has pictures, and with it the decoders: PNG, JPEG, GIF and
// WebP.
//
// A picture is decoded once, when it comes in, to what people see of it: upright,
// by its Exif orientation; of an animation the first frame, at its place on the
// whole canvas; with bounds that begin at 0. Its header is read first, so that one
// with too many pixels costs no memory. What a graph hands through unchanged goes
// out as the very bytes that came in.
package picture

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"strings"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

// MaxPixels is how many pixels a picture may have where its type says nothing.
const MaxPixels = 50_000_000

// jpegQuality is the quality at which pictures of steps are encoded as JPEG.
const jpegQuality = 90

// Image is a picture. The type of the same name in package bentogen has the same
// fields, so that one converts to the other.
type Image struct {
	Pixels    image.Image
	MediaType string // such as image/png
	Data      []byte // the encoded picture; nil for one that a step made
}

// Limits is what a picture may be. Zero values mean [MaxPixels] and no other limit.
type Limits struct {
	MaxBytes   int64
	MaxPixels  int64
	MediaTypes []string // such as image/png or image/*
}

// Read reads a picture: a part of a form, or in JSON a text in base64 or a data:
// URI. What is no picture, or one with too many pixels, is a problem with status
// 422; a media type that is not allowed one with 415.
func Read(r *codec.Reader, v *Image, l Limits) bool {
	f, ok := r.FileBytes()
	if !ok {
		return false
	}
	if l.MaxBytes > 0 && int64(len(f.Data)) > l.MaxBytes {
		r.ProblemStatus(413, "file_too_large", "has %d bytes, more than the %d allowed", len(f.Data), l.MaxBytes)
		return false
	}
	px, media, wrong := decode(r, f.Data, l)
	if wrong != nil {
		r.ProblemStatus(wrong.status, wrong.kind, "%s", wrong.msg)
	}
	if px == nil {
		return false
	}
	*v = Image{Pixels: px, MediaType: media, Data: f.Data}
	return true
}

// decode decodes a picture and lays it upright, with memory that r has for it and for
// a copy; no pixels where it has none.
func decode(r *codec.Reader, data []byte, l Limits) (image.Image, string, *problem) {
	if !r.Take(copied(data)) {
		return nil, "", nil
	}
	defer r.Give(copied(data))
	e, wrong := open(data)
	if wrong == nil {
		wrong = e.within(l)
	}
	if wrong != nil {
		return nil, "", wrong
	}
	decoding, pixel := e.need()
	size := int64(e.canvas.X) * int64(e.canvas.Y)
	taken := max(decoding, size*(pixel+copyPixel))
	if !r.Take(taken) {
		return nil, "", nil
	}
	px, err := e.pixels()
	if err != nil {
		r.Give(taken)
		return nil, "", e.broken(err)
	}
	r.Give(taken - held(px) - size*copyPixel)
	return px, e.media(), nil
}

func allowed(media string, types []string) bool {
	if len(types) == 0 {
		return true
	}
	for _, t := range types {
		if prefix, ok := strings.CutSuffix(t, "*"); ok && strings.HasPrefix(media, prefix) || t == media {
			return true
		}
	}
	return false
}

// Check wants a picture that a step returns, or that an edge brings, to hold one, within
// the limits: pixels, or data that can be decoded. How large one is that is not encoded
// yet nobody knows.
func Check(c *codec.Checker, v Image, l Limits) {
	p := check(v, l)
	if p != nil {
		c.ProblemStatus(p.status, p.kind, "%s", p.msg)
	}
}

func check(v Image, l Limits) *problem {
	if l.MaxPixels <= 0 { // what steps make has no limit of its own
		l.MaxPixels = math.MaxInt64
	}
	switch {
	case v.Pixels == nil && v.Data == nil:
		return unusable("is no picture: neither Pixels nor Data is set")
	case v.Pixels != nil && v.Pixels.Bounds().Empty():
		return unusable("is a picture without pixels")
	case l.MaxBytes > 0 && int64(len(v.Data)) > l.MaxBytes:
		return &problem{413, "file_too_large", fmt.Sprintf("has %d bytes, more than the %d allowed", len(v.Data), l.MaxBytes)}
	case v.Pixels != nil && l.MaxPixels == math.MaxInt64 && len(l.MediaTypes) == 0:
		return nil
	case v.Data == nil: // it goes out as its media type says
		if media := encodedType(v); !allowed(media, l.MediaTypes) {
			return &problem{415, "media_type", "is " + media + "; allowed is " + strings.Join(l.MediaTypes, ", ")}
		}
		return tooLarge(int64(v.Pixels.Bounds().Dx()), int64(v.Pixels.Bounds().Dy()), l)
	}
	e, wrong := open(v.Data)
	if wrong != nil {
		return wrong
	}
	return e.within(l)
}

// encodedType is what a picture of pixels is encoded as.
func encodedType(v Image) string {
	switch v.MediaType {
	case "image/jpeg", "image/jpg":
		return "image/jpeg"
	case "image/gif":
		return "image/gif"
	}
	return "image/png"
}

// bytesOf gives the encoded picture and its media type.
func bytesOf(v Image) ([]byte, string, error) {
	if v.Data != nil {
		if v.MediaType == "" {
			if format := formatOf(v.Data); format != "" {
				v.MediaType = "image/" + format
			}
		}
		return v.Data, v.MediaType, nil
	}
	if v.Pixels == nil {
		return nil, "", errors.New("encoding a picture: it has no pixels")
	}
	var b bytes.Buffer
	var err error
	switch v.MediaType = encodedType(v); v.MediaType {
	case "image/jpeg":
		err = jpeg.Encode(&b, v.Pixels, &jpeg.Options{Quality: jpegQuality})
	case "image/gif":
		err = gif.Encode(&b, v.Pixels, nil)
	default:
		enc := png.Encoder{CompressionLevel: png.BestSpeed}
		err = enc.Encode(&b, v.Pixels)
	}
	if err != nil {
		return nil, "", fmt.Errorf("encoding a picture: %w", err)
	}
	return b.Bytes(), v.MediaType, nil
}

// Encode writes a picture as the body of a response.
func Encode(v Image) (spec.Payload, error) {
	data, media, err := bytesOf(v)
	if err != nil {
		return spec.Payload{}, err
	}
	return spec.Payload{ContentType: media, Body: data}, nil
}

// Append writes a picture inside JSON, as a data: URI; null when it cannot be
// encoded.
func Append(b []byte, v Image) []byte {
	data, media, err := bytesOf(v)
	if err != nil {
		return append(b, "null"...)
	}
	b = append(b, `"data:`...)
	b = append(b, media...)
	b = append(b, ";base64,"...)
	b = base64.StdEncoding.AppendEncode(b, data)
	return append(b, '"')
}
