package jsonarray

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bentoc.dev/runtime/tensor"
)

func TestNumbersAreReadAsStrconvReadsThem(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	var buf []byte
	for i := range 400_000 {
		buf = randomNumber(buf[:0], r, i%8)
		text := string(buf)
		want32, err := strconv.ParseFloat(text, 32)
		got32, next, gotErr := parseFloat32(buf, 0)
		if (err != nil) != (gotErr != nil) || err == nil && math.Float32bits(got32) != math.Float32bits(float32(want32)) {
			t.Fatalf("%s reads as float32 %v (%v), want %v (%v)", text, got32, gotErr, want32, err)
		}
		want64, err := strconv.ParseFloat(text, 64)
		got64, next64, gotErr := parseFloat64(buf, 0)
		if (err != nil) != (gotErr != nil) || err == nil && math.Float64bits(got64) != math.Float64bits(want64) {
			t.Fatalf("%s reads as float64 %v (%v), want %v (%v)", text, got64, gotErr, want64, err)
		}
		if next != len(buf) || next64 != len(buf) {
			t.Fatalf("%s is read up to %d and %d", text, next, next64)
		}
	}
}

// randomNumber writes numbers of several kinds, among them the exact middles
// between two float32s and between two float64s, and one digit beside them.
func randomNumber(dst []byte, r *rand.Rand, kind int) []byte {
	switch kind {
	case 0:
		return strconv.AppendFloat(dst, float64(r.Float32()), 'f', -1, 32)
	case 1:
		return strconv.AppendFloat(dst, r.NormFloat64(), 'g', -1, 64)
	case 2: // any float32 at all, in full
		f := math.Float32frombits(r.Uint32())
		if f != f || math.IsInf(float64(f), 0) {
			f = 0
		}
		return strconv.AppendFloat(dst, float64(f), 'e', -1, 64)
	case 3: // the middle between two float32s
		f := math.Float32frombits(r.Uint32N(0x7f000000))
		mid := (float64(f) + float64(math.Nextafter32(f, math.MaxFloat32))) / 2
		return nudge(strconv.AppendFloat(dst, mid, 'f', -1, 64), r)
	case 4: // the middle between two float64s near 1, in full
		f := 1 + r.Float64()
		dst = strconv.AppendFloat(dst, f, 'f', 52, 64)
		return nudge(append(dst, '5'), r)
	case 5: // digits and an exponent
		dst = strconv.AppendUint(dst, r.Uint64()>>r.UintN(64), 10)
		dst = append(dst, 'E')
		return strconv.AppendInt(dst, int64(r.IntN(80)-40), 10)
	case 6: // leading zeros, many digits
		dst = append(dst, "-0."...)
		for range r.UintN(12) {
			dst = append(dst, '0')
		}
		return strconv.AppendUint(dst, r.Uint64(), 10)
	}
	dst = strconv.AppendInt(dst, int64(r.Uint64()), 10)
	dst = append(dst, '.')
	return strconv.AppendUint(dst, r.Uint64()>>r.UintN(64), 10)
}

// nudge changes the last digit, or not, or adds some.
func nudge(dst []byte, r *rand.Rand) []byte {
	last := &dst[len(dst)-1]
	switch r.UintN(4) {
	case 0:
		if *last > '0' && *last <= '9' {
			*last--
		}
	case 1:
		if *last >= '0' && *last < '9' {
			*last++
		}
	case 2:
		if slices.Contains(dst, '.') {
			dst = append(dst, "00000000000000000001"...)
		}
	}
	return dst
}

func TestEveryFloat32SurvivesAsText(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 10))
	var buf []byte
	check := func(f float32) {
		buf = AppendFloat32(buf[:0], f)
		got, _, err := parseFloat32(buf, 0)
		if err != nil || math.Float32bits(got) != math.Float32bits(f) {
			t.Fatalf("%x is written %s and read as %v (%v)", math.Float32bits(f), buf, got, err)
		}
	}
	for _, f := range edgeFloats32() {
		check(f)
	}
	for range 500_000 {
		if f := math.Float32frombits(r.Uint32()); f == f && !math.IsInf(float64(f), 0) {
			check(f)
		}
	}
}

