package drawing

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// SVG draws d as a picture that stands for itself: without scripts, fonts or anything
// else from elsewhere, in light or dark colours as who looks at it prefers.
func (d *Drawing) SVG() []byte {
	p := layOut(d)
	w := &svg{marked: d.marked()}
	legend := 0
	if w.marked {
		legend = 30 * px
		p.w = max(p.w, 520*px)
	}
	width, height := p.w+2*margin, p.h+2*margin+legend
	w.f(`<svg xmlns="http://www.w3.org/2000/svg" class="bento" viewBox="0 0 %s %s" width="%s" height="%s" role="img" aria-label="%s">`,
		num(width), num(height), num(width), num(height), escape(d.Name))
	w.f("\n<title>%s</title>\n<style>%s</style>\n", escape(d.Name), style(d.kinds(), w.marked))
	w.f(`<rect class="page" width="%s" height="%s"/>`+"\n", num(width), num(height))
	w.page(p, margin, margin, "")
	if w.marked {
		w.legend(margin, p.h+2*margin)
	}
	w.WriteString("</svg>\n")
	return []byte(w.String())
}

// marked tells whether anything has become of a part of d.
func (d *Drawing) marked() (is bool) {
	d.walk(func(d *Drawing) {
		for _, n := range d.Nodes {
			is = is || n.Mark.Change != Same || n.Mark.Severity != ""
		}
		for _, e := range d.Edges {
			is = is || e.Mark.Change != Same || e.Mark.Severity != ""
		}
	})
	return is
}

// svg writes one picture.
type svg struct {
	strings.Builder
	marked bool
}

func (w *svg) f(format string, args ...any) { fmt.Fprintf(w, format, args...) }

// num writes tenths of pixels as pixels.
func num(n int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	s := sign + strconv.Itoa(n/px)
	if n%px != 0 {
		s += "." + strconv.Itoa(n%px)
	}
	return s
}

