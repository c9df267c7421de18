package check

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/golden"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

// TestRules runs the archives of testdata: NAME.in is a bento in the tests'
// notation, NAME.out what the checks say about it and fill in.
func TestRules(t *testing.T) {
	t.Parallel()
	golden.Run(t, func(_ *testing.T, c golden.Case) (files []txtar.File) {
		for _, f := range c.Files {
			name, isInput := strings.CutSuffix(f.Name, ".in")
			if !isInput {
				continue
			}
			b := notation.Bento(string(f.Data))
			got := report(Run(b, Options{SignaturesPending: strings.Contains(name, "pending")})) + filledIn(b)
			files = append(files, f, txtar.File{Name: name + ".out", Data: []byte(got)})
		}
		return files
	})
}

func report(l diag.List) string {
	var s strings.Builder
	for _, d := range l {
		fmt.Fprintf(&s, "%s: %s: %s [%s]\n\tat %s\n", d.Pos, d.Severity, d.Message, d.Code, d.Path)
		if d.Hint != "" {
			fmt.Fprintf(&s, "\thint: %s\n", d.Hint)
		}
		for _, r := range d.Related {
			fmt.Fprintf(&s, "\t%s: %s\n", r.Pos, r.Message)
		}
	}
	return s.String()
}

// filledIn lists what the checks completed, the checks at run time first.
func filledIn(b *ir.Bento) string {
	var s strings.Builder
	for _, name := range sorted(b.Graphs) {
		g := b.Graphs[name]
		ir.WalkValues(g, func(at ir.Place, v *ir.Value) {
			if v.Edge != nil && v.Edge.Check != nil {
				fmt.Fprintf(&s, "%s = %s is checked: %s\n", (&pass{b: b}).placePath(name, at), v.Edge.Ref(), assign.Describe(b, v.Edge.Check))
			}
		})
		if g.Result != nil {
			fmt.Fprintf(&s, "graph %s gives %s\n", name, assign.Describe(b, g.Result))
		}
	}
	return s.String()
}

// TestRuleCodes: each rule reports only codes that the table names, and each
// code of the table is reported by some case.
func TestRuleCodes(t *testing.T) {
	t.Parallel()
	for _, b := range everyBento(t) {
		p := &pass{b: b, broken: map[string]bool{}}
		p.complete()
		for _, r := range Rules() {
			before := len(p.diags)
			r.run(p)
			for _, d := range p.diags[before:] {
				if !slices.Contains(r.Codes, d.Code) {
					t.Errorf("rule %s reports %s, which the table does not name: %s", r.Name, d.Code, d.Message)
				}
			}
		}
	}
}

// TestRunTwice: a second run over the same bento says and fills in the same.
func TestRunTwice(t *testing.T) {
	t.Parallel()
	for _, b := range everyBento(t) {
		first := report(Run(b, Options{})) + filledIn(b)
		for range 5 {
			if again := report(Run(b, Options{})) + filledIn(b); again != first {
				t.Fatalf("first:\n%s\nagain:\n%s", first, again)
			}
		}
	}
}

func everyBento(t *testing.T) []*ir.Bento {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var all []*ir.Bento
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if strings.HasSuffix(f.Name, ".in") {
				all = append(all, notation.Bento(string(f.Data)))
			}
		}
	}
	return all
}

// TestRulesHaveFiles: one file a rule.
func TestRulesHaveFiles(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range Rules() {
		if _, err := os.Stat(r.Name + ".go"); err != nil || seen[r.Name] || r.Purpose == "" || len(r.Codes) == 0 {
			t.Errorf("rule %s: %v, seen before: %v", r.Name, err, seen[r.Name])
		}
		seen[r.Name] = true
	}
	if all := Rules(); all[len(all)-1].Name != "diagnostics" {
		t.Error("what is switched off for nothing is known last")
	}
}
