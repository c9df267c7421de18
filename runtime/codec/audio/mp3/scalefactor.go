package mp3

// maxBands is how many bands a granule has at most, three for each of a short block.
const maxBands = 39

// factors are the scale factors of a granule, in the order of its bands. In the right
// channel of intensity stereo they are positions.
type factors struct {
	v     [maxBands]int
	limit [maxBands]int // a position that is none: the most that its bits can say
}

// widths are the bits of a scale factor in the lower and in the upper bands, by how
// they are written in MPEG-1 (ISO/IEC 11172-3, 2.4.2.7).
var widths = [16][2]int{
	{0, 0}, {0, 1}, {0, 2}, {0, 3}, {3, 0}, {1, 1}, {1, 2}, {1, 3},
	{2, 1}, {2, 2}, {2, 3}, {3, 1}, {3, 2}, {3, 3}, {4, 2}, {4, 3},
}

// groups are the bands whose scale factors both granules of a frame may share.
var groups = [5]int{0, 6, 11, 16, 21}

// pretab is what is added to the scale factors of high bands by a flag.
var pretab = [22]int{11: 1, 1, 1, 1, 2, 2, 3, 3, 3, 2}

// readFactors reads the scale factors of MPEG-1; before are those of the first granule
// of a frame, nil where this is the first.
func readFactors(b *bits, g *granule, l *layout, shared *[4]bool, before *factors) (f factors) {
	slen := widths[g.compress]
	if g.blockType == short {
		n := len(l.bands) - 3 // the last band has none
		upper := n - 18       // bands 6 to 11
		for i := range n {
			f.v[i] = b.read(slen[min(i/upper, 1)])
		}
		return f
	}
	for k, same := range shared {
		for i := groups[k]; i < groups[k+1]; i++ {
			if same && before != nil {
				f.v[i] = before.v[i]
			} else {
				f.v[i] = b.read(slen[k/2])
			}
		}
	}
	return f
}

// lowCounts are how many scale factors have which of four widths in the low sampling
// frequencies: by the range that the number is in that says the widths, then for long,
// short and mixed blocks (ISO/IEC 13818-3, 2.4.3.2). The last three ranges are of the
// right channel of intensity stereo.
var lowCounts = [6][3][4]int{
	{{6, 5, 5, 5}, {9, 9, 9, 9}, {6, 9, 9, 9}},
	{{6, 5, 7, 3}, {9, 9, 12, 6}, {6, 9, 12, 6}},
	{{11, 10, 0, 0}, {18, 18, 0, 0}, {15, 18, 0, 0}},
	{{7, 7, 7, 0}, {12, 12, 12, 0}, {6, 15, 12, 0}},
	{{6, 6, 6, 3}, {12, 9, 9, 6}, {6, 12, 9, 6}},
	{{8, 8, 5, 0}, {15, 12, 9, 0}, {6, 18, 9, 0}},
}

// lowWidths gives the four widths and the range by the number that says them.
func lowWidths(n int, positions bool) (slen [4]int, span int) {
	if positions {
		switch n /= 2; {
		case n < 180:
			return [4]int{n / 36, n % 36 / 6, n % 6, 0}, 3
		case n < 244:
			n -= 180
			return [4]int{n >> 4 & 3, n >> 2 & 3, n & 3, 0}, 4
		default:
			n -= 244
			return [4]int{n / 3, n % 3, 0, 0}, 5
		}
	}
	switch {
	case n < 400:
		return [4]int{n / 16 / 5, n / 16 % 5, n >> 2 & 3, n & 3}, 0
	case n < 500:
		n -= 400
		return [4]int{n / 4 / 5, n / 4 % 5, n & 3, 0}, 1
	default:
		n -= 500
		return [4]int{n / 3, n % 3, 0, 0}, 2
	}
}

// readLowFactors reads the scale factors of MPEG-2 and MPEG-2.5.
func readLowFactors(b *bits, g *granule, positions bool) (f factors) {
	slen, span := lowWidths(g.compress, positions)
	g.preflag = span == 2
	kind := 0
	switch {
	case g.mixed:
		kind = 2
	case g.blockType == short:
		kind = 1
	}
	i := 0
	for k, n := range lowCounts[span][kind] {
		for range n {
			f.v[i] = b.read(slen[k])
			f.limit[i] = 1<<slen[k] - 1
			i++
		}
	}
	return f
}
