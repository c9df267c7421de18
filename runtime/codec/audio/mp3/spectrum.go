package mp3

import (
	"math"
	"sync"
)

// maxValue is the largest value of a code: 15 and 13 bits.
const maxValue = 15 + 1<<13 - 1

// powers are x to the power of 4/3.
var powers = sync.OnceValue(func() *[maxValue + 1]float64 {
	t := &[maxValue + 1]float64{}
	for x := range t {
		t[x] = math.Pow(float64(x), 4.0/3)
	}
	return t
})

// gainZero is the gain that leaves values as they are.
const gainZero = 210

// quarter gives 2 to the power of e/4.
func quarter(e int) float64 {
	return math.Ldexp([4]float64{1, 1.189207115002721, math.Sqrt2, 1.681792830507429}[e&3], e>>2)
}

// spectrum makes of n codes what they stand for, with the gains of their bands
// (ISO/IEC 11172-3, 2.4.3.4). It keeps the order in which they are written.
func spectrum(codes *[granuleSize]int32, n int, g *granule, l *layout, f *factors, out *[granuleSize]float64) {
	clear(out[:])
	pow := powers()
	for i := range l.bands {
		band := &l.bands[i]
		if band.begin >= n {
			if band.window == noWindow || band.window == 2 {
				break
			}
			continue
		}
		e := g.gain - gainZero
		v := f.v[i]
		if band.window == noWindow {
			if g.preflag {
				v += pretab[i]
			}
		} else {
			e -= 8 * g.subGain[band.window]
		}
		gain := quarter(e - g.scale*v)
		for k := band.begin; k < min(band.end, n); k++ {
			if x := codes[k]; x >= 0 {
				out[k] = pow[x] * gain
			} else {
				out[k] = -pow[-x] * gain
			}
		}
	}
}
