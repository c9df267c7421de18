// Package audio reads and writes recordings for generated code. It is imported only
// where a bento has them. It reads WAV itself; the other formats are packages below it,
// each imported only where a bento allows its media type.
//
// A recording is decoded once, when it comes in, to numbers from -1 to 1, a row for
// each channel, in the order of the file. What its type declares besides is made of it
// then: another sample rate by [resample], fewer channels by their mean. Its header is
// read first, so that one that lasts too long costs no memory, and a file that ends
// early, or that does not hold what its header says, is refused: never a shorter
// recording. What a graph hands through unchanged goes out as the very bytes that came
// in; what a step makes goes out as WAV of 32-bit floats, sample for sample.
package audio

import (
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

// MaxDuration is how long a recording may last where its type says nothing.
const MaxDuration = 10 * time.Minute

// Audio is a recording. The type of the same name in package bentogen has the same
// fields, so that one converts to the other.
type Audio struct {
	Rate      int       // samples a second of each channel
	Channels  int       // how many rows Samples has
	Samples   []float32 // row by row: all of the first channel, then all of the second
	MediaType string    // such as audio/wav
	Data      []byte    // the encoded recording; nil for one that was changed or made here
}

// len is the number of samples of each channel.
func (a *Audio) len() int {
	if a.Channels <= 0 {
		return 0
	}
	return len(a.Samples) / a.Channels
}

// Limits is what a recording may be, and is made into. Zero values mean [MaxDuration],
// whatever comes, and no other limit.
type Limits struct {
	MaxBytes      int64
	MaxDurationMs int64
	SampleRate    int
	Channels      int
	MediaTypes    []string  // such as audio/wav or audio/*
	Formats       []*Format // that are read beside WAV
}

// Read reads a recording: a part of a form, or in JSON a text in base64 or a data:
// URI. What is no recording, or one that is broken or too long, is a problem with
// status 422; a media type that is not allowed one with 415.
func Read(r *codec.Reader, v *Audio, l Limits) bool {
	f, ok := r.FileBytes()
	if !ok {
		return false
	}
	if l.MaxBytes > 0 && int64(len(f.Data)) > l.MaxBytes {
		r.ProblemStatus(413, "file_too_large", "has %d bytes, more than the %d allowed", len(f.Data), l.MaxBytes)
		return false
	}
	a, wrong := decode(r, f.Data, l)
	if wrong != nil {
		r.ProblemStatus(wrong.status, wrong.kind, "%s", wrong.msg)
	}
	if a == nil {
		return false
	}
	*v = *a
	return true
}

// Check wants a recording that a step returns, or that an edge brings, to be one that
// can be written, within the limits. It is not resampled and not mixed here.
func Check(c *codec.Checker, v Audio, l Limits) {
	if p := check(&v, l); p != nil {
		c.ProblemStatus(p.status, p.kind, "%s", p.msg)
	}
}

func check(v *Audio, l Limits) *problem {
	media := wavType
	size := wavSize(v)
	if v.Data != nil {
		media, size = mediaOf(v.Data), int64(len(v.Data))
	}
	switch {
	case v.Data == nil && v.Samples == nil:
		return unusable("is no recording: neither Samples nor Data is set")
	case media == "":
		return unusable("%s", otherFormat(v.Data))
	case !allowed(media, l.MediaTypes):
		return l.notAllowed(media)
	case l.MaxBytes > 0 && size > l.MaxBytes:
		return &problem{413, "file_too_large", fmt.Sprintf("has %d bytes, more than the %d allowed", size, l.MaxBytes)}
	}
	h := Header{Rate: v.Rate, Channels: v.Channels, Len: int64(v.len())}
	if v.Samples == nil {
		format := l.format(media)
		if format == nil {
			return nil // nothing here reads it
		}
		s, err := Opened(format, v.Data)
		if err != nil {
			return broken(format, err)
		}
		h = s.Header()
	} else if v.Channels <= 0 || len(v.Samples)%v.Channels != 0 {
		return unusable("has %d samples, which are no %d rows of one length", len(v.Samples), v.Channels)
	}
	if p := l.within(h); p != nil {
		return p
	}
	switch {
	case l.SampleRate > 0 && h.Rate != l.SampleRate:
		return unusable("has %d samples a second, not the %d declared", h.Rate, l.SampleRate)
	case l.Channels > 0 && h.Channels != l.Channels:
		return unusable("has %d channels, not the %d declared", h.Channels, l.Channels)
	}
	for i, x := range v.Samples {
		if x-x != 0 {
			return unusable("has a sample, at %d, that is no finite number", i)
		}
	}
	return nil
}

// bytesOf gives the encoded recording and its media type.
func bytesOf(v *Audio) ([]byte, string, error) {
	if v.Data != nil {
		media := v.MediaType
		if media == "" {
			media = mediaOf(v.Data)
		}
		return v.Data, media, nil
	}
	if v.Samples == nil {
		return nil, "", errors.New("encoding a recording: it has no samples")
	}
	data, err := writeWAV(v)
	return data, wavType, err
}

// Encode writes a recording as the body of a response.
func Encode(v Audio) (spec.Payload, error) {
	data, media, err := bytesOf(&v)
	if err != nil {
		return spec.Payload{}, err
	}
	return spec.Payload{ContentType: media, Body: data}, nil
}

// Append writes a recording inside JSON, as a data: URI; null when it cannot be
// encoded.
func Append(b []byte, v Audio) []byte {
	data, media, err := bytesOf(&v)
	if err != nil {
		return append(b, "null"...)
	}
	b = append(b, `"data:`...)
	b = append(b, media...)
	b = append(b, ";base64,"...)
	b = base64.StdEncoding.AppendEncode(b, data)
	return append(b, '"')
}
