package mp3

// The bands of scale factors by rate: those of MPEG-1 (44100, 48000 and 32000), then
// those of MPEG-2 (22050, 24000, 16000), then those of MPEG-2.5 (11025, 12000, 8000).
// A number is where a band begins, the last one where they end (ISO/IEC 11172-3, table
// B.8, and 13818-3, table B.2).
var longBands = [9][23]int{
	{0, 4, 8, 12, 16, 20, 24, 30, 36, 44, 52, 62, 74, 90, 110, 134, 162, 196, 238, 288, 342, 418, 576},
	{0, 4, 8, 12, 16, 20, 24, 30, 36, 42, 50, 60, 72, 88, 106, 128, 156, 190, 230, 276, 330, 384, 576},
	{0, 4, 8, 12, 16, 20, 24, 30, 36, 44, 54, 66, 82, 102, 126, 156, 194, 240, 296, 364, 448, 550, 576},
	{0, 6, 12, 18, 24, 30, 36, 44, 54, 66, 80, 96, 116, 140, 168, 200, 238, 284, 336, 396, 464, 522, 576},
	{0, 6, 12, 18, 24, 30, 36, 44, 54, 66, 80, 96, 114, 136, 162, 194, 232, 278, 332, 394, 464, 540, 576},
	{0, 6, 12, 18, 24, 30, 36, 44, 54, 66, 80, 96, 116, 140, 168, 200, 238, 284, 336, 396, 464, 522, 576},
	{0, 6, 12, 18, 24, 30, 36, 44, 54, 66, 80, 96, 116, 140, 168, 200, 238, 284, 336, 396, 464, 522, 576},
	{0, 6, 12, 18, 24, 30, 36, 44, 54, 66, 80, 96, 116, 140, 168, 200, 238, 284, 336, 396, 464, 522, 576},
	{0, 12, 24, 36, 48, 60, 72, 88, 108, 132, 160, 192, 232, 280, 336, 400, 476, 566, 568, 570, 572, 574, 576},
}

// shortBands are those of one of the three windows of a short block.
var shortBands = [9][14]int{
	{0, 4, 8, 12, 16, 22, 30, 40, 52, 66, 84, 106, 136, 192},
	{0, 4, 8, 12, 16, 22, 28, 38, 50, 64, 80, 100, 126, 192},
	{0, 4, 8, 12, 16, 22, 30, 42, 58, 78, 104, 138, 180, 192},
	{0, 4, 8, 12, 18, 24, 32, 42, 56, 74, 100, 132, 174, 192},
	{0, 4, 8, 12, 18, 26, 36, 48, 62, 80, 104, 136, 180, 192},
	{0, 4, 8, 12, 18, 26, 36, 48, 62, 80, 104, 134, 174, 192},
	{0, 4, 8, 12, 18, 26, 36, 48, 62, 80, 104, 134, 174, 192},
	{0, 4, 8, 12, 18, 26, 36, 48, 62, 80, 104, 134, 174, 192},
	{0, 8, 16, 24, 36, 52, 72, 96, 124, 160, 162, 164, 166, 192},
}

// band is a part of a granule that has one scale factor.
type band struct {
	begin, end int
	window     int // of a short block; -1 in a long one
}

const noWindow = -1

// layout is the bands of a granule, in the order in which they are written.
type layout struct {
	bands []band
	long  int // how many of them, the first ones, are of a long block
}

const (
	mixedEnd     = 36 // of the long block in a mixed one, in values
	firstOfMixed = 3  // the first band of the short blocks in a mixed one
)

var layouts = func() (all [9][3]layout) {
	for rate := range all {
		b, s := &longBands[rate], &shortBands[rate]
		longs := func(l *layout, end int) {
			for i := 0; i < 22 && b[i] < end; i++ {
				l.bands = append(l.bands, band{b[i], b[i+1], noWindow})
			}
			l.long = len(l.bands)
		}
		shorts := func(l *layout, first int) {
			for i := first; i < 13; i++ {
				width := s[i+1] - s[i]
				for w := range 3 {
					at := 3*s[i] + w*width
					l.bands = append(l.bands, band{at, at + width, w})
				}
			}
		}
		longs(&all[rate][0], granuleSize)
		shorts(&all[rate][1], 0)
		longs(&all[rate][2], mixedEnd)
		shorts(&all[rate][2], firstOfMixed)
	}
	return all
}()

func (g *granule) layout(h *header) *layout {
	l := &layouts[h.rateIndex]
	switch {
	case g.mixed:
		return &l[2]
	case g.blockType == short:
		return &l[1]
	}
	return &l[0]
}
