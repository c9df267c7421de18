// Command switches shows that a switch chooses the arm that CUE says: it makes random
// switches, and asks CUE's evaluator of each value whether it is one of an arm's #match.
// What the compiler takes has one arm for each value, and the compiled server chooses it;
// what the compiler refuses has the value that the message names, or no value at all.
//
//	go run ./testscripts/switches -switches 300
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

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"

	"bentoc.dev/compiler/check"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/load"
)

func main() {
	count := flag.Int("switches", 300, "how many switches to make")
	seed := flag.Uint64("seed", rand.Uint64(), "the seed")
	flag.Parse()
	fmt.Println("seed", *seed)
	if err := run(context.Background(), *count, rand.New(rand.NewPCG(*seed, 3))); err != nil {
		fmt.Fprintln(os.Stderr, "switches:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, count int, r *rand.Rand) error {
	j := &judge{cue: cuecontext.New()}
	var taken []*choice
	refused := map[diag.Code]int{}
	for range count {
		c := makeChoice(r)
		_, found, err := loadChoices(ctx, []*choice{c})
		if err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
		if !found.HasErrors() {
			taken = append(taken, c)
			continue
		}
		for _, d := range found {
			if d.Severity == diag.Error {
				refused[d.Code]++
				j.refusal(c, d)
			}
		}
	}
	b, found, err := loadChoices(ctx, taken)
	if err != nil || found.HasErrors() {
		return fmt.Errorf("all together: %w: %v", err, found)
	}
	asked, err := j.server(ctx, b, taken)
	if err != nil {
		return err
	}
	fmt.Printf("%d switches are taken, and %d values chose an arm; refused: %v\n", len(taken), asked, refused)
	if j.faults > 0 {
		return fmt.Errorf("%d faults", j.faults)
	}
	if len(taken) < count/10 || len(refused) < 3 {
		return fmt.Errorf("too few switches are taken, or refused")
	}
	return nil
}

// loadChoices loads and checks a bento with a graph for each switch.
func loadChoices(ctx context.Context, all []*choice) (*ir.Bento, diag.List, error) {
	var graphs, endpoints strings.Builder
	for i, c := range all {
		fmt.Fprintf(&graphs, "\t\tg%d: {#input: on: %s, nodes: s: {#on: #input.on, #out: string, arms: {\n", i, c.on)
		for _, a := range c.arms {
			match := ""
			if a.match != "" {
				match = "#match: " + a.match + ", "
			}
			fmt.Fprintf(&graphs, "\t\t\t%s: {%s#output: %q}\n", a.name, match, a.name)
		}
		graphs.WriteString("\t\t}}, #output: arm: nodes.s.#out}\n")
		fmt.Fprintf(&endpoints, "\t\tg%d: graph: graphs.g%d\n", i, i)
	}
	src := "package m\n\nimport \"bentoc.dev/schema@v0\"\n\nbento: schema.#Bento & {\n\tname: \"m\"\n\tgraphs: {\n" + graphs.String() +
		"\t}\n\tservices: m: endpoints: {\n" + endpoints.String() + "\t}\n}\n"
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

// judge holds what is said of switches against CUE's evaluator.
type judge struct {
	cue    *cue.Context
	faults int
}

func (j *judge) fault(format string, args ...any) {
	j.faults++
	fmt.Printf(format+"\n", args...)
}

// is tells whether a value, as JSON has it, is one of a CUE type. JSON cannot tell 1 from
// 1.0, and neither does a switch on a number.
func (j *judge) is(typ, value string) bool {
	written := []string{value}
	if strings.Trim(value, "-0123456789") == "" {
		written = append(written, value+".0")
	} else if whole, ok := strings.CutSuffix(value, ".0"); ok {
		written = append(written, whole)
	}
	for _, v := range written {
		if j.cue.CompileString("("+typ+") & ("+v+")").Validate(cue.Concrete(true)) == nil {
			return true
		}
	}
	return false
}

// hits gives the arms that match a value of #on; nil, false where it is no such value.
func (j *judge) hits(c *choice, value string) (names []string, ok bool) {
	if !j.is(c.on, value) {
		return nil, false
	}
	for _, a := range c.arms {
		if a.match != "" && j.is(a.match, value) {
			names = append(names, a.name)
		}
	}
	return names, true
}

// refusal sees that what the compiler says against a switch is so.
func (j *judge) refusal(c *choice, d diag.Diagnostic) {
	value := ""
	if fields := strings.SplitN(d.Message, " for ", 2); d.Code == diag.UnmatchedValue && len(fields) == 2 {
		value = fields[1]
	}
	if fields := strings.SplitN(d.Message, " both match ", 2); d.Code == diag.ArmsOverlap && len(fields) == 2 {
		value = fields[1]
	}
	switch names, ok := j.hits(c, value); {
	case d.Code == diag.ArmNeverChosen:
		for _, v := range c.values {
			if names, ok := j.hits(c, v); ok && (len(names) == 0 && strings.Contains(d.Message, "arm default") || len(names) > 0 && strings.Contains(d.Message, "arm "+names[0]+" ")) {
				j.fault("%s: %s, but CUE says that %s chooses it", c, d.Message, v)
			}
		}
	case d.Code == diag.BadValue: // a constraint that is empty by itself
	case value == "":
		j.fault("%s: %s", c, d.Message)
	case d.Code == diag.UnmatchedValue && (!ok || len(names) > 0):
		j.fault("%s: %s, but CUE says that it is %v", c, d.Message, names)
	case d.Code == diag.ArmsOverlap && len(names) < 2:
		j.fault("%s: %s, but CUE says that it is %v", c, d.Message, names)
	}
}
