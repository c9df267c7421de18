package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"

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

// benchMLP serves a perceptron to which batches are worth a lot and compares it
// with a server written by hand on the same library, from the same image.
func benchMLP(b *bench) error {
	const width = 256
	p, err := b.newProject("mlp", map[string][]byte{
		"bento.cue": []byte(mlpBento), "mlp.onnx": onnxtest.MLP(width, 1024, 1024, 10).Encode(),
	})
	if err != nil {
		return err
	}
	root, err := b.root(p)
	if err != nil {
		return err
	}
	handmade := filepath.Join(b.work, "byhand")
	build := exec.CommandContext(b.ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", handmade, "bentoc.dev/testscripts/bench/byhand")
	build.Dir, build.Env, build.Stderr = b.repo, append(os.Environ(), "CGO_ENABLED=0"), os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building the server written by hand: %w", err)
	}
	library := filepath.Join(string(root), "opt/onnxruntime/lib/libonnxruntime.so.1")
	byHand := command(func(addr string) *exec.Cmd {
		return exec.CommandContext(b.ctx, handmade, addr, filepath.Join(p.dir, "mlp.onnx"), library)
	})
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, width)
	for i := range x {
		x[i] = r.Float32()
	}
	body, err := json.Marshal(map[string][]float32{"x": x})
	if err != nil {
		return err
	}
	return b.against(root, byHand, 64, limits{rate: 0.6}, jsonRequest("/predict", body))
}
