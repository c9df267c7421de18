package onnxfile

import (
	"slices"
	"strconv"
	"strings"
)

// Sanitize makes a name that CUE and Go identifiers allow out of a tensor's
// name: what is not a letter, a digit or an underscore becomes one underscore,
// underscores at the ends go, and a leading digit gets a "t".
// "sigmoid_0.tmp_0" becomes "sigmoid_0_tmp_0", "/head/Add:0" becomes "head_Add_0".
func Sanitize(name string) string {
	var b strings.Builder
	gap := false
	for _, c := range name {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_':
			if gap && b.Len() > 0 {
				b.WriteByte('_')
			}
			gap = false
			b.WriteRune(c)
		default:
			gap = true
		}
	}
	s := strings.Trim(b.String(), "_")
	switch {
	case s == "":
		return "t"
	case s[0] >= '0' && s[0] <= '9':
		return "t" + s
	}
	return s
}

// unused gives the first of name_2, name_3 … that is not taken and that no tensor
// has.
func unused(name string, taken map[string]string, values []Value) string {
	for i := 2; ; i++ {
		try := name + "_" + strconv.Itoa(i)
		if !has(taken, try) && !slices.ContainsFunc(values, func(v Value) bool { return Sanitize(v.Name) == try }) {
			return try
		}
	}
}

// nearest gives the name that was most likely meant, or "".
func nearest(name string, names []string) string {
	best, bestDist := "", max(2, len(name)/3)+1
	for _, n := range names {
		if Sanitize(n) == Sanitize(name) {
			return n
		}
		if d := distance(strings.ToLower(name), strings.ToLower(n)); d < bestDist {
			best, bestDist = n, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			prev, row[j+1] = row[j+1], min(prev+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
