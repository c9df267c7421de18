package vision

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"
	"testing"
)

// plane is a page whose colours rise evenly: what lies between pixels is known.
func plane(w, h int) *Page {
	p := NewPage(w, h)
	for y := range h {
		for x := range w {
			copy(p.Pix[(y*w+x)*3:], []byte{byte(x), byte(y), byte((x + y) / 2)})
		}
	}
	return p
}

func (p *Page) at(x, y int) [3]byte { return [3]byte(p.Pix[(y*p.W+x)*3:][:3]) }

func TestFromImage(t *testing.T) {
	t.Parallel()
	source := image.NewNRGBA(image.Rect(3, 4, 13, 9))
	for i := range source.Pix {
		source.Pix[i] = byte(i * 37)
	}
	for i := 3; i < len(source.Pix); i += 4 {
		source.Pix[i] = 255
	}
	source.SetNRGBA(5, 6, color.NRGBA{R: 200, A: 51}) // a fifth of red over white
	want := FromImage(source)
	if got := want.at(2, 2); got != [3]byte{204, 204, 244} {
		t.Errorf("a transparent pixel became %v", got)
	}
	for _, into := range []draw.Image{image.NewRGBA(source.Rect), image.NewNRGBA64(source.Rect), image.NewRGBA64(source.Rect)} {
		draw.Draw(into, source.Rect, source, source.Rect.Min, draw.Src)
		if got := FromImage(into); got.W != 10 || got.H != 5 || !near(got.Pix, want.Pix, 1) {
			t.Errorf("%T gives other pixels", into)
		}
	}
	sub := source.SubImage(image.Rect(5, 6, 8, 9))
	if got := FromImage(sub); got.W != 3 || got.at(0, 0) != want.at(2, 2) {
		t.Error("a part of a picture gives other pixels")
	}
}

func TestFromImageOfOtherKinds(t *testing.T) {
	t.Parallel()
	r := image.Rect(0, 0, 2, 1)
	gray := image.NewGray(r)
	gray.Pix[1] = 90
	palette := image.NewPaletted(r, color.Palette{color.Black, color.RGBA{90, 90, 90, 255}})
	palette.Pix[1] = 1
	ycc := image.NewYCbCr(r, image.YCbCrSubsampleRatio420)
	copy(ycc.Y, []byte{0, 90})
	ycc.Cb[0], ycc.Cr[0] = 128, 128
	for _, img := range []image.Image{gray, palette, ycc} {
		if got := FromImage(img).Pix; !slices.Equal(got, []byte{0, 0, 0, 90, 90, 90}) {
			t.Errorf("%T gives %v", img, got)
		}
	}
}

// near tells whether no byte differs by more than by.
func near(a, b []byte, by int) bool {
	for i := range min(len(a), len(b)) {
		if d := int(a[i]) - int(b[i]); d > by || d < -by {
			return false
		}
	}
	return len(a) == len(b)
}

func TestResize(t *testing.T) {
	t.Parallel()
	p := plane(100, 60)
	if q := p.Resize(100, 60); !slices.Equal(p.Pix, q.Pix) {
		t.Error("the same size gives other pixels")
	}
	for _, size := range [][2]int{{50, 30}, {200, 120}, {37, 91}, {1, 1}, {100, 1}} {
		q := p.Resize(size[0], size[1])
		for y := range q.H {
			for x := range q.W {
				// Pixel centres at halves; the edge goes on beyond the outer centres.
				wx := min(max((float64(x)+0.5)*100/float64(q.W)-0.5, 0), 99)
				wy := min(max((float64(y)+0.5)*60/float64(q.H)-0.5, 0), 59)
				if c := q.at(x, y); math.Abs(float64(c[0])-wx) > 0.6 || math.Abs(float64(c[1])-wy) > 0.6 {
					t.Fatalf("at %v, pixel %d,%d is %v, want %.1f %.1f", size, x, y, c, wx, wy)
				}
			}
		}
	}
	if q := plane(1, 1).Resize(5, 4); q.at(4, 3) != [3]byte{} {
		t.Error("one pixel does not spread")
	}
}

func TestNormalise(t *testing.T) {
	t.Parallel()
	p := NewPage(2, 1)
	copy(p.Pix, []byte{0, 127, 255, 255, 0, 51})
	got := p.Normalise(2, 1, 3)
	want := []float32{-1, 1, 0, -0.00392, -1, 0, 1, -0.6, 0}
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > 1e-4 {
			t.Fatalf("planes are %v, want %v", got, want)
		}
	}
}

func TestPrepare(t *testing.T) {
	t.Parallel()
	cases := []struct{ w, h, pageW, pageH, top, detW, detH int }{
		{720, 480, 720, 480, 0, 704, 480},
		{4000, 1000, 1984, 512, 0, 1984, 512},
		{1000, 4000, 512, 1984, 0, 512, 1984},
		{100, 20, 160, 32, 0, 160, 32},
		{800, 60, 800, 200, 70, 800, 192},
		{20, 20, 32, 32, 0, 32, 32},
		{2, 3000, 32, 1984, 0, 32, 1984},
		{1000, 4, 1984, 496, 232, 1984, 512},
	}
	for _, c := range cases {
		p, err := Prepare(plane(c.w, c.h))
		if err != nil {
			t.Errorf("%d × %d: %v", c.w, c.h, err)
			continue
		}
		detW, detH := p.Page.DetectorSize()
		got := []int{p.Page.W, p.Page.H, p.Top, detW, detH}
		if want := []int{c.pageW, c.pageH, c.top, c.detW, c.detH}; !slices.Equal(got, want) {
			t.Errorf("%d × %d becomes %v, want %v", c.w, c.h, got, want)
		}
		x, y := p.Original(float64(p.Page.W), float64(p.Page.H-p.Top))
		if math.Abs(x-float64(c.w)) > 1e-9 || math.Abs(y-float64(c.h)) > 1e-9 {
			t.Errorf("%d × %d: the lower right corner maps to %v,%v", c.w, c.h, x, y)
		}
	}
	for _, size := range [][2]int{{0, 5}, {5, 0}} {
		if _, err := Prepare(NewPage(size[0], size[1])); err == nil {
			t.Errorf("%v is accepted", size)
		}
	}
}
