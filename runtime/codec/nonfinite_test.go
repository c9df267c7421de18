package codec_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

// decode reads a JSON value and writes what was read, or what was wrong.
func decode[T any](in string, how codec.NonFinite, read func(*codec.Reader, *T), write func([]byte, T) []byte) string {
	v, err := codec.JSONValue(how, read).Decode(&spec.Source{Body: []byte(in)})
	if err != nil {
		return err.Error()
	}
	return string(write(nil, v.(T)))
}

// A float that JSON has no number for is let in as the endpoint says, wherever it
// lies.
func TestNonFiniteFloatsOfRequests(t *testing.T) {
	t.Parallel()
	nullable := func(r *codec.Reader, v **float64) { codec.Nullable(r, v, codec.ReadFloat) }
	float32s := func(r *codec.Reader, v *codec.Tensor[float32]) { codec.ReadTensor(r, v) }
	halves := func(r *codec.Reader, v *codec.Tensor[float32]) { codec.ReadFloat16(r, v) }
	untyped := func(r *codec.Reader, v *codec.AnyTensor) { r.AnyTensor(v) }
	for name, c := range map[string]struct {
		read func(in string, how codec.NonFinite) string
		in   string
		want [3]string // refuse, null, literal
	}{
		"float": {func(in string, how codec.NonFinite) string {
			return decode(in, how, codec.ReadFloat, codec.AppendFloat)
		}, `NaN`, [3]string{"must be a finite number, not NaN", "must be a finite number, not NaN", "NaN"}},
		"null": {func(in string, how codec.NonFinite) string {
			return decode(in, how, codec.ReadFloat, codec.AppendFloat)
		}, `null`, [3]string{"must be a number, not null", "NaN", "must be a number, not null"}},
		"nullable": {func(in string, how codec.NonFinite) string {
			return decode(in, how, nullable, func(b []byte, v *float64) []byte { return codec.AppendNullable(b, v, codec.AppendFloat) })
		}, `null`, [3]string{"null", "null", "null"}},
		"any": {func(in string, how codec.NonFinite) string {
			return decode(in, how, codec.ReadAny, codec.AppendAny)
		}, `{"a":[1,{"b":-Infinity}],"c":null}`, [3]string{"a[1].b: must be a finite number, not -Infinity", "a[1].b: must be a finite number, not -Infinity", `{"a":[1,{"b":-Infinity}],"c":null}`}},
		"integer": {func(in string, how codec.NonFinite) string {
			return decode(in, how, codec.ReadInt, codec.AppendInt)
		}, `null`, [3]string{"must be an integer, not null", "must be an integer, not null", "must be an integer, not null"}},
		"tensor": {func(in string, how codec.NonFinite) string {
			return decode(in, how, float32s, codec.AppendTensor)
		}, `[[1,2],[-3, -Infinity ]]`, [3]string{"[1][1]: must be a finite number, not -Infinity", "[1][1]: must be a finite number, not -Infinity", "[[1.0,2.0],[-3.0,-Infinity]]"}},
		"tensor with null": {func(in string, how codec.NonFinite) string {
			return decode(in, how, float32s, codec.AppendTensor)
		}, `[[1,null],[3,4]]`, [3]string{"[0][1]: must be a number, not null", "[[1.0,NaN],[3.0,4.0]]", "[0][1]: must be a number, not null"}},
		"half floats": {func(in string, how codec.NonFinite) string {
			return decode(in, how, halves, codec.AppendTensor)
		}, `[0.1,Infinity]`, [3]string{"[1]: must be a finite number, not Infinity", "[1]: must be a finite number, not Infinity", "[0.099975586,Infinity]"}},
		"untyped tensor": {func(in string, how codec.NonFinite) string {
			return decode(in, how, untyped, codec.AppendAnyTensor)
		}, `[1,null]`, [3]string{"[1]: must be a number, not null", "[1.0,NaN]", "[1]: must be a number, not null"}},
	} {
		for how, want := range c.want {
			if got := c.read(c.in, codec.NonFinite(how)); got != want {
				t.Errorf("%s, mode %d: got %s, want %s", name, how, got, want)
			}
		}
	}
}

