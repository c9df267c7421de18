// Package steps is the Go part of the graph: what happens to pictures and
// numbers between the networks.
package steps

import (
	"context"
	"math"
	"net/http"
	"slices"

	"example.com/ocr/bentogen"
	"example.com/ocr/vision"
)

// Prep brings a picture to a size that the detector can work on, and to the
// numbers that it takes.
func Prep(_ context.Context, in bentogen.PrepInput) (bentogen.PrepOutput, error) {
	p, err := vision.Prepare(vision.FromImage(in.Image.Pixels))
	if err != nil {
		return bentogen.PrepOutput{}, &bentogen.Error{Status: http.StatusUnprocessableEntity, Message: err.Error()}
	}
	w, h := p.Page.DetectorSize()
	return bentogen.PrepOutput{
		X: bentogen.Tensor[float32]{Shape: []int{3, h, w}, Data: p.Page.Normalise(w, h, w)},
		Page: bentogen.Page{
			Pixels: bentogen.Tensor[uint8]{Shape: []int{p.Page.H, p.Page.W, 3}, Data: p.Page.Pix},
			Width:  int64(p.W), Height: int64(p.H), Top: int64(p.Top),
		},
	}, nil
}

// Cut finds the lines of text in the detector's scores and cuts them out.
func Cut(ctx context.Context, in bentogen.CutInput) (bentogen.CutOutput, error) {
	size := in.Page.Pixels.Shape
	page := &vision.Page{W: size[1], H: size[0], Pix: in.Page.Pixels.Data}
	prepared := &vision.Prepared{Page: page, W: int(in.Page.Width), H: int(in.Page.Height), Top: int(in.Page.Top)}
	h, w := in.Scores.Shape[1], in.Scores.Shape[2]
	out := bentogen.CutOutput{Lines: []bentogen.Line{}}
	for _, q := range vision.Lines(in.Scores.Data, w, h, page.W, page.H) {
		if err := context.Cause(ctx); err != nil {
			return out, err
		}
		out.Lines = append(out.Lines, line(prepared, q))
	}
	return out, nil
}

// line makes what the networks take of one line.
func line(p *vision.Prepared, q vision.Quad) bentogen.Line {
	cut := p.Page.Cut(q)
	width, padded := cut.Width()
	out := bentogen.Line{
		Angle:  bentogen.Tensor[float32]{Shape: []int{3, vision.LineHeight, vision.AngleWidth}, Data: cut.AngleInput()},
		Pixels: bentogen.Tensor[float32]{Shape: []int{3, vision.LineHeight, padded}, Data: cut.Normalise(width, vision.LineHeight, padded)},
		Width:  int64(width),
	}
	for _, corner := range q {
		x, y := p.Original(corner.X, corner.Y)
		out.Box = append(out.Box, [2]int64{int64(math.Round(x)), int64(math.Round(y))})
	}
	return out
}

// Level turns the lines that are upside down. The classifier gives the
// probabilities of upright and of upside down for each.
func Level(_ context.Context, in bentogen.LevelInput) (bentogen.LevelOutput, error) {
	boxes := make([]vision.Quad, len(in.Lines))
	down := make([]float64, len(in.Lines))
	for i, l := range in.Lines {
		boxes[i], down[i] = quad(l.Box), float64(in.Angles[i].Data[1])
	}
	out := bentogen.LevelOutput{Lines: slices.Clone(in.Lines)}
	for i, turned := range vision.UpsideDown(boxes, down) {
		if l := &out.Lines[i]; turned {
			l.Turned = true
			l.Pixels.Data = vision.Turn(l.Pixels.Data, int(l.Width), l.Pixels.Shape[2])
		}
	}
	return out, nil
}

func quad(box [][2]int64) (q vision.Quad) {
	for i := range min(len(q), len(box)) {
		q[i] = vision.Point{X: float64(box[i][0]), Y: float64(box[i][1])}
	}
	return q
}

// Arrange leaves out lines of which the text is too uncertain, and puts the
// others in reading order.
func Arrange(_ context.Context, in bentogen.ArrangeInput) (bentogen.ArrangeOutput, error) {
	var boxes []vision.Quad
	var kept []bentogen.Found
	var turned []bool
	for _, f := range in.Found {
		if f.Score < in.MinScore || f.Text == "" {
			continue
		}
		kept, boxes, turned = append(kept, f), append(boxes, quad(f.Box)), append(turned, f.Turned)
	}
	out := bentogen.ArrangeOutput{Lines: []bentogen.Text{}}
	for _, i := range vision.ReadingOrder(boxes, turned) {
		out.Lines = append(out.Lines, bentogen.Text{Box: kept[i].Box, Text: kept[i].Text, Score: kept[i].Score})
	}
	return out, nil
}
