// Command bench measures bentoc against its limits, on the machine it runs on.
// Each figure is printed beside its limit; ratios are against another program
// in the same run, since absolute times of shared machines drift.
//
//	go run ./testscripts/bench build     # the tool over hello: cold, unchanged, one line changed, vet
//	go run ./testscripts/bench serve     # the server of hello: ready, memory, requests a second
//	go run ./testscripts/bench models    # these three:
//	go run ./testscripts/bench ocr       # the tool and the server's start over ocr
//	go run ./testscripts/bench pictures  # ocr under load, against the Python package that its models are from
//	go run ./testscripts/bench mlp       # a perceptron under load, against a server written by hand
//	go run ./testscripts/bench weights   # a model of 2 GB: speed and memory
//	go run ./testscripts/bench scale     # vet of bentos with 100 and 1,000 of everything, against cue vet
//	go run ./testscripts/bench diff      # diff against a revision, of ocr and of 1,000 of everything, against vet
//
// It exits with 1 when a figure is over its limit. pictures needs Python;
// BENTOC_BENCH_PYTHON names one that has the package already. BENTOC_STATE is a
// state folder to use for what is not measured.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
)

// figure is one thing that was measured.
type figure struct {
	name  string
	value float64
	unit  string
	limit float64 // 0: none
	atMin bool    // the limit is a minimum
	note  string
}

func (f figure) ok() bool {
	return f.limit == 0 || f.atMin && f.value >= f.limit || !f.atMin && f.value <= f.limit
}

// bench is the setting of a run.
type bench struct {
	ctx     context.Context
	repo    string // root of the repository
	work    string // a folder of the run's own
	tool    string // the built bentoc
	state   string // the state folder of what is not measured
	figures []figure
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	areas := map[string]func(*bench) error{
		"build": benchBuild, "serve": benchServe, "models": benchModels, "ocr": benchOCR, "pictures": benchPictures, "mlp": benchMLP, "weights": benchWeights, "scale": benchScale, "diff": benchDiff,
	}
	if len(os.Args) < 2 {
		return fmt.Errorf("usage: bench build|serve|models|ocr|pictures|mlp|weights|scale|diff")
	}
	if os.Args[1] == "baseline" {
		return baseline(os.Args[2])
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b := &bench{ctx: ctx}
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
	for _, area := range os.Args[1:] {
		if areas[area] == nil {
			return fmt.Errorf("there is no area %q", area)
		}
		if err := areas[area](b); err != nil {
			return fmt.Errorf("%s: %w", area, err)
		}
	}
	return b.print()
}

// add records and shows a figure.
func (b *bench) add(f figure) {
	b.figures = append(b.figures, f)
	fmt.Fprintf(os.Stderr, "%s: %.4g %s\n", f.name, f.value, f.unit)
}

func (b *bench) print() error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "WHAT\tMEASURED\tLIMIT\t\t")
	over := 0
	for _, f := range b.figures {
		limit, verdict := "", ""
		if f.limit != 0 {
			limit, verdict = fmt.Sprintf("≤ %g", f.limit), "ok"
			if f.atMin {
				limit = fmt.Sprintf("≥ %g", f.limit)
			}
			if !f.ok() {
				verdict = "OVER"
				over++
			}
		}
		fmt.Fprintf(w, "%s\t%.4g %s\t%s\t%s\t%s\n", f.name, f.value, f.unit, limit, verdict, f.note)
	}
	w.Flush()
	if over > 0 {
		return fmt.Errorf("%d figures are over their limit", over)
	}
	return nil
}

// median of v, which it sorts.
func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// spread describes the range of v, which is sorted.
func spread(v []float64) string {
	return fmt.Sprintf("median of %d, %.3g to %.3g", len(v), v[0], v[len(v)-1])
}
