package diff

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"testing"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

// ended gives a bento of one endpoint that takes and answers the types.
func ended(input, output string, change func(*ir.Endpoint)) *ir.Bento {
	b := notation.Bento("type Tree = {n: int, kids: [...#Tree]}\nrunner r {} -> {}\nservice s {\n e runner r /e\n}\n")
	b.Runners["r"].Input, b.Runners["r"].Output = notation.Type(input), notation.Type(output)
	if change != nil {
		change(b.Services["s"].Endpoints["e"])
	}
	return b
}

// typeReport writes what is found where a type of one end changes, a line each.
func typeReport(t *testing.T, d Direction, old, new string, strict bool) string {
	t.Helper()
	change := func(e *ir.Endpoint) { e.Strict = strict }
	a, b := ended(old, "{}", change), ended(new, "{}", change)
	if d == Answer {
		a, b = ended("{}", old, change), ended("{}", new, change)
	}
	r, err := Compare(Side{Name: "old", Bento: a}, Side{Name: "new", Bento: b}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range r.Findings {
		line := fmt.Sprintf("%s %s %s", f.Severity, f.Rule, strings.TrimPrefix(f.Path, "services.s.endpoints.e."))
		if f.Witness != nil {
			line += " " + string(f.Witness.Value)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

// TestTypes holds testdata/types.txt: pairs of types and, in each direction, what is
// found, with the witness. BENTOC_UPDATE=1 writes it anew; read the difference.
func TestTypes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/types.txt")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for line := range strings.Lines(string(text)) {
		old, new, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " -> ")
		if !ok || strings.HasPrefix(line, " ") {
			if strings.HasPrefix(line, "#") || line == "\n" {
				got.WriteString(line)
			}
			continue
		}
		fmt.Fprintf(&got, "%s -> %s\n", old, new)
		request, strict, answer := typeReport(t, Request, old, new, false), typeReport(t, Request, old, new, true), typeReport(t, Answer, old, new, false)
		fmt.Fprintf(&got, "  request: %s\n", cmp.Or(request, "nothing"))
		if strict != request {
			fmt.Fprintf(&got, "  strict:  %s\n", cmp.Or(strict, "nothing"))
		}
		fmt.Fprintf(&got, "  answer:  %s\n", cmp.Or(answer, "nothing"))
	}
	if got.String() == string(text) {
		return
	}
	if os.Getenv("BENTOC_UPDATE") == "" {
		t.Fatalf("BENTOC_UPDATE=1 writes testdata/types.txt anew; now it would be\n%s", got.String())
	}
	if err := os.WriteFile("testdata/types.txt", []byte(got.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
