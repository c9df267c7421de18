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

// python is Python's repr of a float, by its documented rule: the exponent of the
// first digit decides on the form.
func python(f float64, bits int) string {
	s := strconv.FormatFloat(f, 'e', -1, bits)
	if exp, _ := strconv.Atoi(s[strings.IndexByte(s, 'e')+1:]); exp < -4 || exp >= 16 {
		return s
	}
	if s = strconv.FormatFloat(f, 'f', -1, bits); !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

func TestFloat32IsWrittenAsPythonDoes(t *testing.T) {
	t.Parallel()
	for _, f := range edgeFloats32() {
		if got, want := string(AppendFloat32(nil, f)), python(float64(f), 32); got != want {
			t.Errorf("%x is written %s, want %s", math.Float32bits(f), got, want)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	var buf []byte
	for range 200_000 {
		f := math.Float32frombits(r.Uint32())
		if f != f || math.IsInf(float64(f), 0) {
			continue
		}
		if buf = AppendFloat32(buf[:0], f); string(buf) != python(float64(f), 32) {
			t.Fatalf("%x is written %s, want %s", math.Float32bits(f), buf, python(float64(f), 32))
		}
	}
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

func TestFloat64IsWrittenAsPythonDoes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		f    float64
		want string // of repr
	}{
		{0x0.0p+0, "0.0"},
		{math.Copysign(0, -1), "-0.0"},
		{0x1.0000000000000p+0, "1.0"},
		{-0x1.8000000000000p+1, "-3.0"},
		{0x1.999999999999ap-4, "0.1"},
		{0x1.5555555555555p-2, "0.3333333333333333"},
		{0x1.a36e2eb1c432dp-14, "0.0001"},
		{0x1.a36e2eb1c432cp-14, "9.999999999999999e-05"},
		{0x1.4f8b588e368f1p-17, "1e-05"},
		{0x1.ad7f29abcaf48p-24, "1e-07"},
		{0x1.421f5f40d8376p-23, "1.5e-07"},
		{0x0.0000000000001p-1022, "5e-324"},
		{0x1.0000000000000p-1022, "2.2250738585072014e-308"},
		{0x1.c6bf526340000p+49, "1000000000000000.0"},
		{0x1.c6bf526340000p+50, "2000000000000000.0"},
		{0x1.0000000000001p+52, "4503599627370497.0"},
		{0x1.c12218377de66p+46, "123456789012345.6"},
		{0x1.0000000000000p+53, "9007199254740992.0"},
		{0x1.0000000000001p+53, "9007199254740994.0"},
		{0x1.1c37937e07fffp+53, "9999999999999998.0"},
		{0x1.1c37937e08000p+53, "1e+16"},
		{0x1.6345785d8a000p+56, "1e+17"},
		{0x1.b69b4ba630f35p+56, "1.2345678901234568e+17"},
		{0x1.b1ae4d6e2ef50p+69, "1e+21"},
		{0x1.0f0cf064dd592p+73, "1e+22"},
		{0x1.249ad2594c37dp+332, "1e+100"},
		{0x1.fffffffffffffp+1023, "1.7976931348623157e+308"},
		{0x1.0000010000000p+24, "16777217.0"},
		{0x1.02c9dedbc309dp-13, "0.0001234"},
		{0x1.9000000000000p+6, "100.0"},
	} {
		if got := string(AppendFloat64(nil, c.f)); got != c.want {
			t.Errorf("%x is written %s, want %s", c.f, got, c.want)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 40_000 {
		f := math.Float64frombits(r.Uint64())
		if i%2 == 0 { // near the ends of the plain form
			f = (r.Float64() + 0.05) * []float64{1e-4, 1, 1e10, 1e16}[i/2%4]
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			continue
		}
		got := string(AppendFloat64(nil, f))
		if got != python(f, 64) {
			t.Fatalf("written %s, want %s", got, python(f, 64))
		}
		if back, err := strconv.ParseFloat(got, 64); err != nil || back != f {
			t.Fatalf("%s reads back as %v (%v)", got, back, err)
		}
	}
}

func TestNumbersThatJSONLacksAreTokens(t *testing.T) {
	t.Parallel()
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	negNaN := math.Float32frombits(math.Float32bits(nan) | 1<<31)
	if got := string(Append(nil, []float32{nan, inf, -inf, negNaN, -1}, []int{5})); got != "[NaN,Infinity,-Infinity,NaN,-1.0]" {
		t.Error(got)
	}
	if got := string(Append(nil, []float64{math.NaN(), math.Inf(-1)}, []int{2})); got != "[NaN,-Infinity]" {
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
		{tensor.Of([]float32{1, 2.5, -3e-7, 1e21}, 2, 2), "[[1.0,2.5],[-3e-07,1e+21]]"},
		{tensor.Of([]float64{0.1, 1e300}, 2), "[0.1,1e+300]"},
		{tensor.Of([]tensor.F16{tensor.ToF16(1.5), tensor.ToF16(-2)}, 2), "[1.5,-2.0]"},
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
		{tensor.OfStrings([]string{"a", "", "<é\n\"\\", "\x00"}, 4), `["a","","<é\n\"\\","\u0000"]`},
		{tensor.Of([]float32{7}), "7.0"},
		{tensor.Of([]int64(nil), 2, 0), "[[],[]]"},
		{tensor.Of([]int64(nil), 0), "[]"},
	} {
		data, err := tensor.Values(c.t)
		if err != nil {
			t.Fatal(err)
		}
		if got := AppendValues(nil, data, c.t.Shape); string(got) != c.want {
			t.Errorf("%s is written %s, want %s", c.t.DType, got, c.want)
			continue
		}
		spaced := strings.NewReplacer("[", " [\n", ",", "\t, ", "]", "\r ] ").Replace(c.want)
		for _, text := range []string{c.want, spaced} {
			back, next, err := readers[c.t.DType]([]byte(text + "}"))
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
