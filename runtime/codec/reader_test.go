package codec_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

// order is read as generated code reads it.
type order struct {
	ID     int64
	Name   string
	Price  float64
	Paid   bool
	Tags   []string
	Counts map[string]int64
	Note   *string
	Extra  any
}

var notePattern = regexp.MustCompile(`^[a-z ]*$`)

func readOrder(r *codec.Reader, v *order) {
	var seen [8]bool
	if !r.Object() {
		return
	}
	for r.Field() {
		switch string(r.Key()) {
		case "id":
			if r.First(&seen[0]) && r.Int(&v.ID) {
				r.AtLeastInt(v.ID, 0)
			}
		case "name":
			if r.First(&seen[1]) && r.String(&v.Name) {
				r.MinRunes(v.Name, 1)
				r.MaxRunes(v.Name, 5)
			}
		case "price":
			if r.First(&seen[2]) && r.Float(&v.Price) {
				r.Above(v.Price, 0)
			}
		case "paid":
			if r.First(&seen[3]) {
				r.Bool(&v.Paid)
			}
		case "tags":
			if r.First(&seen[4]) && codec.List(r, &v.Tags, codec.ReadString) {
				r.MaxItems(len(v.Tags), 2)
			}
		case "counts":
			if r.First(&seen[5]) {
				codec.Map(r, &v.Counts, codec.ReadInt)
			}
		case "note":
			if r.First(&seen[6]) {
				v.Note = new(string)
				if r.String(v.Note) {
					r.Match(*v.Note, notePattern)
				}
			}
		case "extra":
			if r.First(&seen[7]) {
				r.Any(&v.Extra)
			}
		default:
			r.Unknown()
		}
	}
	r.Need(seen[0], "id")
	r.Need(seen[1], "name")
	if !seen[2] {
		v.Price = 9.5
	}
}

// failure reads a body and gives what is wrong, a line a problem.
func failure(t *testing.T, body string, strict bool) string {
	t.Helper()
	_, err := codec.JSONObject(codec.Refuse, readOrder).Decode(&spec.Source{ContentType: "application/json", Body: []byte(body), Strict: strict})
	if err == nil {
		return ""
	}
	var ie *spec.InputError
	if !errors.As(err, &ie) {
		t.Fatalf("%s: %v is no InputError", body, err)
	}
	var lines []string
	for _, p := range ie.Problems {
		lines = append(lines, strings.TrimPrefix(codec.Path(p.Loc)+": "+p.Msg+" ("+p.Type+")", ": "))
	}
	return strings.Join(lines, "\n")
}

func TestProblemsAreAllFoundWithTheirPlaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{`{"id":1,"name":"x"}`, ``},
		{` { "id" : 1 , "name" : "x" , "unknown" : [ {"a":1}, null ] } `, ``},
		{``, "id: a value is required (missing)\nname: a value is required (missing)"},
		{`null`, "must be an object, not null (dict_type)"},
		{`[1]`, "must be an object, not a list (dict_type)"},
		{`{"id":"1","name":2,"price":"x","paid":0,"tags":{},"counts":[],"note":null}`,
			"id: must be an integer, not a text (int_type)\nname: must be a text, not a number (string_type)\n" +
				"price: must be a number, not a text (float_type)\npaid: must be true or false, not a number (bool_type)\n" +
				"tags: must be a list, not an object (list_type)\ncounts: must be an object, not a list (dict_type)\n" +
				"note: must be a text, not null (string_type)"},
		{`{"id":-1,"name":"","price":0,"tags":["a","b","c"],"note":"A"}`,
			"id: must be at least 0 (greater_than_equal)\nname: must have at least 1 character (string_too_short)\n" +
				"price: must be greater than 0 (greater_than)\ntags: must have at most 2 items (too_long)\n" +
				"note: must match ^[a-z ]*$ (string_pattern_mismatch)"},
		{`{"id":1,"name":"日本語日本語"}`, "name: must have at most 5 characters (string_too_long)"},
		{`{"id":1,"name":"日本語日本"}`, ``},
		{`{"id":1,"name":"x","id":2}`, "id: is given twice (duplicate)"},
		{`{"id":1,"name":"x","counts":{"a":1,"b":1.5,"a":2}}`,
			"counts.b: must be an integer, not 1.5 (int_from_float)\ncounts.a: is given twice (duplicate)"},
		{`{"id":1,"name":"x","tags":["a",1]}`, "tags[1]: must be a text, not a number (string_type)"},
		{`{"id":1,"name":"x","price":NaN}`, "price: must be a finite number, not NaN (finite_number)"},
		{`{"id":1,"name":"x","price":-Infinity}`, "price: must be a finite number, not -Infinity (finite_number)"},
		{`{"id":1,"name":"x","price":1e999}`, "price: is too large for a number of 64 bits (float_parsing)"},
		{`{"id":1,"name":"x","price":9007199254740993}`,
			"price: 9007199254740993 cannot be held by a number of 64 bits: the nearest one is 9007199254740992.0 (float_parsing)"},
		{`{"id":1,"name":"x","extra":{"a":1,"a":2}}`, "extra.a: is given twice (duplicate)"},
	} {
		if got := failure(t, c.in, false); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.in, got, c.want)
		}
	}
	if got, want := failure(t, `{"id":1,"name":"x","nam":[{}]}`, true), "nam: is not a known field (extra_forbidden)"; got != want {
		t.Errorf("strict: got %s, want %s", got, want)
	}
}

