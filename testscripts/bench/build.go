package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// used is what one run of bentoc cost.
type used struct {
	wall   float64 // seconds
	maxRSS float64 // MB, of bentoc's own processes
}

// bentoc runs the tool in dir and returns what it cost and printed.
func (b *bench) bentoc(dir, state string, args ...string) (used, string, error) {
	cmd := exec.CommandContext(b.ctx, b.tool, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "BENTOC_STATE="+state, "CI=")
	var out, story bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &story
	peak := watchMemory(cmd)
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return used{}, "", err
	}
	err := cmd.Wait()
	u := used{wall: time.Since(start).Seconds()}
	u.maxRSS = peak()
	if rss := float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) / 1024; u.maxRSS == 0 {
		u.maxRSS = rss
	}
	if err != nil {
		return u, "", fmt.Errorf("bentoc %v: %w\n%s", args, err, story.String())
	}
	return u, out.String(), nil
}

// repeat runs the tool n times and gives the wall times and the largest memory.
func (b *bench) repeat(n int, dir, state string, args ...string) (walls []float64, rss float64, err error) {
	for range n {
		u, _, err := b.bentoc(dir, state, args...)
		if err != nil {
			return nil, 0, err
		}
		walls, rss = append(walls, u.wall), max(rss, u.maxRSS)
	}
	return walls, rss, nil
}

func benchBuild(b *bench) error {
	dir, state := filepath.Join(b.work, "hello"), filepath.Join(b.work, "state")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(b.repo, "examples/hello"))); err != nil {
		return err
	}
	// Downloads are cached, nothing else: lock and fetch first, then drop what was built.
	if _, _, err := b.bentoc(dir, state, "lock"); err != nil {
		return err
	}
	if _, _, err := b.bentoc(dir, state, "lock", "--fetch"); err != nil {
		return err
	}
	u, _, err := b.bentoc(dir, state, "build", "--progress=quiet")
	if err != nil {
		return err
	}
	b.add(figure{name: "hello, two platforms, only downloads cached", value: u.wall, unit: "s", limit: 75})
	peak := u.maxRSS
	walls, rss, err := b.repeat(10, dir, state, "build", "--progress=quiet")
	if err != nil {
		return err
	}
	b.add(figure{name: "nothing changed, whole process", value: median(walls), unit: "s", limit: 0.4, note: spread(walls)})
	peak = max(peak, rss)
	if walls, err = b.changeLine(dir, state, 5); err != nil {
		return err
	}
	b.add(figure{name: "one line of a step changed", value: median(walls), unit: "s", limit: 5, note: spread(walls)})
	b.add(figure{name: "peak memory of bentoc", value: peak, unit: "MB", limit: 250})
	return b.sizes(dir)
}

// changeLine builds n times, each time with another greeting in the step.
func (b *bench) changeLine(dir, state string, n int) (walls []float64, err error) {
	step := filepath.Join(dir, "steps/greet.go")
	src, err := os.ReadFile(step)
	if err != nil {
		return nil, err
	}
	defer os.WriteFile(step, src, 0o644)
	for i := range n {
		changed := bytes.Replace(src, []byte(`"hello"`), fmt.Appendf(nil, "%q", fmt.Sprintf("hello no. %d", i)), 1)
		if err := os.WriteFile(step, changed, 0o644); err != nil {
			return nil, err
		}
		u, _, err := b.bentoc(dir, state, "build", "--progress=quiet")
		if err != nil {
			return nil, err
		}
		walls = append(walls, u.wall)
	}
	return walls, nil
}

// sizes measures the image, the graph of build steps and vet.
func (b *bench) sizes(dir string) error {
	state := filepath.Join(b.work, "state")
	tarball := filepath.Join(b.work, "hello.docker.tar")
	if _, _, err := b.bentoc(dir, state, "build", "--progress=quiet", "--platform=linux/amd64", "-o", "type=docker,dest="+tarball); err != nil {
		return err
	}
	size, err := dockerSize(tarball)
	if err != nil {
		return err
	}
	b.add(figure{name: "hello image of one platform, uncompressed", value: size, unit: "MB", limit: 12})
	walls, _, err := b.repeat(10, filepath.Join(b.repo, "examples/ocr"), state, "vet")
	if err != nil {
		return err
	}
	b.add(figure{name: "vet of the ocr example", value: median(walls), unit: "s", limit: 0.25, note: spread(walls)})
	return nil
}

// dockerSize gives the size in MB of the files in the layers of a docker archive.
func dockerSize(name string) (float64, error) {
	out, err := exec.Command("tar", "-xOf", name, "manifest.json").Output()
	if err != nil {
		return 0, fmt.Errorf("reading %s: %w", name, err)
	}
	var manifest []struct{ Layers []string }
	if err := json.Unmarshal(out, &manifest); err != nil {
		return 0, err
	}
	var sum int64
	for _, layer := range manifest[0].Layers {
		n, err := layerSize(name, layer)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return float64(sum) / 1e6, nil
}

// layerSize sums the files in one layer.
func layerSize(archive, layer string) (sum int64, err error) {
	unpack := exec.Command("sh", "-c", `tar -xOf "$1" "$2" | { gzip -dcf 2>/dev/null || cat; }`, "sh", archive, layer)
	data, err := unpack.Output()
	if err != nil {
		return 0, err
	}
	for r := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := r.Next()
		if err != nil {
			break
		}
		sum += h.Size
	}
	return sum, nil
}
