package audio

import (
	"math"
	"sync"
)

// How samples are made at another rate: by the sinc that lets pass what both rates can
// hold, under a Kaiser window. Up to 0.9 of the lower half of a rate everything passes
// within 0.001 dB, from that half on nothing does but 100 dB less. What lies outside of
// the recording counts as silence, and no delay is left.
const (
	crossings = 64   // zero crossings of the sinc on each side
	fine      = 1024 // values of the table between two of them
	beta      = 10.06126
	rolloff   = 0.95 // where the sinc is half: in the middle of 0.9 and 1
)

// kernel is one side of the windowed sinc, [fine] values a zero crossing of the lower rate.
var kernel = sync.OnceValue(func() []float64 {
	k := make([]float64, crossings*fine+2)
	for i := range k {
		x := float64(i) / fine
		if x >= crossings {
			continue
		}
		r := x / crossings
		window := bessel(beta*math.Sqrt(1-float64(r*r))) / bessel(beta)
		sinc := 1.0
		if x > 0 {
			sinc = sinPi(rolloff*x) / (math.Pi * rolloff * x)
		}
		k[i] = rolloff * sinc * window
	}
	return k
})

// sinPi is the sine of π x, for x of 0 and more; [math.Sin] rounds otherwise on other
// processors.
func sinPi(x float64) float64 {
	x -= 2 * math.Floor(x/2)
	sign := 1.0
	if x >= 1 {
		x, sign = x-1, -1
	}
	if x > 0.5 {
		x = 1 - x
	}
	x *= math.Pi
	square := float64(x * x)
	sum, term := x, x
	for i := 2.0; i < 26; i += 2 {
		term *= -square / float64(i*(i+1))
		sum += term
	}
	return sign * sum
}

// bessel is the modified Bessel function of the first kind, of order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for i := 1.0; term > sum*1e-17; i++ {
		term *= x / (2 * i) * (x / (2 * i))
		sum += term
	}
	return sum
}

// maxPhases bounds the table of a polyphase filter, in values.
const maxPhases = 1 << 17

// resample fills out, of [resampledLen], with in at another rate. Products are rounded
// before they are summed, so that all processors give the same.
func resample(out, in []float32, from, to int) {
	g := gcd(from, to)
	up, down := to/g, from/g // sample i of out lies at i*down/up of in
	scale := min(1, float64(to)/float64(from))
	half := int(math.Ceil(crossings / scale)) // samples of in on each side
	taps := 2 * half
	f := filter{up: up, half: half, scale: scale, kernel: kernel()}
	var phases []float64
	if int64(up)*int64(taps) <= maxPhases {
		phases = make([]float64, up*taps)
		for p := range up {
			f.phase(phases[p*taps:(p+1)*taps], p)
		}
	}
	h := make([]float64, taps)
	for i, at := 0, int64(0); i < len(out); i, at = i+1, at+int64(down) {
		center, p := int(at/int64(up)), int(at%int64(up))
		if phases != nil {
			h = phases[p*taps : (p+1)*taps]
		} else {
			f.phase(h, p)
		}
		first := center - half + 1
		lo, hi := max(0, first), min(len(in), first+taps)
		sum := 0.0
		if lo < hi {
			w := h[lo-first : hi-first]
			for k, x := range in[lo:hi] {
				sum += float64(float64(x) * w[k])
			}
		}
		out[i] = float32(sum)
	}
}

type filter struct {
	up, half int
	scale    float64
	kernel   []float64
}

// phase fills h with the weights of the samples around a place that lies p/up behind
// one of them: h[half-1] is that one's.
func (f *filter) phase(h []float64, p int) {
	d := float64(p) / float64(f.up)
	for k := range h {
		x := math.Abs(float64(k-f.half+1)-d) * f.scale * fine
		i := int(x)
		if i >= len(f.kernel)-1 {
			h[k] = 0
			continue
		}
		a, b := f.kernel[i], f.kernel[i+1]
		h[k] = f.scale * (a + float64((b-a)*(x-float64(i))))
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
