package drawing

import (
	"strings"
	"unicode"
)

// All lengths are in tenths of a pixel, so that whole numbers do.
const (
	px = 10

	titleSize  = 13 * px // of the font
	lineSize   = 11 * px
	labelSize  = 105 // 10.5 px
	titleRise  = 17 * px
	lineRise   = 15 * px
	labelRise  = 14 * px
	padX       = 12 * px
	padY       = 8 * px
	between    = 26 * px // boxes of a layer
	besideEdge = 12 * px // what an edge keeps free on each side of it
	layerGap   = 18 * px // at least, between two layers
	boxPad     = 16 * px // between a box and what is inside it
	margin     = 20 * px

	maxTitle, maxLine, maxLabel = 40, 44, 40 // characters, the rest on a pointer's text
	maxLabels                   = 6          // lines on an edge
)

// shorten cuts a text to some characters and keeps its beginning.
func shorten(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return strings.TrimRight(string(r[:most-1]), " ") + "…"
}

// wide tells whether a letter is about twice as wide as others.
func wide(r rune) bool {
	return r >= 0x1100 && (unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) ||
		r >= 0x3000 && r < 0x3040 || r >= 0xFF00 && r < 0xFF61 || r >= 0x1F300 && r < 0x1FB00)
}

// cells counts the columns of a text in a fixed-width font.
func cells(s string) (n int) {
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case wide(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

// monoWidth is the width of a text in a fixed-width font of a size.
func monoWidth(s string, size int) int { return cells(s) * size * 61 / 100 }

// titleWidth is the width of a text in the bold font of titles: what the widest of the
// usual fonts takes.
func titleWidth(s string) (n int) {
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case wide(r):
			n += 110
		case strings.ContainsRune("iljtfrI.,:;|'!()[]/ ", r):
			n += 45
		case strings.ContainsRune("mwMW@%—", r):
			n += 105
		case unicode.IsUpper(r):
			n += 80
		default:
			n += 70
		}
	}
	return n * titleSize / 100
}

// boxSize gives the size of a node without what is inside it.
func (n *Node) boxSize() (w, h int) {
	w = titleWidth(shorten(n.Title, maxTitle)) + badgeWidth(n.Mark)
	for _, l := range n.Lines {
		w = max(w, monoWidth(shorten(l, maxLine), lineSize))
	}
	h = 2*padY + titleRise + len(n.Lines)*lineRise
	if n.Kind == End || n.Kind == Outer {
		return w + 2*padX, 24 * px
	}
	return max(w+2*padX, 80*px), h
}

// badge is the word of a mark in the picture.
func badge(m Mark) string {
	if m.Severity != "" && m.Severity != "safe" || m.Change == Same {
		return m.Severity
	}
	return string(m.Change)
}

// badgeWidth is what the word of a mark takes beside a title, 0 for none.
func badgeWidth(m Mark) int {
	if badge(m) == "" {
		return 0
	}
	return monoWidth(badge(m), labelSize) + 20*px
}

// back begins the lines of an edge that come back along it.
const back = "→ "

// labelLines are the lines that an edge is drawn with: of many that go along it, and of
// many that come back, some.
func (e *Edge) labelLines() (short []string) {
	n := 0
	for n < len(e.Labels) && !strings.HasPrefix(e.Labels[n], back) {
		n++
	}
	cut := func(lines []string, most int, rest string) {
		if len(lines) > most {
			lines = append(lines[:most-1:most-1], rest)
		}
		for _, l := range lines {
			short = append(short, shorten(l, maxLabel))
		}
	}
	if n == len(e.Labels) {
		cut(e.Labels, maxLabels, "…")
		return short
	}
	cut(e.Labels[:n], maxLabels-2, "…")
	cut(e.Labels[n:], maxLabels-2, back+"…")
	return short
}

// labelBox gives the size of the labels of an edge, 0 for none.
func (e *Edge) labelBox() (w, h int) {
	lines := e.labelLines()
	if len(lines) == 0 {
		return 0, 0
	}
	for _, l := range lines {
		w = max(w, monoWidth(l, labelSize))
	}
	return w + 8*px, len(lines)*labelRise + 4*px
}
