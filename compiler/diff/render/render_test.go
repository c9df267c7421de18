package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/diff"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/ir/notation"
)

// nasty are texts of a user that would be something else where they are not escaped.
var nasty = []string{
	"@everyone", "`code`", "``", "a|b|c", "<img src=x onerror=alert(1)>", "</details>", "</code>", "<!--", "-->", "\n\n# heading\n\n", "\n/close\n", "::error::x", "\n::set-output name=x::y",
	"%0A", "[x](https://evil.example)", "https://evil.example", "#12", "!12", "$(id)", "\x1b[31mred", "\u202egnp.exe", "\r\nx", "\x00", "&lt;", "*b*", "~~~", "```", "\xff\xfe", "    indented", "- item", "1. item", strings.Repeat("long ", 2000),
}

func about(text string, s diff.Severity, a diff.Audience) diff.Finding {
	value, _ := json.Marshal(text)
	return diff.Finding{
		Rule: "some-rule", Severity: s, Audience: a, Path: "services.x." + text, Before: text, After: text, Reason: "the field " + text + " is gone", Cure: "keep " + text,
		Old: diag.Pos{File: text, Line: 1, Col: 2}, New: diag.Pos{File: text, Line: 3, Col: 4}, Witness: &diff.Witness{Kind: diff.Request, Value: value},
	}
}

func nastyReport() *diff.Report {
	r := &diff.Report{Old: "@old `x` <b>", New: "new\n\n# x"}
	for _, s := range diff.Severities {
		for i, text := range nasty {
			f := about(text, s, diff.Audiences[i%3])
			if i%5 == 4 {
				f.Suppressed = &diff.Suppression{Reason: text, Until: "2027-01-31"}
			}
			r.Findings = append(r.Findings, f)
		}
	}
	return r
}

func render(t testing.TB, r *diff.Report, format string, o Options) string {
	t.Helper()
	if o.FailOn == "" {
		o.FailOn = "breaking"
	}
	var b bytes.Buffer
	if err := New(r, o).Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestMarkdownIsDead reads the comment as a Markdown reader of somebody else's does, and
// holds that a user's text is nothing but text in code elements.
func TestMarkdownIsDead(t *testing.T) {
	t.Parallel()
	all := nastyReport().Findings
	for i := range all { // one at a time, else the bound of the comment hides some
		r := &diff.Report{Old: "@old `x` <b>", New: "new\n\n# x", Findings: all[i : i+1]}
		text := render(t, r, "markdown", Options{Notes: []string{"note of @somebody `x`"}})
		var page bytes.Buffer
		md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(gmhtml.WithUnsafe()))
		if err := md.Convert([]byte(text), &page); err != nil {
			t.Fatal(err)
		}
		doc, err := html.Parse(&page)
		if err != nil {
			t.Fatal(err)
		}
		walk(t, doc, false, fmt.Sprintf("%q", nasty[i%len(nasty)]))
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "/") || strings.HasPrefix(line, "::") {
				t.Errorf("a line is a command: %q", line)
			}
		}
		for _, r := range text {
			if r != '\n' && unprintable(r) {
				t.Errorf("%q is in the comment", r)
			}
		}
		if !strings.HasPrefix(text, Marker) {
			t.Error("the comment does not begin with its marker")
		}
	}
}

// live are characters that GitHub or GitLab make something of outside of code.
const live = "@#!~$%`<>[]|"

func walk(t *testing.T, n *html.Node, inCode bool, whose string) {
	switch n.Type {
	case html.ElementNode:
		known := []string{"html", "head", "body", "p", "b", "s", "ul", "li", "h4", "details", "summary", "code", "strong"}
		if !slices.Contains(known, n.Data) || len(n.Attr) > 0 && n.Data != "h4" {
			t.Errorf("%s: an element <%s %v> has come to life", whose, n.Data, n.Attr)
		}
		inCode = inCode || n.Data == "code"
	case html.TextNode:
		if !inCode && strings.ContainsAny(n.Data, live) {
			t.Errorf("%s: %q is outside of code", whose, n.Data)
		}
	case html.CommentNode:
		if n.Data != " bentoc diff " {
			t.Errorf("%s: a comment %q", whose, n.Data)
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(t, c, inCode, whose)
	}
}

// TestGitHubIsDead holds that each finding is one command, whatever is in it.
func TestGitHubIsDead(t *testing.T) {
	t.Parallel()
	r := nastyReport()
	text := render(t, r, "github", Options{New: Side{Path: func(name string) string { return name }}, Notes: []string{"a\nnote"}})
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if want := min(len(r.Findings), maxAnnotations) + 1; len(lines) != want {
		t.Errorf("%d lines, want %d", len(lines), want)
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, "::error ") && !strings.HasPrefix(line, "::warning ") && !strings.HasPrefix(line, "::notice ") || strings.ContainsAny(line, "\r\x1b\x00") {
			t.Errorf("no command: %q", line)
		}
	}
}

func TestTextIsDead(t *testing.T) {
	t.Parallel()
	for _, r := range render(t, nastyReport(), "text", Options{}) {
		if r != '\n' && unprintable(r) {
			t.Errorf("%q is printed on the terminal", r)
		}
	}
}

