package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
)

// rapidocr reads the pictures with the Python package that the models of the ocr
// example come from.
//
//go:embed rapidocr.py
var rapidocr []byte

// benchPictures compares the ocr example at c = 8 with the Python package in one
// process a core, on the pictures that the example draws.
func benchPictures(b *bench) error {
	p, err := b.example("ocr")
	if err != nil {
		return err
	}
	root, err := b.root(p)
	if err != nil {
		return err
	}
	dir := filepath.Join(b.work, "pictures")
	if err := b.run(filepath.Join(p.dir, "draw"), "go", "run", ".", dir); err != nil {
		return err
	}
	reqs, err := pictureRequests(dir)
	if err != nil {
		return err
	}
	python, err := b.python()
	if err != nil {
		return err
	}
	var ours, theirs, ratios []float64
	for range 3 {
		x, err := b.read(root, reqs)
		if err != nil {
			return err
		}
		y, err := b.readInPython(python, dir)
		if err != nil {
			return err
		}
		ours, theirs, ratios = append(ours, x), append(theirs, y), append(ratios, x/y)
	}
	b.add(figure{name: "ocr, c = 8", value: median(ours), unit: "pictures/s", note: spread(ours)})
	b.add(figure{name: fmt.Sprintf("the Python package, %d processes", runtime.NumCPU()), value: median(theirs), unit: "pictures/s", note: spread(theirs)})
	b.add(figure{name: "ocr, ratio", value: median(ratios), unit: "×", limit: 1.35, atMin: true, note: spread(ratios)})
	return nil
}

// pictureRequests makes a request of every picture in a folder that has the
// example's expected.json.
func pictureRequests(dir string) ([]request, error) {
	data, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		return nil, err
	}
	var expected map[string][]string
	if err := json.Unmarshal(data, &expected); err != nil {
		return nil, err
	}
	var reqs []request
	for _, name := range slices.Sorted(maps.Keys(expected)) {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		r, err := formRequest("/read", "image", name, content)
		if err != nil {
			return nil, err
		}
		reqs = append(reqs, r)
	}
	return reqs, nil
}

// roundsOfPictures is how many times each side reads all pictures.
const roundsOfPictures = 2

// read gives the pictures a second that the server reads.
func (b *bench) read(root imageRoot, reqs []request) (float64, error) {
	p, _, err := b.start(root)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	if _, err := load(b.ctx, p.addr, runtime.NumCPU(), rounds(1, reqs[:2])); err != nil {
		return 0, err
	}
	got, err := load(b.ctx, p.addr, 8, rounds(roundsOfPictures, reqs))
	return got.rate(), err
}

// readInPython gives the pictures a second of the Python package.
func (b *bench) readInPython(python, dir string) (float64, error) {
	script := filepath.Join(b.work, "rapidocr.py")
	if err := os.WriteFile(script, rapidocr, 0o644); err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(b.ctx, python, script, dir, strconv.Itoa(roundsOfPictures), strconv.Itoa(runtime.NumCPU()))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("running the Python package: %w", err)
	}
	return strconv.ParseFloat(string(bytes.TrimSpace(out)), 64)
}

// python gives a Python that has the package: the one that BENTOC_BENCH_PYTHON
// names, or one in an environment of the run's own.
func (b *bench) python() (string, error) {
	if python := os.Getenv("BENTOC_BENCH_PYTHON"); python != "" {
		return python, nil
	}
	env := filepath.Join(b.work, "venv")
	pip := filepath.Join(env, "bin/pip")
	return filepath.Join(env, "bin/python"), errors.Join(
		b.run("", "python3", "-m", "venv", env),
		// It wants the OpenCV that draws windows; the one without needs no
		// libraries of the system.
		b.run("", pip, "install", "-q", "--no-deps", "rapidocr-onnxruntime==1.4.4"),
		b.run("", pip, "install", "-q", "onnxruntime==1.32.0", "opencv-python-headless", "pyclipper", "shapely", "pyyaml", "pillow", "six", "tqdm"),
	)
}

// run runs a command that is not measured.
func (b *bench) run(dir, name string, args ...string) error {
	cmd := exec.CommandContext(b.ctx, name, args...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", cmd, err)
	}
	return nil
}
