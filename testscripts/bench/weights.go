package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"bentoc.dev/runtime/engine/onnx/onnxtest"
)

const weightsBento = `package weights

import "bentoc.dev/schema@v0"

bento: schema.#Bento & {
	name: "weights"
	models: table: source: path: "table.onnx"
	runners: table: engine: onnx: model: models.table
	services: weights: endpoints: look: runner: runners.table
}
`

// benchWeights builds a bento with a model of 2 GB and compares the time with
// that of cp and sha256sum on the same file. What does not depend on the weights
// was built before, with a model of one row.
func benchWeights(b *bench) error {
	p, err := b.newProject("weights", map[string][]byte{"bento.cue": []byte(weightsBento)})
	if err != nil {
		return err
	}
	if err := writeTable(p.dir, 1); err != nil {
		return err
	}
	build := []string{"build", "--progress=quiet", "--platform=" + platform(), "-o", "type=oci,dest=" + filepath.Join(b.work, "weights.oci.tar")}
	small, _, err := b.bentoc(p.dir, p.state, build...)
	if err != nil {
		return err
	}
	if err := writeTable(p.dir, 2_000_000_000/rowBytes); err != nil {
		return err
	}
	plain, err := b.copyAndSum(filepath.Join(p.dir, "table.bin"))
	if err != nil {
		return err
	}
	large, _, err := b.bentoc(p.dir, p.state, build...)
	if err != nil {
		return err
	}
	again, err := b.copyAndSum(filepath.Join(p.dir, "table.bin"))
	if err != nil {
		return err
	}
	plain = (plain + again) / 2
	b.add(figure{name: "a model of 2 GB: cp and sha256sum", value: plain, unit: "s"})
	b.add(figure{name: "a model of 2 GB: locked, packed, exported", value: large.wall, unit: "s", note: fmt.Sprintf("%.0f MB/s", 2000/large.wall)})
	b.add(figure{name: "ratio of speeds", value: plain / large.wall, unit: "×", limit: 0.5, atMin: true})
	b.add(figure{name: "peak memory of bentoc, one row", value: small.maxRSS, unit: "MB"})
	b.add(figure{name: "peak memory of bentoc, 2 GB", value: large.maxRSS, unit: "MB", limit: 250})
	unchanged, _, err := b.bentoc(p.dir, p.state, build...)
	if err != nil {
		return err
	}
	b.add(figure{name: "a model of 2 GB: nothing changed, exported again", value: unchanged.wall, unit: "s"})
	return nil
}

// rowBytes is the size of a row of the table in the model.
const rowBytes = 4 * columns

const columns = 1000

// writeTable writes a model that looks rows up in a table of random numbers, which
// lies in a file of its own beside it.
func writeTable(dir string, rows int) error {
	m := onnxtest.Model{
		Inputs:  []onnxtest.Value{{Name: "row", Elem: onnxtest.Int64, Dims: []any{"N"}}},
		Outputs: []onnxtest.Value{{Name: "values", Elem: onnxtest.Float, Dims: []any{"N", columns}}},
		Nodes:   []onnxtest.Node{{Op: "Gather", Inputs: []string{"table", "row"}, Outputs: []string{"values"}}},
		Weights: []onnxtest.Weight{{Name: "table", Elem: onnxtest.Float, Dims: []int{rows, columns}, File: "table.bin"}},
	}
	if err := os.WriteFile(filepath.Join(dir, "table.onnx"), m.Encode(), 0o644); err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, "table.bin"))
	if err != nil {
		return err
	}
	defer f.Close()
	random := rand.NewChaCha8(sha256.Sum256([]byte("weights")))
	if _, err := io.CopyN(f, random, int64(rows)*rowBytes); err != nil {
		return err
	}
	return f.Close()
}

// copyAndSum gives the seconds that cp and sha256sum take on a file.
func (b *bench) copyAndSum(name string) (float64, error) {
	to := filepath.Join(b.work, "copy")
	defer os.Remove(to)
	start := time.Now()
	if err := b.run("", "cp", name, to); err != nil {
		return 0, err
	}
	if err := exec.CommandContext(b.ctx, "sha256sum", name).Run(); err != nil {
		return 0, err
	}
	return time.Since(start).Seconds(), nil
}
