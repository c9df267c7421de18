package value

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"bentoc.dev/runtime/tensor"
)

// seen has one field for each way in which values of runners can differ.
type seen struct {
	F   float64
	F32 float32
	I   int64
	B   bool
	T   string
	P   *string
	L   []string
	FL  []float32
	M   map[string]float64
	Any any
	X   tensor.Tensor
	Fix [2]int64
	Doc file
	Pic picture
	Sub *seen
}

type file struct {
	Name, MediaType string
	Data            []byte
}

type picture struct {
	Pixels    image.Image
	MediaType string
	Data      []byte
}

func nan(payload uint64) float64 { return math.Float64frombits(0x7ff8000000000000 | payload) }

// values are all different from each other.
func values() (all []seen) {
	text, empty := "a", ""
	gray, alpha := image.NewGray(image.Rect(0, 0, 2, 2)), image.NewAlpha(image.Rect(0, 0, 2, 2))
	dark := image.NewGray(image.Rect(0, 0, 2, 2))
	dark.Pix[3] = 1
	for _, f := range []func(*seen){
		func(*seen) {},
		func(s *seen) { s.F = math.Copysign(0, -1) },
		func(s *seen) { s.F = nan(0) },
		func(s *seen) { s.F = nan(1) },
		func(s *seen) { s.F = -nan(1) },
		func(s *seen) { s.F = math.Float64frombits(1) },
		func(s *seen) { s.F = math.Inf(1) },
		func(s *seen) { s.F32 = math.Float32frombits(0x7fc00001) },
		func(s *seen) { s.F32 = math.Float32frombits(0x7f800001) }, // signalling
		func(s *seen) { s.F32 = float32(math.Copysign(0, -1)) },
		func(s *seen) { s.I = 1 },
		func(s *seen) { s.B = true },
		func(s *seen) { s.T = "a" },
		func(s *seen) { s.T = "\x00" },
		func(s *seen) { s.P = &text },
		func(s *seen) { s.P = &empty },
		func(s *seen) { s.L = []string{} },
		func(s *seen) { s.L = []string{""} },
		func(s *seen) { s.L = []string{"a", "bc"} },
		func(s *seen) { s.L = []string{"ab", "c"} },
		func(s *seen) { s.L = []string{"abc", ""} },
		func(s *seen) { s.FL = []float32{0} },
		func(s *seen) { s.FL = []float32{float32(math.Copysign(0, -1))} },
		func(s *seen) { s.FL = []float32{} },
		func(s *seen) { s.FL = []float32{float32(math.NaN())} },
		func(s *seen) { s.FL = []float32{math.Float32frombits(0x7fc00002)} },
		func(s *seen) { s.M = map[string]float64{} },
		func(s *seen) { s.M = map[string]float64{"a": 1, "b": 2} },
		func(s *seen) { s.M = map[string]float64{"a": 2, "b": 1} },
		func(s *seen) { s.M = map[string]float64{"a": 1} },
		func(s *seen) { s.Any = int64(1) },
		func(s *seen) { s.Any = float64(1) },
		func(s *seen) { s.Any = true },
		func(s *seen) { s.Any = "1" },
		func(s *seen) { s.Any = []any{} },
		func(s *seen) { s.Any = []any{nil} },
		func(s *seen) { s.Any = []any{int64(1)} },
		func(s *seen) { s.Any = []any{1.0} },
		func(s *seen) { s.Any = []float32{1} },
		func(s *seen) { s.Any = []int64{1} },
		func(s *seen) { s.Any = map[string]any{} },
		func(s *seen) { s.Any = map[string]any{"a": nil} },
		func(s *seen) { s.Any = map[string]any{"a": map[string]any{}} },
		func(s *seen) { s.X = tensor.Of([]float32{1, 2}, 2) },
		func(s *seen) { s.X = tensor.Of([]float32{1, 2}, 1, 2) },
		func(s *seen) { s.X = tensor.Of([]float32{1, 2}, 2, 1) },
		func(s *seen) { s.X = tensor.Of([]int32{1, 2}, 2) },
		func(s *seen) { // the same bytes
			bits := []int32{int32(math.Float32bits(1)), int32(math.Float32bits(2))}
			s.X = tensor.Of(bits, 2)
		},
		func(s *seen) { s.X = tensor.OfStrings([]string{"1", "2"}, 2) },
		func(s *seen) {
			keys := tensor.Of([]int64{1, 2}, 2)
			s.X = tensor.Of([]float32{1, 2}, 2)
			s.X.Keys = &keys
		},
		func(s *seen) { s.X = tensor.Tensor{List: []tensor.Tensor{tensor.Of([]float32{1, 2}, 2)}} },
		func(s *seen) { s.Fix[1] = 1 },
		func(s *seen) { s.Doc = file{"a", "", nil} },
		func(s *seen) { s.Doc = file{"", "a", nil} },
		func(s *seen) { s.Doc = file{"", "", []byte("a")} },
		func(s *seen) { s.Doc = file{"a", "", []byte{}} },
		func(s *seen) { s.Pic = picture{Pixels: gray} },
		func(s *seen) { s.Pic = picture{Pixels: dark} },
		func(s *seen) { s.Pic = picture{Pixels: alpha} },
		func(s *seen) { s.Pic = picture{Pixels: gray, MediaType: "image/png"} },
		func(s *seen) { s.Pic = picture{Pixels: gray, Data: []byte("gray")} },
		func(s *seen) { s.Pic = picture{Pixels: image.NewUniform(color.RGBA{1, 2, 3, 4})} },
		func(s *seen) { s.Pic = picture{Pixels: image.NewUniform(color.NRGBA{1, 2, 3, 4})} },
		func(s *seen) { s.Sub = &seen{} },
	} {
		var s seen
		f(&s)
		all = append(all, s)
	}
	return all
}

