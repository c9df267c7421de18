// Package steps makes pictures smaller and lays them side by side.
package steps

import (
	"context"
	"image"

	"golang.org/x/image/draw"

	"example.com/thumbnail/bentogen"
)

// Fit scales a picture down until both its sides are at most in.Edge pixels long.
// A picture that fits already is returned as it is.
func Fit(_ context.Context, in bentogen.FitInput) (bentogen.FitOutput, error) {
	size := in.Image.Pixels.Bounds().Size()
	edge := int(in.Edge)
	if size.X <= edge && size.Y <= edge {
		return bentogen.FitOutput{Image: in.Image, Width: int64(size.X), Height: int64(size.Y)}, nil
	}
	w, h := edge, max(1, edge*size.Y/size.X)
	if size.Y > size.X {
		w, h = max(1, edge*size.X/size.Y), edge
	}
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(small, small.Bounds(), in.Image.Pixels, in.Image.Pixels.Bounds(), draw.Src, nil)
	return bentogen.FitOutput{Image: bentogen.NewImage(small), Width: int64(w), Height: int64(h)}, nil
}

// gap is the space between two pictures of a sheet, in pixels.
const gap = 8

// Sheet lays pictures side by side, their upper edges in line.
func Sheet(_ context.Context, in bentogen.SheetInput) (bentogen.SheetOutput, error) {
	var w, h int
	for i, m := range in.Images {
		if i > 0 {
			w += gap
		}
		w += m.Pixels.Bounds().Dx()
		h = max(h, m.Pixels.Bounds().Dy())
	}
	sheet := image.NewRGBA(image.Rect(0, 0, w, h))
	x := 0
	for _, m := range in.Images {
		b := m.Pixels.Bounds()
		draw.Draw(sheet, image.Rect(x, 0, x+b.Dx(), b.Dy()), m.Pixels, b.Min, draw.Src)
		x += b.Dx() + gap
	}
	return bentogen.SheetOutput{Image: bentogen.NewImage(sheet)}, nil
}
