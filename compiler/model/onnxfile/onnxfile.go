// Package onnxfile reads what an ONNX file says about its model: inputs,
// outputs, their element types and dimensions, versions, metadata and which
// files hold external weights. It walks the protobuf wire format and skips the
// weights, so a file of any size costs well under a millisecond per ten
// megabytes, and memory for the names alone.
//
// The field numbers are those of onnx.proto of ONNX 1.18 (IR version 11 and
// later versions have only added fields). Every broken file is a
// [*FormatError]; other errors are those of reading.
package onnxfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
)

// Model is the header of an ONNX file.
type Model struct {
	IRVersion       int64
	Producer        string // such as pytorch
	ProducerVersion string
	Domain          string
	ModelVersion    int64
	Doc             string
	GraphName       string
	Opsets          []Opset // in the order of the file
	Metadata        map[string]string

	Inputs    []Value // in the order of the file, without those that have an initializer
	Outputs   []Value
	Overrides []Value // inputs with an initializer: callers may leave them out

	Ops       []Op       // by domain and name
	Functions []string   // domain and name of local functions, such as "my.domain.Gelu", sorted
	External  []External // weights in other files, in the order of the file
	// FileName is what the model's own file is called in an image: [MainFile], or
	// another name where weights in other files have that.
	FileName string

	// What [Model.Runnable] looks at; nil where no file was read.
	graph     *graph
	functions []*function
}

// Opset is an import of a set of operators.
type Opset struct {
	Domain  string // "" is ai.onnx
	Version int64
}

// Value is an input or output.
type Value struct {
	Name string
	Type Type
}

// Op counts the uses of one operator, subgraphs and local functions included.
type Op struct {
	Domain string // "" is ai.onnx
	Name   string
	Count  int
}

// External says that a tensor's bytes lie in another file.
type External struct {
	Tensor   string
	Location string // slash-separated, below the folder of the model
	Offset   int64
	Length   int64 // bytes
}

// Open reads the header of the file at path.
func Open(path string) (*Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the model: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("opening the model: %w", err)
	}
	if info.IsDir() {
		return nil, &FormatError{Reason: "a folder, not an ONNX file", Hint: "name the .onnx file inside it"}
	}
	return Read(f, info.Size())
}

// Read reads the header of a model of size bytes.
func Read(src io.ReaderAt, size int64) (*Model, error) {
	r := &reader{src: src, size: size, buf: make([]byte, windowLen)}
	if err := sniff(r); err != nil {
		return nil, err
	}
	b := &builder{r: r, model: &Model{Metadata: map[string]string{}}, names: map[string]string{}, ops: map[Op]int{}}
	if err := r.message(size, b.modelField); err != nil {
		return nil, b.explain(err)
	}
	return b.finish()
}

// explain says more about an error of the wire format than where it shows: a
// file that has none of a model's parts is something else, one that ends too
// early was not copied whole.
func (b *builder) explain(err error) error {
	var format *FormatError
	switch {
	case !errors.As(err, &format):
		return err
	case b.model.IRVersion <= 0 && b.graphs == 0:
		format.Reason = "not an ONNX model: " + format.Reason
	case strings.HasPrefix(format.Reason, truncated):
		format.Hint = "the file was not copied whole; copy it or export it again"
	}
	return format
}

// Files gives the external files that the model needs, each with the bytes
// that it must at least have, sorted by name.
func (m *Model) Files() []ExternalFile {
	ends := map[string]int64{}
	for _, e := range m.External {
		ends[e.Location] = max(ends[e.Location], e.Offset+e.Length)
	}
	files := make([]ExternalFile, 0, len(ends))
	for name, size := range ends {
		files = append(files, ExternalFile{Location: name, MinSize: size})
	}
	sort.Slice(files, func(i, j int) bool { return files[i].Location < files[j].Location })
	return files
}

// ExternalFile is a file with weights beside the model.
type ExternalFile struct {
	Location string // slash-separated, below the folder of the model
	MinSize  int64  // bytes
}
