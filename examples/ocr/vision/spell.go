package vision

import "strings"

// Spell reads the recogniser's answer: for each of steps positions the
// probabilities of nothing and of every character. Of equal neighbours one
// counts, and blanks at the ends do not. The score is the mean probability of the characters, 0 for no text.
func Spell(probs []float32, steps int, characters []string) (text string, score float64) {
	if steps == 0 {
		return "", 0
	}
	classes := len(probs) / steps
	var b strings.Builder
	n, last := 0, 0
	for i := range steps {
		best, p := peak(probs[i*classes : (i+1)*classes])
		if best != 0 && best != last && best <= len(characters) {
			b.WriteString(characters[best-1])
			score += float64(p)
			n++
		}
		last = best
	}
	if n == 0 {
		return "", 0
	}
	return strings.TrimSpace(b.String()), min(score/float64(n), 1)
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
