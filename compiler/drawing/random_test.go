package drawing

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

// random is a bento with so many nodes in a graph, some of them in map nodes, and
// some runners.
func random(nodes int, seed uint64) *ir.Bento {
	r := rand.New(rand.NewPCG(seed, 7))
	var b strings.Builder
	runners := max(2, nodes/6)
	for i := range runners {
		fmt.Fprintf(&b, "runner step%d {a: string, b?: [...int], c?: float} -> {text: string, list: [...string], score: float}\n", i)
	}
	b.WriteString("graph read {text: string, list: [...string]} {\n")
	var results, inner []string // names of nodes whose results can be used
	pick := func(from []string) string {
		if len(from) == 0 || r.IntN(12) == 0 {
			return "#input.text"
		}
		return from[max(0, len(from)-1-r.IntN(min(len(from), 9)))] + ".#out.text"
	}
	for i := 0; i < nodes; i++ {
		name := fmt.Sprintf("node%d", i)
		if r.IntN(12) == 0 && len(results) > 0 && i+3 < nodes {
			over := results[r.IntN(len(results))] + ".#out.list"
			fmt.Fprintf(&b, "\t%s map %s {\n", name, over)
			inner = nil
			for k := range 1 + r.IntN(3) {
				in := name + ".#item"
				if len(inner) > 0 {
					in = pick(inner)
				}
				fmt.Fprintf(&b, "\t\t%s_%d call step%d {a: %s}\n", name, k, r.IntN(runners), in)
				inner = append(inner, fmt.Sprintf("%s_%d", name, k))
				i++
			}
			fmt.Fprintf(&b, "\t\teach {text: %s_%d.#out.text, whole: %s}\n\t}\n", name, len(inner)-1, pick(results))
			continue
		}
		args := "a: " + pick(results)
		if r.IntN(3) == 0 && len(results) > 0 {
			args += ", c: " + results[r.IntN(len(results))] + ".#out.score"
		}
		fmt.Fprintf(&b, "\t%s call step%d {%s}\n", name, r.IntN(runners), args)
		results = append(results, name)
	}
	fmt.Fprintf(&b, "\t-> {text: %s, score: %s.#out.score}\n}\n", pick(results), results[len(results)-1])
	b.WriteString("service one {\n\tread graph read /v1/read\n\tone runner step0 /v1/one\n}\n")
	return notation.Bento(b.String())
}
