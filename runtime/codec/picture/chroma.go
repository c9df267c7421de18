package picture

import "image"

// JPEG and lossy WebP store brightness for every pixel and colour for every second
// one or fewer, and Go's decoders leave it at that. Here the pixels are made of
// it: colour is interpolated between its samples, near ones counting three times
// as much, as libjpeg-turbo and libwebp do by default and with them Pillow, OpenCV
// and browsers. So a network sees the colours that it was trained on.

// toRGB makes a row of pixels, four bytes each, of brightness and colour. It leaves
// the fourth byte as it is.
type toRGB func(pix, y, cb, cr []byte)

// fullRange is JPEG's, where black is 0 and white 255 (JFIF 1.02, page 3), in fixed
// point with 16 bits behind the point.
func fullRange(pix, y, cb, cr []byte) {
	cb, cr = cb[:len(y)], cr[:len(y)]
	for x, luma := range y {
		l, blue, red := int32(luma)<<16+1<<15, int32(cb[x])-128, int32(cr[x])-128
		p := pix[4*x : 4*x+3 : 4*x+3]
		p[0] = clamp((l + 91881*red) >> 16)
		p[1] = clamp((l - 22554*blue - 46802*red) >> 16)
		p[2] = clamp((l + 116130*blue) >> 16)
	}
}

// videoRange is WebP's: black is 16 and white 235 (RFC 6386, section 9.2, which
// takes ITU-R BT.601), in libwebp's fixed point.
func videoRange(pix, y, cb, cr []byte) {
	part := func(v uint8, factor int32) int32 { return int32(v) * factor >> 8 }
	cb, cr = cb[:len(y)], cr[:len(y)]
	for x, luma := range y {
		l := part(luma, 19077)
		p := pix[4*x : 4*x+3 : 4*x+3]
		p[0] = clamp((l + part(cr[x], 26149) - 14234) >> 6)
		p[1] = clamp((l - part(cb[x], 6419) - part(cr[x], 13320) + 8708) >> 6)
		p[2] = clamp((l + part(cb[x], 33050) - 17685) >> 6)
	}
}

func clamp(v int32) byte {
	if uint32(v) <= 255 {
		return byte(v)
	}
	return byte(^(v >> 31)) // 0 for what is negative, else 255
}

// rgba gives the pixels of a picture with bounds at 0.
func rgba(src *image.YCbCr, convert toRGB) *image.RGBA {
	dst := image.NewRGBA(src.Bounds())
	fill(dst.Pix, dst.Stride, src, convert)
	return dst
}

// nrgba does the same for one with transparency.
func nrgba(src *image.NYCbCrA, convert toRGB) *image.NRGBA {
	dst := image.NewNRGBA(src.Bounds())
	fill(dst.Pix, dst.Stride, &src.YCbCr, convert)
	w := dst.Rect.Dx()
	for y := range dst.Rect.Dy() {
		row, a := dst.Pix[y*dst.Stride:], src.A[y*src.AStride:]
		for x := range w {
			row[4*x+3] = a[x]
		}
	}
	return dst
}

func fill(pix []byte, stride int, src *image.YCbCr, convert toRGB) {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	blue, red := newChroma(src, src.Cb), newChroma(src, src.Cr)
	for y := range h {
		row := pix[y*stride : y*stride+4*w]
		for x := 3; x < len(row); x += 4 {
			row[x] = 255
		}
		convert(row, src.Y[y*src.YStride:y*src.YStride+w], blue.row(y), red.row(y))
	}
}

// chroma gives rows of one plane of colour at the size of the picture.
type chroma struct {
	plane        []byte
	stride       int
	w, h         int     // of the plane
	across, down int     // pixels a sample
	sums         []int32 // of a row of samples, four times as large
	out          []byte  // a row of pixels
}

func newChroma(src *image.YCbCr, plane []byte) *chroma {
	c := &chroma{plane: plane, stride: src.CStride, across: 1, down: 1}
	switch src.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		c.across = 2
	case image.YCbCrSubsampleRatio420:
		c.across, c.down = 2, 2
	case image.YCbCrSubsampleRatio440:
		c.down = 2
	case image.YCbCrSubsampleRatio411:
		c.across = 4
	case image.YCbCrSubsampleRatio410:
		c.across, c.down = 4, 2
	}
	c.w, c.h = (src.Rect.Dx()+c.across-1)/c.across, (src.Rect.Dy()+c.down-1)/c.down
	c.sums = make([]int32, c.w)
	c.out = make([]byte, c.w*c.across)
	return c
}

// row gives row y of the picture, valid until the next call.
func (c *chroma) row(y int) []byte {
	near := c.samples(y / c.down)
	if c.across == 1 && c.down == 1 {
		return near
	}
	far := near
	if c.down == 2 {
		// The upper of two rows lies nearer to the samples above, the lower to those below.
		far = c.samples(min(max(y/2+2*(y%2)-1, 0), c.h-1))
	}
	near, far = near[:len(c.sums)], far[:len(c.sums)]
	for x := range c.sums {
		c.sums[x] = 3*int32(near[x]) + int32(far[x])
	}
	c.widen()
	return c.out
}

func (c *chroma) samples(y int) []byte { return c.plane[y*c.stride : y*c.stride+c.w] }

// widen makes a row of pixels of sums.
func (c *chroma) widen() {
	if c.across != 2 {
		for x, sum := range c.sums {
			for i := range c.across {
				c.out[c.across*x+i] = byte((sum + 2) >> 2)
			}
		}
		return
	}
	before, sum := c.sums[0], c.sums[0]
	for x, after := range c.sums[1:] {
		p := c.out[2*x : 2*x+2 : 2*x+2]
		p[0], p[1] = byte((3*sum+before+8)>>4), byte((3*sum+after+8)>>4)
		before, sum = sum, after
	}
	end := c.out[len(c.out)-2:]
	end[0], end[1] = byte((3*sum+before+8)>>4), byte((4*sum+8)>>4)
}
