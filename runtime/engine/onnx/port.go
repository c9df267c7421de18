//go:build linux && (amd64 || arm64)

package onnx

import (
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/runtime/engine"
	"bentoc.dev/runtime/engine/onnx/ort"
	"bentoc.dev/runtime/tensor"
)

// port is an input or output as it is used: what Config says and what the file
// says, put together.
type port struct {
	IO
	index int      // in the file
	typ   ort.Type // in the file
}

// match finds the inputs and outputs of Config in the file.
func match(cfg Config, s *ort.Session) (inputs, outputs []port, err error) {
	if inputs, err = ports("input", cfg.Inputs, s.Inputs(), true); err != nil {
		return nil, nil, err
	}
	if len(inputs) < len(s.Inputs()) {
		for _, info := range s.Inputs() {
			if !slices.ContainsFunc(inputs, func(p port) bool { return p.File == info.Name }) {
				return nil, nil, fmt.Errorf("input %q (%s) of the file is not declared", info.Name, info.Type)
			}
		}
	}
	for _, p := range inputs {
		if p.typ.Kind != ort.Tensor {
			return nil, nil, fmt.Errorf("input %q is a %s, which is not supported", p.File, p.typ)
		}
	}
	batched := slices.ContainsFunc(inputs, func(p port) bool { return p.Batched })
	if outputs, err = ports("output", cfg.Outputs, s.Outputs(), batched); err != nil {
		return nil, nil, err
	}
	if len(outputs) == 0 {
		return nil, nil, fmt.Errorf("the model has no output")
	}
	return inputs, outputs, nil
}

// ports matches one side. What Config leaves open is taken from the file; batched
// says whether a first axis without a fixed size is then a batch axis.
func ports(side string, declared []IO, infos []ort.Info, batched bool) ([]port, error) {
	if declared == nil {
		for _, info := range infos {
			declared = append(declared, fromFile(info, batched))
		}
	}
	out := make([]port, len(declared))
	for i, io := range declared {
		j := slices.IndexFunc(infos, func(info ort.Info) bool { return info.Name == io.File })
		if j < 0 {
			return nil, fmt.Errorf("no %s %q; the file has %s", side, io.File, list(infos))
		}
		p := port{IO: io, index: j, typ: infos[j].Type}
		if err := p.resolve(); err != nil {
			return nil, fmt.Errorf("%s %q: %w", side, io.File, err)
		}
		out[i] = p
	}
	return out, nil
}

func fromFile(info ort.Info, batched bool) IO {
	io := IO{Name: info.Name, File: info.Name}
	switch info.Type.Kind {
	case ort.Tensor:
		io.Batched = batched && len(info.Type.Shape) > 0 && info.Type.Shape[0] < 0
	case ort.Sequence: // one value for each item, as classifiers give
		io.Batched = batched
	}
	return io
}

func list(infos []ort.Info) string {
	names := make([]string, len(infos))
	for i, info := range infos {
		names[i] = fmt.Sprintf("%q (%s)", info.Name, info.Type)
	}
	return strings.Join(names, ", ")
}

// resolve puts the declaration and the file together.
func (p *port) resolve() error {
	switch p.typ.Kind {
	case ort.Tensor:
	case ort.Sequence, ort.Map:
		return nil
	default:
		return fmt.Errorf("values of this kind are not supported")
	}
	if p.DType == tensor.Invalid {
		p.DType = p.typ.DType
	}
	if p.typ.DType == tensor.Invalid {
		return fmt.Errorf("its element type is not supported")
	}
	if p.DType != p.typ.DType {
		return fmt.Errorf("declared as %s, but the file has %s", p.DType, p.typ)
	}
	if p.typ.Shape == nil { // nothing to compare with
		return nil
	}
	inFile := slices.Clone(p.typ.Shape)
	if p.Batched {
		if p.Axis < 0 || p.Axis >= len(inFile) {
			return fmt.Errorf("batch axis %d, but the file has %s", p.Axis, p.typ)
		}
		if n := inFile[p.Axis]; n > 1 {
			return fmt.Errorf("the size of batch axis %d is fixed to %d in the file", p.Axis, n)
		}
		inFile = slices.Delete(inFile, p.Axis, p.Axis+1)
	}
	return p.merge(inFile)
}

// merge narrows the declared shape of an item to what the file says.
func (p *port) merge(inFile []int) error {
	if p.Shape == nil {
		p.Shape = inFile
		return nil
	}
	if len(p.Shape) != len(inFile) {
		return fmt.Errorf("declared with %d dimensions an item, but the file has %s", len(p.Shape), p.typ)
	}
	p.Shape = slices.Clone(p.Shape)
	for i, d := range inFile {
		switch {
		case d < 0:
		case p.Shape[i] < 0:
			p.Shape[i] = d
		case p.Shape[i] != d:
			return fmt.Errorf("dimension %d of an item is declared as %d, but the file has %s", i, p.Shape[i], p.typ)
		}
	}
	return nil
}

// batchable says whether several items may run together: some inputs, and all outputs,
// have one part for each item, and their number is free. Inputs that have none are the
// same for all items.
func batchable(inputs, outputs []port) bool {
	free := func(p port) bool { return p.Batched && (p.typ.Shape == nil || p.typ.Shape[p.Axis] < 0) }
	return slices.ContainsFunc(inputs, free) &&
		!slices.ContainsFunc(inputs, func(p port) bool { return p.Batched && !free(p) }) &&
		!slices.ContainsFunc(outputs, func(p port) bool { return !free(p) })
}

// signature describes the ports of one side.
func signature(ports []port) []engine.Tensor {
	out := make([]engine.Tensor, len(ports))
	for i, p := range ports {
		out[i] = engine.Tensor{Name: p.Name, DType: p.DType, Shape: p.Shape}
		if p.Batched {
			out[i].Rank = p.Axis
		}
	}
	return out
}
