package audio

import (
	"hash/fnv"
	"math"
	"testing"
)

// tone is a sine of n samples.
func tone(n, rate int, hz float64) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(0.9 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)+0.3))
	}
	return out
}

// power is the mean square of what does not touch the ends.
func power(x []float32) (sum float64) {
	mid := x[len(x)/5 : len(x)*4/5]
	for _, v := range mid {
		sum += float64(v) * float64(v)
	}
	return sum / float64(len(mid))
}

// TestResample compares with the same sine at the other rate, which nothing else would
// give: no delay, no other level, no aliases.
func TestResample(t *testing.T) {
	t.Parallel()
	for _, r := range [][2]int{{44100, 16000}, {48000, 16000}, {8000, 16000}, {22050, 44100}, {11025, 48000}, {44101, 16000}, {96000, 8000}, {767999, 192000}} {
		from, to := r[0], r[1]
		n := from / 5
		half := float64(min(from, to)) / 2
		for _, part := range []float64{0.003, 0.1, 0.5, 0.8, 0.9} {
			out := make([]float32, resampledLen(n, from, to))
			resample(out, tone(n, from, part*half), from, to)
			want := tone(len(out), to, part*half)
			for i := range out {
				out[i] -= want[i]
			}
			if db := 10 * math.Log10(power(want)/power(out)); db < 90 {
				t.Errorf("%d to %d: at %.3f of the band the signal is %.1f dB above the noise", from, to, part, db)
			}
		}
		for _, part := range []float64{1.0, 1.1, 1.7} {
			if to > from || part*half > float64(from)/2 {
				continue
			}
			out := make([]float32, resampledLen(n, from, to))
			resample(out, tone(n, from, part*half), from, to)
			if db := 10 * math.Log10(power(out)/0.405); db > -90 {
				t.Errorf("%d to %d: what is at %.1f of the band comes back with %.1f dB", from, to, part, db)
			}
		}
	}
}

// TestResampledLen: the last sample lies within the recording.
func TestResampledLen(t *testing.T) {
	t.Parallel()
	for _, c := range [][4]int{{1, 44100, 16000, 1}, {441, 44100, 16000, 160}, {442, 44100, 16000, 161}, {3, 8000, 16000, 6}, {4, 16000, 8000, 2}, {5, 16000, 8000, 3}} {
		if got := resampledLen(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("%d samples from %d to %d: %d, want %d", c[0], c[1], c[2], got, c[3])
		}
	}
}

// TestSameEverywhere: products are rounded before they are summed, so that processors
// that could do both at once give the same bits.
func TestSameEverywhere(t *testing.T) {
	t.Parallel()
	h := fnv.New64a()
	for _, r := range [][2]int{{44100, 16000}, {8000, 44101}} {
		in := make([]float32, 2000)
		for i, seed := 0, uint32(1); i < len(in); i++ {
			seed = seed*1664525 + 1013904223
			in[i] = float32(int32(seed)) / (1 << 31)
		}
		out := make([]float32, resampledLen(len(in), r[0], r[1]))
		resample(out, in, r[0], r[1])
		for _, x := range out {
			b := math.Float32bits(x)
			_, _ = h.Write([]byte{byte(b), byte(b >> 8), byte(b >> 16), byte(b >> 24)})
		}
	}
	if got, want := h.Sum64(), uint64(0x3dcdfcd5d372d021); got != want {
		t.Errorf("got %#x, want %#x", got, want)
	}
}
