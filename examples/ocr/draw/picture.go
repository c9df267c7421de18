package main

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/math/fixed"
)

// picture is a page with lines of text.
type picture struct {
	name   string // ends in .png or .jpg
	w, h   int
	paper  color.Color
	fade   color.Color // the colour of the paper at the bottom; nil: paper everywhere
	noise  int         // largest change of a pixel's colours
	degree float64     // by which the page is turned to the right in the end
	gray   bool        // saved without colours
	lines  []line      // in reading order
}

// line is one line of text.
type line struct {
	text  string
	x, y  int // where the baseline begins
	size  float64
	face  string // see faces
	ink   color.Color
	split []string // what is read of it where gaps make several boxes; nil: text
}

var faces = map[string][]byte{
	"regular": goregular.TTF, "bold": gobold.TTF, "italic": goitalic.TTF, "mono": gomono.TTF, "medium": gomedium.TTF,
}

func (p picture) expected() []string {
	out := []string{}
	for _, l := range p.lines {
		if l.split != nil {
			out = append(out, l.split...)
		} else {
			out = append(out, l.text)
		}
	}
	return out
}

func (p picture) draw() (image.Image, error) {
	page := image.NewRGBA(image.Rect(0, 0, p.w, p.h))
	p.fill(page)
	for _, l := range p.lines {
		if err := l.draw(page); err != nil {
			return nil, err
		}
	}
	if p.degree != 0 {
		page = p.turn(page)
	}
	p.roughen(page)
	if p.gray {
		g := image.NewGray(page.Bounds())
		draw.Draw(g, g.Bounds(), page, image.Point{}, draw.Src)
		return g, nil
	}
	return page, nil
}

// fill paints the paper.
func (p picture) fill(page *image.RGBA) {
	for y := range p.h {
		c := p.paper
		if p.fade != nil {
			c = mix(p.paper, p.fade, float64(y)/float64(p.h))
		}
		draw.Draw(page, image.Rect(0, y, p.w, y+1), image.NewUniform(c), image.Point{}, draw.Src)
	}
}

func mix(a, b color.Color, t float64) color.Color {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	m := func(x, y uint32) uint8 { return uint8((float64(x)*(1-t) + float64(y)*t) / 257) }
	return color.RGBA{m(ar, br), m(ag, bg), m(ab, bb), 255}
}

func (l line) draw(page *image.RGBA) error {
	ttf, ok := faces[l.face]
	if !ok {
		return fmt.Errorf("there is no face called %q", l.face)
	}
	f, err := opentype.Parse(ttf)
	if err != nil {
		return err
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: l.size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return err
	}
	d := font.Drawer{Dst: page, Src: image.NewUniform(l.ink), Face: face, Dot: fixed.P(l.x, l.y)}
	d.DrawString(l.text)
	return nil
}

// turn turns the page about its middle. The new page holds all of the old one.
func (p picture) turn(page *image.RGBA) *image.RGBA {
	sin, cos := math.Sincos(p.degree * math.Pi / 180)
	w, h := float64(p.w), float64(p.h)
	nw := math.Round(math.Abs(w*cos) + math.Abs(h*sin))
	nh := math.Round(math.Abs(w*sin) + math.Abs(h*cos))
	out := image.NewRGBA(image.Rect(0, 0, int(nw), int(nh)))
	draw.Draw(out, out.Bounds(), image.NewUniform(p.paper), image.Point{}, draw.Src)
	m := f64.Aff3{
		cos, -sin, nw/2 - (cos*w-sin*h)/2,
		sin, cos, nh/2 - (sin*w+cos*h)/2,
	}
	draw.CatmullRom.Transform(out, m, page, page.Bounds(), draw.Over, nil)
	return out
}

// roughen adds noise, the same every time.
func (p picture) roughen(page *image.RGBA) {
	if p.noise == 0 {
		return
	}
	r := rand.New(rand.NewPCG(1, uint64(len(p.name))))
	for i := range page.Pix {
		if i%4 != 3 {
			v := int(page.Pix[i]) + r.IntN(2*p.noise+1) - p.noise
			page.Pix[i] = uint8(min(max(v, 0), 255))
		}
	}
}
