package onnxfile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kind tells the sort of a type.
type Kind string

// The kinds of ONNX types.
const (
	Tensor   Kind = "tensor"
	Sparse   Kind = "sparse_tensor"
	Sequence Kind = "sequence"
	Map      Kind = "map"
	Optional Kind = "optional"
	Opaque   Kind = "opaque"
)

// Type is the type of an input or output.
type Type struct {
	Kind  Kind
	DType string // element type of a Tensor or Sparse, key type of a Map
	// Shape has the dimensions of a Tensor or Sparse: nil where the file does
	// not say how many there are, empty for a scalar.
	Shape []Dim
	Elem  *Type // of a Sequence or Optional; the value of a Map
}

// Dim is one dimension: a size, a symbol such as "batch", or (the zero Dim) any size.
type Dim struct {
	Size   int64
	Symbol string
}

// Dynamic reports whether the dimension has no fixed size.
func (d Dim) Dynamic() bool { return d.Size == 0 }

// String writes the size or the symbol, "?" for any size.
func (d Dim) String() string {
	switch {
	case d.Size > 0:
		return strconv.FormatInt(d.Size, 10)
	case d.Symbol != "":
		return d.Symbol
	}
	return "?"
}

// String writes the type as ONNX's documentation does, such as
// "float32[batch,3,?,?]" or "sequence(map(int64,float32))".
func (t Type) String() string {
	switch t.Kind {
	case Tensor, Sparse:
		s := t.DType
		if t.Shape != nil {
			dims := make([]string, len(t.Shape))
			for i, d := range t.Shape {
				dims[i] = d.String()
			}
			s += "[" + strings.Join(dims, ",") + "]"
		}
		if t.Kind == Sparse {
			s = "sparse_tensor(" + s + ")"
		}
		return s
	case Map:
		return fmt.Sprintf("map(%s,%s)", t.DType, t.Elem)
	case Sequence, Optional:
		return fmt.Sprintf("%s(%s)", t.Kind, t.Elem)
	}
	return string(t.Kind)
}

// dtype is an element type.
type dtype struct {
	name string
	bits int64 // of one element in raw form; 0: no fixed size
}

// dtypes are those of TensorProto.DataType, in numpy's spelling.
var dtypes = [...]dtype{
	1: {"float32", 32}, 2: {"uint8", 8}, 3: {"int8", 8}, 4: {"uint16", 16}, 5: {"int16", 16},
	6: {"int32", 32}, 7: {"int64", 64}, 8: {"string", 0}, 9: {"bool", 8}, 10: {"float16", 16},
	11: {"float64", 64}, 12: {"uint32", 32}, 13: {"uint64", 64}, 14: {"complex64", 64},
	15: {"complex128", 128}, 16: {"bfloat16", 16}, 17: {"float8e4m3fn", 8}, 18: {"float8e4m3fnuz", 8},
	19: {"float8e5m2", 8}, 20: {"float8e5m2fnuz", 8}, 21: {"uint4", 4}, 22: {"int4", 4},
	23: {"float4e2m1", 4}, 24: {"float8e8m0", 8}, 25: {"uint2", 2}, 26: {"int2", 2},
	27: {"float6e2m3", 0}, 28: {"float6e3m2", 0},
}

func (r *reader) dtype(code uint64) (string, error) {
	if code < 1 || code >= uint64(len(dtypes)) {
		return "", r.errorf("unknown element type %d", code)
	}
	return dtypes[code].name, nil
}

// Valid reports whether t is a type that the file of a model can have.
func (t Type) Valid() bool {
	known := t.DType != "" && slices.ContainsFunc(dtypes[:], func(d dtype) bool { return d.name == t.DType })
	for _, d := range t.Shape {
		known = known && d.Size >= 0
	}
	switch t.Kind {
	case Tensor, Sparse:
		return known && len(t.Shape) <= maxRank
	case Map:
		return known && t.Elem != nil && t.Elem.Valid()
	case Sequence, Optional:
		return t.Elem != nil && t.Elem.Valid()
	}
	return t.Kind == Opaque
}

// typ reads a TypeProto.
func (b *builder) typ(end int64) (Type, error) {
	var t Type
	err := b.r.message(end, func(f field) (err error) {
		if f.wire != wireBytes {
			return nil
		}
		kinds := map[int]Kind{1: Tensor, 4: Sequence, 5: Map, 7: Opaque, 8: Sparse, 9: Optional}
		kind, ok := kinds[f.num]
		if !ok {
			return nil // denotation, or newer than this reader
		}
		t = Type{Kind: kind}
		switch kind {
		case Tensor, Sparse:
			err = b.tensorType(f.end, &t)
		case Sequence, Optional, Map:
			err = b.composite(f.end, &t)
		}
		return err
	})
	return t, err
}

// tensorType reads a TypeProto.Tensor.
func (b *builder) tensorType(end int64, t *Type) error {
	err := b.r.message(end, func(f field) (err error) {
		switch {
		case f.num == 1 && f.wire == wireVarint:
			t.DType, err = b.r.dtype(f.value)
		case f.num == 2 && f.wire == wireBytes:
			t.Shape = []Dim{}
			err = b.shape(f.end, t)
		}
		return err
	})
	if err == nil && t.DType == "" {
		err = b.r.errorf("a tensor has no element type")
	}
	return err
}

// maxRank is far above what an operator takes; a longer shape is hostile.
const maxRank = 64

// anySize are symbols that exporters write for "unknown": two dimensions that
// have one need not be equal. Paddle writes "?".
var anySize = map[string]bool{"?": true, "*": true, "-1": true, "None": true, "unk": true}

// shape reads a TensorShapeProto.
func (b *builder) shape(end int64, t *Type) error {
	return b.r.message(end, func(f field) error {
		if f.num != 1 || f.wire != wireBytes {
			return nil
		}
		if len(t.Shape) == maxRank {
			return b.r.errorf("a tensor has more than %d dimensions", maxRank)
		}
		var d Dim
		err := b.r.message(f.end, func(f field) (err error) {
			switch {
			case f.num == 1 && f.wire == wireVarint:
				d = Dim{Size: max(0, int64(f.value))} // exporters write -1 and 0 for "any"
			case f.num == 2 && f.wire == wireBytes:
				d = Dim{}
				d.Symbol, err = b.r.text(f, maxName)
				if anySize[d.Symbol] {
					d.Symbol = ""
				}
			}
			return err
		})
		t.Shape = append(t.Shape, d)
		return err
	})
}

// composite reads the TypeProto parts of a sequence, an optional or a map.
func (b *builder) composite(end int64, t *Type) error {
	elem := 1
	if t.Kind == Map {
		elem = 2
	}
	err := b.r.message(end, func(f field) (err error) {
		switch {
		case f.num == elem && f.wire == wireBytes:
			inner, e := b.typ(f.end)
			t.Elem, err = &inner, e
		case f.num == 1 && f.wire == wireVarint && t.Kind == Map:
			t.DType, err = b.r.dtype(f.value)
		}
		return err
	})
	if err == nil && (t.Elem == nil || t.Elem.Kind == "") {
		err = b.r.errorf("a %s has no element type", t.Kind)
	}
	return err
}
