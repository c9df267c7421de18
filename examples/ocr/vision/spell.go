package vision

import (
	"slices"
	"strings"
)

// unsureSpace is how probable a space has to be to be read where nothing is more
// probable. PP-OCRv4 was trained on Chinese, which has none, and prefers nothing
// in narrow gaps: over 7,400 gaps between drawn characters, as PNG and as JPEG of
// three qualities, the most probable class finds 43 % of the spaces, this 80 %, and
// it sees one in 0.1 % of the gaps within words.
const unsureSpace = 0.1

// Spell reads the recogniser's answer: for each of steps positions the
// probabilities of nothing and of every character. Of equal neighbours one
// counts, and blanks at the ends do not. Between two characters there is a space
// where one is probable enough, if less than nothing is. The score is the mean
// probability of the characters, 0 for no text.
func Spell(probs []float32, steps int, characters []string) (text string, score float64) {
	if steps == 0 {
		return "", 0
	}
	classes := len(probs) / steps
	space := slices.Index(characters, " ") + 1 // 0, which is nothing, for none
	var b strings.Builder
	n, last := 0, 0
	gap := false // whether a space is due before the next character
	for i := range steps {
		row := probs[i*classes : (i+1)*classes]
		best, p := peak(row)
		switch {
		case best == 0:
			gap = gap || space != 0 && row[space] >= unsureSpace && b.Len() > 0
		case best == space && best != last:
			gap = b.Len() > 0
			score += float64(p)
			n++
		case best != space && best != last && best <= len(characters):
			if gap {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteString(characters[best-1])
			score += float64(p)
			n++
		}
		last = best
	}
	if n == 0 {
		return "", 0
	}
	return b.String(), min(score/float64(n), 1)
}

// peak gives the largest value and where it is.
func peak(row []float32) (at int, value float32) {
	for i, v := range row {
		if v > value {
			at, value = i, v
		}
	}
	return at, value
}