// A field that nobody reads holds JSON too, or what the endpoint lets in as such: what
// the body as a whole is does not hang on which fields a version of the server knows.
func TestNonFiniteFloatsOfIgnoredFields(t *testing.T) {
	t.Parallel()
	read := func(r *codec.Reader, _ *struct{}) {
		for ok := r.Object(); ok && r.Field(); {
			if string(r.Key()) == "open" {
				r.Open()
			} else {
				r.Unknown()
			}
		}
	}
	for in, want := range map[string]string{
		`{"zz":NaN}`:                                  "zz: must be a finite number, not NaN",
		`{"open": Infinity }`:                         "open: must be a finite number, not Infinity",
		`{"zz":{"a":[1,{"b":-Infinity}]}}`:            "zz.a[1].b: must be a finite number, not -Infinity",
		`{"y":[NaN,NaN],"zz":NaN}`:                    "y[0]: must be a finite number, not NaN (and 1 more)",
		`{"zz":nan}`:                                  "malformed JSON at line 1, column 7: expected a value",
		`{"zz":-NaN}`:                                 "malformed JSON at line 1, column 8: expected a digit",
		`{"zz":["NaN","-Infinity \" NaN",{"NaN":1}]}`: "",
		`{"zz":null,"open":[null]}`:                   "",
	} {
		for how := range codec.Literal + 1 {
			_, err := codec.JSONObject(how, read).Decode(&spec.Source{Body: []byte(in)})
			got := ""
			if err != nil {
				got = err.Error()
			}
			if how == codec.Literal && strings.Contains(want, "finite") {
				want = ""
			}
			if got != want {
				t.Errorf("%s, mode %d: got %q, want %q", in, how, got, want)
			}
		}
	}
	// A field of a form that nobody reads is a text; in one that is read, the same holds as above.
	_, err := codec.FormObject(codec.Refuse, read).Decode(&spec.Source{Parts: []spec.Part{{Name: "x", Data: []byte("NaN")}, {Name: "y", Data: []byte("[NaN")}}})
	if err != nil {
		t.Error(err)
	}
	inner := func(r *codec.Reader, v *struct{}) {
		for ok := r.Object(); ok && r.Field(); {
			read(r, v)
		}
	}
	_, err = codec.FormObject(codec.Refuse, inner).Decode(&spec.Source{Parts: []spec.Part{{Name: "x", Data: []byte(`{"zz":[NaN]}`)}}})
	if want := "x.zz[0]: must be a finite number, not NaN"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// The same of a form's field, which is JSON where it can be.
func TestNonFiniteFloatsOfForms(t *testing.T) {
	t.Parallel()
	read := func(r *codec.Reader, v *codec.Tensor[float64]) {
		for ok := r.Object(); ok && r.Field(); {
			codec.ReadTensor(r, v)
		}
	}
	for in, want := range map[string]string{
		"[1,[NaN]]": "x[1]: expected a number, found an array",
		"[1,NaN]":   "x[1]: must be a finite number, not NaN",
		"NaN":       "x: must be a finite number, not NaN",
		"nan":       "x: must be a tensor, as nested lists, not a text",
	} {
		_, err := codec.FormObject(codec.Refuse, read).Decode(&spec.Source{Parts: []spec.Part{{Name: "x", Data: []byte(in)}}})
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", in, err, want)
		}
	}
}

