package gen_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/ir"
)

// judge holds what an endpoint takes and answers against its description.
type judge struct {
	name          string
	input, output []*jsonschema.Schema // in OpenAPI, and in the document of JSON Schema
	request       any                  // the schema itself, to make requests of
	openAPI       map[string]any
}

// judges reads the two documents of a golden bento.
func judges(t *testing.T, c bento, openAPI []byte) []*judge {
	t.Helper()
	b, err := ir.Parse(c.Section("ir.json"))
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := gen.JSONSchema(b)
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	docs := map[string]map[string]any{}
	for name, text := range map[string][]byte{"openapi.json": openAPI, "schema.json": schemas} {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		if err := compiler.AddResource(name, doc); err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		docs[name] = doc.(map[string]any)
	}
	compile := func(at string) *jsonschema.Schema {
		s, err := compiler.Compile(at)
		if err != nil {
			t.Fatalf("%s: %s: %v", c.Name, at, err)
		}
		return s
	}
	var out []*judge
	for path, item := range docs["openapi.json"]["paths"].(map[string]any) {
		op := item.(map[string]any)["post"].(map[string]any)
		request, _ := dig(op, "requestBody", "content", "application/json", "schema")
		_, whole := dig(op, "responses", "200", "content", "application/json", "schema")
		j := &judge{name: op["x-bentoml-name"].(string), request: request, openAPI: docs["openapi.json"]}
		at := "openapi.json#/paths/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(path) + "/post/"
		if request != nil {
			j.input = []*jsonschema.Schema{compile(at + "requestBody/content/application~1json/schema"), compile("schema.json#/$defs/" + j.name + ".input")}
		}
		if whole {
			j.output = []*jsonschema.Schema{compile(at + "responses/200/content/application~1json/schema"), compile("schema.json#/$defs/" + j.name + ".output")}
		}
		out = append(out, j)
	}
	slices.SortFunc(out, func(a, b *judge) int { return strings.Compare(a.name, b.name) })
	return out
}

func dig(v any, path ...string) (any, bool) {
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = m[p]; !ok {
			return nil, false
		}
	}
	return v, true
}

// unsaid are the problems that a description has no words for: how a text is
// encoded, what is in a picture or a recording, that sizes belong together, sizes of 64 bits.
var unsaid = []string{"bytes_invalid_encoding", "bytes_too_long", "bytes_too_short", "file_encoding", "file_too_large", "image_type", "audio_type", "media_type", "url_not_allowed",
	"tensor_shape", "tensor_type", "table_column", "int_parsing_size", "ip_any_address", "ip_any_network", "time_parsing", "regex_parsing"}

type verdictCase struct{ Endpoint, Body string }

type verdictAnswer struct {
	Refused                            []string
	Problem, ContentType, Body, Failed string
}

// requests makes requests of what an endpoint's own description says, right ones and
// ones that are wrong in one place.
func (j *judge) requests(r *rand.Rand, n int) (out []verdictCase) {
	if j.request == nil {
		return nil
	}
	for range n {
		m := maker{r: r, doc: j.openAPI, spoil: -1}
		m.value(j.request, 0)
		if r.IntN(2) == 0 {
			m = maker{r: r, doc: j.openAPI, spoil: r.IntN(m.made + 1)}
		} else {
			m = maker{r: r, doc: j.openAPI, spoil: -1}
		}
		body, err := json.Marshal(m.value(j.request, 0))
		if err == nil {
			out = append(out, verdictCase{j.name, string(body)})
		}
	}
	return out
}

// check compares the verdict of the description with that of the server, and an
// answer with its description.
func (j *judge) check(t *testing.T, server string, request verdictCase, a verdictAnswer) (taken, answered bool) {
	t.Helper()
	body, err := jsonschema.UnmarshalJSON(strings.NewReader(request.Body))
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range j.input {
		err := s.Validate(body)
		switch {
		case err != nil && a.Refused == nil:
			t.Errorf("%s: %s takes %s, which document %d does not: %v", server, j.name, request.Body, i, err)
		case err == nil && a.Refused != nil && !slices.ContainsFunc(a.Refused, func(p string) bool { return slices.Contains(unsaid, p) }):
			t.Errorf("%s: %s refuses %s (%s), which document %d takes", server, j.name, request.Body, a.Problem, i)
		}
	}
	if a.Refused != nil || a.Failed != "" {
		return a.Refused == nil, false
	}
	if a.ContentType != "application/json" {
		return true, true
	}
	answer, err := jsonschema.UnmarshalJSON(strings.NewReader(a.Body))
	if err != nil {
		t.Errorf("%s: %s answers %s: %v", server, j.name, a.Body, err)
		return true, true
	}
	if j.output == nil {
		t.Errorf("%s: %s answers JSON, which its description does not say", server, j.name)
	}
	for i, s := range j.output {
		if err := s.Validate(answer); err != nil {
			t.Errorf("%s: the answer of %s to %s does not fit document %d: %s: %v", server, j.name, request.Body, i, a.Body, err)
		}
	}
	return true, true
}

