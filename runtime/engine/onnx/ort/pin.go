//go:build linux && (amd64 || arm64)

package ort

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"unsafe"
)

// optimizeBasic folds constants, of which sizes are computed where inputs have
// sizes.
const optimizeBasic = 1

// maxPinned bounds the files that Pinned reads: they are in memory twice.
const maxPinned = 1 << 30

// Pin fixes a size of an input.
type Pin struct {
	Axis, Size int
}

// Pinned describes the outputs of the model in the file at path as they are when
// some sizes of its inputs, by name, are fixed. What then has a size has it
// whatever the values are: the library infers it from the graph and runs nothing.
func (l *Library) Pinned(path string, pins map[string]Pin, o Options) ([]Info, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if info.Size() > maxPinned {
		return nil, fmt.Errorf("%s is larger than 1 GiB", path)
	}
	model, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if model, err = pinned(model, pins); err != nil {
		return nil, err
	}
	config := map[string]string{
		"session.disable_prepacking":                           "1",
		"session.model_external_initializers_file_folder_path": filepath.Dir(path),
	}
	maps.Copy(config, o.Config)
	options, err := l.options(Options{Threads: 1, Config: config})
	if err != nil {
		return nil, err
	}
	defer l.release(fnReleaseSessionOptions, options)
	if err := l.call(fnSetGraphOptimization, options, optimizeBasic); err != nil {
		return nil, err
	}
	s := &Session{lib: l}
	err = l.call(fnCreateSessionFromArray, l.env, uintptr(unsafe.Pointer(unsafe.SliceData(model))), uintptr(len(model)), options,
		uintptr(unsafe.Pointer(&s.handle)))
	runtime.KeepAlive(model)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.infos(fnSessionGetOutputCount, fnSessionGetOutputName, fnSessionGetOutputType)
}

// Fields of onnx.proto.
const (
	modelGraph  = 7  // of ModelProto
	graphInput  = 11 // of GraphProto
	valueName   = 1  // of ValueInfoProto
	valueType   = 2
	typeOfDense = 1 // of TypeProto: Tensor
	tensorShape = 2 // of TypeProto.Tensor
	shapeDim    = 1 // of TensorShapeProto
	dimValue    = 1 // of TensorShapeProto.Dimension
)

// pinned gives the model with the sizes in place.
func pinned(model []byte, pins map[string]Pin) ([]byte, error) {
	parts, err := replace(model, modelGraph, func(graph []byte) ([][]byte, error) {
		return replace(graph, graphInput, func(value []byte) ([][]byte, error) {
			name, err := firstOf(value, valueName)
			pin, ok := pins[string(name)]
			if err != nil || !ok {
				return [][]byte{value}, err
			}
			return pinValue(value, pin)
		})
	})
	return slices.Concat(parts...), err
}

func pinValue(value []byte, pin Pin) ([][]byte, error) {
	return replace(value, valueType, func(t []byte) ([][]byte, error) {
		return replace(t, typeOfDense, func(dense []byte) ([][]byte, error) {
			return replace(dense, tensorShape, func(shape []byte) ([][]byte, error) {
				axis := -1
				return replace(shape, shapeDim, func(dim []byte) ([][]byte, error) {
					if axis++; axis != pin.Axis {
						return [][]byte{dim}, nil
					}
					return [][]byte{binary.AppendUvarint([]byte{dimValue << 3}, uint64(pin.Size))}, nil
				})
			})
		})
	})
}

var errWire = errors.New("not a protocol buffer message")

// next splits the first field off a message: what is before its content, and the
// content of a field with a length, which is nil for others.
func next(msg []byte) (field int, head, content, rest []byte, err error) {
	key, n := binary.Uvarint(msg)
	if n <= 0 {
		return 0, nil, nil, nil, errWire
	}
	var size uint64
	switch key & 7 {
	case 0:
		_, m := binary.Uvarint(msg[n:])
		if m <= 0 {
			return 0, nil, nil, nil, errWire
		}
		n += m
	case 1:
		n += 8
	case 5:
		n += 4
	case 2:
		var m int
		if size, m = binary.Uvarint(msg[n:]); m <= 0 {
			return 0, nil, nil, nil, errWire
		}
		n += m
	default:
		return 0, nil, nil, nil, errWire
	}
	if n > len(msg) || size > uint64(len(msg)-n) {
		return 0, nil, nil, nil, errWire
	}
	end := n + int(size)
	if key&7 != 2 {
		return int(key >> 3), msg[:n], nil, msg[n:], nil
	}
	return int(key >> 3), msg[:n], msg[n:end:end], msg[end:], nil
}

// firstOf is the content of the first field of that number.
func firstOf(msg []byte, want int) ([]byte, error) {
	for len(msg) > 0 {
		field, _, content, rest, err := next(msg)
		if err != nil {
			return nil, err
		}
		if field == want && content != nil {
			return content, nil
		}
		msg = rest
	}
	return nil, nil
}

// replace gives a message in parts, with the content of the fields of a number
// made anew by f.
func replace(msg []byte, want int, f func(content []byte) ([][]byte, error)) (parts [][]byte, err error) {
	for len(msg) > 0 {
		field, head, content, rest, err := next(msg)
		if err != nil {
			return nil, err
		}
		msg = rest
		if field != want || content == nil {
			parts = append(parts, head, content)
			continue
		}
		inner, err := f(content)
		if err != nil {
			return nil, err
		}
		size := 0
		for _, p := range inner {
			size += len(p)
		}
		parts = append(parts, binary.AppendUvarint(binary.AppendUvarint(nil, uint64(want)<<3|2), uint64(size)))
		parts = append(parts, inner...)
	}
	return parts, nil
}
