package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// benchDiff measures diff against a revision of git: of ocr as a whole process, and of 1,000 of
// everything against one vet.
func benchDiff(b *bench) error {
	p, err := b.example("ocr")
	if err != nil {
		return err
	}
	if err := b.committed(p.dir); err != nil {
		return err
	}
	against := []string{"diff", "git:HEAD:./"}
	// Each state folder is new, so that the revision has to be evaluated too.
	var walls []float64
	for i := range 10 {
		state := filepath.Join(b.work, fmt.Sprintf("state-%d", i))
		if err := os.MkdirAll(state, 0o755); err != nil {
			return err
		}
		u, _, err := b.bentoc(p.dir, state, against...)
		if err != nil {
			return err
		}
		walls = append(walls, u.wall)
	}
	b.add(figure{name: "ocr against a revision, never seen, whole process", value: median(walls), unit: "s", limit: 0.2, note: spread(walls)})
	if walls, _, err = b.repeat(20, p.dir, b.state, against...); err != nil {
		return err
	}
	b.add(figure{name: "ocr against a revision, seen before, whole process", value: median(walls), unit: "s", limit: 0.2, note: spread(walls)})

	return b.diffScaled(1000)
}

// diffScaled compares n of everything with a revision: with nothing changed, and with two fields of
// each endpoint.
func (b *bench) diffScaled(n int) error {
	dir, err := b.scaled(n)
	if err != nil {
		return err
	}
	if err := b.committed(dir); err != nil {
		return err
	}
	vet, err := b.cost(dir, 5, b.tool, "vet", "--no-steps")
	if err != nil {
		return err
	}
	against := []string{"diff", "git:HEAD:./", "--fail-on=never"}
	name := fmt.Sprintf("%d of everything, diff", n)
	show := func(what string, runs int, limit float64) error {
		c, err := b.cost(dir, runs, b.tool, against...)
		if err != nil {
			return err
		}
		b.add(figure{name: name + what, value: c.cpu, unit: "s", note: fmt.Sprintf("%.2f s of time, %.0f MB", c.wall, c.peak)})
		b.add(figure{name: name + what + ", over vet --no-steps, CPU", value: c.cpu / vet.cpu, unit: "×", limit: limit})
		b.add(figure{name: name + what + ", over vet --no-steps, time", value: c.wall / vet.wall, unit: "×", limit: limit})
		return nil
	}
	if err := show(", never seen", 1, 0); err != nil { // which keeps the old side
		return err
	}
	if err := show("", 5, 1.3); err != nil {
		return err
	}
	file := filepath.Join(dir, "bento.cue")
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	changed := strings.NewReplacer("<=100", "<=50", "score: >=0 & <=1", "score: >=0 & <=2").Replace(string(src))
	if err := os.WriteFile(file, []byte(changed), 0o644); err != nil {
		return err
	}
	return show(fmt.Sprintf(", %d findings", 2*n), 5, 0)
}

// committed makes a repository of a folder, with all of it in one commit.
func (b *bench) committed(dir string) error {
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "-q", "-m", "bench"}} {
		if err := b.run(dir, "git", args...); err != nil {
			return err
		}
	}
	return nil
}
