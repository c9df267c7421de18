//go:build linux && (amd64 || arm64)

package ort

import (
	"bytes"
	"testing"

	"bentoc.dev/runtime/engine/onnx/onnxtest"
)

func TestPinnedSizesAreThoseOfTheFile(t *testing.T) {
	t.Parallel()
	model := onnxtest.Add()
	model.Inputs[1].Dims = []any{nil, "w"}
	got, err := pinned(model.Encode(), map[string]Pin{"a": {Axis: 0, Size: 300}, "b": {Axis: 1, Size: 2}})
	if err != nil {
		t.Fatal(err)
	}
	model.Inputs[0].Dims = []any{300, 4}
	model.Inputs[1].Dims = []any{nil, 2}
	if want := model.Encode(); !bytes.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func FuzzPinned(f *testing.F) {
	f.Add(onnxtest.Add().Encode())
	f.Add(onnxtest.ZipMap([]string{"a", "b", "c"}).Encode())
	f.Fuzz(func(t *testing.T, model []byte) {
		same, err := pinned(model, nil)
		if err != nil {
			return
		}
		if again, err := pinned(same, nil); err != nil || !bytes.Equal(again, same) {
			t.Errorf("%q is rewritten as %q, then as %q (%v)", model, same, again, err)
		}
		_, _ = pinned(model, map[string]Pin{"a": {Axis: 0, Size: 7}, "x": {Axis: 1, Size: 7}})
	})
}
