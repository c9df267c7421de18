package drawing

import (
	"regexp"
	"strconv"
	"testing"
)

// TestTrace reads back what is written, by the grammar of SVG's paths: the points are the same.
func TestTrace(t *testing.T) {
	t.Parallel()
	points := []point{{0, 0}, {5, -5}, {-5, 5}, {-5, 5}, {100, 5}, {100, 1234}, {-1, 1234}, {3, 1}, {1000000, -1000000}, {1000001, -999999}}
	var p trace
	var want []point
	p.from(points[0])
	want = append(want, points[0])
	for i, a := range points[1:] {
		b := points[(i*7+3)%len(points)]
		if a != want[len(want)-1] {
			want = append(want, a)
		}
		p.line(a)
		p.curve(b, a, b)
		want = append(want, b, a, b)
	}
	got := readTrace(t, p.String())
	if len(got) != len(want) {
		t.Fatalf("%d points, want %d: %s", len(got), len(want), p.String())
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("point %d is %v, want %v: %s", i, got[i], want[i], p.String())
		}
	}
}

// readTrace gives all points of a path, control points too.
func readTrace(t *testing.T, d string) (all []point) {
	t.Helper()
	var at point
	var numbers []int
	take := map[string]int{"M": 2, "v": 1, "h": 1, "l": 2, "c": 6}
	command := ""
	for _, token := range regexp.MustCompile(`[a-zA-Z]|-?(?:\d+(?:\.\d+)?|\.\d+)`).FindAllString(d, -1) {
		if take[token] > 0 {
			if command, numbers = token, nil; token == "M" {
				at = point{}
			}
			continue
		}
		f, err := strconv.ParseFloat(token, 64)
		if err != nil {
			t.Fatal(err)
		}
		tenths := f * px
		if tenths < 0 {
			tenths -= 0.5
		} else {
			tenths += 0.5
		}
		if numbers = append(numbers, int(tenths)); len(numbers) < take[command] {
			continue
		}
		switch command {
		case "v":
			numbers = []int{0, numbers[0]}
		case "h":
			numbers = []int{numbers[0], 0}
		}
		for i := 0; i < len(numbers); i += 2 {
			all = append(all, point{at.x + numbers[i], at.y + numbers[i+1]})
		}
		at, numbers = all[len(all)-1], nil
	}
	return all
}
