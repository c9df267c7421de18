package main

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// peerPrograms are the peers' servers, one program each: hello, and the perceptron.
//
//go:embed peers/*.py
var peerPrograms embed.FS

// peer is another project's server, asked in its own form.
type peer struct {
	name, program string
	packages      []string // of the Python package index
	python        string   // the one it needs; "" for python3
	ready         string   // path, with MODEL for greet or predict
	greet         request
	predict       func(x []float32) request
	// least are what the ratios of requests a second should at least be; 0: not said.
	greetLeast, predictLeast float64
}

// peers has a row for each.
var peers = []peer{
	{name: "BentoML", program: "bentoml_peer.py", packages: []string{"bentoml"}, ready: "/readyz", greet: noOp,
		predict: func(x []float32) request { return jsonOf("/predict", map[string]any{"x": [][]float32{x}}) }},
	{name: "LitServe", program: "litserve_peer.py", packages: []string{"litserve", "numpy"}, ready: "/health", greet: noOp,
		predict: func(x []float32) request { return jsonOf("/predict", map[string]any{"x": x}) }},
	{name: "MLServer", program: "mlserver_peer.py", packages: []string{"mlserver", "numpy"}, ready: "/v2/models/MODEL/ready",
		greet: jsonOf("/v2/models/greet/infer", inferOf("name", "BYTES", []int{1}, []string{"Ada"})),
		predict: func(x []float32) request {
			return jsonOf("/v2/models/predict/infer", inferOf("x", "FP32", []int{1, len(x)}, x))
		}},
	{name: "Triton", program: "triton_peer.py", packages: []string{"nvidia-pytriton", "numpy"}, ready: "/v2/models/MODEL/ready", predictLeast: 5,
		python: "/usr/bin/python3", // its backend has that of Debian in it
		greet:  jsonOf("/v2/models/greet/infer", inferOf("name", "BYTES", []int{1, 1}, []string{"Ada"})),
		predict: func(x []float32) request {
			return jsonOf("/v2/models/predict/infer", inferOf("x", "FP32", []int{1, len(x)}, x))
		}},
}

// jsonOf is a request whose body is v.
func jsonOf(path string, v any) request {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // it is a literal of ours
	}
	return jsonRequest(path, body)
}

// inferOf is the body of a request of the Open Inference Protocol, version 2.
func inferOf(name, datatype string, shape []int, data any) any {
	return map[string]any{"inputs": []any{map[string]any{"name": name, "shape": shape, "datatype": datatype, "data": data}}}
}

// running is a peer's program for one of its two works.
type running struct {
	python, program, work, model string
	path                         string // of the readiness
}

func (r running) command(b *bench, addr string) *exec.Cmd {
	cmd := exec.CommandContext(b.ctx, r.python, r.program, addr, r.work, r.model)
	cmd.Dir = b.work
	return cmd
}

func (r running) readiness() string { return strings.ReplaceAll(r.path, "MODEL", r.work) }

// benchPeers compares hello and the perceptron with the same of others. What does not install
// here, or does not start, is said.
func benchPeers(b *bench) error {
	p, err := b.example("hello")
	if err != nil {
		return err
	}
	hello, err := b.root(p)
	if err != nil {
		return err
	}
	m, err := b.perceptron()
	if err != nil {
		return err
	}
	if err := os.CopyFS(b.work, peerPrograms); err != nil {
		return err
	}
	only := os.Getenv("BENTOC_BENCH_PEERS")
	for _, other := range peers {
		if only != "" && !slices.Contains(strings.Split(only, ","), other.name) {
			continue
		}
		if err := b.peer(other, contender{name: "bentoc", server: hello, request: noOp}, m); err != nil {
			if b.ctx.Err() != nil {
				return err
			}
			b.notes = append(b.notes, fmt.Sprintf("%s is not compared: %v", other.name, err))
		}
	}
	return nil
}

func (b *bench) peer(other peer, hello contender, m perceptron) error {
	python, err := b.pythonWith(other.name, cmp.Or(other.python, "python3"), append(other.packages, "onnxruntime"))
	if err != nil {
		return err
	}
	run := running{python, filepath.Join(b.work, "peers", other.program), "greet", filepath.Join(m.dir, "mlp.onnx"), other.ready}
	greet := []row{{name: "hello, c = 32", conns: 32, measures: []measure{rateRatio(other.greetLeast), cpuRatio(0)}}}
	if err := b.sideBySide(hello, contender{name: other.name, server: run, request: other.greet}, greet); err != nil {
		return err
	}
	run.work = "predict"
	predict := []row{{name: "perceptron, c = 64", conns: 64, measures: []measure{rateRatio(other.predictLeast), p50Ratio(0)}}}
	return b.sideBySide(contender{name: "bentoc", server: m.root, request: m.request}, contender{name: other.name, server: run, request: other.predict(m.x)}, predict)
}

// sideBySide is against, with both servers started once: those in Python take seconds to start.
func (b *bench) sideBySide(ours, theirs contender, rows []row) error {
	return b.started(ours, func(p *process) error {
		return b.started(theirs, func(q *process) error {
			ours.process, theirs.process = p, q
			return b.against(ours, theirs, rows)
		})
	})
}

// pythonWith gives a Python that has packages: in an environment of that name, of the run's own or
// in the folder that BENTOC_BENCH_VENVS names, where it stays.
func (b *bench) pythonWith(name, of string, packages []string) (string, error) {
	dir := os.Getenv("BENTOC_BENCH_VENVS")
	if dir == "" {
		dir = filepath.Join(b.work, "venvs")
	}
	env, err := filepath.Abs(filepath.Join(dir, name))
	if err != nil {
		return "", err
	}
	python, whole := filepath.Join(env, "bin/python"), filepath.Join(env, "whole")
	if _, err := os.Stat(whole); err == nil {
		return python, nil
	}
	if err := b.run("", of, "-m", "venv", env); err != nil {
		return "", err
	}
	if err := b.run("", python, append([]string{"-m", "pip", "install", "-q"}, packages...)...); err != nil {
		return "", err
	}
	return python, os.WriteFile(whole, nil, 0o644)
}
