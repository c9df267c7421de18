package drawing

import (
	"strings"
)

// trace writes the d of a path: from where the last command ended, in as few letters as
// the grammar allows. Of a large drawing most of the bytes are coordinates.
type trace struct {
	strings.Builder
	at   point // in tenths of pixels
	last string
}

// from begins a path.
func (p *trace) from(to point) {
	p.command("M", to.x, to.y)
	p.at = to
}

// line goes straight on.
func (p *trace) line(to point) {
	switch dx, dy := to.x-p.at.x, to.y-p.at.y; {
	case dx == 0 && dy == 0:
	case dx == 0:
		p.command("v", dy)
	case dy == 0:
		p.command("h", dx)
	default:
		p.command("l", dx, dy)
	}
	p.at = to
}

// curve goes on as a cubic Bézier curve with two control points.
func (p *trace) curve(a, b, to point) {
	var rel []int
	for _, q := range []point{a, b, to} {
		rel = append(rel, q.x-p.at.x, q.y-p.at.y)
	}
	p.command("c", rel...)
	p.at = to
}

// command writes a command with its numbers, of which a sign or a letter ends the one before.
func (p *trace) command(letter string, tenths ...int) {
	if letter == p.last && letter != "M" {
		letter = ""
	} else {
		p.last = letter
	}
	p.WriteString(letter)
	for i, n := range tenths {
		text := short(n)
		if (i > 0 || letter == "") && text[0] != '-' {
			p.WriteByte(' ')
		}
		p.WriteString(text)
	}
}

// short writes tenths of pixels as pixels, without a zero in front of the point.
func short(n int) string {
	s := num(n)
	if n > -px && n < px && n != 0 {
		return strings.Replace(s, "0", "", 1)
	}
	return s
}