// What differs in anything has another sum; a copy has the same one, and shares nothing.
func TestDigests(t *testing.T) {
	t.Parallel()
	all := values()
	for _, v := range slices.Clone(all) { // and each of them one level down
		all = append(all, seen{T: "outer", Sub: &v})
	}
	sums := map[Sum]int{}
	for i, v := range all {
		sum, ok := Digest(v)
		if !ok {
			t.Fatalf("value %d has no sum", i)
		}
		if other, twice := sums[sum]; twice {
			t.Errorf("values %d and %d have one sum:\n%+v\n%+v", other, i, all[other], v)
		}
		sums[sum] = i
		kept, bytes, ok := Keep(v, 1<<20)
		if again, _ := Digest(kept); !ok || again != sum {
			t.Errorf("the copy of value %d has another sum", i)
		}
		if _, at, ok := Keep(v, bytes-1); ok || at < bytes {
			t.Errorf("value %d: kept within %d bytes, though it takes %d", i, bytes-1, bytes)
		}
		copied, ok := Copy(v)
		if again, _ := Digest(copied); !ok || again != sum {
			t.Errorf("the copy of value %d has another sum", i)
		}
	}
}

// The order of a map's keys is nothing of it.
func TestMapOrder(t *testing.T) {
	t.Parallel()
	var want Sum
	for i := range 50 {
		m := map[string]any{}
		for _, k := range rand.Perm(40) {
			m[string(rune('a'+k))] = int64(k)
		}
		sum, ok := Digest[any](m)
		if !ok || i > 0 && sum != want {
			t.Fatal("another sum")
		}
		want = sum
	}
}

// What is written to a copy is not seen in the original, all the way down.
func TestCopiesShareNothing(t *testing.T) {
	t.Parallel()
	for i, inner := range values() {
		v := seen{Sub: &inner, L: []string{"x"}, FL: []float32{1}, M: map[string]float64{"k": 1}, Any: map[string]any{"l": []any{[]byte{1}}}}
		before, _ := Digest(v)
		copied, ok := Copy(v)
		if !ok {
			t.Fatal("not copied")
		}
		scribble(reflect.ValueOf(&copied).Elem())
		if after, _ := Digest(v); after != before {
			t.Errorf("value %d shares something with its copy", i)
		}
	}
}

// scribble writes to all that it reaches.
func scribble(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			scribble(v.Index(i))
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if it.Value().Kind() == reflect.Interface {
				scribble(it.Value())
			}
		}
		if !v.IsNil() {
			v.SetMapIndex(reflect.ValueOf("scribbled"), reflect.Zero(v.Type().Elem()))
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			scribble(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			scribble(v.Field(i))
		}
	default:
		if v.CanSet() {
			v.SetZero()
			if v.CanInt() {
				v.SetInt(v.Int() - 1)
			}
			if v.CanUint() {
				v.SetUint(7)
			}
		}
	}
}

type own struct{ image.Gray }

type hidden struct{ secret int }

func (hidden) Error() string { return "" }

// What cannot be seen to its end is said so, and never taken for something else.
func TestUnknown(t *testing.T) {
	t.Parallel()
	type node struct{ Next *node }
	round := &node{}
	round.Next = round
	for name, v := range map[string]any{
		"a picture of a step's own":  &own{},
		"a struct of a step":         file{},
		"a pointer to one":           &file{},
		"hidden fields":              hidden{1},
		"a function":                 func() {},
		"a channel":                  make(chan int),
		"keys that are no texts":     map[int]any{1: 2},
		"what has itself inside":     round,
		"a list of structs of steps": []any{file{}},
	} {
		within := struct{ V any }{v}
		if _, ok := Digest(within); ok {
			t.Errorf("%s has a sum", name)
		}
		if _, ok := Copy(within); ok && name != "keys that are no texts" {
			t.Errorf("%s is copied", name)
		}
	}
	if _, ok := Digest(round); ok {
		t.Error("a value without an end has a sum")
	}
	if _, ok := Digest(hidden{1}); ok {
		t.Error("hidden fields are summed")
	}
}

// A whole value that comes as an any is of a type that whoever asks knows.
func TestWhole(t *testing.T) {
	t.Parallel()
	one, ok := Digest(any(file{Name: "a"}))
	if other, ok2 := Digest(any(&file{Name: "a"})); !ok || !ok2 || one == other {
		t.Errorf("%t, %t: %x, %x", ok, ok2, one, other)
	}
	if copied, ok := Copy(any(file{Name: "a"})); !ok || !reflect.DeepEqual(copied, any(file{Name: "a"})) {
		t.Errorf("%v, %t", copied, ok)
	}
	if kept, bytes, ok := Keep(any(file{Name: "abc"}), 1<<10); !ok || bytes < int64(reflect.TypeFor[file]().Size())+3 || !reflect.DeepEqual(kept, any(file{Name: "abc"})) {
		t.Errorf("%v of %d bytes, %t", kept, bytes, ok)
	}
	if _, ok := Copy[any](nil); !ok {
		t.Error("nothing is not copied")
	}
}

func BenchmarkDigest(b *testing.B) {
	for name, v := range map[string]any{"small": map[string]any{"name": "Ada", "visit": int64(3)}, "256 floats": make([]float32, 256), "1 MB": make([]byte, 1<<20)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := Digest(v); !ok {
					b.Fatal("no sum")
				}
			}
		})
	}
}