// verdicts are the judges of every golden and what they ask.
type verdicts struct {
	seed   uint64
	judges map[string][]*judge
	cases  map[string][]verdictCase
}

// ask writes the requests for a golden's server into its folder.
func (v *verdicts) ask(t *testing.T, c bento, openAPI []byte, server, dir string) {
	t.Helper()
	r := rand.New(rand.NewPCG(v.seed, 1))
	v.judges[server] = judges(t, c, openAPI)
	v.cases[server] = []verdictCase{}
	for _, j := range v.judges[server] {
		v.cases[server] = append(v.cases[server], j.requests(r, 60)...)
	}
	text, err := json.Marshal(v.cases[server])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, server, "cases.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// compare reads what the servers have said.
func (v *verdicts) compare(t *testing.T, server, dir string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, server, "answers.json"))
	if err != nil {
		t.Fatal(err)
	}
	var answers []verdictAnswer
	if err := json.Unmarshal(text, &answers); err != nil {
		t.Fatal(err)
	}
	taken, answered := 0, 0
	for i, request := range v.cases[server] {
		for _, j := range v.judges[server] {
			if j.name != request.Endpoint {
				continue
			}
			in, out := j.check(t, server, request, answers[i])
			if in {
				taken++
			}
			if out {
				answered++
			}
		}
	}
	t.Logf("%s: seed %d: %d requests, %d taken, %d answered", server, v.seed, len(answers), taken, answered)
}

// maker makes a value of a schema; the value that is numbered spoil is made of
// something else.
type maker struct {
	r     *rand.Rand
	doc   map[string]any
	made  int
	spoil int
}

func (m *maker) value(schema any, depth int) any {
	s, _ := schema.(map[string]any)
	if ref, ok := s["$ref"].(string); ok {
		target, _ := dig(m.doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
		return m.value(target, depth)
	}
	m.made++
	if m.made-1 == m.spoil {
		return m.spoiled(s, depth)
	}
	for _, word := range []string{"anyOf", "oneOf", "allOf"} {
		if arms, ok := s[word].([]any); ok && s["type"] == nil {
			return m.value(arms[m.r.IntN(len(arms))], depth)
		}
	}
	if enum, ok := s["enum"].([]any); ok && len(enum) > 0 {
		return enum[m.r.IntN(len(enum))]
	}
	kind := s["type"]
	if kinds, ok := kind.([]any); ok {
		kind = kinds[m.r.IntN(len(kinds))]
	}
	switch kind {
	case "null":
		return nil
	case "boolean":
		return m.r.IntN(2) == 0
	case "integer":
		return m.integer(s)
	case "number":
		if m.r.IntN(3) == 0 {
			return m.integer(s)
		}
		return json.Number(fmt.Sprintf("%v.%d", m.integer(s), []int{0, 25, 5, 75}[m.r.IntN(4)]))
	case "string":
		return m.text(s)
	case "array":
		return m.array(s, depth)
	case "object":
		return m.object(s, depth)
	}
	return m.any()
}

func (m *maker) any() any {
	return []any{nil, true, json.Number("3"), json.Number("-0.5"), "x", []any{json.Number("1")}, []any{json.Number("0.5"), json.Number("2")}, map[string]any{"a": nil}, "", []any{"a"}, []any{}}[m.r.IntN(11)]
}

// spoiled makes what most likely is no value of the schema.
func (m *maker) spoiled(s map[string]any, depth int) any {
	m.spoil = -1
	switch m.r.IntN(4) {
	case 0: // beside a bound
		for _, word := range []string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"} {
			if n, ok := s[word].(json.Number); ok {
				f, _ := n.Float64()
				return json.Number(fmt.Sprint(f + float64(m.r.IntN(3)-1)))
			}
		}
	case 1: // one field too many or too few
		v := m.value(s, depth)
		if o, ok := v.(map[string]any); ok {
			for k := range o {
				delete(o, k)
				return o
			}
			o["surplus"] = true
		}
		if l, ok := v.([]any); ok && len(l) > 0 {
			return append(l, l[0])
		}
		return v
	}
	return m.any()
}

func (m *maker) integer(s map[string]any) json.Number {
	low, high := int64(-20), int64(20)
	if n, ok := number(s, "minimum", "exclusiveMinimum"); ok {
		low, high = n, n+20
	}
	if n, ok := number(s, "maximum", "exclusiveMaximum"); ok {
		if high = n; low > high || n-low > 100 {
			low = n - 20
		}
	}
	n := low + m.r.Int64N(max(high-low+1, 1))
	if step, ok := number(s, "multipleOf"); ok && step > 0 {
		n -= n % step
	}
	return json.Number(fmt.Sprint(n))
}

