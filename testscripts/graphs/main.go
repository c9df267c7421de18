// Command graphs shows that a compiled graph gives what it means: it makes random graphs
// of steps that fail or not by what they are given, with retries, fallbacks, map and fold
// nodes, switches, choices by a header, mirrors and nested graphs, works each out by an interpreter of its own, which
// goes by the random graph and knows nothing of the compiler, and asks the compiled server.
//
//	go run ./testscripts/graphs -graphs 100
//
// The seed is printed; -seed repeats a run.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing/fstest"

	"bentoc.dev/compiler/check"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/load"
)

func main() {
	count := flag.Int("graphs", 100, "how many graphs to make")
	requests := flag.Int("requests", 20, "how many requests each is asked")
	seed := flag.Uint64("seed", rand.Uint64(), "the seed")
	flag.Parse()
	fmt.Println("seed", *seed)
	if err := run(context.Background(), *count, *requests, rand.New(rand.NewPCG(*seed, 3))); err != nil {
		fmt.Fprintln(os.Stderr, "graphs:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, count, requests int, r *rand.Rand) error {
	m := &maker{r: r}
	for range count {
		m.graph()
	}
	b, found, err := m.load(ctx)
	if err != nil {
		return err
	}
	for _, d := range found {
		if d.Severity == diag.Error {
			return fmt.Errorf("a right graph is refused: %s: %s", d.Path, d.Message)
		}
	}
	var questions []question
	for i := range m.graphs {
		for range requests {
			q := question{Endpoint: fmt.Sprint("g", i), Text: word(r), List: []string{}, Arm: []string{"", "low", "high one", "Low"}[r.IntN(4)]}
			for range r.IntN(4) {
				q.List = append(q.List, word(r))
			}
			questions = append(questions, q)
		}
	}
	answers, err := answersOf(ctx, b, questions)
	if err != nil {
		return err
	}
	return m.judge(questions, answers)
}

// judge compares what was answered with what the graphs mean.
func (m *maker) judge(questions []question, answers []answer) error {
	kinds, faults := map[string]int{}, 0
	for i, q := range questions {
		var number int
		if _, err := fmt.Sscanf(q.Endpoint, "g%d", &number); err != nil {
			return err
		}
		arm, _, _ := strings.Cut(q.Arm, " ")
		e := &evaluation{m: m, arm: arm, calls: map[string]int{}}
		want := e.graph(m.graphs[number], q.Text, q.List)
		got, kind := answers[i], "a value"
		right := false
		switch {
		case e.unsure: // which of several failures is the first decides
			kind, right = "either", got.Status == 200 || want.failed[got.Status] || e.either[got.Status]
		case len(want.failed) > 0:
			kind, right = "an error", want.failed[got.Status]
		default:
			right = got.Status == 200 && got.Value == want.text
			if m.graphs[number].spread {
				right = right && got.Request == fmt.Sprint(i)
			}
			for at, n := range e.calls {
				if got.Calls[at] != n {
					right = false
				}
			}
			right = right && len(got.Calls) == len(e.calls)
		}
		kinds[kind]++
		if !right {
			faults++
			fmt.Printf("%s of %q, %q: got %v, want %v after %v\n%s\n", q.Endpoint, q.Text, q.List, got, want, e.calls, m.graphs[number].cue())
		}
	}
	fmt.Printf("%d graphs, %d requests: %v\n", len(m.graphs), len(questions), kinds)
	if faults > 0 {
		return fmt.Errorf("%d faults", faults)
	}
	if kinds["a value"] < len(questions)/5 || kinds["an error"] == 0 {
		return fmt.Errorf("too few requests have a value, or an error")
	}
	return nil
}

// load loads and checks a bento of all graphs.
func (m *maker) load(ctx context.Context) (*ir.Bento, diag.List, error) {
	var graphs, endpoints strings.Builder
	for i, g := range m.graphs {
		graphs.WriteString(g.cue())
		fmt.Fprintf(&endpoints, "\t\tg%d: graph: graphs.g%d\n", i, i)
	}
	src := "package m\n\nimport \"bentoc.dev/schema@v0\"\n\nbento: schema.#Bento & {\n\tname: \"m\"\n" +
		"\trunners: step: {engine: go: {package: \"./s\", func: \"Step\"}, idempotent: true, #input: {at: string, request: string, text: string, more: string}, #output: text: string}\n" +
		"\trunners: twin: {engine: go: {package: \"./s\", func: \"Twin\"}, #input: runners.step.#input, #output: runners.step.#output}\n" +
		"\tgraphs: {\n" + graphs.String() + "\t}\n\tservices: m: endpoints: {\n" + endpoints.String() + "\t}\n}\n"
	module := fstest.MapFS{
		"bento.cue":          {Data: []byte(src)},
		"cue.mod/module.cue": {Data: []byte("module: \"example.com/m@v0\"\nlanguage: version: \"v0.15.0\"\n")},
	}
	res, found, err := load.Bento(ctx, module, load.Options{})
	if err != nil || found.HasErrors() {
		return nil, found, err
	}
	return res.IR, check.Run(res.IR, check.Options{}), nil
}
