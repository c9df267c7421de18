package picture_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/codec/picture"
	"bentoc.dev/runtime/spec"
)

// webp is a picture of one pixel.
const webp = "UklGRhwAAABXRUJQVlA4TA8AAAAvAAAAAAcQ/Y/+ByKi/wEA"

func drawn(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		img.Set(x, x%h, color.RGBA{uint8(x), 7, 9, 255})
	}
	return img
}

func encoded(t *testing.T, format string, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, img)
	case "jpeg":
		err = jpeg.Encode(&b, img, nil)
	case "gif":
		err = gif.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(media string, data []byte, l picture.Limits) (picture.Image, error) {
	v, err := codec.RawFile(func(r *codec.Reader, v *picture.Image) { picture.Read(r, v, l) }).Decode(&spec.Source{ContentType: media, Body: data})
	if err != nil {
		return picture.Image{}, err
	}
	return v.(picture.Image), nil
}

func TestPicturesGoThroughUnchanged(t *testing.T) {
	t.Parallel()
	pictures := map[string][]byte{}
	for _, format := range []string{"png", "jpeg", "gif"} {
		pictures[format] = encoded(t, format, drawn(6, 5))
	}
	pictures["webp"], _ = base64.StdEncoding.DecodeString(webp)
	for format, data := range pictures {
		img, err := read("", data, picture.Limits{})
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		if img.Pixels == nil || img.MediaType != "image/"+format {
			t.Errorf("%s: got %s %v", format, img.MediaType, img.Pixels)
		}
		p, err := picture.Encode(img)
		if err != nil || p.ContentType != "image/"+format || !bytes.Equal(p.Body, data) {
			t.Errorf("%s: %s %v, %d of %d bytes", format, p.ContentType, err, len(p.Body), len(data))
		}
	}
}

func TestPicturesOfStepsAreEncoded(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string]string{"": "png", "image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif", "image/webp": "png"} {
		p, err := picture.Encode(picture.Image{Pixels: drawn(6, 5), MediaType: asked})
		if err != nil || p.ContentType != "image/"+want {
			t.Errorf("%s: %s %v", asked, p.ContentType, err)
			continue
		}
		if _, format, err := image.Decode(bytes.NewReader(p.Body)); err != nil || format != want {
			t.Errorf("%s: %s %v", asked, format, err)
		}
	}
	if _, err := picture.Encode(picture.Image{}); err == nil {
		t.Error("nothing is a picture")
	}
	if got := string(picture.Append(nil, picture.Image{Data: []byte("abc"), MediaType: "image/png"})); got != `"data:image/png;base64,YWJj"` {
		t.Errorf("got %s", got)
	}
}

func TestWhatIsNoPicture(t *testing.T) {
	t.Parallel()
	good := encoded(t, "png", drawn(100, 50))
	// A header that promises more pixels than there is memory for.
	bomb := bytes.Clone(encoded(t, "gif", drawn(3, 3)))
	copy(bomb[6:], []byte{0xff, 0xff, 0xff, 0xff})
	for _, c := range []struct {
		data   []byte
		limits picture.Limits
		status int
		want   string
	}{
		{[]byte("text"), picture.Limits{}, 422, "is no picture that can be decoded: PNG, JPEG, GIF and WebP can"},
		{good[:len(good)/2], picture.Limits{}, 422, "is a broken picture: "},
		{good, picture.Limits{MaxPixels: 4999}, 422, "has 100 × 50 pixels, more than the 4999 allowed"},
		{bomb, picture.Limits{}, 422, "has 65535 × 65535 pixels, more than the 50000000 allowed"},
		{good, picture.Limits{MaxBytes: 10}, 413, "bytes, more than the 10 allowed"},
		{good, picture.Limits{MediaTypes: []string{"image/jpeg", "image/web*"}}, 415, "is image/png; allowed is image/jpeg, image/web*"},
		{good, picture.Limits{MediaTypes: []string{"image/*"}, MaxPixels: 5000}, 0, ""},
	} {
		_, err := read("image/png", c.data, c.limits)
		if c.status == 0 {
			if err != nil {
				t.Errorf("%+v: %v", c.limits, err)
			}
			continue
		}
		var ie *spec.InputError
		if !errors.As(err, &ie) || ie.Status != c.status || !strings.Contains(ie.Message, c.want) {
			t.Errorf("%+v: got %v, want %d %s", c.limits, err, c.status, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v    picture.Image
		fine bool
	}{
		{picture.Image{Pixels: drawn(1, 1)}, true},
		{picture.Image{Data: encoded(t, "png", drawn(1, 1))}, true},
		{picture.Image{}, false},
		{picture.Image{Data: []byte("x")}, false},
		{picture.Image{Pixels: image.NewGray(image.Rectangle{})}, false},
	} {
		var checker codec.Checker
		picture.Check(&checker, c.v, picture.Limits{})
		if err := checker.Err("x"); (err == nil) != c.fine {
			t.Errorf("%+v: %v", c.v, err)
		}
	}
}
