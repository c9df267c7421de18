package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/runtime/spec"
)

// Want is the answer that a golden case is to have.
type Want struct {
	// Data is JSON where Inline is true, else what the endpoint answers with. Nil is
	// any answer.
	Data   []byte
	Inline bool
	// Tolerance is by how much a number may differ: by that part of the wanted one,
	// or by that much where it is smaller than 1.
	Tolerance float64
}

// Difference is one place where an answer is another than the wanted one.
type Difference struct {
	Path      string // such as lines[0].text; "" for the whole
	Want, Got string // as JSON, shortened; "" for what is not there
}

// String writes it on one line.
func (d Difference) String() string {
	where := d.Path
	if where == "" {
		where = "the answer"
	}
	switch {
	case d.Got == "":
		return fmt.Sprintf("%s: not there, want %s", where, d.Want)
	case d.Want == "":
		return fmt.Sprintf("%s: is %s, wanted is nothing there", where, d.Got)
	}
	return fmt.Sprintf("%s: is %s, want %s", where, d.Got, d.Want)
}

// most bounds the differences that are listed.
const most = 20

// Compare gives where an answer of a media type differs from the wanted one, at most
// 20 places. Of objects, the fields that the wanted one names are compared, lists are
// compared whole. What is no JSON has to have the same bytes.
func Compare(w Want, mediaType string, got []byte) []Difference {
	if w.Data == nil {
		return nil
	}
	if !spec.IsJSON(mediaType) {
		return w.plain(got)
	}
	want, err := parse(w.Data)
	if err != nil {
		return []Difference{{Want: shorten(string(w.Data)), Got: "JSON"}}
	}
	have, err := parse(got)
	if err != nil {
		return []Difference{{Want: render(want), Got: "no JSON: " + shorten(string(got))}}
	}
	c := comparison{tolerance: w.Tolerance}
	c.values("", want, have)
	return c.found
}

// plain compares an answer that is no JSON.
func (w Want) plain(got []byte) []Difference {
	want := w.Data
	if w.Inline {
		var text string
		if json.Unmarshal(want, &text) != nil {
			return []Difference{{Want: shorten(string(want)), Got: "no JSON: " + shorten(strconv.Quote(string(got)))}}
		}
		want = []byte(text)
	}
	if bytes.Equal(want, got) {
		return nil
	}
	at := 0
	for at < len(want) && at < len(got) && want[at] == got[at] {
		at++
	}
	tell := func(b []byte) string { return fmt.Sprintf("%d bytes, %s", len(b), excerpt(b, at)) }
	return []Difference{{Path: fmt.Sprintf("byte %d", at), Want: tell(want), Got: tell(got)}}
}

// excerpt shows what stands in b at an index.
func excerpt(b []byte, at int) string {
	if at >= len(b) {
		return "there is its end"
	}
	return "there " + strconv.Quote(string(b[at:min(at+16, len(b))]))
}

type comparison struct {
	tolerance float64
	found     []Difference
}

func (c *comparison) differ(path, want, got string) {
	if len(c.found) < most {
		c.found = append(c.found, Difference{Path: path, Want: want, Got: got})
	}
}

func (c *comparison) values(path string, want, got any) {
	switch want := want.(type) {
	case map[string]any:
		if have, ok := got.(map[string]any); ok {
			c.objects(path, want, have)
			return
		}
	case []any:
		if have, ok := got.([]any); ok {
			c.lists(path, want, have)
			return
		}
	case json.Number:
		if have, ok := got.(json.Number); ok && c.near(want.String(), have.String()) {
			return
		}
	default:
		if want == got {
			return
		}
	}
	c.differ(path, render(want), render(got))
}

func (c *comparison) objects(path string, want, got map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		at := strings.TrimPrefix(path+"."+name, ".")
		if have, ok := got[name]; ok {
			c.values(at, want[name], have)
		} else {
			c.differ(at, render(want[name]), "")
		}
	}
}

func (c *comparison) lists(path string, want, got []any) {
	if len(want) != len(got) {
		c.differ(path, count(len(want)), count(len(got)))
	}
	for i := range max(len(want), len(got)) {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case i >= len(got):
			c.differ(at, render(want[i]), "")
		case i >= len(want):
			c.differ(at, "", render(got[i]))
		default:
			c.values(at, want[i], got[i])
		}
	}
}

func count(items int) string {
	if items == 1 {
		return "a list of 1 item"
	}
	return fmt.Sprintf("a list of %d items", items)
}

// near reports whether a number is the wanted one, within the tolerance. Numbers that
// no float holds are compared as they are.
func (c *comparison) near(want, got string) bool {
	if want == got {
		return true
	}
	if w, g := exact(want), exact(got); w != nil && g != nil && w.Cmp(g) == 0 {
		return true
	}
	a, err1 := strconv.ParseFloat(want, 64)
	b, err2 := strconv.ParseFloat(got, 64)
	return c.tolerance > 0 && err1 == nil && err2 == nil && math.Abs(a-b) <= c.tolerance*max(1, math.Abs(a))
}

// exact gives a number as it is written, nil where that would take a lot of memory.
func exact(number string) *big.Rat {
	if i := strings.IndexAny(number, "eE"); i >= 0 && len(number)-i > len("e-1000") {
		return nil
	}
	r, _ := new(big.Rat).SetString(number)
	return r
}

// parse reads JSON, and NaN and the infinities as Python writes them.
func parse(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(quoteLiterals(data)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, fmt.Errorf("there is more than one value")
	}
	return v, nil
}

// literals are what JSON has no number for. They become texts that no answer has.
var literals = []string{"-Infinity", "Infinity", "NaN"}

func quoteLiterals(data []byte) []byte {
	if !slices.ContainsFunc(literals, func(l string) bool { return bytes.Contains(data, []byte(l)) }) {
		return data
	}
	var out []byte
	for i := 0; i < len(data); {
		if data[i] == '"' {
			end := textEnd(data, i)
			out = append(out, data[i:end]...)
			i = end
			continue
		}
		n := 1
		for _, l := range literals {
			if bytes.HasPrefix(data[i:], []byte(l)) {
				n = len(l)
				out = append(out, `"\u0000`+l+`"`...)
				break
			}
		}
		if n == 1 {
			out = append(out, data[i])
		}
		i += n
	}
	return out
}

// textEnd gives the index behind the text that begins at i.
func textEnd(data []byte, i int) int {
	for i++; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

// render writes a value for people.
func render(v any) string {
	if text, ok := v.(string); ok && strings.HasPrefix(text, "\x00") {
		return text[1:]
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return shorten(strings.TrimSpace(b.String()))
}

// shorten keeps a line readable.
func shorten(s string) string {
	const longest = 120
	if runes := []rune(s); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return s
}