func TestMalformedJSON(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{`:                         "line 1, column 2: it ends too early",
		`{"id":1,`:                  "line 1, column 9: it ends too early",
		`{"id":1,}`:                 "line 1, column 9: expected another member after the comma, not }",
		"{\"id\":1\n\"name\":2}":    "line 2, column 1: expected , or }",
		`{"id" 1}`:                  "line 1, column 7: expected : after the name of a field",
		`{id:1}`:                    "line 1, column 2: expected the name of a field",
		`{"id":01}`:                 "line 1, column 8: expected , or }",
		`{"id":1.}`:                 "line 1, column 9: expected a digit after the point",
		`{"id":1e}`:                 "line 1, column 9: expected a digit in the exponent",
		`{"id":-}`:                  "line 1, column 8: expected a digit",
		`{"name":"a` + "\n" + `"}`:  "line 1, column 11: a control character in a text is not escaped",
		`{"name":"\x"}`:             "line 1, column 10: unknown escape in a text",
		`{"name":"\u12"}`:           "line 1, column 10: unknown escape in a text",
		`{"name":"\ud800"}`:         "line 1, column 10: half of a surrogate pair in a text",
		`{"\udc00":1}`:              "line 1, column 3: half of a surrogate pair in a text",
		`{"name":"\ud800\u0041"}`:   "line 1, column 10: half of a surrogate pair in a text",
		`{"name":"` + "\xff" + `"}`: "line 1, column 9: a text is not UTF-8",
		`{"name":"x"} x`:            "line 1, column 14: unexpected text after the value",
		`{"extra":tru}`:             "line 1, column 10: expected a value",
		`{"zzz":[1,2`:               "line 1, column 12: it ends too early",
		strings.Repeat("[", 1000):   "line 1, column 101: nested too deep",
		`{"extra":` + strings.Repeat(`{"a":`, 10_000): "line 1, column 505: nested too deep",
	} {
		_, err := codec.JSONObject(codec.Refuse, readOrder).Decode(&spec.Source{Body: []byte(in)})
		if err == nil || err.Error() != "malformed JSON at "+want {
			t.Errorf("%.40s\n got %v\nwant %s", in, err, want)
		}
	}
}

func TestIntegersAreExact(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]any{
		"0": int64(0), "-0": int64(0), "1": int64(1), "1.0": int64(1), "1e2": int64(100), "1.50e1": int64(15), "-12.0E0": int64(-12),
		"0e999999999": int64(0), "9223372036854775807": int64(math.MaxInt64), "-9223372036854775808": int64(math.MinInt64),
		"9223372036854775807.0": int64(math.MaxInt64), "1e18": int64(1e18), "900000000000000000000e-2": int64(9e18),
		"9223372036854775808": "must fit in 64 bits", "-9223372036854775809": "must fit in 64 bits",
		"1e19": "must fit in 64 bits", "1e999999999999": "must fit in 64 bits", "99999999999999999999999": "must fit in 64 bits",
		"0.5": "must be an integer, not 0.5", "1e-1": "must be an integer, not 1e-1", "1e-999999999999": "must be an integer, not 1e-999999999999",
		"1.00000000000000000000000001": "must be an integer, not 1.00000000000000000000000001", "-Infinity": "must be an integer, not -Infinity",
	} {
		got, err := codec.JSONValue(codec.Refuse, codec.ReadInt).Decode(&spec.Source{Body: []byte(in)})
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %v, want %v", in, got, want)
		}
	}
}

func TestProblemsAreCapped(t *testing.T) {
	t.Parallel()
	body := `{"id":1,"name":"x","tags":[` + strings.Repeat("1,", 10_000) + `1]}`
	_, err := codec.JSONObject(codec.Refuse, readOrder).Decode(&spec.Source{Body: []byte(body)})
	var ie *spec.InputError
	if !errors.As(err, &ie) || len(ie.Problems) != codec.MaxProblems {
		t.Errorf("got %v", err)
	}
}

// Readers are used again: nothing of one request may be left in the next.
func TestReadersKeepNothing(t *testing.T) {
	t.Parallel()
	for range 100 {
		failure(t, `{"id":`, false)
		failure(t, `{"extra":[[[[{"a":tru`, true)
		if got := failure(t, `{"id":1,"name":"x","zz":1}`, false); got != "" {
			t.Fatal(got)
		}
	}
}

// FuzzReader holds the reader against encoding/json: it never panics, what it
// takes encoding/json takes too, as the same value, and what it writes is what
// encoding/json reads.
func FuzzReader(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,2.5,-3e2,"x\u00e9\ud83d\ude00\ud800",null,true,{"b":{}}]}`, `"\"\\\/\b\f\n\r\t"`, ` [ ] `, `NaN`, `-Infinity`,
		`{"id":1,"name":"x","tags":["a"],"counts":{"k":9},"note":"n","extra":[{"z":null}]}`, `1e400`, `{"a":1,"a":2}`, `{"id":1,"name":"x","zz":[{"a":NaN}]}`, "\"\xff\"", `[1,]`,
		`123456789012345678901234567890`, `10000000000000000000`, `-0`, `0.1e-5`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := codec.JSONObject(codec.Refuse, readOrder).Decode(&spec.Source{Body: data}); err == nil && len(data) > 0 && !json.Valid(data) {
			t.Fatalf("%q is taken as an object and is no JSON", data)
		}
		_, _ = codec.JSONValue(codec.Refuse, func(r *codec.Reader, v *codec.AnyTensor) { r.AnyTensor(v) }).Decode(&spec.Source{Body: data})
		_, _ = codec.JSONValue(codec.Refuse, func(r *codec.Reader, v *codec.Tensor[float32]) { codec.ReadTensor(r, v) }).Decode(&spec.Source{Body: data})
		got, err := codec.JSONValue(codec.Refuse, codec.ReadAny).Decode(&spec.Source{Body: data})
		var want any
		if err == nil && !json.Valid(data) {
			t.Fatalf("%q is taken and is no JSON", data)
		}
		if strings.Contains(string(data), "NaN") || strings.Contains(string(data), "Infinity") {
			return // which encoding/json does not know
		}
		if jerr := json.Unmarshal(data, &want); jerr != nil {
			if err == nil {
				t.Fatalf("%q is taken, encoding/json says %v", data, jerr)
			}
			return
		}
		if err != nil {
			return // duplicates, invalid UTF-8, too deep
		}
		if !reflect.DeepEqual(floats(got), want) {
			t.Fatalf("%q is %#v, encoding/json says %#v", data, got, want)
		}
		text := codec.AppendAny(nil, got)
		var again any
		if err := json.Unmarshal(text, &again); err != nil || !reflect.DeepEqual(again, want) {
			t.Fatalf("%q is written %q: %v", data, text, err)
		}
	})
}

// floats makes all numbers float64, as encoding/json has them.
func floats(v any) any {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	case []any:
		for i := range v {
			v[i] = floats(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = floats(v[k])
		}
	}
	return v
}

func TestFloatsAreReadAsStrconvReadsThem(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"0", "-0", "1", "0.1", "0.30000000000000004", "1e22", "1e23", "9007199254740993.0", "9007199254740992", "1180591620717411303424", "123456789012345670000", "-123456789012345670000", "123456789012345678.5",
		"1.7976931348623157e308", "5e-324", "2.2250738585072011e-308", "0.000001", "1234567.8901234567890123", "1e-22", "3e-23"} {
		var want float64
		if err := json.Unmarshal([]byte(s), &want); err != nil {
			t.Fatal(err)
		}
		got, err := codec.JSONValue(codec.Refuse, codec.ReadFloat).Decode(&spec.Source{Body: []byte(s)})
		if err != nil || math.Float64bits(got.(float64)) != math.Float64bits(want) {
			t.Errorf("%s: got %v %v, want %v", s, got, err, want)
		}
	}
}
