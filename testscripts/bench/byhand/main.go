//go:build linux && (amd64 || arm64)

// Command byhand is the server that the bench compares a perceptron's with: what
// somebody writes by hand on net/http, encoding/json and the same library. Each
// request is a run of its own, of one item; as many run at a time as there are
// processors.
//
//	byhand ADDRESS MODEL LIBRARY
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"unsafe"

	"bentoc.dev/runtime/engine/onnx/ort"
	"bentoc.dev/runtime/tensor"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "byhand:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 3 {
		return errors.New("usage: byhand ADDRESS MODEL LIBRARY")
	}
	m, err := open(args[1], args[2])
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /predict", m.predict)
	return http.ListenAndServe(args[0], mux)
}

// model is a session with a slot for each run that may be in progress.
type model struct {
	slots chan *ort.Slot
}

func open(path, library string) (*model, error) {
	lib, err := ort.Open(library)
	if err != nil {
		return nil, err
	}
	session, err := lib.Load(path, ort.Options{Threads: 1})
	if err != nil {
		return nil, err
	}
	m := &model{slots: make(chan *ort.Slot, runtime.GOMAXPROCS(0))}
	for range cap(m.slots) {
		slot, err := session.NewSlot([]int{0}, []int{0})
		if err != nil {
			return nil, err
		}
		m.slots <- slot
	}
	return m, nil
}

func (m *model) predict(w http.ResponseWriter, r *http.Request) {
	var in struct {
		X []float32 `json:"x"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var out struct {
		Y []float32 `json:"y"`
	}
	var err error
	if out.Y, err = m.run(in.X); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(out)
}

// run runs one item.
func (m *model) run(x []float32) ([]float32, error) {
	slot := <-m.slots
	defer func() { m.slots <- slot }()
	defer slot.Reset()
	data, err := slot.Input(0, tensor.Float32, []int{1, len(x)})
	if err != nil {
		return nil, err
	}
	copy(floats(data), x)
	if err := slot.Run(); err != nil {
		return nil, err
	}
	y, err := slot.Output(0)
	if err != nil {
		return nil, err
	}
	return append([]float32(nil), floats(y.Bytes())...), nil
}

// floats sees memory of the library, which is aligned, as float32.
func floats(data []byte) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(data))), len(data)/4)
}