func TestTokensOfPythonAreRead(t *testing.T) {
	t.Parallel()
	got, dims, _, err := Read[float32]([]byte(`[NaN, Infinity,-Infinity ,null, 1]`), 0, nil, nil, nil)
	if err != nil || !slices.Equal(dims, []int{5}) {
		t.Fatal(dims, err)
	}
	inf := float32(math.Inf(1))
	if got[0] == got[0] || got[1] != inf || got[2] != -inf || got[3] == got[3] || got[4] != 1 {
		t.Error(got)
	}
}

func TestShapesAreLearntOrChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []int
		dims []int // nil: an error
		err  string
	}{
		{"[[1,2],[3,4],[5,6]]", nil, []int{3, 2}, ""},
		{"[[1,2],[3,4],[5,6]]", []int{-1, 2}, []int{3, 2}, ""},
		{"[[1,2],[3,4],[5,6]]", []int{3, -1}, []int{3, 2}, ""},
		{"[[[1]]]", nil, []int{1, 1, 1}, ""},
		{"[[],[]]", nil, []int{2, 0}, ""},
		{"[]", []int{-1, 3, -1}, []int{0, 3, 0}, ""},
		{" 4", nil, []int{}, ""},
		{"4", []int{}, []int{}, ""},
		{"[[1,2],[3]]", nil, nil, "[1]: 1 elements in dimension 1, expected 2 (at byte 9)"},
		{"[[1,2],[3,4,5]]", nil, nil, "[1][2]: more than 2 elements (at byte 12)"},
		{"[[1,2],3]", nil, nil, `[1]: expected an array like those before it, found "3" (at byte 7)`},
		{"[1,[2]]", nil, nil, "[1]: expected a number, found an array (at byte 3)"},
		{"[[1],[[2]]]", nil, nil, "[1][0]: found an array among elements"},
		{"[[1,2]]", []int{2, 2}, nil, "1 elements in dimension 0, expected 2"},
		{"[[1],[2],[3]]", []int{2, 1}, nil, "more than 2 elements in dimension 0"},
		{"[1]", []int{1, 1}, nil, "expected an array nested 2 deep"},
		{"[[1]]", []int{1}, nil, "expected an array, found a deeper array"},
		{"[1]", []int{}, nil, "expected one element"},
		{"1", []int{1}, nil, "expected an array"},
		{"[]", []int{2, 2}, nil, "0 elements in dimension 0, expected 2"},
		{"[[],[[]]]", nil, nil, "found an array"},
		{strings.Repeat("[", 40), nil, nil, "nested more than 32 deep"},
		{"", nil, nil, "the array does not end"},
		{"[", nil, nil, "the array does not end"},
		{"[1", nil, nil, "the array does not end"},
		{"[1,", nil, nil, "the array does not end"},
		{"[1,]", nil, nil, `[1]: expected a number, found "]" (at byte 3)`},
		{"[[1]", nil, nil, "the array does not end"},
		{"[[1],", nil, nil, "the array does not end"},
		{"[[1] 2]", nil, nil, "expected a comma or ]"},
		{"[1 2]", nil, nil, "expected a comma or ]"},
		{`["a"]`, nil, nil, "[0]: expected a number, found a string (at byte 1)"},
		{"[01]", nil, nil, "expected a comma"},
		{"[1.]", nil, nil, `"1." is no number`},
		{"[-]", nil, nil, `"-" is no number`},
		{"[1e]", nil, nil, `"1e" is no number`},
		{"[.5]", nil, nil, "expected a number"},
		{"[+1]", nil, nil, "expected a number"},
		{"[1e39]", nil, nil, "1e39 is out of range for float32"},
		{"[nul]", nil, nil, "expected a number, found null"},
	} {
		_, dims, _, err := Read[float32]([]byte(c.text), 0, c.want, nil, []int{})
		if c.dims != nil {
			if err != nil || !slices.Equal(dims, c.dims) {
				t.Errorf("%s as %v has shape %v (%v), want %v", c.text, c.want, dims, err, c.dims)
			}
			continue
		}
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s as %v gives %v, want %s", c.text, c.want, err, c.err)
		}
	}
}

func TestElementsOfOtherTypesAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		dtype tensor.DType
		err   string // "": it is read
	}{
		{"[1.0, 2e3]", tensor.Int32, ""},
		{"[1.5]", tensor.Int32, "expected a whole number, found 1.5"},
		{"[128]", tensor.Int8, "128 is out of range for int8"},
		{"[-129]", tensor.Int8, "-129 is out of range for int8"},
		{"[256]", tensor.Uint8, "256 is out of range for uint8"},
		{"[-1]", tensor.Uint8, "-1 is out of range for uint8"},
		{"[-0]", tensor.Uint8, ""},
		{"[18446744073709551616]", tensor.Uint64, "out of range"},
		{"[-9223372036854775809]", tensor.Int64, "out of range"},
		{"[1e300]", tensor.Int64, "out of range"},
		{"[null]", tensor.Int64, "found null"},
		{"[1]", tensor.Bool, "expected true or false, found a number"},
		{"[tru]", tensor.Bool, "expected true or false"},
		{`[true]`, tensor.String, "expected a string, found a boolean"},
		{`["a]`, tensor.String, "the text does not end"},
		{`["\x"]`, tensor.String, "unknown escape in a text"},
		{"[\"\n\"]", tensor.String, "control character"},
		{`["\ud83d\ude00"]`, tensor.String, ""},
		{`["\ud800"]`, tensor.String, "half of a surrogate pair"},
		{`["\ud800\u0041"]`, tensor.String, "half of a surrogate pair"},
		{`["\udc00"]`, tensor.String, "half of a surrogate pair"},
		{"[\"\xff\"]", tensor.String, "not UTF-8"},
		{"[\"\xff\\n\"]", tensor.String, "not UTF-8"},
		{"[9007199254740993.0, 1e18, 18446744073709551615.0]", tensor.Uint64, ""},
		{"[9223372036854775808.0]", tensor.Int64, "out of range for int64"},
		{"[65519, -65519.99, 1e-9, NaN, Infinity]", tensor.Float16, ""},
		{"[1e6]", tensor.Float16, "1e6 is out of range for float16"},
		{"[-65520]", tensor.Float16, "-65520 is out of range for float16"},
		{"[1e400]", tensor.Float16, "1e400 is out of range for float16"},
		{"[3.3961775e38]", tensor.BFloat16, ""},
		{"[3.4e38]", tensor.BFloat16, "3.4e38 is out of range for bfloat16"},
		{"[true]", tensor.BFloat16, "expected a number"},
	} {
		_, _, err := readers[c.dtype]([]byte(c.text))
		if c.err == "" {
			if err != nil {
				t.Errorf("%s as %s: %v", c.text, c.dtype, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s as %s gives %v, want %s", c.text, c.dtype, err, c.err)
		}
	}
}

func TestReadingIntoASliceAllocatesNothing(t *testing.T) {
	_, text := picture()
	data, dims := make([]float32, 0, 3*48*320), make([]int, 0, 4)
	want := []int{1, 3, 48, -1}
	allocs := testing.AllocsPerRun(20, func() {
		if _, _, _, err := Read(text, 0, want, data, dims); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// FuzzRead compares with encoding/json: what it takes as [][]float64 must be
// read alike, and nothing that it calls malformed may be taken, apart from the
// tokens for numbers that JSON lacks.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"[[1,2],[3,4]]", "[[]]", "[[-1.5e-3 , 2]]", "[[1,2],[3]]", "[[NaN]]", "[[1e400]]", "[[0.1,null]]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, dims, next, err := Read[float64](text, 0, []int{-1, -1}, nil, nil)
		var want [][]float64
		stdErr := json.Unmarshal(text, &want)
		if err == nil && !json.Valid(text[:next]) && !strings.ContainsAny(string(text), "NI") {
			t.Fatalf("%q is taken", text[:next])
		}
		if err != nil || stdErr != nil || strings.Contains(string(text), "null") {
			return
		}
		flat := []float64{}
		for _, row := range want {
			flat = append(flat, row...)
		}
		if dims[0] != len(want) || !reflect.DeepEqual(append([]float64{}, got...), flat) {
			t.Fatalf("%q is read as %v %v, want %v", text, dims, got, want)
		}
	})
}

func BenchmarkReadFloat32(b *testing.B) {
	data, text := picture()
	dims := make([]int, 0, 4)
	for name, text := range map[string][]byte{"dense": text, "with blanks": bytes.ReplaceAll(text, []byte(","), []byte(", "))} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, _, err := Read(text, 0, []int{1, 3, 48, -1}, data[:0], dims); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// White space between elements changes nothing, and what is none is refused.
func TestReadingBetweenElements(t *testing.T) {
	t.Parallel()
	for _, blank := range []string{"", " ", "  ", "\t", "\r\n", " \n", "\n "} {
		for _, at := range []string{"1.5,B2.5", "1.5B,2.5", "1.5B,B2.5", "B1.5,2.5B"} {
			for _, tail := range []string{"]", " ]", "], \"y\": 0.12345678901234567890"} {
				text := "[" + strings.ReplaceAll(at, "B", blank) + tail
				got, _, next, err := Read[float32]([]byte(text), 0, nil, nil, nil)
				if err != nil || !slices.Equal(got, []float32{1.5, 2.5}) || next != strings.IndexByte(text, ']')+1 {
					t.Errorf("%q is read as %v up to %d, %v", text, got, next, err)
				}
			}
		}
	}
	for _, text := range []string{"[1.5, ]", "[1.5,,2.5]", "[1.5, ,2.5]", "[1.5,\x002.5]", "[1.5,\x0b2.5]", "[1.5, \x1f2.5]", "[1.5,\u00a02.5]", "[1.5,", "[1.5, ", "[1.5,  "} {
		if got, _, _, err := Read[float32]([]byte(text), 0, nil, nil, nil); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func BenchmarkReadFloat32EncodingJSON(b *testing.B) {
	_, text := picture()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		var out [][][][]float32
		if err := json.Unmarshal(text, &out); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadFloat64OfFloat32 reads what numpy's tolist makes of float32s: 17 digits.
func BenchmarkReadFloat64OfFloat32(b *testing.B) {
	data, _ := picture()
	wide := make([]float64, len(data))
	for i, f := range data {
		wide[i] = float64(f)
	}
	text := Append(nil, wide, []int{len(wide)})
	b.Run("float32", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if _, _, _, err := Read(text, 0, nil, data[:0], make([]int, 0, 4)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("float64", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if _, _, _, err := Read(text, 0, nil, wide[:0], make([]int, 0, 4)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// room is a Room of so many bytes.
type room struct{ limit, used, most int64 }

func (r *room) Take(n int64) bool {
	if r.used+n > r.limit {
		return false
	}
	r.used += n
	r.most = max(r.most, r.used)
	return true
}

func (r *room) Give(n int64) { r.used -= n }

// What is allocated is taken before, at the end as much is taken as there are elements,
// and with a byte less there is no array and nothing taken.
func TestReadingTakesRoom(t *testing.T) {
	flat := "[" + strings.Repeat("1,", 999) + "1]"
	nested := "[" + strings.Repeat("[1,2,3],", 999) + "[1,2,3]]"
	texts := "[" + strings.Repeat(`"ab",`, 999) + `"a,]"]`
	for name, c := range map[string]struct {
		read func(Room) (int, error)
		size int64 // of what is read
		over int64 // times as much may be taken at once
	}{
		"flat":               {roomed[float32](flat, nil), 4000, 1},
		"flat, wanted":       {roomed[int64](flat, []int{1000}), 8000, 1},
		"of any size":        {roomed[float64](flat, []int{-1}), 8000, 1},
		"nested":             {roomed[uint8](nested, nil), 3000, 3},
		"nested, wanted":     {roomed[float32](nested, []int{1000, 3}), 12000, 1},
		"rows of any number": {roomed[float32](nested, []int{-1, 3}), 12000, 3},
		"texts":              {roomed[string](texts, nil), 18001, 3},
	} {
		r := &room{limit: math.MaxInt64}
		n, err := c.read(r)
		if err != nil || n == 0 || r.used < c.size || r.used > 2*c.size || r.most > c.over*c.size+100 {
			t.Errorf("%s: %d elements, %v; took %d and at most %d of %d", name, n, err, r.used, r.most, c.size)
		}
		less := &room{limit: r.most - 1}
		if _, err := c.read(less); !errors.Is(err, ErrRoom) {
			t.Errorf("%s: with too little room: %v", name, err)
		}
	}
}

func roomed[T Element](text string, want []int) func(Room) (int, error) {
	return func(r Room) (int, error) {
		data, _, _, err := ReadWithin[T]([]byte(text), 0, want, nil, nil, r)
		return len(data), err
	}
}

// An array is read into one allocation, whether or not its shape was told.
func TestReadingAllocatesOnce(t *testing.T) {
	text := []byte("[" + strings.Repeat("1.5, ", 255) + "1.5]")
	for _, want := range [][]int{nil, {256}, {-1}} {
		allocs := testing.AllocsPerRun(20, func() {
			if _, _, _, err := Read[float32](text, 0, want, nil, nil); err != nil {
				t.Fatal(err)
			}
		})
		if allocs > 2 { // the elements and the shape
			t.Errorf("want %v: %v allocations", want, allocs)
		}
	}
}
