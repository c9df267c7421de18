package gen

import (
	"go/parser"
	"go/token"
	"slices"
	"testing"
)

func TestNames(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"name":       {"Name", "name"},
		"min-score":  {"MinScore", "minScore"},
		"minScore":   {"MinScore", "minScore"},
		"image_url":  {"ImageURL", "imageURL"},
		"imageUrls":  {"ImageURLs", "imageURLs"},
		"id":         {"ID", "id"},
		"ids":        {"IDs", "ids"},
		"HTTPServer": {"HTTPServer", "httpServer"},
		"userID":     {"UserID", "userID"},
		"a.b/c":      {"ABC", "aBC"},
		"1st":        {"X1st", "x1st"},
		"":           {"X", "x"},
		"---":        {"X", "x"},
		"日本":         {"X日本", "x日本"},
		"élan":       {"Élan", "élan"},
	} {
		if got := exported(in); got != want[0] {
			t.Errorf("exported(%q) = %q, want %q", in, got, want[0])
		}
		if got := unexported(in); got != want[1] {
			t.Errorf("unexported(%q) = %q, want %q", in, got, want[1])
		}
	}
}

func TestNamesAreUsedOnce(t *testing.T) {
	t.Parallel()
	n := newNames("codec")
	for _, c := range []struct {
		want       string
		candidates []string
	}{
		{"codec2", []string{"codec"}}, {"codec3", []string{"codec"}}, {"A", []string{"A"}}, {"B", []string{"A", "B"}},
		{"A2", []string{"A", "B"}}, {"func2", []string{"func"}}, {"len2", []string{"len"}},
	} {
		if got := n.pick(c.candidates...); got != c.want {
			t.Errorf("pick(%q) = %q, want %q", c.candidates, got, c.want)
		}
	}
	inner := n.inner("ctx")
	if got := inner.pick("A"); got != "A3" {
		t.Errorf("inside, A is %q", got)
	}
	if got := n.inner().pick("A"); got != "A3" {
		t.Errorf("in another block, A is %q", got)
	}
}

func TestCommentsStayComments(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                          "",
		" \n":                       "",
		"one":                       "// one",
		"one\n\ntwo  \r\n\tthree":   "// one\n//\n// two\n// \tthree",
		"a\x00b\u2028c\rd":          "// ab\u2028cd",
		"//go:embed x\n*/ func f()": "// //go:embed x\n// */ func f()",
	} {
		got := ""
		for i, l := range docComment(in) {
			if i > 0 {
				got += "\n"
			}
			got += l
		}
		if got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// What the templates of package bentogen declare is known by name.
func TestFixedNames(t *testing.T) {
	t.Parallel()
	var want []string
	files, err := templates.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := templates.ReadFile("templates/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), text, 0)
		if err != nil {
			t.Fatal(err)
		}
		for name := range parsed.Scope.Objects {
			want = append(want, name)
		}
	}
	if got := slices.Sorted(slices.Values(fixedNames())); len(got) == 0 || !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("got %v, want %v", got, want)
	}
}
