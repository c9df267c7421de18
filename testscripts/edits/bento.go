package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// bento is one bento of the run.
type bento struct{ name, dir string }

// sources are the Go files of a bento's steps, but for the one that init writes.
// Each edit below changes some of them and no size.
var sources = map[string]string{
	"steps/word.go": `package steps

import (
	_ "embed"

	"example.com/NAME/steps/left"
)

//go:embed one.txt
var text string

const number = 1000

func init() { println(left.Word, text, number, choice, left.Number(7)) }
`,
	"steps/a.go":            "//go:build linux\n\npackage steps\n\nconst choice = \"a0\"\n",
	"steps/b.go":            "//go:build never\n\npackage steps\n\nconst choice = \"b0\"\n",
	"steps/one.txt":         "one 0000\n",
	"steps/two.txt":         "two 0000\n",
	"steps/left/left.go":    "package left\n\nconst Word = \"left\"\n\nfunc Number(n int) int { return n + 1 }\n",
	"steps/rite/left.go":    "package left\n\nconst Word = \"rite\"\n\nfunc Number(n int) int { return n - 1 }\n",
	"steps/left/x_amd64.go": "package left\n\nfunc init() { println(\"amd64\") }\n",
	"steps/left/x_arm64.go": "package left\n\nfunc init() { println(\"arm64\") }\n",
}

func (r *runner) newBento(name string) (*bento, error) {
	b := &bento{name, filepath.Join(r.work, name)}
	if _, err := r.bentoc(&bento{dir: r.work}, "init", name); err != nil {
		return nil, err
	}
	for file, text := range sources {
		file = filepath.Join(b.dir, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "NAME", name)), 0o644); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// edit is a kind of change.
type edit struct {
	name string
	do   func(b *bento, random *rand.Rand) error
}

var edits = []edit{
	{"import", func(b *bento, _ *rand.Rand) error { return b.swap("steps/word.go", `steps/left"`, `steps/rite"`) }},
	{"tags", func(b *bento, _ *rand.Rand) error {
		return first(b.swap("steps/a.go", "linux", "never"), b.swap("steps/b.go", "linux", "never"))
	}},
	{"embed", func(b *bento, _ *rand.Rand) error { return b.swap("steps/word.go", "one.txt", "two.txt") }},
	{"embedded", func(b *bento, random *rand.Rand) error {
		return b.rewrite([]string{"steps/one.txt", "steps/two.txt"}[random.IntN(2)], digits(random))
	}},
	{"constant", func(b *bento, random *rand.Rand) error { return b.rewrite("steps/word.go", digits(random)) }},
	{"operator", func(b *bento, _ *rand.Rand) error { return b.swap("steps/left/left.go", "n + 1", "n - 1") }},
	{"go.mod", func(b *bento, _ *rand.Rand) error { return b.swap("go.mod", "go 1.26", "go 1.25") }},
	{"platform", func(b *bento, _ *rand.Rand) error {
		return first(b.swap("steps/left/x_amd64.go", "amd64", "other"), b.swap("steps/left/x_arm64.go", "arm64", "other"))
	}},
	{"two names", func(b *bento, _ *rand.Rand) error { return b.exchange("steps/left/left.go", "steps/rite/left.go") }},
	{"two texts", func(b *bento, _ *rand.Rand) error { return b.exchange("steps/one.txt", "steps/two.txt") }},
	{"greeting", func(b *bento, _ *rand.Rand) error { return b.swap("steps/steps.go", "hello, ", "howdy, ") }},
}

// apply makes an edit and sees to it that no file has another size.
func (b *bento) apply(e edit, random *rand.Rand) error {
	before, err := b.sizes()
	if err != nil {
		return err
	}
	if err := e.do(b, random); err != nil {
		return err
	}
	after, err := b.sizes()
	if err == nil && before != after {
		err = fmt.Errorf("sizes changed:\n%s\n%s", before, after)
	}
	return err
}

func (b *bento) sizes() (string, error) {
	var list strings.Builder
	err := filepath.Walk(b.dir, func(name string, fi os.FileInfo, err error) error {
		if err == nil && !fi.IsDir() && filepath.Base(name) != "bento.lock" {
			fmt.Fprintln(&list, name, fi.Size())
		}
		return err
	})
	return list.String(), err
}

// swap puts y where x is in a file, or x where y is.
func (b *bento) swap(file, x, y string) error {
	return b.change(file, func(text []byte) []byte {
		if bytes.Contains(text, []byte(x)) {
			return bytes.Replace(text, []byte(x), []byte(y), 1)
		}
		return bytes.Replace(text, []byte(y), []byte(x), 1)
	})
}

// rewrite puts four digits where a file has four.
func (b *bento) rewrite(file string, four func(byte) byte) error {
	return b.change(file, func(text []byte) []byte {
		for i := 0; i+4 <= len(text); i++ {
			if isDigits(text[i : i+4]) {
				for j := i; j < i+4; j++ {
					text[j] = four(text[j])
				}
				return text
			}
		}
		return text
	})
}

func digits(random *rand.Rand) func(byte) byte {
	return func(byte) byte { return byte('1' + random.IntN(9)) }
}

func isDigits(text []byte) bool {
	return !bytes.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

func (b *bento) change(file string, do func([]byte) []byte) error {
	file = filepath.Join(b.dir, file)
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text := do(bytes.Clone(old))
	if bytes.Equal(text, old) {
		return fmt.Errorf("%s: nothing to change", file)
	}
	return os.WriteFile(file, text, 0o644)
}

// exchange gives each of two files the other's name.
func (b *bento) exchange(x, y string) error {
	x, y = filepath.Join(b.dir, x), filepath.Join(b.dir, y)
	return first(os.Rename(x, x+".tmp"), os.Rename(y, x), os.Rename(x+".tmp", y))
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
