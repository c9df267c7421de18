package vision

import (
	"errors"
	"math"
)

// Sizes of pages, in pixels.
const (
	maxSide   = 2000 // longer pages are scaled down
	minSide   = 30   // narrower ones up
	maxAspect = 8    // wider pages get rows above and below
)

// Prepared is a page of a size that the detector can work on.
type Prepared struct {
	Page *Page
	W, H int // size of the original picture
	Top  int // rows that were added above, and below, at Page's scale
}

// Prepare scales pages that are too large or too small, and adds rows to ones
// that are much wider than high. What has only a few rows or columns is
// distorted: there is nothing to read in it.
func Prepare(p *Page) (*Prepared, error) {
	if p.W < 1 || p.H < 1 {
		return nil, errors.New("the picture is empty")
	}
	out := &Prepared{Page: p, W: p.W, H: p.H}
	if long := max(p.W, p.H); long > maxSide {
		out.Page = p.scaled(float64(maxSide) / float64(long))
	}
	if short := min(out.Page.W, out.Page.H); short < minSide {
		long := max(out.Page.W, out.Page.H)
		out.Page = out.Page.scaled(min(float64(minSide)/float64(short), float64(maxSide)/float64(long)))
	}
	p = out.Page
	if p.H <= minSide || float64(p.W)/float64(p.H) > maxAspect {
		want := 2 * max(p.W/maxAspect, minSide)
		out.Top = max(0, want-p.H) / 2
		out.Page = p.letterbox(out.Top)
	}
	return out, nil
}

// multiple rounds to a multiple of 32, which the detector needs; at least one.
func multiple(v float64) int { return max(32, int(math.RoundToEven(math.Floor(v)/32))*32) }

func (p *Page) scaled(ratio float64) *Page {
	return p.Resize(multiple(float64(p.W)*ratio), multiple(float64(p.H)*ratio))
}

// DetectorSize gives the width and height at which the detector sees a page.
// RapidOCR scales pages up until the shorter side has 736 pixels, unless told
// otherwise (det_limit_type=max): that costs up to a hundred times as much and
// tears large words apart.
func (p *Page) DetectorSize() (w, h int) { return multiple(float64(p.W)), multiple(float64(p.H)) }

// Original maps a point of the prepared page to the picture that came in.
func (p *Prepared) Original(x, y float64) (float64, float64) {
	x *= float64(p.W) / float64(p.Page.W)
	y = (y - float64(p.Top)) * float64(p.H) / float64(p.Page.H-2*p.Top)
	return min(max(x, 0), float64(p.W)), min(max(y, 0), float64(p.H))
}
