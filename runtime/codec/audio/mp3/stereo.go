package mp3

import (
	"errors"
	"math"
)

// ratios are the parts of the left and of the right channel by the position that
// intensity stereo of MPEG-1 says (ISO/IEC 11172-3, 2.4.3.4.9.3).
var ratios = func() (t [7][2]float64) {
	for i := range t {
		s, c := math.Sincos(float64(i) * math.Pi / 12)
		t[i] = [2]float64{s / (s + c), c / (s + c)}
	}
	return t
}()

// noPosition is what MPEG-1 says where a band has no position.
const noPosition = 7

// lowRatios are those of the low sampling frequencies: a step of a quarter or half a
// power of 2 for one channel or the other (ISO/IEC 13818-3, 2.4.3.2).
func lowRatios(position, step int) (left, right float64) {
	k := quarter(-step * ((position + 1) / 2))
	if position&1 == 1 {
		return k, 1
	}
	return 1, k
}

var (
	errPosition = errors.New("a position of its intensity stereo is none that there is")
	errBlocks   = errors.New("its channels are of different blocks, but have parts in common")
	errShort    = errors.New("it has intensity stereo in short blocks, which decoders read in different ways")
)

// joinStereo makes left and right of what is written instead of them.
func joinStereo(h *header, s *[2]granule, l *layout, f *factors, left, right *[granuleSize]float64) error {
	if !h.middle && !h.intensity {
		return nil
	}
	switch {
	case (s[0].blockType == short) != (s[1].blockType == short) || s[0].mixed != s[1].mixed:
		return errBlocks
	case h.intensity && s[0].blockType == short:
		return errShort
	}
	from := len(l.bands) // of the bands that may have positions
	if h.intensity {
		from = silentFrom(l, right)
	}
	for i := range l.bands {
		b := &l.bands[i]
		if i >= from {
			p, ok, err := position(h, &s[1], f, i)
			if err != nil {
				return err
			}
			if ok {
				for k := b.begin; k < b.end; k++ {
					left[k], right[k] = left[k]*p[0], left[k]*p[1]
				}
				continue
			}
		}
		if h.middle {
			for k := b.begin; k < b.end; k++ {
				m, s := left[k], right[k]
				left[k], right[k] = (m+s)*(math.Sqrt2/2), (m-s)*(math.Sqrt2/2)
			}
		}
	}
	return nil
}

// silentFrom gives the band from which on all of the right channel is 0.
func silentFrom(l *layout, right *[granuleSize]float64) int {
	for i := len(l.bands) - 1; i >= 0; i-- {
		for _, x := range right[l.bands[i].begin:l.bands[i].end] {
			if x != 0 {
				return i + 1
			}
		}
	}
	return 0
}

// lastFactor is the last band of a long block that has a scale factor.
const lastFactor = 20

// position gives the parts of a band in the left and in the right channel. The last
// band, which has no scale factor, is where the one below it is.
func position(h *header, g *granule, f *factors, i int) (parts [2]float64, ok bool, err error) {
	i = min(i, lastFactor)
	p := f.v[i]
	if h.version == mpeg1 {
		switch {
		case p > noPosition:
			return parts, false, errPosition
		case p == noPosition:
			return parts, false, nil
		}
		return ratios[p], true, nil
	}
	if limit := f.limit[i]; limit > 0 && p == limit {
		return parts, false, nil
	}
	parts[0], parts[1] = lowRatios(p, 1+g.compress&1)
	return parts, true, nil
}