// An answer with such a float is an error that names it, has null there, or has the
// token; texts that look like one are left alone.
func TestNonFiniteFloatsOfAnswers(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	tensor := codec.ToAny(codec.AppendTensor(nil, codec.Tensor[float32]{Shape: []int{2, 2}, Data: []float32{1, 2, float32(-inf), 4}}))
	for _, c := range []struct {
		v    any
		want [3]string
	}{
		{1.0, [3]string{"1.0", "1.0", "1.0"}},
		{nan, [3]string{"the value is NaN", "null", "NaN"}},
		{map[string]any{"NaN": "NaN", `a"b\`: "Infinity", "x": []any{int64(1), nan, "-Infinity", -inf}},
			[3]string{"x[1] is NaN", `{"NaN":"NaN","a\"b\\":"Infinity","x":[1,null,"-Infinity",null]}`, `{"NaN":"NaN","a\"b\\":"Infinity","x":[1,NaN,"-Infinity",-Infinity]}`}},
		{map[string]any{"t": tensor}, [3]string{"t[1][0] is -Infinity", `{"t":[[1.0,2.0],[null,4.0]]}`, `{"t":[[1.0,2.0],[-Infinity,4.0]]}`}},
		{[]float64{1, inf}, [3]string{"[1] is Infinity", "[1.0,null]", "[1.0,Infinity]"}},
		{"Say NaN", [3]string{`"Say NaN"`, `"Say NaN"`, `"Say NaN"`}},
	} {
		for how, want := range c.want {
			p, err := codec.Encode(c.v, codec.NonFinite(how), codec.AppendAny)
			got := string(p.Body)
			if err != nil {
				got, _, _ = strings.Cut(strings.TrimPrefix(err.Error(), "the answer cannot be sent: "), ";")
			}
			if got != want {
				t.Errorf("%v, mode %d: got %s, want %s", c.v, how, got, want)
			}
		}
	}
}

type noJSON struct{ F func() }

// What is no JSON is an error of the answer, not something else in its place.
func TestAnswersAreWholeOrRefused(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]any{
		"a[1] is a text that is not UTF-8":                                          map[string]any{"a": []any{"é", "x\xff"}},
		"k\ufffd is a text that is not UTF-8":                                       map[string]any{"k\xfe": int64(1)},
		"a is no JSON: json: unsupported type: func()":                              map[string]any{"a": noJSON{}},
		"a is a []struct { S string } with a text that is not UTF-8":                map[string]any{"a": []struct{ S string }{{`\ufffd`}, {"\xff"}}},
		"the value is a tensor of []int, which is no element type":                  codec.ToAny(codec.AppendAnyTensor(nil, codec.AnyTensor{Shape: []int{1}, Data: []int{1}})),
		"the value is a tensor of 1 element, which is not what the shape [2] holds": codec.ToAny(codec.AppendTensor(nil, codec.Tensor[int8]{Shape: []int{2}, Data: []int8{1}})),
	} {
		p, err := codec.Encode(v, codec.Literal, codec.AppendAny)
		if err == nil || err.Error() != "the answer cannot be sent: "+want {
			t.Errorf("got %s %v, want %s", p.Body, err, want)
		}
	}
	own := map[string]any{}
	own["own"] = []any{own}
	if _, err := codec.Encode(any(own), codec.Refuse, codec.AppendAny); err == nil || !strings.Contains(err.Error(), "holds itself") {
		t.Errorf("a value that holds itself: %v", err)
	}
	deep := codec.ToAny([]byte(strings.Repeat("[", 200) + strings.Repeat("]", 200)))
	if _, err := codec.Encode(deep, codec.Refuse, codec.AppendAny); err == nil || !strings.Contains(err.Error(), "nested too deep") {
		t.Errorf("a value that is nested too deep: %v", err)
	}
	valid := []struct{ S string }{{"\ufffd é"}, {`\ufffd`}}
	if p, err := codec.Encode(any(valid), codec.Refuse, codec.AppendAny); err != nil || string(p.Body) != `[{"S":"`+"\ufffd"+` é"},{"S":"\\ufffd"}]` {
		t.Errorf("got %s %v", p.Body, err)
	}
	if _, err := codec.EncodeText("\xff"); err == nil {
		t.Error("bytes were sent as a text")
	}
	if p, err := codec.Encode([]string{"<&>\u2028\x7f", "\x00\n"}, codec.Refuse, func(b []byte, v []string) []byte {
		return codec.AppendList(b, v, codec.AppendString)
	}); err != nil || string(p.Body) != "[\"<&>\u2028\x7f\",\"\\u0000\\n\"]" {
		t.Errorf("got %s %v", p.Body, err)
	}
}

// Integers are right in a value of any sort, or refused.
func TestIntegersOfAnySort(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"9007199254740993": "9007199254740993", "-9223372036854775808": "-9223372036854775808", "9223372036854775808": "9223372036854775808",
		"18446744073709551615": "18446744073709551615", "18446744073709551616": "1.8446744073709552e+19", "1.0": "1.0", "1e3": "1000.0", "-0": "-0.0", "-0.0": "-0.0", "1E400": "is too large for a number of 64 bits",
		"18446744073709551617": "18446744073709551617 cannot be held by a number of 64 bits: the nearest one is 1.8446744073709552e+19",
		"-9223372036854775809": "-9223372036854775809 cannot be held by a number of 64 bits: the nearest one is -9.223372036854776e+18",
		"01":                   "malformed JSON at line 1, column 2: unexpected text after the value",
	} {
		if got := decode(in, codec.Refuse, codec.ReadAny, codec.AppendAny); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	tensor := codec.AppendTensor(nil, codec.Tensor[uint64]{Shape: []int{2}, Data: []uint64{1, math.MaxUint64}})
	if got := codec.AppendAny(nil, codec.ToAny(tensor)); string(got) != "[1,18446744073709551615]" {
		t.Errorf("a tensor of uint64 becomes %s", got)
	}
}

func TestValuesAreComparedAsJSONSchemaDoes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v    []any
		uniq bool
	}{
		{[]any{int64(1), 1.0}, false}, {[]any{0.0, math.Copysign(0, -1)}, false}, {[]any{[]any{1.0}, []any{int64(1)}}, false},
		{[]any{1.5, int64(1)}, true}, {[]any{"1.0", 1.0}, true}, {[]any{uint64(1 << 63), float64(1 << 63)}, true},
	} {
		var check codec.Checker
		codec.Unique(&check, c.v, codec.AppendAny)
		if got := check.Err("x") == nil; got != c.uniq {
			t.Errorf("%v: unique is %t", c.v, got)
		}
	}
	var check codec.Checker
	check.OneOfJSON([]byte(`{"a":[1.0,"x"]}`), `{"a":[1,"x"]}`)
	check.MultipleOfDecimal(9007199254740993, "1.5")
	check.MultipleOf(0.3, "0.1")
	if err := check.Err("x"); err != nil {
		t.Error(err)
	}
	check.MultipleOfDecimal(9007199254740994, "1.5")
	if check.Err("x") == nil {
		t.Error("9007199254740994 is taken for a multiple of 1.5")
	}
}

func TestNumbersOfUntypedTensors(t *testing.T) {
	t.Parallel()
	big := codec.AnyTensor{DType: "float64", Shape: []int{1, 2}, Data: []float64{1, 1e39}}
	var c codec.Checker
	codec.AsTensor[float32](&c, big)
	codec.AsTensor[int8](&c, codec.AnyTensor{DType: "int64", Shape: []int{2}, Data: []int64{127, 128}})
	codec.AsTensor[uint64](&c, codec.AnyTensor{DType: "int64", Shape: []int{2}, Data: []int64{1, -1}})
	codec.AsTensor[int64](&c, codec.AnyTensor{DType: "float64", Shape: []int{2}, Data: []float64{-2, 1 << 63}})
	codec.AsTensor[int32](&c, codec.AnyTensor{DType: "float64", Shape: []int{}, Data: []float64{0.5}})
	codec.AsTensor[string](&c, big)
	c.Float16([]int{2, 1}, []float32{float32(math.Inf(1)), 65520})
	c.BFloat16([]int{1}, []float32{math.MaxFloat32})
	want := "[0][1]: 1e+39 is out of range for float32|[1]: 128 is out of range for int8|[1]: -1 is out of range for uint64|" +
		"[1]: 9.223372036854775808e+18 is out of range for int64|0.5 is out of range for int32|must be a tensor of string, not of float64|" +
		"[1][0]: 65520 is out of range for float16|[0]: 3.4028235e+38 is out of range for bfloat16"
	var got []string
	for _, p := range c.Err("x").(*codec.CheckError).Problems {
		text := p.Msg
		if len(p.Loc) > 0 {
			text = codec.Path(p.Loc) + ": " + text
		}
		got = append(got, text)
	}
	if w := strings.Split(want, "|"); len(got) != len(w) {
		t.Fatalf("got %s", got)
	} else {
		for i := range w {
			if got[i] != w[i] && !strings.HasPrefix(w[i], "[1]: 9.22") {
				t.Errorf("got %s, want %s", got[i], w[i])
			}
		}
	}
	var ok codec.Checker
	a := codec.AsTensor[uint8](&ok, codec.AnyTensor{DType: "int64", Shape: []int{1}, Data: []int64{255}})
	b := codec.AsTensor[int16](&ok, codec.AnyTensor{DType: "float64", Shape: []int{1}, Data: []float64{-3}})
	if err := ok.Err("x"); err != nil || fmt.Sprint(a.Data, b.Data) != "[255] [-3]" {
		t.Errorf("got %v %v %v", a, b, err)
	}
}

// A list of untyped tensors may hold scalars of several sorts.
func TestUntypedTensorsAmongOthers(t *testing.T) {
	t.Parallel()
	list := func(r *codec.Reader, v *[]codec.AnyTensor) {
		codec.List(r, v, func(r *codec.Reader, v *codec.AnyTensor) { r.AnyTensor(v) })
	}
	write := func(b []byte, v []codec.AnyTensor) []byte { return codec.AppendList(b, v, codec.AppendAnyTensor) }
	for _, in := range []string{`[1,"x",true,2.5,[1,2],["a"],-1.5]`, `[]`, `["}"]`, `[[],1]`} {
		if got := decode(in, codec.Refuse, list, write); got != in {
			t.Errorf("%s: got %s", in, got)
		}
	}
}
