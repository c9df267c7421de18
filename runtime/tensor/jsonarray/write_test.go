package jsonarray

import (
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bentoc.dev/runtime/tensor"
)

// reference is what encoding/json writes.
func reference(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFloat32IsWrittenAsEncodingJSONDoes(t *testing.T) {
	t.Parallel()
	for _, f := range edgeFloats32() {
		if got, want := string(appendFloat32(nil, f)), reference(t, f); got != want {
			t.Errorf("%x is written %s, want %s", math.Float32bits(f), got, want)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	var buf, std []byte
	for range 500_000 {
		f := math.Float32frombits(r.Uint32())
		if f != f || math.IsInf(float64(f), 0) {
			continue
		}
		if buf, std = appendFloat32(buf[:0], f), appendStd(std[:0], float64(f), 32); string(buf) != string(std) {
			t.Fatalf("%x is written %s, want %s", math.Float32bits(f), buf, std)
		}
	}
}

// appendStd is encoding/json's float encoder (its floatEncoder), which it does
// not export.
func appendStd(dst []byte, f float64, bits int) []byte {
	format := byte('f')
	abs := math.Abs(f)
	if abs != 0 && (bits == 64 && (abs < 1e-6 || abs >= 1e21) || bits == 32 && (float32(abs) < 1e-6 || float32(abs) >= 1e21)) {
		format = 'e'
	}
	dst = strconv.AppendFloat(dst, f, format, -1, bits)
	if n := len(dst); format == 'e' && n >= 4 && string(dst[n-4:n-1]) == "e-0" {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}

// edgeFloats32 has every power of two and of ten with its neighbours, the ends
// of the subnormals, whole numbers around 2^24, and zeros.
func edgeFloats32() []float32 {
	edges := []float32{0, float32(math.Copysign(0, -1)), math.SmallestNonzeroFloat32, math.MaxFloat32, 1e-6, 1e21, 9.999999e20, 16777216, 16777217, 33554432, 0.1, 1.0 / 3}
	for e := -149; e <= 127; e++ {
		edges = append(edges, float32(math.Ldexp(1, e)), float32(math.Ldexp(3, e-1)))
	}
	for e := -45; e <= 38; e++ {
		f, _ := strconv.ParseFloat("1e"+strconv.Itoa(e), 32)
		edges = append(edges, float32(f), float32(5*f))
	}
	var all []float32
	for _, f := range edges {
		for _, g := range []float32{f, math.Nextafter32(f, 0), math.Nextafter32(f, math.MaxFloat32)} {
			if !math.IsInf(float64(g), 0) {
				all = append(all, g, -g)
			}
		}
	}
	return all
}

func TestFloat64IsWrittenAsEncodingJSONDoes(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		f := math.Float64frombits(r.Uint64())
		if math.IsNaN(f) || math.IsInf(f, 0) {
			continue
		}
		if got, want := string(appendFloat64(nil, f)), reference(t, f); got != want {
			t.Fatalf("written %s, want %s", got, want)
		}
	}
}

func TestNumbersThatJSONLacksAreNull(t *testing.T) {
	t.Parallel()
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	negNaN := math.Float32frombits(math.Float32bits(nan) | 1<<31)
	if got := string(Append(nil, []float32{nan, inf, -inf, negNaN, -1}, []int{5})); got != "[null,null,null,null,-1]" {
		t.Error(got)
	}
	if got := string(Append(nil, []float64{math.NaN(), math.Inf(-1)}, []int{2})); got != "[null,null]" {
		t.Error(got)
	}
}

func TestPowersAreRight(t *testing.T) {
	t.Parallel()
	low, high := new(big.Int).Lsh(big.NewInt(1), 63), new(big.Int).Lsh(big.NewInt(1), 64)
	for i, got := range powers {
		k := int64(i + powersFrom)
		x := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(max(k, -k)), nil))
		if k < 0 {
			x.Inv(x)
		}
		n := new(big.Int)
		for {
			n.Quo(x.Num(), x.Denom())
			if n.Cmp(high) >= 0 {
				x.Quo(x, big.NewRat(2, 1))
			} else if n.Cmp(low) < 0 {
				x.Mul(x, big.NewRat(2, 1))
			} else {
				break
			}
		}
		if !x.IsInt() {
			n.Add(n, big.NewInt(1))
		}
		if n.Uint64() != got {
			t.Errorf("10^%d is %#x, want %#x", k, got, n)
		}
	}
}

func TestEveryTypeIsWrittenAndReadBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		t    tensor.Tensor
		want string
	}{
		{tensor.Of([]float32{1, 2.5, -3e-7, 1e21}, 2, 2), "[[1,2.5],[-3e-7,1e+21]]"},
		{tensor.Of([]float64{0.1, 1e300}, 2), "[0.1,1e+300]"},
		{tensor.Of([]tensor.F16{tensor.ToF16(1.5), tensor.ToF16(-2)}, 2), "[1.5,-2]"},
		{tensor.Of([]tensor.BF16{tensor.ToBF16(0.25)}, 1), "[0.25]"},
		{tensor.Of([]int8{-128, 127}, 2), "[-128,127]"},
		{tensor.Of([]int16{-32768, 32767}, 2), "[-32768,32767]"},
		{tensor.Of([]int32{math.MinInt32, math.MaxInt32}, 2), "[-2147483648,2147483647]"},
		{tensor.Of([]int64{math.MinInt64, math.MaxInt64}, 1, 2), "[[-9223372036854775808,9223372036854775807]]"},
		{tensor.Of([]uint8{0, 255}, 2), "[0,255]"},
		{tensor.Of([]uint16{65535}, 1), "[65535]"},
		{tensor.Of([]uint32{math.MaxUint32}, 1), "[4294967295]"},
		{tensor.Of([]uint64{math.MaxUint64}, 1), "[18446744073709551615]"},
		{tensor.Of([]bool{true, false, true}, 3, 1), "[[true],[false],[true]]"},
		{tensor.OfStrings([]string{"a", "", "<é\n\"\\", "\x00"}, 4), `["a","","\u003cé\n\"\\","\u0000"]`},
		{tensor.Of([]float32{7}), "7"},
		{tensor.Of([]int64(nil), 2, 0), "[[],[]]"},
		{tensor.Of([]int64(nil), 0), "[]"},
	} {
		got, err := AppendTensor(nil, c.t)
		if err != nil || string(got) != c.want {
			t.Errorf("%s is written %s (%v), want %s", c.t.DType, got, err, c.want)
			continue
		}
		spaced := strings.NewReplacer("[", " [\n", ",", "\t, ", "]", "\r ] ").Replace(c.want)
		for _, text := range []string{c.want, spaced} {
			back, next, err := ReadTensor([]byte(text+"}"), 0, c.t.DType, nil)
			if err != nil {
				t.Errorf("reading %s: %v", text, err)
				continue
			}
			if strings.TrimSpace(text[next:]) != "" {
				t.Errorf("reading %s stopped at %d", text, next)
			}
			if !slices.Equal(back.Data, c.t.Data) || !slices.Equal(back.Strings, c.t.Strings) || !slices.Equal(back.Shape, c.t.Shape) {
				t.Errorf("%s comes back as %v, want %v", text, back, c.t)
			}
		}
	}
}

