package lock_test

import (
	"strings"
	"testing"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/lock"
)

const (
	h1  = "h1:OQTbbt6P72L20UqAkXXuLOj79LfEanQ+YQFNpLA9ySo="
	h2  = "h1:Sdozi7LEKbFPqYX2/J+iBAM6HpqSLTASQIKqDmF7Mt0="
	sha = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

const whole = `bentoc-lock 1
base debian:12 linux/amd64 ` + sha + `
base "layout:my base" linux/arm64 ` + sha + `
module example.com/x v1.2.3 ` + h1 + `
module example.com/x v1.2.3/go.mod ` + h2 + `
runtime bentoc.dev ` + h1 + `
toolchain golang.org/toolchain v0.0.1-go1.26.8.linux-amd64 ` + h1 + `
workspace bento.local/hello ` + h1 + `
`

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	f, diags := lock.Parse("bento.lock", []byte(whole))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if got := string(f.Bytes()); got != whole {
		t.Errorf("got\n%s", got)
	}
	windows, diags := lock.Parse("bento.lock", []byte(strings.ReplaceAll(whole, "\n", "\r\n")))
	if len(diags) > 0 || string(windows.Bytes()) != whole {
		t.Errorf("with CRLF: %v", diags)
	}
}

func TestLinesOfBothBranchesAreSorted(t *testing.T) {
	t.Parallel()
	f, diags := lock.Parse("bento.lock", []byte("bentoc-lock 1\nworkspace w "+h1+"\nmodule example.com/b v1.0.0 "+h1+"\nmodule example.com/a v1.0.0 "+h1+"\nworkspace w "+h1+"\n"))
	want := "bentoc-lock 1\nmodule example.com/a v1.0.0 " + h1 + "\nmodule example.com/b v1.0.0 " + h1 + "\nworkspace w " + h1 + "\n"
	if len(diags) > 0 || string(f.Bytes()) != want {
		t.Errorf("got %v\n%s", diags, f.Bytes())
	}
}

func TestParseMistakes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text      string
		code      diag.Code
		line, col int
		message   string
		hint      string
	}{
		"empty":        {"", diag.LockCorrupt, 1, 1, `begins with the line "bentoc-lock 1"`, "run bentoc lock"},
		"no header":    {"module x v1.0.0 " + h1, diag.LockCorrupt, 1, 1, "begins with the line", "run bentoc lock"},
		"newer":        {"bentoc-lock 2\nwhatever new", diag.LockTooNew, 1, 13, "version 2, this bentoc knows 1", "newer"},
		"conflict":     {"bentoc-lock 1\n<<<<<<< HEAD\nmodule x", diag.LockCorrupt, 2, 1, "merge conflict", "run bentoc lock: it keeps what the two sides agree on"},
		"conflict 1":   {"<<<<<<< HEAD\nbentoc-lock 1\n", diag.LockCorrupt, 1, 1, "merge conflict", "run bentoc lock"},
		"kind":         {"bentoc-lock 1\nmodul example.com/x v1.0.0 " + h1, diag.LockCorrupt, 2, 1, `no kind of entry called "modul"`, "run bentoc lock"},
		"short":        {"bentoc-lock 1\nmodule", diag.LockCorrupt, 2, 1, "at least a kind and a name", ""},
		"empty line":   {"bentoc-lock 1\n\n", diag.LockCorrupt, 2, 1, "not a word", ""},
		"two spaces":   {"bentoc-lock 1\nruntime  bentoc.dev", diag.LockCorrupt, 2, 9, "not a word", ""},
		"trailing":     {"bentoc-lock 1\nruntime bentoc.dev " + h1 + " ", diag.LockCorrupt, 2, 20 + len(h1) + 1, "not a word", ""},
		"quotes":       {"bentoc-lock 1\nruntime \"bentoc.dev\" " + h1, diag.LockCorrupt, 2, 9, "not a word", ""},
		"sum":          {"bentoc-lock 1\nmodule example.com/x v1.0.0 h1:short", diag.LockCorrupt, 2, 1, `"h1:short" is none`, ""},
		"version":      {"bentoc-lock 1\nmodule example.com/x 1.0 " + h1, diag.LockCorrupt, 2, 1, `"1.0" is none`, ""},
		"major":        {"bentoc-lock 1\nmodule example.com/x v2.0.0 " + h1, diag.LockCorrupt, 2, 1, `"v2.0.0" is none`, ""},
		"platform":     {"bentoc-lock 1\nbase a linux/mips " + sha, diag.LockCorrupt, 2, 1, `"linux/mips" is none`, ""},
		"fields":       {"bentoc-lock 1\nbase a " + sha, diag.LockCorrupt, 2, 1, "a platform and a digest", ""},
		"locked twice": {"bentoc-lock 1\nruntime bentoc.dev " + h1 + "\nruntime bentoc.dev " + h2, diag.LockCorrupt, 3, 1, "runtime bentoc.dev is locked twice", "run bentoc lock: it keeps"},
	} {
		f, diags := lock.Parse("sub/bento.lock", []byte(test.text))
		if f != nil || len(diags) == 0 {
			t.Errorf("%s: taken", name)
			continue
		}
		d := diags[0]
		if d.Code != test.code || d.Pos.Line != test.line || d.Pos.Col != test.col || d.Pos.File != "sub/bento.lock" {
			t.Errorf("%s: %s at %s", name, d.Code, d.Pos)
		}
		if !strings.Contains(d.Message, test.message) || !strings.Contains(d.Hint, test.hint) || d.Hint == "" {
			t.Errorf("%s: %q, hint %q", name, d.Message, d.Hint)
		}
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	parse := func(text string) *lock.File {
		f, diags := lock.Parse("bento.lock", []byte("bentoc-lock 1\n"+text))
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		return f
	}
	old := parse("base debian:12 linux/amd64 " + sha + "\nmodule example.com/a v1.0.0 " + h1 + "\nmodule example.com/a v1.0.0/go.mod " + h1 + "\nruntime bentoc.dev " + h1 + "\n")
	other := strings.Replace(sha, "e3", "44", 1)
	now := parse("base debian:12 linux/amd64 " + other + "\nmodule example.com/b v1.0.0 " + h1 + "\nruntime bentoc.dev " + h1 + "\n")
	var got []string
	for _, c := range lock.Diff(old, now) {
		got = append(got, c.String())
	}
	want := "~ base debian:12 linux/amd64 " + sha + " → " + other + "\n- module example.com/a v1.0.0\n+ module example.com/b v1.0.0"
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	if c := lock.Diff(nil, now); len(c) != 3 {
		t.Errorf("from nothing: %v", c)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("bentoc-lock 1\nruntime \"a\\x00 b\" " + h1))
	f.Add([]byte("bentoc-lock 9\n"))
	f.Add([]byte("bentoc-lock 1\n=======\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, diags := lock.Parse("bento.lock", data)
		if (file == nil) != diags.HasErrors() {
			t.Fatalf("file %v, diagnostics %v", file, diags)
		}
		for _, d := range diags {
			if !d.Pos.IsValid() || d.Hint == "" {
				t.Errorf("%+v has no place or no hint", d)
			}
		}
		if file == nil {
			return
		}
		text := file.Bytes()
		again, diags := lock.Parse("bento.lock", text)
		if len(diags) > 0 || string(again.Bytes()) != string(text) {
			t.Errorf("written form is read otherwise: %v\n%s", diags, text)
		}
	})
}
