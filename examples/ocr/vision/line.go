package vision

import "math"

// Sizes of what the networks get of a line, in pixels.
const (
	LineHeight = 48
	AngleWidth = 192 // the classifier's whole width

	widthStep = 32      // lines of nearly the same width share batches
	maxWidth  = 48 * 64 // a longer line is squeezed
)

// Width gives how wide a line is at LineHeight, and how wide its tensor is.
// Empty space to the right costs time, and blanks between words.
func (p *Page) Width() (width, padded int) {
	width = min(int(math.Ceil(LineHeight*float64(p.W)/float64(p.H))), maxWidth)
	return width, (width + widthStep - 1) / widthStep * widthStep
}

// AngleInput gives a line for the network that tells whether it is upside down.
func (p *Page) AngleInput() []float32 {
	width, _ := p.Width()
	return p.Normalise(min(width, AngleWidth), LineHeight, AngleWidth)
}

// Turn turns a line's tensor upside down: three planes of LineHeight rows that
// are stride long, of which the first width values are the line.
func Turn(pixels []float32, width, stride int) []float32 {
	out := make([]float32, len(pixels))
	for c := range 3 {
		for y := range LineHeight {
			from := pixels[(c*LineHeight+y)*stride:][:width]
			to := out[(c*LineHeight+LineHeight-1-y)*stride:][:width]
			for x, v := range from {
				to[width-1-x] = v
			}
		}
	}
	return out
}
