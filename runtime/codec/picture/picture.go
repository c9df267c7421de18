// Package picture reads and writes pictures for generated code. It is imported
// only where a bento has pictures, and with it the decoders: PNG, JPEG, GIF (the
// first frame) and WebP.
//
// A picture is decoded once, when it comes in. Its header is read first, so that
// one with too many pixels costs no memory. What a graph hands through unchanged
// goes out as the very bytes that came in.
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

	_ "golang.org/x/image/webp" // registers its decoder

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
	img, err := decode(f.Data, l)
	if err != nil {
		r.ProblemStatus(err.status, err.kind, "%s", err.msg)
		return false
	}
	*v = *img
	return true
}

// problem is what is wrong with a picture.
type problem struct {
	status int
	kind   string
	msg    string
}

func decode(data []byte, l Limits) (*Image, *problem) {
	cfg, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, &problem{422, "image_type", "is no picture that can be decoded: PNG, JPEG, GIF and WebP can"}
	}
	media := "image/" + format
	if !allowed(media, l.MediaTypes) {
		return nil, &problem{415, "media_type", "is " + media + "; allowed is " + strings.Join(l.MediaTypes, ", ")}
	}
	limit := l.MaxPixels
	if limit <= 0 {
		limit = MaxPixels
	}
	if n := pixels(cfg); n > limit {
		return nil, &problem{422, "image_too_large", fmt.Sprintf("has %d × %d pixels, more than the %d allowed", cfg.Width, cfg.Height, limit)}
	}
	px, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, &problem{422, "image_type", "is a broken picture: " + err.Error()}
	}
	return &Image{Pixels: px, MediaType: media, Data: data}, nil
}

// pixels counts the pixels, without overflow.
func pixels(cfg image.Config) int64 {
	w, h := int64(cfg.Width), int64(cfg.Height)
	if w <= 0 || h <= 0 {
		return 0
	}
	if w > math.MaxInt64/h {
		return math.MaxInt64
	}
	return w * h
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

// Check wants a picture that a step returns to hold one: pixels, or data that can
// be decoded.
func Check(c *codec.Checker, v Image, l Limits) {
	if v.Pixels != nil {
		if b := v.Pixels.Bounds(); b.Empty() {
			c.Problem("image_type", "is a picture without pixels")
		}
		return
	}
	if v.Data == nil {
		c.Problem("image_type", "is no picture: neither Pixels nor Data is set")
		return
	}
	if _, _, err := image.DecodeConfig(bytes.NewReader(v.Data)); err != nil {
		c.Problem("image_type", "is no picture that can be decoded: %v", err)
	}
}

// bytesOf gives the encoded picture and its media type.
func bytesOf(v Image) ([]byte, string, error) {
	if v.Data != nil {
		if v.MediaType == "" {
			if _, format, err := image.DecodeConfig(bytes.NewReader(v.Data)); err == nil {
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
	switch v.MediaType {
	case "image/jpeg", "image/jpg":
		v.MediaType = "image/jpeg"
		err = jpeg.Encode(&b, v.Pixels, &jpeg.Options{Quality: jpegQuality})
	case "image/gif":
		err = gif.Encode(&b, v.Pixels, nil)
	default:
		v.MediaType = "image/png"
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
