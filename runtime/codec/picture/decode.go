package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"strings"

	_ "golang.org/x/image/webp" // registers its decoder
)

// problem is what is wrong with a picture.
type problem struct {
	status int
	kind   string
	msg    string
}

func unusable(format string, args ...any) *problem {
	return &problem{422, "image_type", fmt.Sprintf(format, args...)}
}

// encoded is a picture before it is decoded.
type encoded struct {
	format      string
	data        []byte          // what the decoder gets: one frame
	canvas      image.Point     // the size of the whole
	frame       image.Rectangle // where the frame lies on it; empty for all of it
	orientation int
}

// open reads the header of a picture.
func open(data []byte) (*encoded, *problem) {
	e := &encoded{format: formatOf(data), data: data, orientation: upright}
	var err error
	switch e.format {
	case "":
		return nil, unusable("%s: PNG, JPEG, GIF and WebP can", otherFormat(data))
	case "webp":
		e.canvas, err = e.openWebP(data)
	case "gif":
		e.data = wholeGIF(data)
		e.canvas, err = e.size()
	default:
		e.canvas, err = e.size()
	}
	if err != nil {
		return nil, e.broken(err)
	}
	if e.canvas.X <= 0 || e.canvas.Y <= 0 {
		return nil, unusable("has %d × %d pixels", e.canvas.X, e.canvas.Y)
	}
	e.orientation = orientation(e.format, data)
	return e, nil
}

// seen is the size of the upright picture.
func (e *encoded) seen() (w, h int64) {
	if e.orientation >= transposed {
		return int64(e.canvas.Y), int64(e.canvas.X)
	}
	return int64(e.canvas.X), int64(e.canvas.Y)
}

// openWebP finds the first picture of a WebP file and gives the size of its canvas.
func (e *encoded) openWebP(data []byte) (canvas image.Point, err error) {
	if e.data, canvas, e.frame, err = stillWebP(data); err != nil {
		return canvas, err
	}
	size, err := e.size()
	switch {
	case err != nil || e.frame.Empty():
		return size, err
	case e.frame.Size() != size: // it could be larger than what the canvas lets expect
		return canvas, errWebP
	}
	return canvas, nil
}

// size reads the size that the decoder will see.
func (e *encoded) size() (image.Point, error) {
	if e.format == "png" && len(e.data) >= 24 && [4]byte(e.data[16:20]) == [4]byte{} || e.format == "gif" && len(e.data) < 13 {
		return image.Point{}, nil
	}
	cfg, _, err := image.DecodeConfig(bytes.NewReader(e.data))
	return image.Pt(cfg.Width, cfg.Height), err
}

// broken says what is wrong by a decoder's error: the file or the decoder.
func (e *encoded) broken(err error) *problem {
	var noJPEG jpeg.UnsupportedError
	var noPNG png.UnsupportedError
	if errors.As(err, &noJPEG) || errors.As(err, &noPNG) {
		return unusable("is a picture of a kind that cannot be decoded: %v", err)
	}
	return unusable("is a broken picture: %v", err)
}

// within tells what of a picture is not within its limits, by its header.
func (e *encoded) within(l Limits) *problem {
	if media := e.media(); !allowed(media, l.MediaTypes) {
		return &problem{415, "media_type", "is " + media + "; allowed is " + strings.Join(l.MediaTypes, ", ")}
	}
	w, h := e.seen()
	return tooLarge(w, h, l)
}

// tooLarge tells that a picture has more pixels than it may.
func tooLarge(w, h int64, l Limits) *problem {
	limit := l.MaxPixels
	if limit <= 0 {
		limit = MaxPixels
	}
	if w > limit/h {
		return &problem{422, "image_too_large", fmt.Sprintf("has %d × %d pixels, more than the %d allowed", w, h, limit)}
	}
	return nil
}

func (e *encoded) media() string { return "image/" + e.format }

// pixels decodes the frame and puts it where it belongs.
func (e *encoded) pixels() (image.Image, error) {
	px, _, err := image.Decode(bytes.NewReader(e.data))
	if err != nil {
		return nil, err
	}
	convert := fullRange
	if e.format == "webp" {
		convert = videoRange
	}
	switch stored := px.(type) {
	case *image.YCbCr:
		px = rgba(stored, convert)
	case *image.NYCbCrA:
		px = nrgba(stored, convert)
	}
	frame := e.frame
	if e.format == "gif" { // its decoder keeps the place
		if frame = px.Bounds(); frame.Empty() {
			return nil, errGIF
		}
	}
	if whole := (image.Rectangle{Max: e.canvas}); !frame.Empty() && frame != whole {
		canvas := image.NewNRGBA(whole)
		draw.Draw(canvas, frame, px, px.Bounds().Min, draw.Src)
		px = canvas
	}
	return turn(px, e.orientation)
}

// formatOf gives the format of a picture that can be decoded, "" for any other.
func formatOf(data []byte) string {
	begins := func(magic string) bool { return bytes.HasPrefix(data, []byte(magic)) }
	switch {
	case begins("\x89PNG\r\n\x1a\n"):
		return "png"
	case begins("\xff\xd8\xff"):
		return "jpeg"
	case begins("GIF87a"), begins("GIF89a"):
		return "gif"
	case begins("RIFF") && len(data) >= 12 && string(data[8:12]) == "WEBP":
		return "webp"
	}
	return ""
}

// otherFormats are pictures that people send and that cannot be decoded, by how
// they begin, from a byte on.
var otherFormats = []struct {
	at          int
	magic, name string
}{
	{4, "ftypavi", "AVIF"},
	{4, "ftyphei", "HEIC"}, {4, "ftyphev", "HEIC"}, {4, "ftypmif1", "HEIF"}, {4, "ftypmsf1", "HEIF"},
	{0, "\xff\x0a", "JPEG XL"}, {4, "JXL ", "JPEG XL"},
	{4, "jP  ", "JPEG 2000"}, {0, "\xff\x4f\xff\x51", "JPEG 2000"},
	{0, "II*\x00", "TIFF"}, {0, "MM\x00*", "TIFF"}, {0, "II+\x00", "TIFF"}, {0, "MM\x00+", "TIFF"},
	{0, "BM", "BMP"}, {0, "\x00\x00\x01\x00", "an icon"}, {0, "<svg", "SVG"}, {0, "<?xml", "XML"}, {0, "%PDF", "PDF"},
}

// strayBytes is how far into a file a JPEG is looked for.
const strayBytes = 4096

// otherFormat says what a file is that has no format that can be decoded.
func otherFormat(data []byte) string {
	for _, f := range otherFormats {
		if len(data) > f.at && bytes.HasPrefix(data[f.at:], []byte(f.magic)) {
			return "is " + f.name + ", which cannot be decoded"
		}
	}
	if i := bytes.Index(data[:min(len(data), strayBytes)], []byte("\xff\xd8\xff")); i > 0 {
		return fmt.Sprintf("is no picture that can be decoded (after %d other bytes comes what a JPEG begins with)", i)
	}
	return "is no picture that can be decoded"
}
