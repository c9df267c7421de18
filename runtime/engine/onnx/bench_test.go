//go:build ort && linux && (amd64 || arm64)

package onnx

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"bentoc.dev/runtime/engine/onnx/onnxtest"
	"bentoc.dev/runtime/engine/onnx/ort"
	"bentoc.dev/runtime/tensor"
)

// BenchmarkSlot is the bare run of a model of one node: what calling the library
// costs. It must not allocate.
func BenchmarkSlot(b *testing.B) {
	lib, err := ort.Open(library(b))
	if err != nil {
		b.Fatal(err)
	}
	session, err := lib.Load(written(b, onnxtest.Add()), ort.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer session.Close()
	slot, err := session.NewSlot([]int{0, 1}, []int{0})
	if err != nil {
		b.Fatal(err)
	}
	defer slot.Close()
	shape := []int{1, 4}
	b.ReportAllocs()
	for b.Loop() {
		runAdd(b, slot, shape)
	}
}

func runAdd(b *testing.B, slot *ort.Slot, shape []int) {
	for i := range 2 {
		if _, err := slot.Input(i, tensor.Float32, shape); err != nil {
			b.Fatal(err)
		}
	}
	if err := slot.Run(); err != nil {
		b.Fatal(err)
	}
	if _, err := slot.Output(0); err != nil {
		b.Fatal(err)
	}
	slot.Reset()
}

// BenchmarkInfer is the way of an item through queue, batch and library.
func BenchmarkInfer(b *testing.B) {
	for _, c := range []struct {
		name  string
		model onnxtest.Model
		size  int // elements of an item
		in    int // inputs
	}{
		{"add", onnxtest.Add(), 4, 2},
		{"mlp=256-1024-1024-10", onnxtest.MLP(256, 1024, 1024, 10), 256, 1},
	} {
		for _, batch := range []int{1, 8, 32} {
			for _, callers := range []int{1, 64} {
				if callers < batch {
					continue
				}
				b.Run(fmt.Sprintf("%s/batch=%d/callers=%d", c.name, batch, callers), func(b *testing.B) {
					benchmark(b, c.model, c.size, c.in, batch, callers)
				})
			}
		}
	}
}

func benchmark(b *testing.B, model onnxtest.Model, size, inputs, batch, callers int) {
	var mu sync.Mutex
	var items, runs int
	m := opened(b, model, func(c *setup) {
		c.MaxBatch = batch
		c.Observe = func(n int, _, _ time.Duration) {
			mu.Lock()
			items, runs = items+n, runs+1
			mu.Unlock()
		}
	})
	in := make([]tensor.Tensor, inputs)
	for i := range in {
		in[i] = tensor.Of(make([]float32, size), size)
	}
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range (b.N + callers - 1) / callers {
				if _, err := m.Call(b.Context(), in); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(items)/float64(max(runs, 1)), "items/run")
	b.ReportMetric(float64(items)/b.Elapsed().Seconds(), "items/s")
}
