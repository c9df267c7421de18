package gen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"bentoc.dev/compiler/ir"
)

// elements are the Go types of tensors' elements by dtype. The half floats are
// widened: Go has none.
var elements = map[string]string{
	"float32": "float32", "float16": "float32", "bfloat16": "float32", "float64": "float64",
	"int8": "int8", "int16": "int16", "int32": "int32", "int64": "int64",
	"uint8": "uint8", "uint16": "uint16", "uint32": "uint32", "uint64": "uint64",
	"bool": "bool", "string": "string",
}

// halves are the names that package codec calls the half floats by.
var halves = map[string]string{"float16": "Float16", "bfloat16": "BFloat16"}

func (s *typeSet) tensor(t *ir.Type, w where) *goType {
	if t.DType == "" {
		return &goType{kind: goAnyTensor}
	}
	elem, ok := elements[t.DType]
	if !ok {
		s.g.errorf("%s: tensors of %q cannot be generated", w.name, t.DType)
	}
	return &goType{kind: goTensor, dtype: elem}
}

func readTensor(g *generator, t *ir.Type, gt *goType, ref, val, _ string) []string {
	read := "ReadTensor"
	if half := halves[t.DType]; half != "" {
		read = "Read" + half
	}
	return g.readRules(fmt.Sprintf("codec.%s(r, (*codec.Tensor[%s])(%s)%s)", read, gt.dtype, ref, sizes(t)), t, gt, val)
}

func appendTensor(_ *generator, gt *goType, v string) string {
	return fmt.Sprintf("codec.AppendTensor(b, codec.Tensor[%s](%s))", gt.dtype, v)
}

func (g *generator) tensorRules(t *ir.Type, gt *goType, c, v string) []string {
	out := shapeConstraints(t, gt, c, v)
	if half := halves[t.DType]; half != "" && c != "r" { // a reader has seen to it
		base := strings.TrimPrefix(v, "*")
		out = append(out, fmt.Sprintf("%s.%s(%s.Shape, %s.Data)", c, half, base, base))
	}
	return append(out, g.tensorSymbols(t, gt, c, v)...)
}

func shapeConstraints(t *ir.Type, gt *goType, c, v string) []string {
	base := strings.TrimPrefix(v, "*") // Go follows the pointer by itself
	field, size := base+".Shape", "len("+base+".Data)"
	if gt.kind == goAnyTensor {
		size = fmt.Sprintf("codec.AnyTensor(%s).Len()", v)
	}
	if t.Shape == nil && !t.Rank0 {
		if c == "r" {
			return nil // a reader gives no other number
		}
		return []string{fmt.Sprintf("%s.Elements(%s, %s)", c, field, size)}
	}
	return []string{fmt.Sprintf("%s.Shape(%s, %s%s)", c, field, size, sizes(t))}
}

// sizes writes the sizes of a tensor's type as further arguments, -1 for any.
func sizes(t *ir.Type) string {
	args := ""
	for _, d := range t.Shape {
		if d.Size > 0 || d.Symbol == "" && d.Size != 0 {
			args += fmt.Sprintf(", %d", d.Size)
		} else {
			args += ", -1"
		}
	}
	return args
}

// tensorLiteral writes nested lists as a tensor.
func tensorLiteral(_ *generator, c ir.Const, gt *goType, _ *ir.Type) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(c))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return "", err
	}
	var shape, data []string
	for level := v; ; {
		list, ok := level.([]any)
		if !ok {
			break
		}
		shape = append(shape, strconv.Itoa(len(list)))
		if len(list) == 0 {
			break
		}
		level = list[0]
	}
	var flatten func(v any, depth int) error
	flatten = func(v any, depth int) error {
		list, ok := v.([]any)
		if !ok {
			if depth != len(shape) {
				return fmt.Errorf("its lists are not of one depth")
			}
			data = append(data, strings.TrimSuffix(strings.TrimPrefix(anyExpr(v), "int64("), ")"))
			return nil
		}
		if depth >= len(shape) || strconv.Itoa(len(list)) != shape[depth] {
			return fmt.Errorf("its lists are not of one length")
		}
		for _, e := range list {
			if err := flatten(e, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if err := flatten(v, 0); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s{Shape: []int{%s}, Data: []%s{%s}}", gt.expr(false), strings.Join(shape, ", "), gt.dtype, strings.Join(data, ", ")), nil
}

// tensorFloats tells whether a tensor may hold a NaN.
func tensorFloats(t *ir.Type) bool { return t.DType == "" || elements[t.DType][0] == 'f' }

// tensor writes what BentoML's client knows as an ndarray, or nested lists.
func (d *dialect) tensor(t *ir.Type) object {
	if !d.bento {
		return d.nested(t)
	}
	s := object{{"type", "tensor"}, {"format", "numpy-array"}}
	switch t.DType {
	case "":
	case "bfloat16": // which numpy does not have
		s.set("dtype", "float32")
	case "string", "bool": // np.str is gone, np.bool comes and goes
		s.set("dtype", map[string]string{"string": "str_", "bool": "bool_"}[t.DType])
	default:
		s.set("dtype", t.DType)
	}
	// The client reshapes to the shape, which one open dimension allows.
	shape, open := []int64{}, 0
	for _, dim := range t.Shape {
		if dim.Size == 0 {
			open++
			dim.Size = -1
		}
		shape = append(shape, dim.Size)
	}
	if (len(shape) > 0 || t.Rank0) && open < 2 {
		s.set("shape", shape)
	}
	return s
}

func (d *dialect) nested(t *ir.Type) object {
	s := object{{"type", d.number(&ir.Type{})}}
	switch {
	case t.DType == "":
		s = object{}
	case t.DType == "bool":
		s = object{{"type", "boolean"}}
	case t.DType == "string":
		s = object{{"type", "string"}}
	case strings.HasPrefix(t.DType, "int"), strings.HasPrefix(t.DType, "uint"):
		s = integers(t.DType)
	}
	if t.Shape == nil && !t.Rank0 {
		return object{{"type", d.anyRank(s)}, {"description", "A tensor of " + orAny(t.DType) + ", as nested lists."}}
	}
	for i := len(t.Shape) - 1; i >= 0; i-- {
		dim := t.Shape[i]
		level := object{{"type", "array"}, {"items", s}}
		if dim.Size > 0 {
			level.set("minItems", dim.Size)
			level.set("maxItems", dim.Size)
		}
		s = level
	}
	return s
}

// anyRank gives the types of a tensor that may be one element or lists of them.
func (d *dialect) anyRank(element object) []string {
	kinds := []string{"array"}
	switch k, _ := element.get("type"); k := k.(type) {
	case string:
		kinds = append(kinds, k)
	case []string:
		kinds = append(kinds, k...)
	default:
		kinds = append(kinds, "number", "string", "boolean")
		if d.null {
			kinds = append(kinds, "null")
		}
	}
	return kinds
}

// integers gives the type of the elements of a tensor of integers.
func integers(dtype string) object {
	digits, unsigned := strings.CutPrefix(dtype, "uint")
	size, _ := strconv.Atoi(strings.TrimPrefix(digits, "int"))
	low, high := "0", new(big.Int).Lsh(big.NewInt(1), uint(size))
	if !unsigned {
		high.Rsh(high, 1)
		low = "-" + high.String()
	}
	high.Sub(high, big.NewInt(1))
	return object{{"type", "integer"}, {"minimum", json.Number(low)}, {"maximum", json.Number(high.String())}}
}

func orAny(dtype string) string {
	if dtype == "" {
		return "any elements"
	}
	return dtype
}
