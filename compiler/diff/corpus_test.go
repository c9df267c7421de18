package diff_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"bentoc.dev/compiler/check"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/diff"
	"bentoc.dev/compiler/diff/render"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/load"
)

// TestCorpus compares testdata/base.cue with what a change makes of it, for each of the
// changes in testdata/corpus, and writes the report as a person reads it. With
// BENTOC_UPDATE=1 the reports are written anew: read them.
//
// An archive has the change as a difference (change: blocks of lines, which begin with
// "-", "+" or a blank) or both bentos whole (old.cue, new.cue), and what else differs, as
// in testdata/base.json: old.json, new.json. "before" is a change that both sides have. Its
// comment says what happens; a line "today: DAY" in it says when.
func TestCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/corpus/*.txtar")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d changes, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := compareCase(t, a)
			if os.Getenv("BENTOC_UPDATE") == "1" {
				a.Files = append(slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == "report" }), txtar.File{Name: "report", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := section(a, "report"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func section(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func compareCase(t *testing.T, a *txtar.Archive) string {
	t.Helper()
	base := read(t, "testdata/base.cue")
	base = edited(t, base, section(a, "before"))
	today := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	for line := range strings.Lines(string(a.Comment)) {
		if day, found := strings.CutPrefix(strings.TrimSpace(line), "today: "); found {
			at, err := ir.Date(day)
			if err != nil {
				t.Fatal(err)
			}
			today = at.Add(12 * time.Hour)
		}
	}
	old, new := section(a, "old.cue"), section(a, "new.cue")
	if old == "" {
		old = base
	}
	if new == "" {
		new = edited(t, base, section(a, "change"))
	}
	r, err := diff.Compare(sideOf(t, "main", old, section(a, "old.json")), sideOf(t, "work tree", new, section(a, "new.json")), diff.Options{Today: today})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := render.New(r, render.Options{FailOn: "breaking"}).Write(&out, "text"); err != nil {
		t.Fatal(err)
	}
	if err := diag.Text(&out, r.Diagnostics, diag.Options{Source: func(string) []byte { return []byte(new) }}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// beside is what is known of a side beside its CUE.
type beside struct {
	Signatures map[string]*ir.Signature `json:"signatures"`
	Facts      diff.Facts               `json:"facts"`
}

// sideOf loads and checks a bento as a comparison has it.
func sideOf(t *testing.T, name, text, differs string) diff.Side {
	t.Helper()
	var known beside
	for _, data := range []string{read(t, "testdata/base.json"), differs} {
		if data == "" {
			continue
		}
		dec := json.NewDecoder(strings.NewReader(data))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&known); err != nil {
			t.Fatal(err)
		}
	}
	if strings.TrimSpace(text) == "none" {
		return diff.Side{Name: name}
	}
	res, diags, err := load.Bento(t.Context(), fstest.MapFS{
		"cue.mod/module.cue": {Data: []byte("module: \"example.org/shop@v0\"\nlanguage: version: \"v0.15.0\"\n")},
		"bento.cue":          {Data: []byte(text)},
	}, load.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if res.IR != nil {
		for model, m := range res.IR.Models {
			m.Signature = known.Signatures[model]
		}
		diags = append(diags, check.Run(res.IR, check.Options{})...)
		diags = append(diags, diff.Vet(res.IR)...)
	}
	if diags.HasErrors() {
		var s strings.Builder
		_ = diag.Text(&s, diags, diag.Options{Source: res.Source})
		t.Fatalf("%s:\n%s", name, s.String())
	}
	return diff.Side{Name: name, Bento: res.IR, Facts: known.Facts}
}

// edited makes a change: each block of its lines, with those that begin with a blank or
// "-", stands once in the text, whatever its indentation.
func edited(t *testing.T, text, change string) string {
	t.Helper()
	lines := strings.Split(text, "\n")
	for block := range strings.SplitSeq(change, "\n\n") {
		var from, to []string
		for line := range strings.Lines(block) {
			line = strings.TrimSuffix(line, "\n")
			switch {
			case line == "":
			case line[0] == '-':
				from = append(from, line[1:])
			case line[0] == '+':
				to = append(to, line[1:])
			default:
				from, to = append(from, line[1:]), append(to, line[1:])
			}
		}
		if from == nil && to == nil {
			continue
		}
		at := -1
		for i := range lines {
			if i+len(from) <= len(lines) && slices.EqualFunc(lines[i:i+len(from)], from, func(a, b string) bool { return strings.TrimSpace(a) == strings.TrimSpace(b) }) {
				if at >= 0 {
					t.Fatalf("the block stands twice:\n%s", block)
				}
				at = i
			}
		}
		if at < 0 || len(from) == 0 {
			t.Fatalf("the block stands nowhere:\n%s", block)
		}
		lines = slices.Concat(lines[:at], to, lines[at+len(from):])
	}
	return fmt.Sprint(strings.Join(lines, "\n"))
}
