package rest

import (
	"strconv"
	"strings"
)

// prefers tells whether the headers Accept of a request would rather have a media type
// than another, which is the one of who does not say (RFC 9110, 12.5.1). Of two that are
// as welcome it is the one that is named, and of two that are named the first.
func prefers(accept []string, media, than string) bool {
	var a, b welcome
	at := 0
	for _, header := range accept {
		for part := range strings.SplitSeq(header, ",") {
			at++
			name, params, _ := strings.Cut(part, ";")
			name = strings.ToLower(strings.TrimSpace(name))
			q := quality(params)
			a.consider(name, media, q, at)
			b.consider(name, than, q, at)
		}
	}
	switch {
	case a.exact != b.exact && a.q == b.q:
		return a.exact > b.exact && a.q > 0
	case a.q == b.q:
		return a.exact == exactly && a.at < b.at && a.q > 0
	}
	return a.q > b.q && a.exact == exactly
}

// How exactly a media type is named: as */*, as its first part, or as it is.
const exactly = 3

// welcome is how welcome a media type is.
type welcome struct {
	exact int
	q     float64
	at    int
}

// consider looks at a range of media types; the one that names the type most exactly
// counts.
func (w *welcome) consider(name, media string, q float64, at int) {
	exact := 0
	first, _, _ := strings.Cut(media, "/")
	switch name {
	case "*/*":
		exact = 1
	case first + "/*":
		exact = 2
	case media:
		exact = exactly
	}
	if exact > w.exact {
		*w = welcome{exact, q, at}
	}
}

// quality gives the weight among the parameters of a range: 1 where none is there, and 0
// where it is no number.
func quality(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(name), "q") {
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil || !(q >= 0 && q <= 1) {
				return 0
			}
			return q
		}
	}
	return 1
}
