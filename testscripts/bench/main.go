// Command bench measures bentoc against its limits, on the machine it runs on.
// Each figure is printed beside its limit; ratios are against another program
// in the same run, in turns with it, since absolute times of shared machines drift.
//
//	go run ./testscripts/bench [--json FILE] AREA…
//
// --json writes the figures into a file as well. Where others used the machine in the minute
// before, both say so. The areas:
//
//	build        the tool over hello: cold, unchanged, one line changed, vet
//	serve        the server of hello, and against one by hand: 32, 256 and 1 connections
//	allocations  how often a request allocates
//	nodes        a graph of five nodes against one
//	overload     ten times the requests that a server can work on, for a minute
//	models       these three:
//	ocr          the tool and the server's start over ocr
//	pictures     ocr under load, against the Python package that its models are from
//	mlp          a perceptron against one by hand: 64, 16 and 1 connections, and a constant rate
//	peers        hello and the perceptron against BentoML, LitServe, MLServer and Triton
//	weights      a model of 2 GB: speed and memory
//	scale        vet of bentos with 100 and 1,000 of everything, against cue vet
//	diff         diff against a revision, of ocr and of 1,000 of everything, against vet
//
// It exits with 1 when a figure is over its limit. pictures and peers need Python:
// BENTOC_BENCH_PYTHON names one that has what pictures need, BENTOC_BENCH_VENVS a folder
// where the environments of peers are, and stay, BENTOC_BENCH_PEERS those of the peers that
// are wanted. BENTOC_STATE is a state folder to use for
// what is not measured.
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

// areas are what can be measured.
var areas map[string]func(*bench) error

func init() { // some measure others
	areas = map[string]func(*bench) error{
		"build": benchBuild, "serve": benchServe, "allocations": benchAllocations, "nodes": benchNodes, "overload": benchOverload,
		"models": benchModels, "ocr": benchOCR, "pictures": benchPictures, "mlp": benchMLP, "peers": benchPeers,
		"weights": benchWeights, "scale": benchScale, "diff": benchDiff,
	}
}

// bench is the setting of a run.
type bench struct {
	ctx     context.Context
	repo    string   // root of the repository
	work    string   // a folder of the run's own
	tool    string   // the built bentoc
	state   string   // the state folder of what is not measured
	notes   []string // what to know beside the figures
	figures []figure
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	jsonFile := flag.String("json", "", "write the figures into this `file` too")
	flag.Parse()
	if flag.Arg(0) == "baseline" {
		return baseline(flag.Arg(1))
	}
	for _, area := range flag.Args() {
		if areas[area] == nil {
			return fmt.Errorf("there is no area %q", area)
		}
	}
	if flag.NArg() == 0 {
		return fmt.Errorf("usage: bench [--json FILE] AREA…, of %s", strings.Join(slices.Sorted(maps.Keys(areas)), ", "))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b := &bench{ctx: ctx, notes: busyNow()}
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "bentoc.dev").Output()
	if err != nil {
		return fmt.Errorf("finding the repository: %w", err)
	}
	b.repo = strings.TrimSpace(string(out))
	if b.work, err = os.MkdirTemp("", "bentoc-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.work)
	b.tool = filepath.Join(b.work, "bentoc")
	if b.state = os.Getenv("BENTOC_STATE"); b.state == "" {
		b.state = filepath.Join(b.work, "state")
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", b.tool, "bentoc.dev/cmd/bentoc")
	build.Dir, build.Env, build.Stderr = b.repo, append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building bentoc: %w", err)
	}
	for _, area := range flag.Args() {
		if err := areas[area](b); err != nil {
			return fmt.Errorf("%s: %w", area, err)
		}
	}
	if *jsonFile != "" {
		if err := b.writeJSON(*jsonFile); err != nil {
			return err
		}
	}
	return b.print()
}
