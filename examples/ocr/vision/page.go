// Package vision has the picture work around the PP-OCRv4 networks: scaling
// and normalising a page, finding lines of text in the detector's score map,
// cutting them out upright, and spelling the recogniser's answer. The steps of
// this example put it between the networks.
//
// The methods and constants are those of PaddleOCR's published pipeline, as
// RapidOCR 1.4.4 sets them, so that boxes and texts agree with it.
package vision

import (
	"image"
	"image/color"
)

// Page is a picture: rows of blue, green and red bytes. The networks were
// trained on that order.
type Page struct {
	W, H int
	Pix  []byte // H × W × 3
}

// NewPage gives a black page.
func NewPage(w, h int) *Page { return &Page{W: w, H: h, Pix: make([]byte, w*h*3)} }

// FromImage copies a decoded picture. What is transparent becomes white.
func FromImage(img image.Image) *Page {
	b := img.Bounds()
	p := NewPage(b.Dx(), b.Dy())
	for y := range p.H {
		row := p.Pix[y*p.W*3 : (y+1)*p.W*3]
		switch img := img.(type) {
		case *image.YCbCr:
			rowYCbCr(row, img, b.Min.X, b.Min.Y+y)
		case *image.Gray:
			rowGray(row, img.Pix[img.PixOffset(b.Min.X, b.Min.Y+y):])
		case *image.RGBA:
			rowRGBA(row, img.Pix[img.PixOffset(b.Min.X, b.Min.Y+y):])
		case *image.NRGBA:
			rowNRGBA(row, img.Pix[img.PixOffset(b.Min.X, b.Min.Y+y):])
		case *image.Paletted:
			rowPaletted(row, img, img.Pix[img.PixOffset(b.Min.X, b.Min.Y+y):])
		default:
			rowAny(row, img, b.Min.X, b.Min.Y+y)
		}
	}
	return p
}

func rowYCbCr(row []byte, img *image.YCbCr, x0, y int) {
	for i, x := 0, x0; i < len(row); i, x = i+3, x+1 {
		c := img.COffset(x, y)
		r, g, b := color.YCbCrToRGB(img.Y[img.YOffset(x, y)], img.Cb[c], img.Cr[c])
		row[i], row[i+1], row[i+2] = b, g, r
	}
}

func rowGray(row, pix []byte) {
	for i := 0; i < len(row); i += 3 {
		v := pix[i/3]
		row[i], row[i+1], row[i+2] = v, v, v
	}
}

// rowRGBA takes premultiplied colours.
func rowRGBA(row, pix []byte) {
	for i, j := 0, 0; i < len(row); i, j = i+3, j+4 {
		rest := 255 - pix[j+3]
		row[i], row[i+1], row[i+2] = pix[j+2]+rest, pix[j+1]+rest, pix[j]+rest
	}
}

func rowNRGBA(row, pix []byte) {
	for i, j := 0, 0; i < len(row); i, j = i+3, j+4 {
		a := uint32(pix[j+3])
		if a == 255 {
			row[i], row[i+1], row[i+2] = pix[j+2], pix[j+1], pix[j]
			continue
		}
		for c := range 3 {
			row[i+c] = byte((uint32(pix[j+2-c])*a + 255*(255-a) + 127) / 255)
		}
	}
}

func rowPaletted(row []byte, img *image.Paletted, pix []byte) {
	var colours [256][3]byte
	for i, c := range img.Palette {
		if i < 256 {
			colours[i] = overWhite(c)
		}
	}
	for i := 0; i < len(row); i += 3 {
		copy(row[i:i+3], colours[pix[i/3]][:])
	}
}

func rowAny(row []byte, img image.Image, x0, y int) {
	for i, x := 0, x0; i < len(row); i, x = i+3, x+1 {
		c := overWhite(img.At(x, y))
		copy(row[i:i+3], c[:])
	}
}

// overWhite lays a colour over white and gives blue, green and red.
func overWhite(c color.Color) [3]byte {
	r, g, b, a := c.RGBA()
	rest := 0xffff - a
	return [3]byte{byte((b + rest) >> 8), byte((g + rest) >> 8), byte((r + rest) >> 8)}
}

// rotate90 turns a page a quarter to the left.
func (p *Page) rotate90() *Page {
	q := NewPage(p.H, p.W)
	for y := range q.H {
		for x := range q.W {
			copy(q.Pix[(y*q.W+x)*3:][:3], p.Pix[(x*p.W+p.W-1-y)*3:][:3])
		}
	}
	return q
}

// letterbox adds black rows above and below.
func (p *Page) letterbox(rows int) *Page {
	q := NewPage(p.W, p.H+2*rows)
	copy(q.Pix[rows*p.W*3:], p.Pix)
	return q
}
