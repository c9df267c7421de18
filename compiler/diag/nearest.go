package diag

import (
	"slices"
	"strings"
)

// Nearest gives the candidate that word most likely stands for, or "": the one
// with the fewest slips, at most a third of the word's letters and one. It is
// for hints such as: did you mean "threads"?
func Nearest(word string, candidates []string) string {
	best, slips := "", len(word)/3+2
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		if d := distance(word, c); d < slips && d < max(len(word), len(c)) {
			best, slips = c, d
		}
	}
	return best
}

// distance counts the letters to insert, delete, change or swap with their
// neighbour to make b out of a (optimal string alignment).
func distance(a, b string) int {
	s, t := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	before, last := []int(nil), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row := make([]int, len(t)+1)
		row[0] = i
		for j := 1; j <= len(t); j++ {
			change := 1
			if s[i-1] == t[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(t)]
}
