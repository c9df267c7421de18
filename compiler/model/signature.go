package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"bentoc.dev/compiler/model/onnxfile"
)

// signature is what the file of a model says about its tensors, as it stands in
// a lock: one line of JSON in one form.
type signature struct {
	Inputs  []tensorText `json:"inputs"`
	Outputs []tensorText `json:"outputs"`
	// Overrides are inputs that have a value in the file.
	Overrides []tensorText `json:"overrides,omitempty"`
	// File is what the model's own file is called, where that is not model.onnx
	// because external weights are.
	File string `json:"file,omitempty"`
}

type tensorText struct {
	Name string `json:"name"`
	typeText
}

// typeText is an ONNX type. Kind is left out for tensors. Shape is left out
// where the number of dimensions is not known; a dimension is a size, 0 for any,
// or a symbol.
type typeText struct {
	Kind  onnxfile.Kind `json:"kind,omitempty"`
	DType string        `json:"dtype,omitempty"`
	Shape *[]dimText    `json:"shape,omitempty"`
	Elem  *typeText     `json:"elem,omitempty"`
}

type dimText onnxfile.Dim

// MarshalJSON writes a number or a string.
func (d dimText) MarshalJSON() ([]byte, error) {
	if d.Symbol != "" {
		return marshal(d.Symbol)
	}
	return marshal(d.Size)
}

// UnmarshalJSON reads a number or a string.
func (d *dimText) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		return json.Unmarshal(data, &d.Symbol)
	}
	return json.Unmarshal(data, &d.Size)
}

// marshal is json.Marshal without the escapes that browsers need.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// EncodeSignature writes the tensors of m.
func EncodeSignature(m *onnxfile.Model) (string, error) {
	s := signature{tensorTexts(m.Inputs), tensorTexts(m.Outputs), tensorTexts(m.Overrides), ""}
	if m.FileName != onnxfile.MainFile {
		s.File = m.FileName
	}
	text, err := marshal(s)
	return string(text), err
}

func tensorTexts(values []onnxfile.Value) []tensorText {
	out := make([]tensorText, 0, len(values))
	for _, v := range values {
		out = append(out, tensorText{v.Name, toText(v.Type)})
	}
	return out
}

func toText(t onnxfile.Type) typeText {
	out := typeText{Kind: t.Kind, DType: t.DType}
	if t.Kind == onnxfile.Tensor {
		out.Kind = ""
	}
	if t.Shape != nil {
		dims := make([]dimText, len(t.Shape))
		for i, d := range t.Shape {
			dims[i] = dimText(d)
		}
		out.Shape = &dims
	}
	if t.Elem != nil {
		elem := toText(*t.Elem)
		out.Elem = &elem
	}
	return out
}

// DecodeSignature reads what EncodeSignature wrote, and nothing else.
func DecodeSignature(text string) (*onnxfile.Model, error) {
	var s signature
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("reading a signature: %w", err)
	}
	m := &onnxfile.Model{Inputs: fromTexts(s.Inputs), Outputs: fromTexts(s.Outputs), Overrides: fromTexts(s.Overrides), FileName: onnxfile.MainFile}
	if s.File != "" {
		m.FileName = s.File
	}
	if !onnxfile.ValidName(m.FileName) {
		return nil, fmt.Errorf("reading a signature: no model is called %q", s.File)
	}
	if again, err := EncodeSignature(m); err != nil || again != text {
		return nil, errors.New("reading a signature: it is not in the form that bentoc writes")
	}
	for _, v := range slices.Concat(m.Inputs, m.Outputs, m.Overrides) {
		if !v.Type.Valid() {
			return nil, fmt.Errorf("reading a signature: %s is no type", v.Type)
		}
	}
	return m, nil
}

func fromTexts(texts []tensorText) (values []onnxfile.Value) {
	for _, t := range texts {
		values = append(values, onnxfile.Value{Name: t.Name, Type: fromText(t.typeText)})
	}
	return values
}

func fromText(t typeText) onnxfile.Type {
	out := onnxfile.Type{Kind: t.Kind, DType: t.DType}
	if t.Kind == "" {
		out.Kind = onnxfile.Tensor
	}
	if t.Shape != nil {
		out.Shape = make([]onnxfile.Dim, len(*t.Shape))
		for i, d := range *t.Shape {
			out.Shape[i] = onnxfile.Dim(d)
		}
	}
	if t.Elem != nil {
		elem := fromText(*t.Elem)
		out.Elem = &elem
	}
	return out
}
