package codec_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

func shaped[T codec.Element](text string, m spec.Memory, want ...int) (any, error) {
	return codec.JSONValue(codec.Refuse, func(r *codec.Reader, v *codec.Tensor[T]) {
		if codec.ReadTensor(r, v, want...) {
			r.Shape(v.Shape, len(v.Data), want...)
		}
	}).Decode(&spec.Source{Body: []byte(text), Memory: m})
}

// Told its shape or not, a reader gives the same tensors and the same problems.
func TestTheShapeChangesNoAnswer(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"[[1,2],[3,4]]", "[1,2]", "[]", "[[]]", "[[],[]]", "[[1,2],[3]]", "[[1,2],[3,4],[5,6]]", "[[1,2,3],[4,5,6]]",
		"3", "null", `"x"`, `[["a","b"],["c","d"]]`, "[[1,2],[3,", "[[1,NaN],[3,4]]", "[[1,2],[3,1e400]]", "[[1.5,2],[3,4]]", "[[[1]]]", "{}", "[[1,2],[3,4]] x", "[[300,-1],[0,0]]"} {
		for _, want := range [][]int{{2, 2}, {-1, 2}, {2, -1}, {-1, -1}, {0, 2}, {-1}, {4}, {1, 2, 2}} {
			told := func(read func(*codec.Reader) bool) error {
				_, err := codec.JSONValue(codec.Refuse, func(r *codec.Reader, _ *int) { read(r) }).Decode(&spec.Source{Body: []byte(text)})
				return err
			}
			check(t, text, want, told, func(r *codec.Reader, want []int) (any, bool) {
				var v codec.Tensor[float32]
				return &v, codec.ReadTensor(r, &v, want...)
			})
			check(t, text, want, told, func(r *codec.Reader, want []int) (any, bool) {
				var v codec.Tensor[uint8]
				return &v, codec.ReadTensor(r, &v, want...)
			})
			check(t, text, want, told, func(r *codec.Reader, want []int) (any, bool) {
				var v codec.Tensor[string]
				return &v, codec.ReadTensor(r, &v, want...)
			})
			check(t, text, want, told, func(r *codec.Reader, want []int) (any, bool) {
				var v codec.Tensor[float32]
				return &v, codec.ReadFloat16(r, &v, want...)
			})
		}
	}
}

func check(t *testing.T, text string, want []int, told func(func(*codec.Reader) bool) error, read func(*codec.Reader, []int) (any, bool)) {
	t.Helper()
	var with, without any
	var ok, okay bool
	err := told(func(r *codec.Reader) bool { with, ok = read(r, want); return ok })
	old := told(func(r *codec.Reader) bool { without, okay = read(r, nil); return okay })
	if ok != okay || !reflect.DeepEqual(with, without) || !reflect.DeepEqual(err, old) {
		t.Errorf("%s as %v: %v %v %v, else %v %v %v", text, want, with, ok, err, without, okay, old)
	}
}

// budget is a memory of so many bytes.
type budget struct{ limit, used int64 }

var errBudget = errors.New("over the budget")

func (b *budget) Take(n int64) error {
	if b.used+n > b.limit {
		return errBudget
	}
	b.used += n
	return nil
}

func (b *budget) Give(n int64) { b.used -= n }

// What JSON becomes in memory is taken of the request's, before it is there.
func TestValuesTakeMemory(t *testing.T) {
	t.Parallel()
	numbers := "[" + strings.Repeat("0,", 9999) + "0]"
	objects := "[" + strings.Repeat(`{"":{}},`, 999) + "0]"
	value := func(read func(r *codec.Reader, v *any)) func(string, spec.Memory) (any, error) {
		return func(text string, m spec.Memory) (any, error) {
			return codec.JSONValue(codec.Refuse, read).Decode(&spec.Source{Body: []byte(text), Memory: m})
		}
	}
	for name, c := range map[string]struct {
		decode func(string, spec.Memory) (any, error)
		text   string
		least  int64 // that it takes
	}{
		"a tensor": {func(text string, m spec.Memory) (any, error) { return shaped[float64](text, m, 10000) }, numbers, 80000},
		"a tensor of any type": {value(func(r *codec.Reader, v *any) {
			var a codec.AnyTensor
			r.AnyTensor(&a)
		}), numbers, 80000},
		"any list":    {value(codec.ReadAny), numbers, 160000},
		"any objects": {value(codec.ReadAny), objects, 100000},
		"a list": {value(func(r *codec.Reader, v *any) {
			var l []int64
			codec.List(r, &l, codec.ReadInt)
		}), numbers, 80000},
		"a map": {value(func(r *codec.Reader, v *any) {
			var m map[string]int64
			codec.Map(r, &m, codec.ReadInt)
		}), `{"a":1,"b":2}`, 100},
		"base64":  {value(func(r *codec.Reader, v *any) { var b []byte; r.Bytes(&b) }), `"` + strings.Repeat("AAAA", 1000) + `"`, 3000},
		"a file":  {value(func(r *codec.Reader, v *any) { var f codec.File; r.File(&f, codec.FileLimits{}) }), `"` + strings.Repeat("AAAA", 1000) + `"`, 3000},
		"a text":  {value(func(r *codec.Reader, v *any) { var s string; r.String(&s) }), `"` + strings.Repeat("x", 1000) + `"`, 1000},
		"escapes": {value(func(r *codec.Reader, v *any) { var s string; r.String(&s) }), `"` + strings.Repeat(`\n`, 1000) + `"`, 3000},
		"an arm of a union that does not fit": {value(func(r *codec.Reader, v *any) {
			var s *[]string
			codec.Try(r, &s, func(r *codec.Reader, v *[]string) { codec.List(r, v, codec.ReadString) })
			r.Skip()
		}), `["` + strings.Repeat("x", 1000) + `",1]`, 0},
	} {
		m := &budget{limit: 1 << 40}
		if _, err := c.decode(c.text, m); err != nil || m.used < c.least || m.used > 20*c.least {
			t.Errorf("%s: %v, took %d, want at least %d", name, err, m.used, c.least)
		}
		if _, err := c.decode(c.text, &budget{limit: m.used - 1}); m.used > 0 && err != errBudget {
			t.Errorf("%s: with too little: %v", name, err)
		}
	}
}

func BenchmarkReadTensor(b *testing.B) {
	text := []byte("[" + strings.Repeat("-0.123456,", 255) + "1.5]")
	for name, want := range map[string][]int{"shape": {256}, "none": nil} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			f := codec.JSONValue(codec.Refuse, func(r *codec.Reader, v *codec.Tensor[float32]) { codec.ReadTensor(r, v, want...) })
			for b.Loop() {
				if _, err := f.Decode(&spec.Source{Body: text}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
