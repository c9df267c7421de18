package vision

import (
	"math"
	"math/rand/v2"
	"testing"
)

// mark raises the scores inside a box that is turned by degree about its middle.
func mark(scores []float32, w int, cx, cy, bw, bh, degree float64, score float32) {
	sin, cos := math.Sincos(degree * math.Pi / 180)
	for i := range scores {
		x, y := float64(i%w)-cx, float64(i/w)-cy
		u, v := x*cos+y*sin, -x*sin+y*cos
		if math.Abs(u) <= bw/2 && math.Abs(v) <= bh/2 {
			scores[i] = score
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	const w, h = 320, 200
	for _, degree := range []float64{0, 5, -12, 30, 90} {
		scores := make([]float32, w*h)
		mark(scores, w, 160, 100, 120, 20, degree, 0.9)
		got := Lines(scores, w, h, 2*w, h)
		if len(got) != 1 {
			t.Errorf("at %v°: %d boxes", degree, len(got))
			continue
		}
		// The core has grown by one pixel to the right and down, then by the margin.
		margin := 121.0 * 21 * growth / (2 * (121 + 21))
		sin, cos := math.Sincos(degree * math.Pi / 180)
		var want Quad
		for i, c := range [4]Point{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}} {
			u, v := c.X*(60.5+margin), c.Y*(10.5+margin)
			want[i] = Point{2 * (160.5 + u*cos - v*sin), 100.5 + u*sin + v*cos}
		}
		want = ordered(want)
		for i := range want {
			if math.Abs(want[i].X-got[0][i].X) > 5 || math.Abs(want[i].Y-got[0][i].Y) > 2.5 {
				t.Errorf("at %v°: box is %v, want %v", degree, got[0], want)
				break
			}
		}
	}
}

func TestLinesThatAreNone(t *testing.T) {
	t.Parallel()
	const w, h = 200, 100
	cases := []struct {
		name  string
		bw    float64
		bh    float64
		score float32
	}{{"nothing", 0, 0, 0.2}, {"too uncertain", 100, 20, 0.4}, {"a stroke", 100, 1, 0.9}, {"a dot", 1, 1, 0.9}}
	for _, c := range cases {
		scores := make([]float32, w*h)
		mark(scores, w, 100, 50, c.bw, c.bh, 0, c.score)
		if got := Lines(scores, w, h, w, h); len(got) != 0 {
			t.Errorf("%s is a line: %v", c.name, got)
		}
	}
}

func TestLinesInReadingOrder(t *testing.T) {
	t.Parallel()
	const w, h = 400, 200
	scores := make([]float32, w*h)
	for _, c := range []Point{{300, 44}, {100, 50}, {100, 120}, {300, 120}} { // the right one is a bit higher
		mark(scores, w, c.X, c.Y, 100, 16, 0, 0.9)
	}
	var got []Point
	for _, q := range Lines(scores, w, h, w, h) {
		got = append(got, Point{math.Round((q[0].X + q[2].X) / 200), math.Round((q[0].Y + q[2].Y) / 100)})
	}
	want := []Point{{1, 1}, {3, 1}, {1, 2}, {3, 2}}
	for i := range want {
		if len(got) != len(want) || got[i] != want[i] {
			t.Fatalf("order is %v, want %v", got, want)
		}
	}
}

// floods counts components the slow way, for comparison.
func floods(mask []bool, w, h int) (count int) {
	seen := make([]bool, len(mask))
	for start := range mask {
		if !mask[start] || seen[start] {
			continue
		}
		count++
		stack := []int{start}
		seen[start] = true
		for len(stack) > 0 {
			i := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					x, y := i%w+dx, i/w+dy
					if x < 0 || y < 0 || x >= w || y >= h || !mask[y*w+x] || seen[y*w+x] {
						continue
					}
					seen[y*w+x] = true
					stack = append(stack, y*w+x)
				}
			}
		}
	}
	return count
}

func TestComponents(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		w, h := 1+r.IntN(40), 1+r.IntN(30)
		density := r.Float64() * 0.4
		scores, mask := make([]float32, w*h), make([]bool, w*h)
		for i := range scores {
			if r.Float64() < density {
				scores[i] = 0.9
				for _, d := range []Point{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
					if x, y := i%w+int(d.X), i/w+int(d.Y); x < w && y < h {
						mask[y*w+x] = true
					}
				}
			}
		}
		if got, want := len(components(scores, w, h)), floods(mask, w, h); got != want {
			t.Fatalf("%d components in %d × %d, want %d", got, w, h, want)
		}
	}
}

func TestMinRect(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		angle, long, short := r.Float64()*math.Pi, 20+r.Float64()*100, 4+r.Float64()*10
		sin, cos := math.Sincos(angle)
		var points []Point
		for _, c := range [4]Point{{0, 0}, {1, 0}, {1, 1}, {0, 1}} {
			u, v := c.X*long, c.Y*short
			points = append(points, Point{u*cos - v*sin, u*sin + v*cos})
		}
		for range 20 { // points inside change nothing
			u, v := r.Float64()*long, r.Float64()*short
			points = append(points, Point{u*cos - v*sin, u*sin + v*cos})
		}
		q, s, l := minRect(hull(points), 3)
		if math.Abs(s-short-6) > 1e-6 || math.Abs(l-long-6) > 1e-6 || math.Abs(q.area()-s*l) > 1e-6 {
			t.Fatalf("%.2f × %.2f became %.2f × %.2f with area %.2f", long, short, l, s, q.area())
		}
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte{0, 200, 200, 0, 200, 200}, uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, width uint8) {
		w := max(1, int(width))
		h := len(data) / w
		if h == 0 {
			return
		}
		scores := make([]float32, w*h)
		for i := range scores {
			scores[i] = float32(data[i]) / 255
		}
		for _, q := range Lines(scores, w, h, 3*w, 2*h) {
			for _, p := range q {
				if !(p.X >= 0 && p.X < float64(3*w) && p.Y >= 0 && p.Y < float64(2*h)) {
					t.Fatalf("the box %v leaves the page", q)
				}
			}
		}
	})
}
