package vision

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func box(x0, y0, x1, y1 float64) Quad { return Quad{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}} }

func TestCutLevel(t *testing.T) {
	t.Parallel()
	cut := plane(200, 100).Cut(box(20, 30, 120, 50))
	if cut.W != 100 || cut.H != 20 {
		t.Fatalf("the cut is %d × %d", cut.W, cut.H)
	}
	for y := range cut.H {
		for x := range cut.W {
			if c := cut.at(x, y); int(c[0]) != 20+x || int(c[1]) != 30+y {
				t.Fatalf("pixel %d,%d is %v", x, y, c)
			}
		}
	}
}

func TestCutSlanted(t *testing.T) {
	t.Parallel()
	for _, degree := range []float64{8, -25, 40} {
		sin, cos := math.Sincos(degree * math.Pi / 180)
		var q Quad
		for i, c := range [4]Point{{0, 0}, {90, 0}, {90, 20}, {0, 20}} {
			q[i] = Point{90 + (c.X-45)*cos - (c.Y-10)*sin, 90 + (c.X-45)*sin + (c.Y-10)*cos}
		}
		cut := plane(180, 180).Cut(q)
		for y := range cut.H {
			for x := range cut.W {
				u, v := float64(x)*90/float64(cut.W)-45, float64(y)*20/float64(cut.H)-10
				wx, wy := 90+u*cos-v*sin, 90+u*sin+v*cos
				if c := cut.at(x, y); math.Abs(float64(c[0])-wx) > 1 || math.Abs(float64(c[1])-wy) > 1 {
					t.Fatalf("at %v°, pixel %d,%d is %v, want %.1f %.1f", degree, x, y, c, wx, wy)
				}
			}
		}
	}
}

func TestCutPerspective(t *testing.T) {
	t.Parallel()
	q := Quad{{10, 20}, {150, 30}, {140, 70}, {20, 80}}
	m := homography(q, 100, 40)
	for i, c := range [4]Point{{0, 0}, {100, 0}, {100, 40}, {0, 40}} {
		if x, y := m.apply(c.X, c.Y); math.Abs(x-q[i].X) > 1e-9 || math.Abs(y-q[i].Y) > 1e-9 {
			t.Errorf("corner %d maps to %v,%v, want %v", i, x, y, q[i])
		}
	}
}

// A box that is much higher than wide is turned to the left: its upper right
// corner becomes the upper left one.
func TestCutTall(t *testing.T) {
	t.Parallel()
	cut := plane(100, 200).Cut(box(10, 20, 40, 120))
	if cut.W != 100 || cut.H != 30 {
		t.Fatalf("the cut is %d × %d", cut.W, cut.H)
	}
	if c := cut.at(0, 0); c[0] != 39 || c[1] != 20 {
		t.Errorf("the upper left pixel is %v", c)
	}
	if c := cut.at(99, 29); c[0] != 10 || c[1] != 119 {
		t.Errorf("the lower right pixel is %v", c)
	}
}

// Beyond the edges, the page goes on as it is there.
func TestCutAtTheEdge(t *testing.T) {
	t.Parallel()
	p := NewPage(20, 20)
	for i := range p.Pix {
		p.Pix[i] = 200
	}
	cut := p.Cut(Quad{{0, 2}, {18, 0}, {19, 19}, {1, 17}})
	for i, v := range cut.Pix {
		if v < 199 || v > 201 {
			t.Fatalf("byte %d is %d", i, v)
		}
	}
}

func TestWidth(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ w, h, width, padded int }{{100, 48, 100, 128}, {101, 24, 202, 224}, {1, 48, 1, 32}, {4000, 10, 3072, 3072}} {
		if width, padded := NewPage(c.w, c.h).Width(); width != c.width || padded != c.padded {
			t.Errorf("%d × %d is %d in %d wide, want %d in %d", c.w, c.h, width, padded, c.width, c.padded)
		}
	}
}

func TestTurn(t *testing.T) {
	t.Parallel()
	p := plane(200, 48)
	width, padded := p.Width()
	upright := p.Normalise(width, LineHeight, padded)
	turned := Turn(upright, width, padded)
	if want := p.rotate90().rotate90().Normalise(width, LineHeight, padded); !slices.Equal(turned, want) {
		t.Error("turning the numbers is not turning the picture")
	}
}

