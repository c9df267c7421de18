package main

import (
	"bytes"
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
	p, err := b.example("hello")
	if err != nil {
		return err
	}
	if err := b.onlyDownloads(&p); err != nil {
		return err
	}
	u, _, err := b.bentoc(p.dir, p.state, "build", "--progress=quiet")
	if err != nil {
		return err
	}
	b.add(figure{name: "hello, two platforms, only downloads cached", value: u.wall, unit: "s", limit: 75})
	peak := u.maxRSS
	walls, rss, err := b.repeat(10, p.dir, p.state, "build", "--progress=quiet")
	if err != nil {
		return err
	}
	b.add(figure{name: "nothing changed, whole process", value: median(walls), unit: "s", limit: 0.12, note: spread(walls)})
	peak = max(peak, rss)
	if walls, err = b.changeLine(p, "steps/greet.go", `"hello"`, 5); err != nil {
		return err
	}
	b.add(figure{name: "one line of a step changed", value: median(walls), unit: "s", limit: 5, note: spread(walls)})
	b.add(figure{name: "peak memory of bentoc", value: peak, unit: "MB", limit: 250})
	return b.sizes(p)
}

// project is a bento in a folder of the run's own.
type project struct {
	name, dir, state string
}

// example copies one of the examples.
func (b *bench) example(name string) (project, error) {
	dir, err := os.MkdirTemp(b.work, name+"-") // each area has its own copy
	if err != nil {
		return project{}, err
	}
	p := project{name, dir, b.state}
	return p, os.CopyFS(p.dir, os.DirFS(filepath.Join(b.repo, "examples", name)))
}

// onlyDownloads gives the project a state folder of its own, which has all that
// comes from outside and nothing else: no layer is packed, no step was run.
func (b *bench) onlyDownloads(p *project) error {
	p.state = p.dir + ".state"
	if _, _, err := b.bentoc(p.dir, p.state, "lock"); err != nil {
		return err
	}
	if _, _, err := b.bentoc(p.dir, p.state, "lock", "--fetch"); err != nil {
		return err
	}
	// Without this note, what was packed by the way is packed again.
	return os.RemoveAll(filepath.Join(p.state, "store/memo/layer"))
}

// changeLine builds n times, each time with another string in place of old in a
// file of the project.
func (b *bench) changeLine(p project, name, old string, n int) (walls []float64, err error) {
	name = filepath.Join(p.dir, name)
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if !bytes.Contains(src, []byte(old)) {
		return nil, fmt.Errorf("there is no %s in %s", old, name)
	}
	defer os.WriteFile(name, src, 0o644)
	for i := range n {
		changed := bytes.Replace(src, []byte(old), fmt.Appendf(nil, "%q", fmt.Sprintf("no. %d", i)), 1)
		if err := os.WriteFile(name, changed, 0o644); err != nil {
			return nil, err
		}
		u, _, err := b.bentoc(p.dir, p.state, "build", "--progress=quiet", "--metadata-file="+p.metadata())
		if err != nil {
			return nil, err
		}
		walls = append(walls, u.wall)
	}
	return walls, nil
}

// sizes measures the image, the graph of build steps and vet.
func (b *bench) sizes(p project) error {
	tarball, err := b.docker(p)
	if err != nil {
		return err
	}
	size, err := dockerSize(tarball)
	if err != nil {
		return err
	}
	b.add(figure{name: p.name + " image of one platform, uncompressed", value: size, unit: "MB", limit: 12})
	ops, err := b.ops(p)
	if err != nil {
		return err
	}
	b.add(figure{name: p.name + ", ops of LLB for two platforms", value: float64(ops), limit: 12})
	return b.vet(p.state)
}

// vet measures vet of the ocr example, without the steps and with what checking the
// types in their bodies adds.
func (b *bench) vet(state string) error {
	var plain float64
	for _, how := range []struct {
		name  string
		args  []string
		limit float64
	}{
		{"vet --no-steps of the ocr example", []string{"vet", "--no-steps"}, 0.25},
		{"vet of the ocr example, what the steps add", []string{"vet"}, 1},
	} {
		walls, _, err := b.repeat(10, filepath.Join(b.repo, "examples/ocr"), state, how.args...)
		if err != nil {
			return err
		}
		b.add(figure{name: how.name, value: median(walls) - plain, unit: "s", limit: how.limit, note: spread(walls)})
		plain = median(walls)
	}
	return nil
}
