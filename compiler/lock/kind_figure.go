package lock

import (
	"context"
	"fmt"
	"strconv"
)

// KindFigure is WHAT PLATFORM NUMBER: how large, or how slow, the last build was that
// kept its budgets. Nothing is built from it; it says what has grown.
const KindFigure = "figure"

var figureKind = kind{
	name: KindFigure, form: "a platform and a number", tests: fieldsAre(isWord, isCount),
	about:  []int{0},
	short:  func(e Entry) string { return fmt.Sprintf("figure %s %s = %s", e.Name, e.Fields[0], e.Fields[1]) },
	silent: func(Entry) bool { return true },
	resolve: func(r Request, _ context.Context) ([]Entry, error) {
		if !r.Needs.Budgets {
			return nil, nil
		}
		return r.Old.Of(KindFigure, ""), nil
	},
	what: "figures",
}

func isCount(s string) bool {
	n, err := strconv.ParseInt(s, 10, 64)
	return err == nil && n >= 0 && strconv.FormatInt(n, 10) == s
}

// Figure is one figure of a build.
type Figure struct {
	What     string // such as image, or layer and what is in it
	Platform string // "all" for what all have in common
	Value    int64  // bytes, milliseconds or a count
}

// Figures gives those of a lock.
func (f *File) Figures() (figures []Figure) {
	for _, e := range f.Of(KindFigure, "") {
		n, _ := strconv.ParseInt(e.Fields[1], 10, 64)
		figures = append(figures, Figure{e.Name, e.Fields[0], n})
	}
	return figures
}

// WithFigures gives a lock with other figures.
func (f *File) WithFigures(figures []Figure) *File {
	var entries []Entry
	for _, e := range f.all() {
		if e.Kind != KindFigure {
			entries = append(entries, e)
		}
	}
	for _, g := range figures {
		entries = append(entries, Entry{Kind: KindFigure, Name: g.What, Fields: []string{g.Platform, strconv.FormatInt(g.Value, 10)}})
	}
	return newFile(entries)
}
