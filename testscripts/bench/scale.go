package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// benchScale measures vet, and graph, over bentos of n runners, graphs and endpoints, against
// cue vet over the same files. Times are of the processor: the fastest of some
// runs, since others use the machine too.
func benchScale(b *bench) error {
	cue, err := b.installCUE()
	if err != nil {
		return err
	}
	for _, n := range []int{100, 1000} {
		dir, err := b.scaled(n)
		if err != nil {
			return err
		}
		runs := 2000 / n
		theirs, err := b.cost(dir, runs, cue, "vet", "-c", ".")
		if err != nil {
			return err
		}
		plain, err := b.cost(dir, runs, b.tool, "vet", "--no-steps")
		if err != nil {
			return err
		}
		whole, err := b.cost(dir, runs, b.tool, "vet")
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%d of everything, ", n)
		b.add(figure{name: name + "cue vet", value: theirs.cpu, unit: "s"})
		ratio := figure{name: name + "vet --no-steps over cue vet", value: plain.cpu / theirs.cpu}
		whenAlone := figure{name: name + "vet --no-steps", value: plain.cpu, unit: "s"}
		if n == 100 {
			ratio.limit = 1.4
		} else {
			whenAlone.limit = 2.5
		}
		b.add(ratio)
		b.add(whenAlone)
		b.add(figure{name: name + "what the steps add", value: whole.cpu - plain.cpu, unit: "s", limit: 1})
		b.add(figure{name: name + "peak memory", value: max(plain.peak, whole.peak), unit: "MB", limit: 250})
	}
	return b.benchGraph()
}

// benchGraph measures how a bento of about a thousand boxes is drawn: 167 endpoints,
// graphs with three boxes inside, and runners.
func (b *bench) benchGraph() error {
	dir, err := b.scaled(167)
	if err != nil {
		return err
	}
	drawn, err := b.cost(dir, 5, b.tool, "graph", "-o", "graph.svg")
	if err != nil {
		return err
	}
	b.add(figure{name: "1,000 boxes, graph", value: drawn.cpu, unit: "s", limit: 1})
	b.add(figure{name: "1,000 boxes, peak memory", value: drawn.peak, unit: "MB", limit: 250})
	return nil
}

// installCUE builds the command of the CUE that bentoc has in it.
func (b *bench) installCUE() (string, error) {
	list := exec.CommandContext(b.ctx, "go", "list", "-m", "-f", "{{.Version}}", "cuelang.org/go")
	list.Dir = b.repo
	version, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("finding the version of CUE: %w", err)
	}
	install := exec.CommandContext(b.ctx, "go", "install", "cuelang.org/go/cmd/cue@"+strings.TrimSpace(string(version)))
	install.Env, install.Stderr = append(os.Environ(), "GOBIN="+b.work, "CGO_ENABLED=0"), os.Stderr
	if err := install.Run(); err != nil {
		return "", fmt.Errorf("installing cue: %w", err)
	}
	return filepath.Join(b.work, "cue"), nil
}

// cost is what runs of a program took.
type cost struct {
	cpu  float64 // of the processor, seconds: the least of the runs
	wall float64 // seconds: the median
	peak float64 // memory, MB: the most
}

// cost runs a program n times in dir.
func (b *bench) cost(dir string, n int, name string, args ...string) (c cost, err error) {
	var walls []float64
	for i := range n {
		cmd := exec.CommandContext(b.ctx, name, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "BENTOC_STATE="+b.state)
		begin := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			return c, fmt.Errorf("%s %v: %w\n%s", filepath.Base(name), args, err, out)
		}
		walls = append(walls, time.Since(begin).Seconds())
		took := (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
		if i == 0 || took < c.cpu {
			c.cpu = took
		}
		c.peak = max(c.peak, float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)/1024)
	}
	c.wall = median(walls)
	return c, nil
}

// scaled writes a bento of n runners with steps, n graphs and n endpoints.
func (b *bench) scaled(n int) (string, error) {
	dir, err := os.MkdirTemp(b.work, fmt.Sprintf("scale-%d-", n)) // one for each who asks
	if err != nil {
		return "", err
	}
	if _, _, err := b.bentoc(b.work, b.state, "init", dir); err != nil {
		return "", err
	}
	var runners, graphs, endpoints, steps strings.Builder
	for i := range n {
		fmt.Fprintf(&runners, scaledRunner, i, i)
		fmt.Fprintf(&graphs, scaledGraph, i, i)
		fmt.Fprintf(&endpoints, "\t\te%d: graph: graphs.g%d\n", i, i)
		fmt.Fprintf(&steps, scaledStep, i, i, i, i)
	}
	cue := fmt.Sprintf(scaledBento, runners.String(), graphs.String(), endpoints.String())
	code := "package steps\n\nimport (\n\t\"context\"\n\n\t\"example.com/scale/bentogen\"\n)\n" + steps.String()
	err = errors.Join(
		os.WriteFile(filepath.Join(dir, "bento.cue"), []byte(cue), 0o644),
		os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/scale\n\ngo 1.26\n"), 0o644),
		os.WriteFile(filepath.Join(dir, "steps", "steps.go"), []byte(code), 0o644))
	if err != nil {
		return "", err
	}
	_, _, err = b.bentoc(dir, b.state, "generate")
	return dir, err
}

const (
	scaledBento = `package scale

import "bentoc.dev/schema@v0"

bento: schema.#Bento & {
	name: "scale"
	runners: {
%s	}
	graphs: {
%s	}
	services: scale: endpoints: {
%s	}
}
`
	scaledRunner = `		r%d: {
			engine: go: {package: "./steps", func: "R%d"}
			#input: {text: string, n: *1 | (int & >=0 & <=100)}
			#output: {text: string, score: >=0 & <=1}
		}
`
	scaledGraph = `		g%d: {
			#input: {text: string, n: *1 | (int & >=0 & <=100)}
			nodes: first: {call: runners.r%d, #in: {text: #input.text, n: #input.n}}
			#output: {text: nodes.first.#out.text, score: nodes.first.#out.score}
		}
`
	scaledStep = `
// R%d gives its text back.
func R%d(_ context.Context, in bentogen.R%dInput) (out bentogen.R%dOutput, err error) {
	out.Text = in.Text
	return out, nil
}
`
)
