package gen_test

import (
	"encoding/json"
	"strings"
	"testing"

	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

// What is deprecated says so in each document, and the server says it of the endpoint
// to the second.
func TestDeprecated(t *testing.T) {
	t.Parallel()
	b := notation.Bento(`
type Line = {text: string, score?: float}
runner a {s: string, lang?: string} -> {lines: [...#Line]}
service m {
	a runner a
	b runner a
}`)
	b.Runners["a"].Engine.Go = &ir.GoEngine{Package: "./s", Func: "A"}
	d := &ir.Deprecation{Since: "2026-12-01", Until: "2027-03-01", Why: "it is found out"}
	b.Runners["a"].Input.Fields[1].Deprecated = d
	b.Types["Line"].Fields[1].Deprecated = d
	b.Services["m"].Endpoints["a"].Deprecated, b.Services["m"].Endpoints["a"].Route, b.Services["m"].Endpoints["b"].Route = d, "/a", "/b"
	out, err := gen.Generate(b, gen.Options{UserModule: "example.com/m"})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, f := range out.Server {
		switch {
		case strings.HasSuffix(f.Path, ".json"):
			var doc any
			if err := json.Unmarshal(f.Data, &doc); err != nil {
				t.Fatal(err)
			}
			seen[f.Path] = deprecatedIn(t, doc)
		case strings.HasSuffix(f.Path, "service.go"):
			const want = "Deprecated: &spec.Deprecation{Since: time.Unix(1796083200, 0), Until: time.Unix(1803945599, 0)}, // until 2027-03-01"
			if strings.Count(string(f.Data), "Deprecated:") != 1 || !strings.Contains(string(f.Data), want) {
				t.Errorf("service.go:\n%s", f.Data)
			}
		}
	}
	// Of OpenAPI: the endpoint, the input's field in JSON and in forms of both endpoints, Line's once.
	if seen["openapi.json"] != 1+1+2+1 || seen["schema.json"] == 0 {
		t.Errorf("said %v times", seen)
	}
}

// deprecatedIn counts the objects that say so, each with the words for people.
func deprecatedIn(t *testing.T, v any) (n int) {
	switch v := v.(type) {
	case map[string]any:
		if v["deprecated"] == true {
			n++
			if words, _ := v["description"].(string); !strings.HasSuffix(words, "Deprecated, promised until 2027-03-01: it is found out") {
				t.Errorf("it says %q", words)
			}
		}
		for _, m := range v {
			n += deprecatedIn(t, m)
		}
	case []any:
		for _, m := range v {
			n += deprecatedIn(t, m)
		}
	}
	return n
}