// TestMany has more findings than anybody reads: everything but JSON is bounded, says how many
// more there are, and shows the worst.
func TestMany(t *testing.T) {
	t.Parallel()
	r := &diff.Report{Old: "old", New: "new"}
	for i := range 10000 {
		s := diff.Severities[min(2, i/50)]
		r.Findings = append(r.Findings, about(fmt.Sprintf("f%d", i), s, diff.Audiences[i%3]))
	}
	for format, most := range map[string]int{"text": 60000, "markdown": 65536, "github": 100000} {
		text := render(t, r, format, Options{})
		if len(text) > most {
			t.Errorf("%s: %d bytes", format, len(text))
		}
		if !strings.Contains(text, "more findings, none of them worse") || !strings.Contains(text, "services.x.f49") {
			t.Errorf("%s does not say that there is more, or hides a break", format)
		}
	}
	var doc struct{ Findings []any }
	if err := json.Unmarshal([]byte(render(t, r, "json", Options{})), &doc); err != nil || len(doc.Findings) != 10000 {
		t.Errorf("json has %d findings: %v", len(doc.Findings), err)
	}
}

func TestJSONSchema(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", schema); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	many, err := jsonschema.UnmarshalJSON(bytes.NewReader(ManySchema))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.AddResource("many.json", many), c.AddResource("https://bentoc.dev/schema/diff/1", schema)); err != nil {
		t.Fatal(err)
	}
	ofMany, err := c.Compile("many.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, all := range []struct {
		of    []OfMany
		right bool
	}{
		{[]OfMany{}, true},
		{[]OfMany{{Path: "a", Report: []byte(render(t, nastyReport(), "json", Options{FailOn: "never"}))}, {Path: ".", Error: "its sources are wrong"}}, true},
		{[]OfMany{{Path: "a"}}, false},
		{[]OfMany{{Path: "a", Report: []byte(`{"version": 1}`)}}, false},
	} {
		text, err := json.Marshal(Many{Version, all.of})
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := ofMany.Validate(doc); (err == nil) != all.right {
			t.Errorf("%s: %v", text, err)
		}
	}
	empty := &diff.Report{Old: "a", New: "b"}
	bare := &diff.Report{Old: "a", New: "b", Findings: []diff.Finding{{Rule: "x", Severity: diff.Safe, Audience: diff.Bill, Reason: "y"}}}
	for _, r := range []*diff.Report{nastyReport(), empty, bare} {
		for _, failOn := range []string{"breaking", "risky", "never"} {
			text := render(t, r, "json", Options{FailOn: failOn, Notes: []string{"x"}})
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(doc); err != nil {
				t.Error(err)
			}
		}
	}
	for _, wrong := range []string{`{}`, `{"version": 2}`} {
		doc, _ := jsonschema.UnmarshalJSON(strings.NewReader(wrong))
		if s.Validate(doc) == nil {
			t.Errorf("the schema takes %s", wrong)
		}
	}
}

// TestPicture draws two bentos whose findings have a user's texts in them.
func TestPicture(t *testing.T) {
	t.Parallel()
	const text = `
runner greet {name: string} -> {message: string}
service hello {
	greet runner greet /greet
}
`
	old := notation.Bento(text)
	new := notation.Bento(strings.Replace(text, "greet runner greet /greet", "hail runner greet /hail", 1))
	r := nastyReport()
	r.Findings[0].Path = "services.hello.endpoints.hail"
	picture := render(t, r, "svg", Options{Old: Side{Bento: old}, New: Side{Bento: new}})
	dec := xml.NewDecoder(strings.NewReader(picture))
	for {
		token, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && !slices.Contains([]string{"svg", "title", "style", "rect", "g", "text", "tspan", "path", "line", "circle", "polygon", "marker", "defs"}, e.Name.Local) {
			t.Errorf("an element %s has come to life", e.Name.Local)
		}
	}
	if !strings.Contains(picture, "hail") || !strings.Contains(picture, "breaking") {
		t.Error("the picture does not have what has changed")
	}
	for _, sides := range [][2]*ir.Bento{{nil, new}, {old, nil}} {
		if render(t, &diff.Report{}, "svg", Options{Old: Side{Bento: sides[0]}, New: Side{Bento: sides[1]}}) == "" {
			t.Error("no picture of a bento that has come or gone")
		}
	}
}

func TestFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		worst, failOn string
		suppressed    bool
		want          bool
	}{
		{"breaking", "breaking", false, true}, {"breaking", "risky", false, true}, {"breaking", "never", false, false},
		{"risky", "breaking", false, false}, {"risky", "risky", false, true}, {"safe", "risky", false, false},
		{"", "risky", false, false}, {"breaking", "breaking", true, false},
	} {
		r := &diff.Report{}
		if c.worst != "" {
			f := diff.Finding{Severity: diff.Severity(c.worst), Audience: diff.Caller}
			if c.suppressed {
				f.Suppressed = &diff.Suppression{}
			}
			r.Findings = append(r.Findings, f)
		}
		if got := New(r, Options{FailOn: c.failOn}).Fails; got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
