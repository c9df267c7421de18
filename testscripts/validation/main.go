// Command validation shows that a type means the same to everybody: it makes random types
// and documents, and asks CUE's evaluator, the JSON Schema that is emitted (by a
// validator that is not ours) and the generated Go validators, of all types compiled
// together, whether each document is of its type.
//
//	go run ./testscripts/validation -types 500 -documents 100000
//
// The seed is printed; -seed repeats a run. Where the three may differ is what documents
// says, and nothing else.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"time"
)

func main() {
	types := flag.Int("types", 500, "types")
	documents := flag.Int("documents", 2000, "documents")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "what they are drawn from")
	pairs := flag.String("pairs", "", "what go test ./compiler/diff -pairs-out writes: only the witnesses in it are asked about, those of half as many pairs as types")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *pairs != "" {
		if err := runPairs(ctx, *pairs, *types/2); err != nil {
			fmt.Fprintf(os.Stderr, "validation: %v\n", err)
			os.Exit(1)
		}
		return
	}
	fmt.Printf("seed %d\n", *seed)
	if err := run(ctx, *types, *documents, rand.New(rand.NewPCG(*seed, 0))); err != nil {
		fmt.Fprintf(os.Stderr, "validation: %v\n", err)
		os.Exit(1)
	}
}

// document is one, of the type by that number.
type document struct {
	Type int
	Text string
	// Holds is what is judged of it beside CUE's evaluator.
	Holds bool
}

func run(ctx context.Context, types, documents int, r *rand.Rand) error {
	m := &maker{r: r}
	var kinds []kind
	for i := range types {
		if i%5 == 4 {
			kinds = append(kinds, m.table())
		} else {
			kinds = append(kinds, m.kind(3))
		}
	}
	b, refused, err := loadTypes(ctx, m.defs, kinds)
	if err != nil {
		return err
	}
	var taken []int
	for i := range kinds {
		if !refused[i] {
			taken = append(taken, i)
		}
	}
	if len(taken) < types/2 {
		return fmt.Errorf("%d of %d types are refused: the maker does not fit the compiler any more", len(refused), types)
	}
	var docs []document
	for n := range documents {
		i := taken[n%len(taken)]
		x := kinds[i].sample()
		if r.IntN(2) == 0 {
			x = m.spoil(x)
		}
		text, err := json.Marshal(x)
		if err != nil {
			return err
		}
		holds := kinds[i].holds == nil || kinds[i].holds(x)
		docs = append(docs, document{i, string(text), holds})
	}
	server, err := askServer(ctx, b, docs)
	if err != nil {
		return err
	}
	schemas, err := askSchema(b, docs)
	if err != nil {
		return err
	}
	evaluator, err := askCUE(m.defs, kinds, docs)
	if err != nil {
		return err
	}
	fits, explained, wrong := 0, 0, 0
	for n, d := range docs {
		if evaluator[n] {
			fits++
		}
		if evaluator[n] == server[n].taken && server[n].taken == schemas[n] {
			continue
		}
		if why := documented(kinds[d.Type].cue, evaluator[n], schemas[n], server[n]); why != "" {
			explained++
			continue
		}
		if wrong++; wrong <= 10 {
			fmt.Printf("%s\n  with %s: CUE says %t, the JSON Schema %t, the server %t %v\n", kinds[d.Type].cue, d.Text, evaluator[n], schemas[n], server[n].taken, server[n].problems)
		}
	}
	fmt.Printf("%d types (%d refused), %d documents: %d fit, %d differences as documented, %d others\n", len(taken), len(refused), len(docs), fits, explained, wrong)
	if wrong > 0 {
		return fmt.Errorf("%d documents mean different things", wrong)
	}
	return nil
}

// documented tells where a difference is one that is known: JSON Schema has no word for
// a format, or means less by its own. The server is always on CUE's side.
func documented(cue string, evaluator, schema bool, server verdict) string {
	switch {
	case evaluator && !schema && !server.taken && !slices.ContainsFunc(server.problems, func(p string) bool { return p != "extra_forbidden" }):
		return "CUE does not close a struct inside a list, or a map, that is an arm of a disjunction"
	case evaluator != server.taken && server.taken == schema && boundedStructs.MatchString(cue):
		return "CUE does not choose an arm, or close a struct, in a list that has list.MinItems or list.MaxItems beside it"
	case evaluator && server.taken && !schema && strings.Contains(cue, "time.Time"):
		return "the format date-time has two digits of an hour, time.Time takes one before a fraction"
	case evaluator != server.taken:
		return ""
	case server.taken && !schema:
		return "" // nothing is taken that the schema refuses, of what is made here
	case slices.ContainsFunc(server.problems, func(p string) bool { return !slices.Contains(unsaid, p) }):
		return ""
	}
	return "the schema does not say it"
}

// boundedStructs matches a list of structs whose length is bounded.
var boundedStructs = regexp.MustCompile(`\[\.\.\..*\{.*\] & list\.M`)

// unsaid are the problems that JSON Schema has no word for.
var unsaid = []string{"ip_any_address", "ip_any_network", "time_parsing", "regex_parsing", "int_parsing_size", "table_column"}

func sortTexts(s []string) { slices.Sort(s) }
