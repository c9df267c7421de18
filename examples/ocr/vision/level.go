package vision

// The classifier's word on one line.
const (
	likely  = 0.9  // that a line is upside down, where it is alone
	certain = 0.99 // of this or of the opposite: whatever the other lines say
)

// UpsideDown tells which lines are upside down once Cut has laid them level.
// down has the classifier's probability for each. Lines lie the same way more
// often than not, so where it is not certain the others of the page that run in
// the same direction decide, each by its length.
func UpsideDown(boxes []Quad, down []float64) []bool {
	var votes [2]float64 // of level and of upright boxes, for upside down
	for i, q := range boxes {
		w, h := q.sides()
		switch {
		case down[i] >= certain:
			votes[direction(w, h)] += float64(max(w, h))
		case down[i] <= 1-certain:
			votes[direction(w, h)] -= float64(max(w, h))
		}
	}
	out := make([]bool, len(boxes))
	for i, q := range boxes {
		vote := votes[direction(q.sides())]
		switch {
		case down[i] >= certain || down[i] <= 1-certain || vote == 0:
			out[i] = down[i] > likely
		default:
			out[i] = vote > 0
		}
	}
	return out
}

func direction(w, h int) int {
	if tall(w, h) {
		return 1
	}
	return 0
}
