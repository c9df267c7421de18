package ir

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// readsBack holds that what people read is the IR: parsed, it has the same digest.
func readsBack(t *testing.T, name string, b *Bento) []byte {
	t.Helper()
	text, err := b.Readable()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	again, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
	if again.Digest() != b.Digest() || b.Digest() == "" {
		t.Errorf("%s: the digest of what is read is %s, not %s", name, again.Digest(), b.Digest())
	}
	twice, err := again.Readable()
	if err != nil || !bytes.Equal(twice, text) {
		t.Errorf("%s: printed again it is another text (%v):\n%s\n%s", name, err, text, twice)
	}
	return text
}

func TestReadableReadsBack(t *testing.T) {
	t.Parallel()
	first := readsBack(t, "sample 0", sample(0))
	for seed := range uint64(200) {
		if got := readsBack(t, "sample", sample(seed)); !bytes.Equal(got, first) {
			t.Fatalf("seed %d: equal bentos have another text:\n%s\n%s", seed, got, first)
		}
	}
	files, err := filepath.Glob("../gen/testdata/*.txtar")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d goldens, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range txtar.Parse(data).Files {
			if f.Name != "ir.json" {
				continue
			}
			b, err := Parse(f.Data)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			readsBack(t, file, b)
		}
	}
}

// An edit of one field is an edit of few lines.
func TestReadableIsForDiff(t *testing.T) {
	t.Parallel()
	before, _ := sample(0).Readable()
	b := sample(0)
	b.Graphs["read"].Nodes[1].In.Object[0].Value.Edge.Path = []string{"picture"}
	after, _ := b.Readable()
	x, y := strings.Split(string(before), "\n"), strings.Split(string(after), "\n")
	if len(x) != len(y) {
		t.Fatalf("%d lines became %d", len(x), len(y))
	}
	changed := 0
	for i := range x {
		if x[i] != y[i] {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("%d lines changed", changed)
	}
}

func TestIndent(t *testing.T) {
	t.Parallel()
	wide := `["` + strings.Repeat("w", 60) + `","` + strings.Repeat("v", 60) + `"]`
	for in, want := range map[string]string{
		`{}`:                         "{}\n",
		`[]`:                         "[]\n",
		`{"b":1.00,"a":[1,2,"<&>"]}`: `{"b": 1.00, "a": [1, 2, "<&>"]}` + "\n",
		`{"a":{"b":{"c":{"d":{}}}}}`: "{\n  \"a\": {\n    \"b\": {\"c\": {\"d\": {}}}\n  }\n}\n",
		wide:                         "[\n  \"" + strings.Repeat("w", 60) + "\",\n  \"" + strings.Repeat("v", 60) + "\"\n]\n",
		`"\u2028é"`:                  "\"\\u2028é\"\n",
	} {
		got, err := Indent([]byte(in))
		if err != nil || string(got) != want {
			t.Errorf("%s: %v\n%s, want\n%s", in, err, got, want)
		}
		if !json.Valid(got) {
			t.Errorf("%s: not JSON: %s", in, got)
		}
	}
	for _, in := range []string{"", "{", `{"a"`, `[1`} {
		if got, err := Indent([]byte(in)); err == nil {
			t.Errorf("%q gives %s", in, got)
		}
	}
}
