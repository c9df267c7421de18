package drawing

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

type rect struct {
	x, y, w, h int
	what       string
}

func (r rect) overlaps(o rect) bool {
	return r.x < o.x+o.w && o.x < r.x+r.w && r.y < o.y+o.h && o.y < r.y+r.h
}

// checkPage finds what lies where it must not: boxes on boxes, labels on boxes or
// labels, edges through boxes or through labels of others, anything beyond the page.
func checkPage(t *testing.T, name string, p *page) {
	t.Helper()
	boxes, labels := rects(p)
	all := append(boxes[:len(boxes):len(boxes)], labels...)
	for i, a := range all {
		if a.x < 0 || a.y < 0 || a.x+a.w > p.w || a.y+a.h > p.h {
			t.Errorf("%s: %s lies beyond the page", name, a.what)
		}
		for _, b := range all[i+1:] {
			if a.overlaps(b) {
				t.Errorf("%s: %s lies on %s", name, a.what, b.what)
			}
		}
	}
	for _, l := range p.lines {
		own := fmt.Sprint("labels of ", l.edge.From, " to ", l.edge.To)
		for i := 1; i < len(l.points); i++ {
			a, b := l.points[i-1], l.points[i]
			// A curve stays within the height between its ends, where nothing else is, and a
			// straight piece is upright.
			piece := rect{min(a.x, b.x), min(a.y, b.y) + 1, max(a.x, b.x) - min(a.x, b.x), max(a.y, b.y) - min(a.y, b.y) - 2, ""}
			piece.w, piece.h = max(piece.w, 1), max(piece.h, 1)
			if a.y > b.y {
				t.Errorf("%s: %s leads upwards", name, own)
			}
			if b.y-a.y < 3 { // nothing, where a box is as high as its layer
				continue
			}
			for _, r := range all {
				if r.what != own && piece.overlaps(r) {
					t.Errorf("%s: the edge of %s runs through %s", name, own, r.what)
				}
			}
		}
	}
	for _, b := range p.boxes {
		if b.inside != nil {
			if b.inside.w+b.insideX > b.w || b.inside.h+b.insideY > b.h {
				t.Errorf("%s: what is inside %s is larger", name, b.node.Path)
			}
			checkPage(t, name+" "+b.node.Path, b.inside)
		}
	}
}

func rects(p *page) (boxes, labels []rect) {
	for _, b := range p.boxes {
		boxes = append(boxes, rect{b.x, b.y, b.w, b.h, b.node.Path})
	}
	for _, l := range p.lines {
		if w, h := l.edge.labelBox(); h > 0 {
			labels = append(labels, rect{l.label.x, l.label.y, w, h, fmt.Sprint("labels of ", l.edge.From, " to ", l.edge.To)})
		}
	}
	return boxes, labels
}

func TestNothingLiesOnAnything(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		for _, nodes := range []int{3, 12, 50} {
			checkPage(t, fmt.Sprintf("%d nodes, seed %d", nodes, seed), layOut(Of(random(nodes, seed))))
		}
	}
	checkPage(t, "1000 nodes", layOut(Of(random(1000, 1))))
	for seed := range uint64(20) {
		u := Union(random(30, seed), random(30, seed+100), map[string]Mark{"labels.x": {Severity: "risky"}})
		checkPage(t, fmt.Sprint("union ", seed), layOut(u))
	}
}

// Two bentos that are joined may close a circle.
func TestCircle(t *testing.T) {
	t.Parallel()
	d := &Drawing{
		Nodes: []*Node{{Path: "a", Title: "a"}, {Path: "b", Title: "b"}, {Path: "c", Title: "c"}},
		Edges: []*Edge{{From: "a", To: "b", Labels: []string{"x"}}, {From: "b", To: "c"}, {From: "c", To: "a", Labels: []string{"y"}}, {From: "a", To: "a"}},
	}
	p := layOut(d)
	checkPage(t, "circle", p)
	up := 0
	for _, l := range p.lines {
		if l.up {
			up++
		}
	}
	if up != 1 || len(p.lines) != 3 {
		t.Errorf("%d of %d edges lead upwards", up, len(p.lines))
	}
}

func TestSameBytes(t *testing.T) {
	t.Parallel()
	for _, text := range []func(*Drawing) []byte{(*Drawing).SVG, (*Drawing).Mermaid, (*Drawing).Dot} {
		first := text(Of(random(50, 5)))
		for range 25 {
			if !bytes.Equal(text(Of(random(50, 5))), first) {
				t.Fatal("the same bento is drawn in another way")
			}
		}
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ wish, want []int }{
		{[]int{0, 100}, []int{0, 100}},
		{[]int{5, 5}, []int{0, 10}},
		{[]int{30, 10, 20}, []int{10, 20, 30}},
		{[]int{0, 3, -100}, []int{-43, -33, -23}},
	} {
		weight := make([]int, len(c.wish))
		for i := range weight {
			weight[i] = 1
		}
		got := settle(c.wish, weight, func(int) int { return 10 })
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%v: %v, want %v", c.wish, got, c.want)
		}
	}
}

func TestLabelLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ labels, want string }{
		{"", ""},
		{"a b", "a b"},
		{"a b c d e f", "a b c d e f"},
		{"a b c d e f g", "a b c d e …"},
		{"a b c d →x", "a b c d →x"},
		{"a b c d e →v →w →x →y →z", "a b c … →v →w →x →…"},
		{"→x", "→x"},
	} {
		e := &Edge{}
		for _, l := range strings.Fields(c.labels) {
			e.Labels = append(e.Labels, strings.Replace(l, "→", back, 1))
		}
		if got := strings.ReplaceAll(strings.Join(e.labelLines(), " "), back, "→"); got != c.want {
			t.Errorf("%q: %q", c.labels, got)
		}
	}
}
