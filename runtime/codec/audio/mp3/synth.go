package mp3

import "math"

// halfWindow is the first half of the window of the synthesis, in steps of 2^-16
// (ISO/IEC 11172-3, table B.3), whose second half mirrors it. No formula gives it.
var halfWindow = [257]int32{
	0, -1, -1, -1, -1, -1, -1, -2, -2, -2, -2, -3, -3, -4, -4, -5,
	-5, -6, -7, -7, -8, -9, -10, -11, -13, -14, -16, -17, -19, -21, -24, -26,
	-29, -31, -35, -38, -41, -45, -49, -53, -58, -63, -68, -73, -79, -85, -91, -97,
	-104, -111, -117, -125, -132, -139, -147, -154, -161, -169, -176, -183, -190, -196, -202, -208,
	213, 218, 222, 225, 227, 228, 228, 227, 224, 221, 215, 208, 200, 189, 177, 163,
	146, 127, 106, 83, 57, 29, -2, -36, -72, -111, -153, -197, -244, -294, -347, -401,
	-459, -519, -581, -645, -711, -779, -848, -919, -991, -1064, -1137, -1210, -1283, -1356, -1428, -1498,
	-1567, -1634, -1698, -1759, -1817, -1870, -1919, -1962, -2001, -2032, -2057, -2075, -2085, -2087, -2080, -2063,
	2037, 2000, 1952, 1893, 1822, 1739, 1644, 1535, 1414, 1280, 1131, 970, 794, 605, 402, 185,
	-45, -288, -545, -814, -1095, -1388, -1692, -2006, -2330, -2663, -3004, -3351, -3705, -4063, -4425, -4788,
	-5153, -5517, -5879, -6237, -6589, -6935, -7271, -7597, -7910, -8209, -8491, -8755, -8998, -9219, -9416, -9585,
	-9727, -9838, -9916, -9959, -9966, -9935, -9863, -9750, -9592, -9389, -9139, -8840, -8492, -8092, -7640, -7134,
	6574, 5959, 5288, 4561, 3776, 2935, 2037, 1082, 70, -998, -2122, -3300, -4533, -5818, -7154, -8540,
	-9975, -11455, -12980, -14548, -16155, -17799, -19478, -21189, -22929, -24694, -26482, -28289, -30112, -31947, -33791, -35640,
	-37489, -39336, -41176, -43006, -44821, -46617, -48390, -50137, -51853, -53534, -55178, -56778, -58333, -59838, -61289, -62684,
	-64019, -65290, -66494, -67629, -68692, -69679, -70590, -71420, -72169, -72835, -73415, -73908, -74313, -74630, -74856, -74992,
	75038,
}

// synthesisWindow is the whole of it. Each second of its 8 parts has the other sign than
// the low-pass filter that it is made of.
var synthesisWindow = func() (t [512]float64) {
	for i := range t {
		v := halfWindow[min(i, 512-i)]
		if i > 256 && i%64 != 0 {
			v = -v
		}
		t[i] = float64(v) / (1 << 16)
	}
	return t
}()

// synthesis is the state of the filter bank that makes samples of subbands: 16 vectors of
// 64 values, the latest one at the offset.
type synthesis struct {
	vectors [16 * 64]float64
	offset  int
}

// run makes 32 samples of one of each subband (ISO/IEC 11172-3, 2.4.3.2.2).
func (s *synthesis) run(in *[subbands]float64, out []float32) {
	s.offset = (s.offset - 64) & 1023
	v := (*[64]float64)(s.vectors[s.offset:])
	var c, scratch [subbands]float64
	c = *in
	cosine(c[:], scratch[:])
	// The 64 values are the 32 of a cosine transform, forth and back.
	for i := range 16 {
		v[i] = c[16+i]
		v[17+i] = -c[31-i]
		v[48+i] = -c[i]
	}
	v[16] = 0
	for i := range 15 {
		v[33+i] = -c[15-i]
	}
	var sum [subbands]float64
	for i := range 8 {
		a := (*[32]float64)(s.vectors[(s.offset+128*i)&1023:])
		b := (*[32]float64)(s.vectors[(s.offset+128*i+96)&1023:])
		w := (*[64]float64)(synthesisWindow[64*i:])
		for j := range sum {
			sum[j] += w[j]*a[j] + w[32+j]*b[j]
		}
	}
	out = out[:subbands]
	for j, x := range sum {
		out[j] = float32(x)
	}
}

// secants are 1/(2 cos(π(2i+1)/2n)) for n of 2 to 32, one behind the other from n/2 on.
var secants = func() (t [subbands]float64) {
	for n := 2; n <= subbands; n *= 2 {
		for i := range n / 2 {
			t[n/2+i] = 0.5 / math.Cos(math.Pi*float64(2*i+1)/float64(2*n))
		}
	}
	return t
}()

// cosine makes of x its cosine transform, X[k] = Σ x[i] cos(πk(2i+1)/2n), n a power of 2:
// that of the sums of what mirrors each other gives those of even k, and that of the
// differences, divided, the sums of two of odd k.
func cosine(x, scratch []float64) {
	n := len(x)
	if n == 2 {
		x[0], x[1] = x[0]+x[1], (x[0]-x[1])*secants[1]
		return
	}
	h := n / 2
	sums, differences := scratch[:h], scratch[h:n]
	sec := secants[h : h+h]
	for i := range h {
		a, b := x[i], x[n-1-i]
		sums[i], differences[i] = a+b, (a-b)*sec[i]
	}
	cosine(sums, x[:h])
	cosine(differences, x[h:])
	for i := range h - 1 {
		x[2*i], x[2*i+1] = sums[i], differences[i]+differences[i+1]
	}
	x[n-2], x[n-1] = sums[h-1], differences[h-1]
}
