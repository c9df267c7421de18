package picture

import (
	"image"
	"strings"
	"testing"

	"bentoc.dev/runtime/codec"
)

// TestCheck: what a step returns, or an edge brings, is held to what is declared.
func TestCheck(t *testing.T) {
	t.Parallel()
	px := image.NewGray(image.Rect(0, 0, 30, 20))
	png := plainPNG(300, 20, 8, 0, false, false)
	for _, c := range []struct {
		v    Image
		l    Limits
		want string
	}{
		{Image{}, Limits{}, "neither Pixels nor Data"},
		{Image{Pixels: image.NewGray(image.Rectangle{})}, Limits{}, "without pixels"},
		{Image{Pixels: px}, Limits{}, ""},
		{Image{Pixels: px}, Limits{MaxPixels: 600, MaxBytes: 1, MediaTypes: []string{"image/png"}}, ""},
		{Image{Pixels: px}, Limits{MaxPixels: 599}, "has 30 × 20 pixels, more than the 599 allowed"},
		{Image{Pixels: px}, Limits{MediaTypes: []string{"image/jpeg"}}, "is image/png; allowed is image/jpeg"},
		{Image{Pixels: px, MediaType: "image/jpg"}, Limits{MediaTypes: []string{"image/jpeg"}}, ""},
		{Image{Pixels: px, Data: png}, Limits{MaxBytes: 10}, "more than the 10 allowed"},
		{Image{Pixels: px, Data: png}, Limits{MediaTypes: []string{"image/gif"}}, "is image/png; allowed is image/gif"},
		{Image{Data: png}, Limits{MaxPixels: 5000}, "has 300 × 20 pixels, more than the 5000 allowed"},
		{Image{Data: png}, Limits{}, ""},
		{Image{Data: []byte("%PDF-1")}, Limits{}, "is PDF"},
	} {
		var k codec.Checker
		Check(&k, c.v, c.l)
		if err := k.Err("the answer"); c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q %+v: %v, want %q", c.v.MediaType, c.l, err, c.want)
		}
	}
}
