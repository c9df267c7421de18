package golden_test

import (
	"slices"
	"strings"
	"testing"

	"bentoc.dev/runtime/golden"
)

// TestCompare checks what counts as another answer, and how it is said.
func TestCompare(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		want, got string
		tolerance float64
		media     string // application/json unless set
		inFile    bool
		found     []string
	}{
		"the same":                   {want: `{"a": 1}`, got: `{"a":1.0}`},
		"order of fields":            {want: `{"a":1,"b":2}`, got: `{"b":2,"a":1}`},
		"more fields than wanted":    {want: `{"a":1}`, got: `{"a":1,"b":2}`},
		"a field is not there":       {want: `{"a":1,"b":[2]}`, got: `{"a":1}`, found: []string{`b: not there, want [2]`}},
		"null is not absent":         {want: `{"a":null}`, got: `{}`, found: []string{`a: not there, want null`}},
		"another kind":               {want: `{"a":"1"}`, got: `{"a":1}`, found: []string{`a: is 1, want "1"`}},
		"a flag is no number":        {want: `true`, got: `1`, found: []string{`the answer: is 1, want true`}},
		"deep":                       {want: `{"l":[{"t":"x"},{"t":"y"}]}`, got: `{"l":[{"t":"x"},{"t":"z"}]}`, found: []string{`l[1].t: is "z", want "y"`}},
		"shorter":                    {want: `[1,2,3]`, got: `[1]`, found: []string{"the answer: is a list of 1 item, want a list of 3 items", "[1]: not there, want 2", "[2]: not there, want 3"}},
		"longer":                     {want: `[1]`, got: `[1,2]`, found: []string{"the answer: is a list of 2 items, want a list of 1 item", "[1]: is 2, wanted is nothing there"}},
		"an empty list is no object": {want: `[]`, got: `{}`, found: []string{"the answer: is {}, want []"}},
		"near enough":                {want: `{"x":1000}`, got: `{"x":1000.9}`, tolerance: 1e-3},
		"not near enough":            {want: `{"x":1000}`, got: `{"x":1001.1}`, tolerance: 1e-3, found: []string{"x: is 1001.1, want 1000"}},
		"small numbers":              {want: `0`, got: `0.0009`, tolerance: 1e-3},
		"negative":                   {want: `-2000`, got: `-2001`, tolerance: 1e-3},
		"exact without tolerance":    {want: `0.1`, got: `0.10000000000000001`, found: []string{"the answer: is 0.10000000000000001, want 0.1"}},
		"integers past 53 bits":      {want: `9007199254740993`, got: `9007199254740992`, found: []string{"the answer: is 9007199254740992, want 9007199254740993"}},
		"NaN is NaN":                 {want: `[NaN, -Infinity, "NaN"]`, got: `[NaN,-Infinity,"NaN"]`, inFile: true},
		"NaN is no text":             {want: `["NaN"]`, got: `[NaN]`, found: []string{`[0]: is NaN, want "NaN"`}},
		"NaN is near nothing":        {want: `[1]`, got: `[NaN]`, tolerance: 1e9, found: []string{`[0]: is NaN, want 1`}},
		"a name with a quote":        {want: `{"a\"NaN":1}`, got: `{"a\"NaN":2}`, found: []string{`a"NaN: is 2, want 1`}},
		"no JSON":                    {want: `{}`, got: `oops`, found: []string{"the answer: is no JSON: oops, want {}"}},
		"two values":                 {want: `{}`, got: `{} {}`, found: []string{"the answer: is no JSON: {} {}, want {}"}},
		"a text":                     {want: `"hello"`, got: `hello`, media: "text/plain"},
		"another text":               {want: `"hello"`, got: `help`, media: "text/plain", found: []string{`byte 3: is 4 bytes, there "p", want 5 bytes, there "lo"`}},
		"bytes of a file":            {want: "\x89PNG", got: "\x89PNG", media: "image/png", inFile: true},
		"fewer bytes":                {want: "ab", got: "a", media: "image/png", inFile: true, found: []string{`byte 1: is 1 bytes, there is its end, want 2 bytes, there "b"`}},
		"an object for a picture":    {want: `{}`, got: "x", media: "image/png", found: []string{`the answer: is no JSON: "x", want {}`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.media == "" {
				c.media = "application/json"
			}
			var found []string
			for _, d := range golden.Compare(golden.Want{Data: []byte(c.want), Inline: !c.inFile, Tolerance: c.tolerance}, c.media, []byte(c.got)) {
				found = append(found, d.String())
			}
			if !slices.Equal(found, c.found) {
				t.Errorf("found\n%s\nwant\n%s", strings.Join(found, "\n"), strings.Join(c.found, "\n"))
			}
		})
	}
}

// TestCompareNothing takes any answer where none is wanted.
func TestCompareNothing(t *testing.T) {
	t.Parallel()
	if found := golden.Compare(golden.Want{}, "application/json", []byte("oops")); found != nil {
		t.Errorf("found %v", found)
	}
}

// FuzzCompare holds that an answer differs from itself nowhere, and that no answer
// makes the comparison fail.
func FuzzCompare(f *testing.F) {
	for _, s := range []string{`{"a":[1,NaN,"\"NaN"]}`, `"`, `\`, `-Infinity`, `[[[]]]`, `1e999`, `{"a":1e400}`} {
		f.Add([]byte(s), []byte(`{}`))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		for _, tolerance := range []float64{0, 1} {
			w := golden.Want{Data: a, Tolerance: tolerance}
			golden.Compare(w, "application/json", b)
			for _, d := range golden.Compare(w, "application/json", a) {
				if !strings.Contains(d.String(), "JSON") {
					t.Errorf("%q differs from itself: %s", a, d)
				}
			}
		}
	})
}
