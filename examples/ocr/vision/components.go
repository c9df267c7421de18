package vision

// run is a stretch of text pixels in one row.
type run struct {
	x0, x1, y int // x1 included
	parent    int // index of another run of the same component, or its own
}

// forest holds runs, joined into components.
type forest []run

func (f forest) root(i int) int {
	for f[i].parent != i {
		f[i].parent = f[f[i].parent].parent
		i = f[i].parent
	}
	return i
}

func (f forest) join(i, j int) {
	i, j = f.root(i), f.root(j)
	f[max(i, j)].parent = min(i, j)
}

// components gives, for every group of touching text pixels, the ends of its
// rows: enough to find its hull. The groups come from the top down. Text
// pixels first grow by one to the right and down, which joins broken strokes.
func components(scores []float32, w, h int) [][]Point {
	var f forest
	above := 0 // first run of the row above
	row, prev := make([]bool, w+1), make([]bool, w+1)
	for y := range h {
		for x, v := range scores[y*w : (y+1)*w] {
			row[x] = v > threshold
		}
		start := len(f)
		f = appendRuns(f, row, prev, w, y)
		f.connect(above, start)
		above = start
		row, prev = prev, row
	}
	return f.groups()
}

// appendRuns finds the runs of a row, of which row and prev, the row above,
// hold the text pixels before growing.
func appendRuns(f forest, row, prev []bool, w, y int) forest {
	open, left := false, false
	for x := range w {
		here := row[x] || prev[x]
		on := here || left
		left = here
		switch {
		case on && !open:
			f = append(f, run{x0: x, x1: x, y: y, parent: len(f)})
		case on:
			f[len(f)-1].x1 = x
		}
		open = on
	}
	return f
}

// connect joins the runs from start on with those of the row above that they
// touch, corners included.
func (f forest) connect(above, start int) {
	i := above
	for j := start; j < len(f); j++ {
		for i < start && f[i].x1+1 < f[j].x0 {
			i++
		}
		for k := i; k < start && f[k].x0 <= f[j].x1+1; k++ {
			f.join(k, j)
		}
	}
}

func (f forest) groups() [][]Point {
	index := make([]int, len(f))
	var out [][]Point
	for i, r := range f {
		root := f.root(i)
		if root == i {
			index[i] = len(out)
			out = append(out, nil)
		}
		g := &out[index[root]]
		y := float64(r.y)
		*g = append(*g, Point{float64(r.x0), y}, Point{float64(r.x1), y})
	}
	return out
}