func TestMapsAndSequencesAreWritten(t *testing.T) {
	t.Parallel()
	keys := tensor.Of([]int64{3, -1}, 2)
	m := tensor.Of([]float32{0.25, 0.75}, 2)
	m.Keys = &keys
	got, err := AppendTensor(nil, tensor.Tensor{List: []tensor.Tensor{m, tensor.Of([]int8{1}, 1)}})
	if want := `[{"3":0.25,"-1":0.75},[1]]`; err != nil || string(got) != want {
		t.Errorf("written %s (%v), want %s", got, err, want)
	}
}

func BenchmarkAppendFloat32(b *testing.B) {
	data, text := picture()
	buf := make([]byte, 0, len(text)+100)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		buf = Append(buf[:0], data, []int{1, 3, 48, 320})
	}
}

func BenchmarkAppendFloat32EncodingJSON(b *testing.B) {
	data, text := picture()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := json.Marshal(data); err != nil {
			b.Fatal(err)
		}
	}
}

// picture is an input of a text recogniser, as numbers and as JSON.
func picture() (data []float32, text []byte) {
	r := rand.New(rand.NewPCG(5, 6))
	data = make([]float32, 3*48*320)
	for i := range data {
		data[i] = r.Float32()*2 - 1
	}
	return data, Append(nil, data, []int{1, 3, 48, 320})
}
