package onnxfile_test

import (
	"fmt"
	"testing"

	"bentoc.dev/compiler/model/onnxfile"
)

// BenchmarkRunnable reads and checks a model of 20,000 nodes, as large language
// models have them.
func BenchmarkRunnable(b *testing.B) {
	const nodes = 20_000
	g := xy()
	last := "x"
	for i := range nodes {
		next := fmt.Sprintf("/model/layers.%d/self_attn/Add_output_0", i)
		if i == nodes-1 {
			next = "y"
		}
		g.nodes = append(g.nodes, wired(fmt.Sprintf("Add /model/layers.%d/Add: %s %s -> %s", i, last, last, next)))
		last = next
	}
	data := versions(8, g, "", 17)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		m, err := read(b, data)
		if err != nil || len(m.Runnable(onnxfile.ORT132())) > 0 {
			b.Fatal(err, m.Runnable(onnxfile.ORT132()))
		}
	}
}