func TestUpsideDown(t *testing.T) {
	t.Parallel()
	level, upright := box(0, 0, 100, 10), box(0, 0, 10, 100)
	cases := []struct {
		name  string
		boxes []Quad
		down  []float64
		want  []bool
	}{
		{"alone and likely", []Quad{level}, []float64{0.95}, []bool{true}},
		{"alone and unlikely", []Quad{level}, []float64{0.85}, []bool{false}},
		{"follows the others", []Quad{level, level, level}, []float64{1, 0.2, 1}, []bool{true, true, true}},
		{"stays with the others", []Quad{level, level, level}, []float64{0, 0.95, 0}, []bool{false, false, false}},
		{"certain against the others", []Quad{level, level, level}, []float64{1, 0, 1}, []bool{true, false, true}},
		{"others in another direction", []Quad{level, upright, upright}, []float64{0.2, 1, 1}, []bool{false, true, true}},
		{"none", nil, nil, []bool{}},
	}
	for _, c := range cases {
		if got := UpsideDown(c.boxes, c.down); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// A page with two columns and two rows is read the same way however it lies.
func TestReadingOrderOfTurnedPages(t *testing.T) {
	t.Parallel()
	const w, h = 400, 200
	upright := []Quad{box(20, 20, 180, 40), box(220, 24, 380, 44), box(20, 120, 180, 140), box(220, 120, 380, 140)}
	turns := []func(Point) Point{
		func(p Point) Point { return p },
		func(p Point) Point { return Point{h - p.Y, p.X} },
		func(p Point) Point { return Point{w - p.X, h - p.Y} },
		func(p Point) Point { return Point{p.Y, w - p.X} },
	}
	for quarter, turn := range turns {
		var boxes []Quad
		var turned []bool
		for _, q := range []int{2, 0, 3, 1} { // as they may come
			var b Quad
			for i, p := range upright[q] {
				b[i] = turn(p)
			}
			boxes, turned = append(boxes, ordered(b)), append(turned, quarter >= 2)
		}
		if got := fmt.Sprint(ReadingOrder(boxes, turned)); got != "[1 3 0 2]" {
			t.Errorf("turned by %d quarters, the order is %s", quarter, got)
		}
	}
}

func TestSpell(t *testing.T) {
	t.Parallel()
	characters := []string{"a", "b", "ß", " "}
	answer := func(best ...int) (probs []float32) {
		for i, b := range best {
			row := make([]float32, 5)
			row[b] = 0.5 + float32(i)/16
			probs = append(probs, row...)
		}
		return probs
	}
	cases := []struct {
		best  []int
		text  string
		score float64
	}{
		{[]int{1, 1, 0, 1, 2}, "aab", (0.5 + 0.6875 + 0.75) / 3},
		{[]int{0, 0, 0}, "", 0},
		{[]int{4, 3, 4, 2, 4}, "ß b", (0.5 + 0.5625 + 0.625 + 0.6875 + 0.75) / 5},
		{nil, "", 0},
	}
	// A space that is less probable than nothing, before the first character, between
	// two, and behind the last.
	unsure := answer(0, 1, 0, 0, 2, 0)
	for _, at := range []int{0, 2, 5} {
		unsure[at*5+4] = 0.12
	}
	if text, score := Spell(unsure, 6, characters); text != "a b" || math.Abs(score-(0.5625+0.75)/2) > 1e-9 {
		t.Errorf("an unsure space: %q with %v", text, score)
	}
	unsure[2*5+4] = 0.09
	if text, _ := Spell(unsure, 6, characters); text != "ab" {
		t.Errorf("a space that is too unsure: %q", text)
	}
	if text, _ := Spell(unsure, 6, characters[:3]); text != "ab" {
		t.Errorf("a network without a space: %q", text)
	}
	for _, c := range cases {
		text, score := Spell(answer(c.best...), len(c.best), characters)
		if text != c.text || math.Abs(score-c.score) > 1e-9 {
			t.Errorf("%v is %q with %v, want %q with %v", c.best, text, score, c.text, c.score)
		}
	}
}
