//go:build linux && (amd64 || arm64)

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/engine/onnx"
	"bentoc.dev/runtime/engine/pad"
	"bentoc.dev/runtime/tensor"
)

// padding says how the items of a model are padded.
type padding struct {
	Model   string     `json:"model"` // its file
	Inputs  []onnx.IO  `json:"inputs"`
	Outputs []onnx.IO  `json:"outputs"`
	Pad     pad.Config `json:"pad"`
}

// tryAll tries one padding after the other, and tells whether one failed.
func tryAll(library string, paddings []string) (failed bool) {
	for i, text := range paddings {
		var p padding
		err := json.Unmarshal([]byte(text), &p)
		if err == nil {
			err = try(library, &p)
		}
		if err != nil {
			failed = true
			fmt.Fprintf(os.Stderr, "padding %d: failed: %s\n", i, reason(err, p.Model))
		}
	}
	return failed
}

// try holds what a model gives for made-up items alone against what it gives for them
// padded.
func try(library string, p *padding) (err error) {
	ctx := context.Background()
	model, err := onnx.New(onnx.Config{Library: library, ModelPath: p.Model, Inputs: p.Inputs, Outputs: p.Outputs}).Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, model.Close(ctx)) }()
	in, err := model.NewInstance(ctx, engine.Placement{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close(ctx)) }()
	_, err = pad.New(p.Pad).Try(model.Signature(), func(inputs []tensor.Tensor) ([]tensor.Tensor, error) {
		item := engine.Item{In: inputs}
		err := in.Run(ctx, []*engine.Item{&item})
		return item.Out, errors.Join(err, item.Err)
	})
	return err
}
