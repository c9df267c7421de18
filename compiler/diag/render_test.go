package diag_test

import (
	"encoding/json"
	"strings"
	"testing"

	"bentoc.dev/compiler/diag"
)

const source = "package p\n\n\tname: \"é\", nmae: 1\n"

func sample() (diag.List, diag.Options) {
	var l diag.List
	l.Errorf(diag.UnknownField, diag.Pos{File: "a,b.cue", Line: 3, Col: 14, EndLine: 3, EndCol: 18}, "bento.nmae", "unknown field %q", "nmae").
		Hintf("did you mean %q?", "name").
		Also(diag.Pos{File: "s.cue", Line: 1, Col: 2}, "the schema says it here")
	l.Warnf(diag.LockStale, diag.Pos{}, "", "old\nlock, 50%%")
	opts := diag.Options{
		Source: func(file string) []byte {
			if file == "a,b.cue" {
				return []byte(source)
			}
			return nil
		},
		Rel: func(file string) string { return "x/" + file },
	}
	return l, opts
}

func TestText(t *testing.T) {
	t.Parallel()
	l, opts := sample()
	var b strings.Builder
	if err := diag.Text(&b, l, opts); err != nil {
		t.Fatal(err)
	}
	want := `x/a,b.cue:3:14: error[unknown-field]: bento.nmae: unknown field "nmae"
    3 | 	name: "é", nmae: 1
      | 	           ^~~~
hint: did you mean "name"?
related: x/s.cue:1:2: the schema says it here
warning[lock-stale]: old
lock, 50%
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// TestTextWithoutSource checks that a place which does not exist in the source
// costs the excerpt only.
func TestTextWithoutSource(t *testing.T) {
	t.Parallel()
	for _, pos := range []diag.Pos{
		{File: "a,b.cue", Line: 99, Col: 1},
		{File: "a,b.cue", Line: 3, Col: 99},
		{File: "other.cue", Line: 1, Col: 1},
		{File: "a,b.cue", Line: 1, Col: 0},
	} {
		_, opts := sample()
		var l diag.List
		l.Errorf(diag.Syntax, pos, "", "oh")
		var b strings.Builder
		if err := diag.Text(&b, l, opts); err != nil || strings.Count(b.String(), "\n") != 1 {
			t.Errorf("%v: %v\n%s", pos, err, b.String())
		}
	}
}

// TestLongLine checks that the excerpt of a very long line is cut round the
// place and that the mark stays below it.
func TestLongLine(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("é", 500) + "X" + strings.Repeat("é", 500)
	var l diag.List
	l.Errorf(diag.Syntax, diag.Pos{File: "f", Line: 1, Col: 1001}, "", "here")
	var b strings.Builder
	err := diag.Text(&b, l, diag.Options{Source: func(string) []byte { return []byte(line) }})
	lines := strings.Split(b.String(), "\n")
	if err != nil || len(lines) < 3 {
		t.Fatalf("%v\n%s", err, b.String())
	}
	x, caret := []rune(lines[1]), []rune(lines[2])
	if i := len(caret) - 1; i >= len(x) || x[i] != 'X' || len(lines[1]) > 200 {
		t.Errorf("the mark is not below the place:\n%s\n%s", lines[1], lines[2])
	}
}

func TestColor(t *testing.T) {
	t.Parallel()
	l, opts := sample()
	opts.Color = true
	var b strings.Builder
	if err := diag.Text(&b, l, opts); err != nil || !strings.Contains(b.String(), "\x1b[1;31merror[unknown-field]\x1b[0m") {
		t.Errorf("%v %q", err, b.String())
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	l, opts := sample()
	var b strings.Builder
	if err := diag.JSON(&b, l, opts); err != nil {
		t.Fatal(err)
	}
	var back diag.List
	if err := json.Unmarshal([]byte(b.String()), &back); err != nil {
		t.Fatal(err)
	}
	if len(back) != 2 || back[0].Pos.File != "x/a,b.cue" || back[0].Related[0].Pos.File != "x/s.cue" || back[1].Pos.File != "" {
		t.Errorf("%+v", back)
	}
	b.Reset()
	if err := diag.JSON(&b, nil, opts); err != nil || strings.TrimSpace(b.String()) != "[]" {
		t.Errorf("an empty list is %q, %v", b.String(), err)
	}
}

func TestGitHub(t *testing.T) {
	t.Parallel()
	l, opts := sample()
	var b strings.Builder
	if err := diag.GitHub(&b, l, opts); err != nil {
		t.Fatal(err)
	}
	want := `::error file=x/a%2Cb.cue,line=3,col=14,endLine=3,endColumn=18,title=bentoc unknown-field::bento.nmae: unknown field "nmae"%0Ahint: did you mean "name"?
::warning title=bentoc lock-stale::old%0Alock, 50%25
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
