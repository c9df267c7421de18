package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"bentoc.dev/runtime/engine/onnx/onnxtest"
)

const mlpBento = `package mlp

import "bentoc.dev/schema@v0"

bento: schema.#Bento & {
	name: "mlp"
	models: mlp: source: path: "mlp.onnx"
	runners: mlp: {engine: onnx: model: models.mlp, batching: maxSize: 32}
	services: mlp: endpoints: predict: runner: runners.mlp
}
`

// newProject writes a bento with its files.
func (b *bench) newProject(name string, files map[string][]byte) (project, error) {
	p := project{name, filepath.Join(b.work, name), b.state}
	all := map[string][]byte{"cue.mod/module.cue": fmt.Appendf(nil, "module: \"example.com/%s@v0\"\nlanguage: version: \"v0.15.0\"\n", name)}
	for file, content := range files {
		all[file] = content
	}
	for file, content := range all {
		file = filepath.Join(p.dir, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return p, err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return p, err
		}
	}
	return p, nil
}

// mlpRows compares the perceptron with the server written by hand.
var mlpRows = []row{
	{conns: 64, measures: []measure{rateRatio(1.5)}},
	{conns: 16, measures: []measure{rateRatio(1.5)}},
	{conns: 1, measures: []measure{p50Ratio(0.85)}},
}

// perceptron is the bento with its image and the request that all are asked with.
type perceptron struct {
	project
	root imageRoot
	x    []float32
	request
}

// perceptron builds the bento of a model to which batches are worth a lot.
func (b *bench) perceptron() (m perceptron, err error) {
	const width = 256
	if m.project, err = b.newProject("mlp", map[string][]byte{
		"bento.cue": []byte(mlpBento), "mlp.onnx": onnxtest.MLP(width, 1024, 1024, 10).Encode(),
	}); err != nil {
		return m, err
	}
	if m.root, err = b.root(m.project); err != nil {
		return m, err
	}
	r := rand.New(rand.NewPCG(1, 2))
	m.x = make([]float32, width)
	for i := range m.x {
		m.x[i] = r.Float32()
	}
	m.request = jsonOf("/predict", map[string][]float32{"x": m.x})
	return m, nil
}

// benchMLP compares the server of a perceptron with one written by hand on the same library, from
// the same image, and sends it requests at a constant rate.
func benchMLP(b *bench) error {
	m, err := b.perceptron()
	if err != nil {
		return err
	}
	handmade := filepath.Join(b.work, "byhand")
	build := exec.CommandContext(b.ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", handmade, "bentoc.dev/testscripts/bench/byhand")
	build.Dir, build.Env, build.Stderr = b.repo, append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building the server written by hand: %w", err)
	}
	library := filepath.Join(string(m.root), "opt/onnxruntime/lib/libonnxruntime.so.1")
	byHand := command(func(addr string) *exec.Cmd {
		return exec.CommandContext(b.ctx, handmade, addr, filepath.Join(m.dir, "mlp.onnx"), library)
	})
	ours := contender{name: "bentoc", server: m.root, request: m.request}
	if err := b.against(ours, contender{name: "by hand", server: byHand, request: m.request}, mlpRows); err != nil {
		return err
	}
	return b.steady(ours)
}

// steady sends requests at 70 % of the peak of a server, five times.
func (b *bench) steady(c contender) error {
	const lasts = 5 * time.Second
	var p50s, p99s, ratios, rates []float64
	for range 5 {
		err := b.started(c, func(p *process) error {
			peak, err := b.under(p, 64, c.request)
			if err != nil {
				return err
			}
			rate := 0.7 * peak.rate
			got := arrive(b.ctx, p.addr, rate, lasts, 256, c.raw())
			if got.failed+got.refused > 0 {
				return fmt.Errorf("at %.0f requests a second %d were refused and %d failed", rate, got.refused, got.failed)
			}
			rates, p50s, p99s, ratios = append(rates, rate), append(p50s, got.at(50)), append(p99s, got.at(99)), append(ratios, got.at(99)/got.at(50))
			return nil
		})
		if err != nil {
			return err
		}
	}
	name := c.path + " at 70 % of the peak"
	b.add(figure{name: name, value: median(rates), unit: "req/s", note: spread(rates)})
	b.add(figure{name: name + ", p50", value: median(p50s), unit: "µs", note: spread(p50s)})
	b.add(figure{name: name + ", p99", value: median(p99s), unit: "µs", note: spread(p99s)})
	b.add(figure{name: name + ", p99 over p50", value: median(ratios), unit: "×", limit: 3, note: spread(ratios)})
	return nil
}
