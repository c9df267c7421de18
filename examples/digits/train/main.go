// Train makes digits.onnx: it draws digits at random, teaches a small network
// to tell them apart and writes it down in the ONNX format.
//
//	go -C train run . ..
//
// writes digits.onnx and samples.json, a drawn digit of each kind, into the
// folder given. The same bytes come out every time on one kind of processor.
package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
)

const (
	rounds    = 60
	trainSize = 20000
	testSize  = 5000
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: train DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "train: error:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	r := rand.New(rand.NewPCG(8, 10))
	train, test := drawMany(r, trainSize), drawMany(r, testSize)
	n := newNetwork(r)
	for round := range rounds {
		rate := 0.003 * math.Pow(0.95, float64(round))
		loss := n.learn(r, train, rate)
		if round%10 == 9 {
			fmt.Printf("round %d: loss %.4f, right on unseen digits %.2f %%\n", round+1, loss, 100*n.accuracy(test))
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "digits.onnx"), n.encode(), 0o666); err != nil {
		return err
	}
	return writeSamples(filepath.Join(dir, "samples.json"), test)
}

// writeSamples writes the first digit of each kind as the server takes it.
func writeSamples(path string, digits []digit) error {
	samples := make([][side][side]float64, 10)
	have := map[int]bool{}
	for _, d := range digits {
		if have[d.is] {
			continue
		}
		have[d.is] = true
		for i, v := range d.pixels {
			samples[d.is][i/side][i%side] = math.Round(v*100) / 100
		}
	}
	data, err := json.Marshal(samples)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o666)
}
