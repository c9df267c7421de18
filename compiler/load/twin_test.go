package load_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bentoc.dev/compiler/load"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestTwinAgrees finds every run-time value of every example and every golden bento twice:
// as it is spelled out, and by the marks that arrive in the twin. Both give the same IR.
func TestTwinAgrees(t *testing.T) {
	t.Parallel()
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range archives {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(ar.Files, func(f txtar.File) bool { return f.Name == "out/ir" }) {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			module, opts := folder(t, ar), options(t, ar)
			proveAll(t, module, opts)
		})
	}
	examples, err := filepath.Glob("../../examples/*/bento.cue")
	if err != nil || len(examples) < 4 {
		t.Fatalf("examples: %q, %v", examples, err)
	}
	for _, file := range examples {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			root, err := os.OpenRoot(filepath.Dir(file))
			if err != nil {
				t.Fatal(err)
			}
			defer root.Close()
			proveAll(t, root.FS(), load.Options{})
		})
	}
}

func proveAll(t *testing.T, module fs.FS, opts load.Options) {
	t.Helper()
	var canonical [2][]byte
	for i, o := range []load.Options{opts, load.ProveAll(opts)} {
		res, diags, err := load.Bento(t.Context(), module, o)
		if err != nil || diags.HasErrors() {
			t.Fatalf("proof %d: %v\n%s", i, err, text(t, diags, res))
		}
		if canonical[i], err = res.IR.Canonical(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(canonical[0], canonical[1]) {
		t.Errorf("spelled out\n%s\nby the twin\n%s", canonical[0], canonical[1])
	}
}

// Expressions over run-time values that are no reference: CUE folds a default, or what the
// value cannot be, into a constant.
var computed = []string{
	`#input.n * 2`, `#input.n + 0`, `-#input.n`, `"\(#input.s)"`, `#input.n | 5`, `*#input.n | 5`, `5 | *#input.n`,
	`#input.n == 1`, `#input.n != 1`, `#input.n < 2`, `!#input.b`, `#input.b && true`, `len(#input.s)`, `len(#input.l)`, `len(#input)`,
	`#input.l[0]`, `[for x in #input.l {x}]`, `[for x in #input.l {1}]`, `[if #input.b {1}]`, `{if #input.b {a: 1}}`,
	`[#input.n, 2][#input.n]`, `or([#input.n, 1])`,
	`#input.n & #input.m`, `#input.o & {p: 1}`, `{#input.o, #input.q}`, `strings.ToUpper(#input.s)`, `strings.Join(#input.ls, ",")`,
	`list.Sum(#input.l)`, `json.Marshal(#input.o)`, `close(#input.o) & {p: 1}`, `div(#input.n, 1)`, `math.Abs(#input.n)`,
	`[if #input.s == "d" {1}, 2][0]`, `[if #input.opt == _|_ {1}, 2][0]`, `(*#input.n | int) & int`, `{a: #input.n + 1}`, `[#input.n + 1]`,
	`{#input.o, p: 1}`, `{#input.o, {#input.q}}`, `{#input.o, for k in ["x"] {(k): 1}}`, `{#input.o, x: #input.n + 1}`, `{#input.o, (#input.s): 1}`,
	`{(#input.s): 1}`, `{"\(#input.s)": 1}`, `{"k\(#input.n)": #input.m}`, `[#input.const][0] + "x"`,
}

// Expressions that are read where they are written, and nowhere else: what is spread leaves
// no trace by which it can be followed.
var inPlace = []string{`{#input.o, x: 1}`, `{#input.o, x: #input.m}`}

// TestComputed holds that none of [computed], and of [inPlace] elsewhere, gets past, however it is written: in place,
// by let, as the parameter of a template, out of a comprehension, under a condition, from
// another package.
func TestComputed(t *testing.T) {
	t.Parallel()
	for _, form := range []struct{ name, around, in, lib string }{
		{"in place", "", "EXPR", ""},
		{"let", "let X = EXPR", "X", ""},
		{"let of let", "let Y = EXPR\nlet X = Y", "X", ""},
		{"let of input", "let I = #input", "EXPRI", ""},
		{"hidden", "_x: EXPR", "_x", ""},
		{"parameter", "#T: {#p: _, r: #p}", "(#T & {#p: EXPR}).r", ""},
		{"comprehension", "", "[for x in [EXPR] {x}][0]", ""},
		{"condition", "", "[if true {EXPR}][0]", ""},
		{"package", "", "(lib.#T & {#p: EXPR}).r", "package lib\n#T: {#p: _, r: #p}\n"},
	} {
		t.Run(form.name, func(t *testing.T) {
			t.Parallel()
			var around, in strings.Builder
			exprs := computed
			if form.name != "in place" {
				exprs = slices.Concat(computed, inPlace)
			}
			for i, expr := range exprs {
				n := strconv.Itoa(i)
				use := strings.ReplaceAll(form.in, "EXPRI", strings.ReplaceAll(expr, "#input", "I"))
				names := strings.NewReplacer("EXPR", expr, "X", "X"+n, "Y", "Y"+n, "_x", "_x"+n)
				fmt.Fprintf(&in, "x%d: {call: runners.a, #in: x: %s}\n", i, names.Replace(use))
				if !strings.HasPrefix(form.around, "let I") && !strings.HasPrefix(form.around, "#T") || i == 0 {
					fmt.Fprintln(&around, names.Replace(form.around))
				}
			}
			files := map[string]string{
				"cue.mod/module.cue": "module: \"example.com/m@v0\"\nlanguage: version: \"v0.15.0\"\n",
				"bento.cue":          computedBento(around.String(), in.String(), form.lib != ""),
			}
			if form.lib != "" {
				files["lib/lib.cue"] = form.lib
			}
			res, diags, err := load.Bento(t.Context(), project(files), load.Options{})
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(files["bento.cue"], "\n")
			refused := map[int]bool{}
			for _, d := range diags {
				if d.Pos.Line > 0 && d.Pos.File == "bento.cue" {
					var i int
					if n, _ := fmt.Sscanf(lines[d.Pos.Line-1], "x%d:", &i); n == 1 {
						refused[i] = true
					} else if n, _ := fmt.Sscanf(strings.TrimLeft(lines[d.Pos.Line-1], "let XY_"), "x%d:", &i); n == 1 {
						refused[i] = true
					}
				}
				if _, after, ok := strings.Cut(d.Path, "nodes.x"); ok {
					name, _, _ := strings.Cut(after, ".")
					if i, err := strconv.Atoi(name); err == nil {
						refused[i] = true
					}
				}
			}
			for i, expr := range exprs {
				if !refused[i] {
					t.Errorf("%s is taken", expr)
				}
			}
			if t.Failed() {
				t.Logf("%s", text(t, diags, res))
			}
		})
	}
}

func computedBento(around, in string, lib bool) string {
	imports, use := `"encoding/json"`+"\n\"list\"\n\"math\"\n\"strings\"\n", "_use: [json.Marshal(1), list.Sum([]), math.Pi, strings.ToUpper(\"\")]\n"
	if lib {
		imports += `"example.com/m/lib"` + "\n"
	}
	return "package m\nimport (\n" + imports + "\"bentoc.dev/schema@v0\"\n)\n" + use + `
bento: schema.#Bento & {
	name: "m"
	runners: a: {engine: go: {package: "./s", func: "A"}, #input: {...}, #output: x: _}
	graphs: g: {
		#input: {
			n: int | *1, m: int, b: bool | *false, s: string | *"d", l: [...int] | *[1], ls: [...string] | *["x"], e: "a" | "b"
			o: {p: int | *1}, q: {p: int | *1, r: int | *2}, opt?: int, const: "c"
		}
		` + around + `
		nodes: {
` + in + `
}
		#output: nodes.x0.#out
	}
	services: m: endpoints: g: graph: graphs.g
}
`
}

// TestNarrowedReference holds that what something was added to is not taken for the runner
// or graph itself: by let, by a template, out of a comprehension, in types as in fields.
func TestNarrowedReference(t *testing.T) {
	t.Parallel()
	for _, call := range []string{
		`R & {instances: 3}`, `R & {#input: n: >3}`, `R & {#input: opt: int}`, `R & {#input: rows: list.MaxItems(3)}`, `R & {#input: rows: [{n: 1}, ...]}`, `R & {#input: #extra: int}`, `(#T & {#r: runners.a & {instances: 3}}).call`,
		`(#T & {#r: runners.a}).call & {#output: x: int}`, `[for k, v in bento.runners {v & {batching: maxSize: 2}}][0]`, `R & bento.runners.b`, `[R, 1][0] & {instances: *1 | int}`,
	} {
		source := computedBento("let R = runners.a\n#T: {#r: _, call: #r}", "x0: {call: runners.a, #in: x: 1}\nx1: {call: "+call+", #in: x: 1}", false)
		source = strings.Replace(source, "#input: {...}, #output: x: _}", "#input: {rows: [...{n: int, s?: string}], ...}, #output: x: _}", 1)
		source = strings.Replace(source, "runners: a:", "runners: b: {engine: go: {package: \"./s\", func: \"B\"}, #input: x: _, #output: x: _}\n\trunners: a:", 1)
		res, diags, err := load.Bento(t.Context(), project(map[string]string{"bento.cue": source}), load.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !diags.HasErrors() {
			t.Errorf("%s is taken: %s", call, irJSON(t, res.IR))
		}
	}
}
