package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"bentoc.dev/compiler/ir"
)

// pair is a line of what the judges of package diff write: two bentos of one endpoint, and
// the documents of which the comparison of them says that one end's old or new type
// takes them and the other refuses them.
type pair struct {
	Request, Strict bool
	Bentos          struct{ Old, New *ir.Bento }
	Witnesses       []json.RawMessage
}

// types gives the type of who sends the witnesses, and of who is said to refuse them.
func (p pair) types() (sends, reads *ir.Type, of [2]*ir.Bento) {
	old, new := p.Bentos.Old.Runners["r"], p.Bentos.New.Runners["r"]
	if p.Request {
		return old.Input, new.Input, [2]*ir.Bento{p.Bentos.Old, p.Bentos.New}
	}
	return new.Output, old.Output, [2]*ir.Bento{p.Bentos.New, p.Bentos.Old}
}

// runPairs asks the generated validators about the witnesses of up to n pairs, all types
// compiled together.
func runPairs(ctx context.Context, path string, n int) error {
	pairs, err := readPairs(path, n)
	if err != nil {
		return err
	}
	asked, wrong := 0, 0
	for _, strict := range []bool{true, false} {
		b := &ir.Bento{Version: ir.Version, Name: "m", Platforms: []string{"linux/amd64"}, Types: map[string]*ir.Type{}}
		input := &ir.Type{Kind: ir.KindObject}
		var docs []document
		for _, p := range pairs {
			if (p.Strict && p.Request) != strict {
				continue
			}
			sends, reads, of := p.types()
			for side, t := range []*ir.Type{sends, reads} {
				i := len(input.Fields)
				input.Fields = append(input.Fields, ir.Field{Name: fmt.Sprint("f", i), Type: renamed(b, of[side], t, i)})
				for _, w := range p.Witnesses {
					if !strings.Contains(string(w), `"$`) { // a stand-in is no document
						docs = append(docs, document{i, string(w), true})
					}
				}
			}
		}
		b.Runners = map[string]*ir.Runner{"a": {Engine: ir.Engine{Go: &ir.GoEngine{Package: "./s", Func: "A"}}, Input: input, Output: &ir.Type{Kind: ir.KindObject}}}
		b.Services = map[string]*ir.Service{"m": {
			Traffic:   ir.Traffic{TimeoutMs: 60000, MaxBodyBytes: 1 << 20},
			Endpoints: map[string]*ir.Endpoint{"a": {Route: "/a", Runner: "a", Strict: strict}},
		}}
		if err := completed(b); err != nil {
			return err
		}
		verdicts, err := askServer(ctx, b, docs)
		if err != nil {
			return err
		}
		for i, d := range docs {
			asked++
			if verdicts[i].taken == (d.Type%2 == 0) {
				continue
			}
			if wrong++; wrong <= 10 {
				t, _ := json.Marshal(input.Fields[d.Type].Type)
				fmt.Printf("the witness %s: said to be taken %t, taken by the server %t %v\n  %s\n", d.Text, d.Type%2 == 0, verdicts[i].taken, verdicts[i].problems, t)
			}
		}
	}
	fmt.Printf("%d pairs, %d questions to the generated validators, %d wrong\n", len(pairs), asked, wrong)
	if wrong > 0 {
		return fmt.Errorf("%d witnesses are none", wrong)
	}
	return nil
}

func readPairs(path string, n int) (pairs []pair, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() && len(pairs) < n {
		var p pair
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if len(p.Witnesses) > 0 {
			pairs = append(pairs, p)
		}
	}
	return pairs, lines.Err()
}

// renamed gives a type whose named types b has too, called apart from those of others.
func renamed(b, of *ir.Bento, t *ir.Type, i int) *ir.Type {
	call := func(name string) string { return fmt.Sprint(name, "Of", i) }
	point := func(t *ir.Type) {
		ir.WalkType(t, func(t *ir.Type) {
			if t.Ref != "" {
				t.Ref = call(t.Ref)
			}
		})
	}
	for name, named := range of.Types {
		point(named)
		b.Types[call(name)] = named
	}
	point(t)
	return t
}
