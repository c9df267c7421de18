//go:build linux && (amd64 || arm64)

package onnx

import (
	"context"
	"fmt"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/engine/onnx/ort"
)

// Model is an ONNX model. It is made by [New].
type Model struct{ cfg Config }

// loaded is an opened model.
type loaded struct {
	cfg     Config
	session *ort.Session
	inputs  []port
	outputs []port
	library *ort.Library
}

var (
	_ engine.Engine   = (*Model)(nil)
	_ engine.Prover   = (*loaded)(nil)
	_ engine.Busy     = (*loaded)(nil)
	_ engine.Shrinker = (*instance)(nil)
)

// New makes an engine. Nothing happens before Open.
func New(cfg Config) *Model { return &Model{cfg: cfg} }

// Open loads the library and the model and checks the model against Config. The
// error names the file and what the library says.
func (m *Model) Open(ctx context.Context) (engine.Loaded, error) {
	cfg, err := m.cfg.normal()
	if err != nil {
		return nil, err
	}
	library, err := ort.Open(cfg.Library)
	if err != nil {
		return nil, err
	}
	cfg.ModelPath = engine.ModelPath(ctx, cfg.ModelPath)
	session, err := library.Load(cfg.ModelPath, ort.Options{Threads: cfg.Threads, Config: cfg.SessionOptions})
	if err != nil {
		return nil, fmt.Errorf("loading model %s: %w", cfg.ModelPath, err)
	}
	l := &loaded{cfg: cfg, session: session, library: library}
	if l.inputs, l.outputs, err = match(cfg, session); err != nil {
		session.Close()
		return nil, fmt.Errorf("model %s: %w", cfg.ModelPath, err)
	}
	return l, nil
}

// Signature is that of the file as Config has it.
func (l *loaded) Signature() engine.Signature {
	s := engine.Signature{Inputs: signature(l.inputs), Outputs: signature(l.outputs), Batches: batchable(l.inputs, l.outputs)}
	for i := range s.Inputs {
		s.Inputs[i].Shared = s.Batches && !l.inputs[i].Batched
	}
	return s
}

// NewInstance makes the tensors that one run at a time needs.
func (l *loaded) NewInstance(context.Context, engine.Placement) (engine.Instance, error) {
	slot, err := l.session.NewSlot(indexes(l.inputs), indexes(l.outputs))
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", l.cfg.ModelPath, err)
	}
	return &instance{l: l, slot: slot}, nil
}

// Cores is how many cores a run uses.
func (l *loaded) Cores() int { return l.cfg.Threads }

// Close frees the model. No instance may be left.
func (l *loaded) Close(context.Context) error {
	l.session.Close()
	return nil
}
