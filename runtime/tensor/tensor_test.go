package tensor

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestViewSharesMemory(t *testing.T) {
	t.Parallel()
	data := []float32{1, 2, 3, 4, 5, 6}
	x := Of(data, 2, 3)
	if x.DType != Float32 || x.Len() != 6 || len(x.Data) != 24 {
		t.Fatalf("tensor %+v", x)
	}
	v, err := View[float32](x)
	if err != nil {
		t.Fatal(err)
	}
	v[5] = 60
	if data[5] != 60 {
		t.Error("a view is a copy")
	}
	if _, err := View[int32](x); err == nil || !strings.Contains(err.Error(), "float32 viewed as int32") {
		t.Errorf("viewing as another type gives %v", err)
	}
}

func TestViewOfMisalignedBytesIsACopy(t *testing.T) {
	t.Parallel()
	raw, err := Make(Uint8, []int{17})
	if err != nil {
		t.Fatal(err)
	}
	copy(raw.Data[1:], []byte{1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0})
	v, err := View[int64](Tensor{DType: Int64, Shape: []int{2}, Data: raw.Data[1:]})
	if err != nil || !slices.Equal(v, []int64{1, 2}) {
		t.Errorf("view %v, %v", v, err)
	}
}

func TestShapesThatDoNotHoldTheElementsAreErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		shape []int
		want  string
	}{
		{[]int{2, 2}, "holds 4 elements of int16, got 6 bytes"},
		{[]int{-1, 3}, "negative"},
		{[]int{math.MaxInt, 4}, "too large"},
		{[]int{math.MaxInt}, "holds"},
	} {
		if _, err := New([]int16{1, 2, 3}, c.shape); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("shape %v gives %v, want %s", c.shape, err, c.want)
		}
	}
	if n, err := Count([]int{math.MaxInt, 0, math.MaxInt}); n != 0 || err != nil {
		t.Errorf("an empty tensor has %d elements (%v)", n, err)
	}
}

func TestEveryTypeHasANameASizeAndZeros(t *testing.T) {
	t.Parallel()
	for d := Float32; d <= String; d++ {
		back, err := ParseDType(d.String())
		if err != nil || back != d {
			t.Errorf("%v is read back as %v (%v)", d, back, err)
		}
		x, err := Make(d, []int{2, 3})
		if err != nil || x.Check() != nil || x.Len() != 6 {
			t.Errorf("%v of 2×3: %v elements, %v, %v", d, x.Len(), err, x.Check())
		}
	}
	for _, name := range []string{"invalid", "", "float", "FLOAT32"} {
		if d, err := ParseDType(name); err == nil {
			t.Errorf("%q is read as %v", name, d)
		}
	}
	if s := DType(99).String(); s != "dtype(99)" {
		t.Error(s)
	}
}

func TestMapTensorsBecomeGoMaps(t *testing.T) {
	t.Parallel()
	keys := Of([]int64{5, 7}, 2)
	x := Of([]float32{0.25, 0.75}, 2)
	x.Keys = &keys
	m, err := Map[int64, float32](x)
	if err != nil || len(m) != 2 || m[7] != 0.75 {
		t.Errorf("map %v, %v", m, err)
	}
	if _, err := Map[string, float32](x); err == nil {
		t.Error("int64 keys were read as strings")
	}
	labels := OfStrings([]string{"cat", "dog"}, 2)
	x.Keys = &labels
	named, err := Map[string, float32](x)
	if err != nil || named["cat"] != 0.25 {
		t.Errorf("map %v, %v", named, err)
	}
	if _, err := Map[string, float32](labels); err == nil {
		t.Error("a tensor without keys was read as a map")
	}
}

func TestCloneSharesNothing(t *testing.T) {
	t.Parallel()
	keys := OfStrings([]string{"a"}, 1)
	x := Of([]float64{1}, 1)
	x.Keys = &keys
	list := Tensor{List: []Tensor{x}}
	c := list.Clone()
	x.Data[0], keys.Strings[0], x.Shape[0] = 0xff, "b", 9
	y := c.List[0]
	if v, _ := View[float64](y); v[0] != 1 || y.Keys.Strings[0] != "a" || y.Shape[0] != 1 {
		t.Errorf("the clone changed: %+v", y)
	}
}

func TestFits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		shape, declared []int
		want            bool
	}{
		{[]int{3, 48, 320}, []int{3, 48, -1}, true},
		{[]int{3, 47, 320}, []int{3, 48, -1}, false},
		{[]int{3, 48}, []int{3, 48, -1}, false},
		{nil, []int{}, true},
	} {
		if got := Fits(c.shape, c.declared); got != c.want {
			t.Errorf("%v in %v: %v", c.shape, c.declared, got)
		}
	}
}