func number(s map[string]any, words ...string) (int64, bool) {
	for _, w := range words {
		if n, ok := s[w].(json.Number); ok {
			f, err := n.Float64()
			return int64(f), err == nil && f > -1e15 && f < 1e15
		}
	}
	return 0, false
}

// dot is a picture of one pixel.
const dot = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"

// beep is a recording of four samples.
const beep = "UklGRiwAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQgAAAABAAIAAwAEAA=="

func (m *maker) text(s map[string]any) string {
	if strings.Contains(fmt.Sprint(s["description"]), "recording in base64") {
		return beep
	}
	if strings.Contains(fmt.Sprint(s["description"]), "picture in base64") {
		return dot
	}
	switch s["contentEncoding"] {
	case "base16":
		return hex.EncodeToString([]byte("some bytes"[:m.r.IntN(5)]))
	case "base64url":
		return base64.RawURLEncoding.EncodeToString([]byte("\xfbsome~~?bytes"[:m.r.IntN(10)]))
	}
	if s["contentEncoding"] != nil || strings.Contains(fmt.Sprint(s["description"]), "base64") {
		return base64.StdEncoding.EncodeToString([]byte("some bytes"[:m.r.IntN(10)]))
	}
	if name, ok := s["format"].(string); ok {
		if m.r.IntN(20) > 0 { // right ones come first
			return formatTexts[name][m.r.IntN(2)]
		}
		return formatTexts[name][m.r.IntN(len(formatTexts[name]))]
	}
	low, _ := number(s, "minLength")
	high, ok := number(s, "maxLength")
	if !ok {
		high = low + 4
	}
	pattern, _ := s["pattern"].(string)
	re, err := regexp.Compile(pattern)
	for range 40 {
		b := []rune{}
		for range low + m.r.Int64N(max(high-low+1, 1)) {
			b = append(b, []rune("abcxyzAé1 -日")[m.r.IntN(12)])
		}
		if text := string(b); err != nil || re.MatchString(text) {
			return text
		}
	}
	return "none"
}

// formatTexts are texts in a format and beside it, by the name of JSON Schema.
var formatTexts = map[string][]string{
	"date-time":     {"2024-02-29T12:30:00Z", "2024-02-29T12:30:00.25+02:00", "2023-02-29T12:30:00Z", "2024-02-29T24:00:00Z", "2024-02-29"},
	"date":          {"2024-02-29", "2023-02-29", "2024-2-9", ""},
	"time":          {"12:30:00Z", "23:59:59.5-01:00", "24:00:00Z", "12:30"},
	"duration":      {"P1D", "PT1S", "P3Y6M4DT12H30M5S", "P", "1h"},
	"uuid":          {"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430c", "x"},
	"ipv4":          {"127.0.0.1", "127.0.0.01", "::1"},
	"ipv6":          {"::1", "2001:db8::1:0", "127.0.0.1", "1::2::3"},
	"uri":           {"http://example.org/a?b#c", "mailto:a@b.c", "/a", "http://[::1"},
	"uri-reference": {"http://example.org/", "/a/b?c", "", "%zz"},
	"email":         {"ada@example.org", "a.b+c@x-y.co", ".a@b.c", "a b@c.d", "a"},
	"hostname":      {"www.example.org", "a", "-a.b", "a..b", "a_b"},
	"json-pointer":  {"", "/a/0", "/a~1b", "/~2", "a"},
}

func (m *maker) array(s map[string]any, depth int) []any {
	out := []any{}
	prefix, _ := s["prefixItems"].([]any)
	for _, p := range prefix {
		out = append(out, m.value(p, depth+1))
	}
	low, _ := number(s, "minItems")
	high, ok := number(s, "maxItems")
	if !ok {
		high = low + 2
	}
	if _, ok := s["items"].(map[string]any); !ok {
		return out
	}
	n := low + m.r.Int64N(max(high-low+1, 1))
	if depth > 6 {
		n = low
	}
	for int64(len(out)) < n {
		out = append(out, m.value(s["items"], depth+1))
	}
	return out
}

func (m *maker) object(s map[string]any, depth int) map[string]any {
	out := map[string]any{}
	required, _ := s["required"].([]any)
	properties, _ := s["properties"].(map[string]any)
	names := make([]string, 0, len(properties))
	for name := range properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if slices.Contains(required, any(name)) || depth < 6 && m.r.IntN(2) == 0 {
			out[name] = m.value(properties[name], depth+1)
		}
	}
	if extra, ok := s["additionalProperties"].(map[string]any); ok && depth < 6 {
		low, _ := number(s, "minProperties")
		for i := range low + m.r.Int64N(2) {
			key := fmt.Sprint("k", i)
			if names, ok := s["propertyNames"]; ok && m.r.IntN(10) > 0 {
				key = fmt.Sprint(m.value(names, depth+1))
			}
			out[key] = m.value(extra, depth+1)
		}
	}
	return out
}
