package picture

import (
	"fmt"
	"image"
)

// turn lays a picture upright, by its Exif orientation. The result has the type
// that img has, with bounds at 0.
func turn(img image.Image, orientation int) (image.Image, error) {
	if orientation == upright {
		return img, nil
	}
	r := img.Bounds()
	w, h := r.Dx(), r.Dy()
	to := image.Rect(0, 0, w, h)
	if orientation >= transposed {
		to = image.Rect(0, 0, h, w)
	}
	t := turner{orientation, w, h}
	switch src := img.(type) {
	case *image.Gray:
		dst := image.NewGray(to)
		t.copy(dst.Pix, src.Pix, src.Stride, 1)
		return dst, nil
	case *image.Gray16:
		dst := image.NewGray16(to)
		t.copy(dst.Pix, src.Pix, src.Stride, 2)
		return dst, nil
	case *image.Paletted:
		dst := image.NewPaletted(to, src.Palette)
		t.copy(dst.Pix, src.Pix, src.Stride, 1)
		return dst, nil
	case *image.RGBA:
		dst := image.NewRGBA(to)
		t.copy(dst.Pix, src.Pix, src.Stride, 4)
		return dst, nil
	case *image.NRGBA:
		dst := image.NewNRGBA(to)
		t.copy(dst.Pix, src.Pix, src.Stride, 4)
		return dst, nil
	case *image.CMYK:
		dst := image.NewCMYK(to)
		t.copy(dst.Pix, src.Pix, src.Stride, 4)
		return dst, nil
	case *image.RGBA64:
		dst := image.NewRGBA64(to)
		t.copy(dst.Pix, src.Pix, src.Stride, 8)
		return dst, nil
	case *image.NRGBA64:
		dst := image.NewNRGBA64(to)
		t.copy(dst.Pix, src.Pix, src.Stride, 8)
		return dst, nil
	}
	return nil, fmt.Errorf("a picture of type %T cannot be turned", img)
}

// turner copies the pixels of a picture of w × h into their places.
type turner struct{ orientation, w, h int }

// copy fills dst, whose rows lie close together, from src. A pixel has size bytes.
func (t turner) copy(dst, src []byte, stride, size int) {
	// The pixel of dst at x, y is the one of src at start + x*right + y*down.
	last, bottom := (t.w-1)*size, (t.h-1)*stride
	start, right, down := 0, size, stride
	switch t.orientation {
	case 2:
		start, right = last, -size
	case 3:
		start, right, down = last+bottom, -size, -stride
	case 4:
		start, down = bottom, -stride
	case 5:
		right, down = stride, size
	case 6:
		start, right, down = bottom, -stride, size
	case 7:
		start, right, down = last+bottom, -stride, -size
	case 8:
		start, right, down = last, stride, -size
	}
	w, h := t.w, t.h
	if t.orientation >= transposed {
		w, h = h, w
	}
	for y := range h {
		from := start + y*down
		row := dst[y*w*size : (y+1)*w*size]
		for len(row) > 0 {
			copy(row[:size], src[from:from+size])
			row, from = row[size:], from+right
		}
	}
}
