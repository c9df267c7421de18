package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing/fstest"

	"bentoc.dev/compiler/check"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/load"
	"bentoc.dev/testscripts/compiled"
)

// loadTypes loads a bento with an endpoint whose input has an optional field for each
// type, without those that are refused.
func loadTypes(ctx context.Context, defs []string, kinds []kind) (*ir.Bento, map[int]bool, error) {
	refused := map[int]bool{}
	for range 5 {
		var src strings.Builder
		fmt.Fprintf(&src, "package m\n"+imports+"%s\n", "\t\"bentoc.dev/schema@v0\"\n", strings.Join(defs, "\n"))
		src.WriteString("bento: schema.#Bento & {\n\tname: \"m\"\n\trunners: a: {engine: go: {package: \"./s\", func: \"A\"}, #output: {}, #input: {\n")
		for i, k := range kinds {
			if !refused[i] {
				fmt.Fprintf(&src, "\tf%d?: %s\n", i, k.cue)
			}
		}
		src.WriteString("\t}}\n\tservices: m: endpoints: a: {runner: runners.a, strict: true}\n}\n")
		module := fstest.MapFS{"bento.cue": {Data: []byte(src.String())}}
		res, diags, err := load.Bento(ctx, module, load.Options{})
		if err != nil {
			return nil, nil, err
		}
		if !diags.HasErrors() {
			return res.IR, refused, completed(res.IR)
		}
		found := len(refused)
		for _, d := range diags {
			rest, _ := strings.CutPrefix(d.Path, "bento.runners.a.#input.f")
			var i int
			if _, err := fmt.Sscanf(rest, "%d", &i); err == nil {
				refused[i] = true
				if !strings.Contains(d.Message, "told apart") {
					fmt.Printf("refused: %s: %s\n", kinds[i].cue, d.Message)
				}
			}
		}
		if len(refused) == found {
			return nil, nil, fmt.Errorf("loading the types: %v", diags[0])
		}
	}
	return nil, nil, fmt.Errorf("loading the types: %d are refused, and there is no end of it", len(refused))
}

func completed(b *ir.Bento) error {
	for _, d := range check.Run(b, check.Options{}) {
		if d.Path != "" && d.Severity == diag.Error {
			return fmt.Errorf("checking the types: %v", d)
		}
	}
	return nil
}

// verdict is what the server says of a document.
type verdict struct {
	taken    bool
	problems []string // their types
}

// askServer compiles the generated server and asks its decoder.
func askServer(ctx context.Context, b *ir.Bento, docs []document) ([]verdict, error) {
	out, err := gen.Generate(b, gen.Options{UserModule: "example.com/m"})
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{
		"server/ask_test.go": []byte(askTest),
		"user/go.mod":        []byte("module example.com/m\n\ngo 1.26\n"),
		"user/s/s.go":        []byte("package s\n\nimport (\n\t\"context\"\n\n\t\"example.com/m/bentogen\"\n)\n\nfunc A(context.Context, bentogen.AInput) (out bentogen.AOutput, err error) { return out, nil }\n"),
	}
	for _, f := range out.Server {
		files["server/"+f.Path] = f.Data
	}
	for _, f := range out.Bentogen {
		files["user/bentogen/"+f.Path] = f.Data
	}
	var bodies []string
	for _, d := range docs {
		bodies = append(bodies, body(d))
	}
	if files["server/documents.json"], err = json.Marshal(bodies); err != nil {
		return nil, err
	}
	var problems [][]string
	if err := compiled.Ask(ctx, files, map[string]string{"example.com/m": "user"}, "server", "verdicts.json", &problems); err != nil {
		return nil, err
	}
	verdicts := make([]verdict, len(problems))
	for i, p := range problems {
		verdicts[i] = verdict{p == nil, p}
	}
	return verdicts, nil
}

// askTest runs inside the generated package.
const askTest = `package main

import (
	"encoding/json"
	"errors"
	"os"
	"testing"

	"bentoc.dev/runtime/runner"
	"bentoc.dev/runtime/spec"
	"bentoc.dev/runtime/spec/spectest"
)

func TestAsk(t *testing.T) {
	text, err := os.ReadFile("documents.json")
	if err != nil {
		t.Fatal(err)
	}
	var documents []string
	if err := json.Unmarshal(text, &documents); err != nil {
		t.Fatal(err)
	}
	e := build(runner.NewSet(nil)).Services[0].Endpoints[0]
	problems := make([][]string, len(documents))
	for i, d := range documents {
		if _, err := spectest.Decode(&e, &spec.Source{ContentType: "application/json", Body: []byte(d)}); err != nil {
			problems[i] = []string{}
			if bad, ok := errors.AsType[*spec.InputError](err); ok {
				for _, p := range bad.Problems {
					problems[i] = append(problems[i], p.Type)
				}
			} else {
				problems[i] = append(problems[i], err.Error())
			}
		}
	}
	out, err := json.Marshal(problems)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("verdicts.json", out, 0o644); err != nil {
		t.Fatal(err)
	}
}
`