// escape writes a text into XML. What XML has no place for becomes a replacement
// character.
func escape(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\t', r == '\n', r == '\r':
			b.WriteByte(' ')
		case r < 0x20, r == 0xFFFE, r == 0xFFFF, r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// page draws boxes, those around others first, then edges, then labels. On is the class
// of the box that it lies on, "" for the ground.
func (w *svg) page(p *page, dx, dy int, on Kind) {
	for _, b := range p.boxes {
		w.box(b, dx+b.x, dy+b.y)
	}
	for _, l := range p.lines {
		w.line(l, dx, dy)
	}
	for _, l := range p.lines {
		w.labels(l, dx, dy, on)
	}
}

// classes gives the classes of something that has a mark.
func (w *svg) classes(kind string, m Mark) string {
	c := kind
	switch {
	case m.Change != Same:
		c += " " + string(m.Change)
	case w.marked && m.Severity == "":
		c += " same"
	}
	if m.Severity != "" {
		c += " " + m.Severity
	}
	return c
}

func (w *svg) box(b *box, x, y int) {
	n := b.node
	kind := string(n.Kind)
	if b.inside != nil {
		kind += " around"
	}
	tip := n.Path
	if n.Kind == Outer {
		tip = n.Title
	}
	for _, text := range append([]string{n.Title}, n.Lines...) {
		if shorten(text, maxTitle) != text {
			tip += "\n" + text
		}
	}
	w.f(`<g class="%s"><title>%s</title>`, w.classes(kind, n.Mark), lines(tip, n.Mark))
	round := 6 * px
	if n.Kind == End || n.Kind == Outer || n.Kind == Endpoint {
		round = 12 * px
	}
	w.f(`<rect x="%s" y="%s" width="%s" height="%s" rx="%s"/>`, num(x), num(y), num(b.w), num(b.h), num(round))
	left, base := x+padX, y+padY+13*px
	if n.Kind == End || n.Kind == Outer {
		base = y + 16*px
	}
	w.f(`<text class="t" x="%s" y="%s">%s</text>`, num(left), num(base), escape(shorten(n.Title, maxTitle)))
	for i, l := range n.Lines {
		w.f(`<text class="d" x="%s" y="%s">%s</text>`, num(left), num(base+(i+1)*lineRise+px), escape(shorten(l, maxLine)))
	}
	if wide := badgeWidth(n.Mark) - 10*px; wide > 0 {
		at := x + b.w - wide - 6*px
		w.f(`<rect class="b" x="%s" y="%s" width="%s" height="15" rx="7.5"/><text class="l bt" x="%s" y="%s">%s</text>`,
			num(at), num(base-11*px), num(wide), num(at+5*px), num(base), badge(n.Mark))
	}
	w.WriteString("</g>\n")
	if b.inside != nil {
		w.page(b.inside, x+b.insideX, y+b.insideY, n.Kind)
	}
}

// lines writes a text that a pointer brings up.
func lines(text string, m Mark) string {
	if m.Change != Same {
		text += "\n" + string(m.Change)
	}
	for _, note := range m.Notes {
		text += "\n" + note
	}
	parts := strings.Split(text, "\n")
	for i := range parts {
		parts[i] = escape(parts[i])
	}
	return strings.Join(parts, "\n")
}

// line draws the way of an edge with the head of an arrow at the end.
func (w *svg) line(l *line, dx, dy int) {
	kind := "e"
	if l.edge.Calls {
		kind = "e c"
	}
	pts := make([]point, len(l.points))
	for i, p := range l.points {
		pts[i] = point{p.x + dx, p.y + dy}
	}
	var way, head trace
	way.from(pts[0])
	last := len(pts) - 1
	end := pts[last]
	for i := 1; i < len(pts); i++ {
		a, b := pts[i-1], pts[i]
		if i == last && !l.up {
			b.y -= 5 * px
		}
		switch {
		case a.x == b.x:
			if i == last || pts[i+1].x != b.x {
				way.line(b)
			}
		default:
			middle := (a.y + b.y) / 2
			way.curve(point{a.x, middle}, point{b.x, middle}, b)
		}
	}
	tip, back := end, end.y-7*px
	if l.up {
		tip, back = pts[0], pts[0].y+7*px
	}
	head.from(tip)
	head.line(point{tip.x - 4*px, back})
	head.line(point{tip.x + 4*px, back})
	w.f(`<g class="%s"><path d="%s"/><path class="h" d="%sz"/></g>`+"\n", w.classes(kind, l.edge.Mark), way.String(), head.String())
}

// labels writes those of an edge, on a ground that the line does not shine through.
func (w *svg) labels(l *line, dx, dy int, on Kind) {
	short := l.edge.labelLines()
	if len(short) == 0 {
		return
	}
	x, y := l.label.x+dx, l.label.y+dy
	wide, high := l.edge.labelBox()
	kind := "k"
	if on != "" {
		kind += " on-" + string(on)
	}
	w.f(`<g class="%s">`, w.classes(kind, l.edge.Mark))
	if full := strings.Join(l.edge.Labels, "\n"); full != strings.Join(short, "\n") || len(l.edge.Mark.Notes) > 0 {
		w.f("<title>%s</title>", lines(full, l.edge.Mark))
	}
	w.f(`<rect x="%s" y="%s" width="%s" height="%s" rx="3"/>`, num(x), num(y), num(wide), num(high))
	for i, text := range short {
		w.f(`<text class="l" x="%s" y="%s">%s</text>`, num(x+4*px), num(y+(i+1)*labelRise-px), escape(text))
	}
	w.WriteString("</g>\n")
}

// legend explains the colours of a drawing with marks.
func (w *svg) legend(x, y int) {
	for _, m := range []Mark{{Change: Added}, {Change: Removed}, {Change: Changed}, {Severity: "breaking"}, {Severity: "risky"}, {Severity: "safe"}} {
		text := string(m.Change) + m.Severity
		w.f(`<g class="%s"><rect x="%s" y="%s" width="12" height="12" rx="3"/><text class="l" x="%s" y="%s">%s</text></g>`+"\n",
			w.classes("step", m), num(x), num(y), num(x+17*px), num(y+10*px), text)
		x += 26*px + monoWidth(text, labelSize) + 14*px
	}
}
