package render

import (
	"fmt"
	"html"
	"io"
	"strings"
	"unicode/utf8"

	"bentoc.dev/compiler/diff"
)

// maxComment bounds a comment, in bytes. GitHub takes 65,536 characters; whoever posts it
// may have to add a line.
const maxComment = 64000

// maxFolded bounds a value in a folded part, in bytes.
const maxFolded = 1500

// Marker begins what markdown prints: an HTML comment, by which the comment of an
// earlier run is found to be updated.
const Marker = "<!-- bentoc diff -->"

// markdown prints a comment for a pull request: a summary of three lines, then what
// concerns the caller, the operator and the bill, each finding folded.
//
// All that comes from a user is inside of HTML blocks, where Markdown is not read, and in
// code elements, where nobody is mentioned and nothing linked; none of it has a line
// break, so that no block ends in it and no line begins with it.
func (d *Document) markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n<p><b>bentoc diff</b> %s → %s</p>\n\n", Marker, code(d.Report.Old), code(d.Report.New))
	for _, a := range diff.Audiences {
		fmt.Fprintf(&b, "- **%s**: %s\n", a, strong(d.Count(a)))
	}
	for _, n := range d.o.Notes {
		fmt.Fprintf(&b, "\n<p>%s</p>\n", words(n))
	}
	rest := maxComment - b.Len() - 500
	blocks := map[diff.Audience][]string{}
	shown := 0
	for _, f := range d.Report.Findings { // in the order of their severity
		block := d.folded(f)
		if rest -= len(block); rest < 0 {
			break
		}
		blocks[f.Audience] = append(blocks[f.Audience], block)
		shown++
	}
	for _, a := range diff.Audiences {
		if len(blocks[a]) > 0 {
			fmt.Fprintf(&b, "\n#### %s\n\n%s", headings[a], strings.Join(blocks[a], ""))
		}
	}
	if more := len(d.Report.Findings) - shown; more > 0 {
		fmt.Fprintf(&b, "\n%d more findings, none of them worse; `bentoc diff --format=json` has all.\n", more)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func strong(c Counts) string {
	text := c.String()
	if c.Breaking > 0 {
		return "**" + text + "**"
	}
	return text
}

// folded gives a finding as one HTML block.
func (d *Document) folded(f diff.Finding) string {
	var b strings.Builder
	mark := "<b>" + string(f.Severity) + "</b>"
	if f.Suppressed != nil {
		mark = "<s>" + string(f.Severity) + "</s>"
	}
	fmt.Fprintf(&b, "<details><summary>%s %s: %s</summary>\n<ul>\n", mark, code(pathOf(f)), words(f.Reason))
	old, new := d.places(f)
	for _, side := range []struct{ label, place, value string }{{"before", old, f.Before}, {"after", new, f.After}} {
		if side.place == "" && side.value == "" {
			continue
		}
		fmt.Fprintf(&b, "<li>%s", side.label)
		if side.value != "" {
			fmt.Fprintf(&b, " %s", code(side.value))
		}
		if side.place != "" {
			fmt.Fprintf(&b, " at %s", code(side.place))
		}
		b.WriteString("</li>\n")
	}
	if f.Witness != nil {
		fmt.Fprintf(&b, "<li>%s: %s</li>\n", witness(f.Witness), code(string(f.Witness.Value)))
	}
	if s := f.Suppressed; s != nil {
		fmt.Fprintf(&b, "<li>suppressed until %s: %s</li>\n", code(s.Until), words(s.Reason))
	} else if f.Cure != "" {
		fmt.Fprintf(&b, "<li>%s</li>\n", words(f.Cure))
	}
	fmt.Fprintf(&b, "<li>rule <code>%s</code></li>\n</ul></details>\n\n", html.EscapeString(f.Rule))
	return b.String()
}

// code gives text as a code element.
func code(s string) string {
	return "<code>" + escape(short(plain(s), maxFolded)) + "</code>"
}

// escape gives text that is none but text in HTML.
func escape(s string) string {
	return strings.ReplaceAll(html.EscapeString(strings.ToValidUTF8(s, string(utf8.RuneError))), "`", "&#96;")
}

// words gives a sentence of ours, which may have a user's names in it: a word that would
// be anything but a word is put in a code element.
func words(s string) string {
	all := strings.Fields(short(plain(s), maxFolded))
	for i, word := range all {
		if strings.ContainsAny(word, "@#!$~%^&*_`<>[]|\\:/") && strings.TrimRight(word, ":") != "" && !plainWord(word) {
			all[i] = code(word)
		} else {
			all[i] = escape(word)
		}
	}
	return strings.Join(all, " ")
}

// plainWord reports whether a word has nothing but a colon at its end that is not of a word.
func plainWord(word string) bool {
	return !strings.ContainsAny(strings.TrimSuffix(word, ":"), "@#!$~%^&*_`<>[]|\\:/")
}
