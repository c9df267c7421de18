package diff

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

const ocr = `
type Line = {box: [int, int], text: string}
type Tree = {n: int, kids: [...#Tree]}
runner cut {image: image} -> {lines: [...#Line]}
runner grow {tree: #Tree} -> {tree: #Tree}
graph read {image: image, least: float = 0.5} {
	cut call cut {image: #input.image}
	rows map cut.#out.lines {
		up call grow {tree: rows.#item.box}
		each {t: up.#out.tree}
	}
	-> {lines: cut.#out.lines}
}
service ocr {
	read graph read /read
	grow runner grow /grow
}
`

// report compares two bentos in the notation and writes what was found, a line each.
func report(t *testing.T, old, new string) string {
	t.Helper()
	return lines(t, notation.Bento(old), notation.Bento(new))
}

func lines(t *testing.T, old, new *ir.Bento) string {
	t.Helper()
	r, err := Compare(Side{Name: "old", Bento: old}, Side{Name: "new", Bento: new}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var s strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&s, "%s %s %s: %s\n", f.Severity, f.Rule, f.Path, f.Reason)
	}
	return s.String()
}

func TestSameBentoIsNoDifference(t *testing.T) {
	t.Parallel()
	if got := report(t, ocr, ocr); got != "" {
		t.Errorf("got\n%s", got)
	}
}

// Words and places are no difference.
func TestWordsAreNoDifference(t *testing.T) {
	t.Parallel()
	b := notation.Bento("\n\n" + ocr)
	b.Doc = "new"
	b.Services["ocr"].Endpoints["read"].Doc = "new"
	ir.WalkTypes(b, func(_ string, t *ir.Type) { t.Doc = "new" })
	if got := lines(t, notation.Bento(ocr), b); got != "" {
		t.Errorf("got\n%s", got)
	}
}

func TestAddedAndRemoved(t *testing.T) {
	t.Parallel()
	without := strings.Replace(ocr, "grow runner grow /grow", "", 1)
	if got, want := report(t, ocr, without), "breaking endpoint-removed services.ocr.endpoints.grow: the endpoint is gone: its callers get 404\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got, want := report(t, without, ocr), "safe endpoint-added services.ocr.endpoints.grow: the endpoint is new\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got, want := lines(t, notation.Bento(ocr), nil), "breaking bento-removed : the bento is gone, with all its endpoints\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got, want := lines(t, nil, notation.Bento(ocr)), "safe bento-added : the bento is new\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if _, err := Compare(Side{Name: "a"}, Side{Name: "b"}, Options{}); err == nil {
		t.Error("two sides without a bento are compared")
	}
}

// Where everything is called something else, each kind of thing is one finding.
func TestEverythingRenamed(t *testing.T) {
	t.Parallel()
	new := strings.NewReplacer("Line", "Row", "Tree", "Plant", "cut", "slice", "grow", "raise", "read", "scan", "service ocr", "service reader").Replace(ocr)
	want := `breaking endpoint-renamed services.reader.endpoints.raise: 2 are called something else: callers of the old route get 404; nothing else has changed
risky graph-renamed graphs.scan: traces call it by its name
risky node-renamed graphs.scan.nodes.slice: the metrics and traces of a node have its name in them
risky runner-renamed runners.slice: 2 are called something else: the metrics of a runner have its name as a label
risky service-renamed services.reader: the image, the metrics and the operation ids of the API have the service's name in them
safe type-renamed types.Row: 2 are called something else: the API's description calls it by its new name; what travels is the same
`
	if got := report(t, ocr, new); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// The order of findings, and the report as a whole, depend on the sides alone.
func TestDeterministic(t *testing.T) {
	t.Parallel()
	new := strings.NewReplacer("Line", "Row", "cut", "slice", "grow runner grow /grow", "", "least: float", "most: int, must: string, x?: bool, least: float").Replace(ocr)
	first := ""
	for range 20 {
		r, err := Compare(Side{Bento: notation.Bento(ocr)}, Side{Bento: notation.Bento(new)}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(text)
		}
		if string(text) != first {
			t.Fatalf("got\n%s\nfirst\n%s", text, first)
		}
	}
}

// TestWitnessShowsOneThing has a field that came beside one that was narrowed: the request
// that shows the first is refused for nothing else.
func TestWitnessShowsOneThing(t *testing.T) {
	t.Parallel()
	old := notation.Bento("runner r {name: string >=1} -> {x: int}\nservice s {\ne runner r /e\n}\n")
	new := notation.Bento("runner r {name: string >=2, lang: string} -> {x: int}\nservice s {\ne runner r /e\n}\n")
	report, err := Compare(Side{Bento: old}, Side{Bento: new}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		if f.Rule == "request-required-field-added" && !strings.HasSuffix(f.Reason, `field "lang" is missing`) {
			t.Errorf("%s: %s", f.Rule, f.Reason)
		}
	}
	if len(report.Findings) != 2 {
		t.Errorf("%d findings", len(report.Findings))
	}
}

// TestRoutesOfServices has two services with the same route: an endpoint that goes is missed
// though the other service has its route, and one that is called something else took nobody's.
func TestRoutesOfServices(t *testing.T) {
	t.Parallel()
	const runner = "runner r {x: int} -> {x: int}\nrunner q {x: int} -> {x: int}\n"
	for _, c := range []struct{ what, old, new, rules string }{
		{"one goes", "service a {\ne runner r /g\nf runner r /f\n}\nservice b {\ne runner r /g\n}\n", "service a {\nf runner r /f\n}\nservice b {\ne runner r /g\n}\n", "endpoint-removed"},
		{"one moves", "service a {\ne runner r /g\n}\nservice b {\ne runner r /g\n}\n", "service a {\ne runner r /h\n}\nservice b {\ne runner r /g\n}\n", "endpoint-moved"},
		{"one goes over to the other", "service a {\ne runner r /e\nf runner r /f\n}\nservice b {\ng runner r /g\n}\n", "service a {\nf runner r /f\n}\nservice b {\ne runner r /e\ng runner r /g\n}\n", "endpoint-removed endpoint-added"},
		{"a service is renamed", "service a {\ne runner r /g\n}\nservice b {\ne runner r /g\n}\n", "service a {\ne runner r /g\n}\nservice c {\ne runner r /g\n}\n", "service-renamed"},
		{"one takes a route in its service", "service a {\ne runner r /g\nf runner q /f\n}\nservice b {\ne runner r /g\n}\n", "service a {\nf runner q /g\n}\nservice b {\ne runner r /g\n}\n", "endpoint-moved route-taken"},
	} {
		report, err := Compare(Side{Bento: notation.Bento(runner + c.old)}, Side{Bento: notation.Bento(runner + c.new)}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var rules []string
		for _, f := range report.Findings {
			rules = append(rules, f.Rule)
		}
		if got := strings.Join(rules, " "); got != c.rules {
			t.Errorf("%s: %s, want %s", c.what, got, c.rules)
		}
	}
}
