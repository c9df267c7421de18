package mp3

import "errors"

// granuleSize is how many values a granule of a channel has.
const granuleSize = 576

// The types of blocks.
const (
	long = iota
	start
	short
	stop
)

// side is the side information of a frame (ISO/IEC 11172-3, 2.4.1.7).
type side struct {
	mainBegin int           // bytes that its main data begins before its own
	shared    [2][4]bool    // groups of scale factors that both granules have
	granules  [2][2]granule // of a frame, by granule and channel
}

// granule is the side information of a granule of one channel.
type granule struct {
	length    int // of scale factors and codes, in bits
	bigValues int // pairs
	gain      int
	compress  int // how scale factors are written
	blockType int
	mixed     bool // the two lowest subbands are of a long block
	tables    [3]int
	ends      [3]int // of the regions, in values
	subGain   [3]int // of the windows of a short block
	preflag   bool
	scale     int // what a step of a scale factor is: 2 or 4 quarters of a power of 2
	quadTable int
}

var errSide = errors.New("its side information is damaged")

func readSide(h *header, data []byte) (*side, error) {
	b := &bits{data: append(append(make([]byte, 0, len(data)+beyond), data...), make([]byte, beyond)...)}
	s := &side{}
	channels := h.channels()
	if h.version == mpeg1 {
		s.mainBegin = b.read(9)
		b.read(7 - 2*channels) // private
		for c := range channels {
			for i := range s.shared[c] {
				s.shared[c][i] = b.flag()
			}
		}
	} else {
		s.mainBegin = b.read(8)
		b.read(channels)
	}
	for g := range h.granules() {
		for c := range channels {
			if err := s.granules[g][c].read(b, h); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

func (g *granule) read(b *bits, h *header) error {
	g.length, g.bigValues, g.gain = b.read(12), b.read(9), b.read(8)
	if h.version == mpeg1 {
		g.compress = b.read(4)
	} else {
		g.compress = b.read(9)
	}
	if b.flag() {
		g.blockType, g.mixed = b.read(2), b.flag()
		for i := range 2 {
			g.tables[i] = b.read(5)
		}
		for i := range g.subGain {
			g.subGain[i] = b.read(3)
		}
		if g.blockType == long {
			return errSide
		}
		if g.blockType != short {
			g.mixed = false // two windows of one form
		}
		g.ends = [3]int{g.switched(h), granuleSize, granuleSize}
	} else {
		for i := range g.tables {
			g.tables[i] = b.read(5)
		}
		first := b.read(4) + 1
		second := first + b.read(3) + 1
		bands := &longBands[h.rateIndex]
		g.ends = [3]int{bands[min(first, 22)], bands[min(second, 22)], granuleSize}
	}
	if h.version == mpeg1 {
		g.preflag = b.flag()
	}
	g.scale = 2 << b.read(1)
	g.quadTable = b.read(1)
	switch {
	case 2*g.bigValues > granuleSize:
		return errSide
	case g.mixed && h.version == mpeg25:
		return errors.New("it has mixed blocks in MPEG-2.5, which decoders read in different ways")
	}
	for i := range g.ends {
		g.ends[i] = min(g.ends[i], 2*g.bigValues)
	}
	return nil
}

// switched is where the second region begins in a granule of another block type: three
// bands of a short block, or eight of a long one.
func (g *granule) switched(h *header) int {
	if g.blockType == short {
		return 3 * shortBands[h.rateIndex][3]
	}
	return longBands[h.rateIndex][8]
}
