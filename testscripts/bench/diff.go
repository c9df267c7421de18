package main

import (
	"fmt"
	"os"
	"path/filepath"
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

	dir, err := b.scaled(1000)
	if err != nil {
		return err
	}
	if err := b.committed(dir); err != nil {
		return err
	}
	vet, _, err := b.cpu(dir, 5, b.tool, "vet", "--no-steps")
	if err != nil {
		return err
	}
	if _, _, err = b.cpu(dir, 1, b.tool, against...); err != nil { // which keeps the old side
		return err
	}
	diff, peak, err := b.cpu(dir, 5, b.tool, against...)
	if err != nil {
		return err
	}
	b.add(figure{name: "1000 of everything, diff over vet --no-steps", value: diff / vet, limit: 1.3})
	b.add(figure{name: "1000 of everything, diff", value: diff, unit: "s"})
	b.add(figure{name: "1000 of everything, peak memory of diff", value: peak, unit: "MB"})
	return nil
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
