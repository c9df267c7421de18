//go:build linux && (amd64 || arm64)

package onnx

import (
	"errors"
	"fmt"
	"os"

	"bentoc.dev/runtime/engine/onnx/ort"
)

const (
	// promptSize is up to which size, in bytes, a model's file is looked at before
	// the model is ready; larger ones are looked at while items run alone.
	promptSize = 1 << 20
	// pinnedSize is the number of items that the outputs are inferred for. It is
	// unlikely to be the size of anything else.
	pinnedSize = 7
)

// Quick says whether the model is small.
func (l *loaded) Quick() bool {
	info, err := os.Stat(l.cfg.ModelPath)
	return err == nil && info.Size() <= promptSize
}

// Prove has the library infer the sizes of the outputs along their batch axes, and
// is nil where they are those of the inputs, whatever the values are.
func (l *loaded) Prove() error {
	pins := map[string]ort.Pin{}
	for _, p := range l.inputs {
		if !p.Batched {
			continue // it is the same for all items
		}
		pins[p.File] = ort.Pin{Axis: p.Axis, Size: pinnedSize}
	}
	infos, err := l.library.Pinned(l.cfg.ModelPath, pins, ort.Options{Config: l.cfg.SessionOptions})
	if err != nil {
		return fmt.Errorf("the sizes of the outputs for several items cannot be inferred: %w", err)
	}
	for _, p := range l.outputs {
		t := infos[p.index].Type
		if t.Kind == ort.Tensor && (p.Axis >= len(t.Shape) || t.Shape[p.Axis] != pinnedSize) {
			return errors.New("the graph does not show that output " + p.Name + " has one part for each item along its batch axis")
		}
	}
	return nil
}
