// Package render prints the report of a comparison of two bentos: for people in a
// terminal (text), for a comment below a pull request (markdown), as annotations of its
// lines (github), as a picture of both with what has changed in colour (svg) and for programs
// (json, whose schema is [Schema]).
//
// What comes out of a user's files, or of somebody else's image, is text wherever it is
// printed: no control character reaches a terminal, and nothing is live in a comment, no
// markup, no mention of anybody, no command.
//
// To add a format, write a function on [Document] and put its row into formats.
package render

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/diff"
	"bentoc.dev/compiler/ir"
)

// Side says how the files of one side are called and read.
type Side struct {
	// File names a file of a position for people, such as main:examples/ocr/bento.cue;
	// nil leaves names as they are.
	File func(name string) string
	// Path gives the path of such a file below the root of the repository, "" where it
	// is not in it; nil is for a side that has no files.
	Path func(name string) string
	// Bento is what is drawn of the side; nil for none.
	Bento *ir.Bento
}

// Options say how a report is printed.
type Options struct {
	Old, New Side
	// FailOn is the severity from which on the comparison fails, or "never".
	FailOn string
	// Notes are what the reader should know of the comparison, a sentence each.
	Notes []string
	// Color marks up text for a terminal.
	Color bool
}

// Document is a report that is to be printed.
type Document struct {
	Report *diff.Report
	// Fails is whether something that is not suppressed is as bad as FailOn says.
	Fails bool

	o Options
}

// New makes a document of a report.
func New(r *diff.Report, o Options) *Document {
	d := &Document{Report: r, o: o}
	if worst := r.Worst(); worst != "" && slices.Contains(diff.Severities, diff.Severity(o.FailOn)) {
		d.Fails = worst.AtLeast(diff.Severity(o.FailOn))
	}
	return d
}

// formats has the rows, in the order of the help.
var formats = []struct {
	name  string
	write func(*Document, io.Writer) error
}{
	{"text", (*Document).text},
	{"json", (*Document).json},
	{"markdown", (*Document).markdown},
	{"github", (*Document).github},
	{"svg", (*Document).svg},
}

// Names gives the names of the formats.
func Names() (names []string) {
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// Write prints the document in a format.
func (d *Document) Write(w io.Writer, format string) error {
	for _, f := range formats {
		if f.name == format {
			if err := f.write(d, w); err != nil {
				return fmt.Errorf("writing the report: %w", err)
			}
			return nil
		}
	}
	return fmt.Errorf("there is no format %q", format)
}

// Counts says how many findings there are of each severity; those that are suppressed are
// counted apart.
type Counts struct {
	Breaking   int `json:"breaking"`
	Risky      int `json:"risky"`
	Safe       int `json:"safe"`
	Suppressed int `json:"suppressed"`
}

// Count counts what concerns somebody.
func (d *Document) Count(a diff.Audience) (c Counts) {
	for _, f := range d.Report.Findings {
		switch {
		case f.Audience != a:
		case f.Suppressed != nil:
			c.Suppressed++
		case f.Severity == diff.Breaking:
			c.Breaking++
		case f.Severity == diff.Risky:
			c.Risky++
		default:
			c.Safe++
		}
	}
	return c
}

// String gives the counts for people.
func (c Counts) String() string {
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{c.Breaking, "breaking"}, {c.Risky, "risky"}, {c.Safe, "safe"}, {c.Suppressed, "suppressed"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.word))
		}
	}
	if len(parts) == 0 {
		return "no change"
	}
	return strings.Join(parts, ", ")
}

// of gives the findings of one audience, the worst first.
func of(findings []diff.Finding, a diff.Audience) (some []diff.Finding) {
	for _, f := range findings {
		if f.Audience == a {
			some = append(some, f)
		}
	}
	return some
}

// places gives where a finding is on both sides, for people; "" where a side has no place.
func (d *Document) places(f diff.Finding) (old, new string) {
	return d.o.Old.place(f.Old), d.o.New.place(f.New)
}

func (s Side) place(p diag.Pos) string {
	if !p.IsValid() {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d", plain(s.name(p.File)), p.Line, p.Col)
}

func (s Side) name(file string) string {
	if s.File != nil && !strings.HasPrefix(file, "bentoc.dev/schema") {
		return s.File(file)
	}
	return file
}

// plain gives text in which nothing but printable characters is left: what else there is
// is spelled out.
func plain(s string) string {
	if strings.IndexFunc(s, unprintable) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unprintable(r) {
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func unprintable(r rune) bool { return r != ' ' && !unicode.IsPrint(r) }

// short gives the beginning of a text that is longer than most bytes, and says so.
func short(s string, most int) string {
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xC0 == 0x80 { // not inside of a character
		cut--
	}
	return fmt.Sprintf("%s… (%d bytes more)", s[:cut], len(s)-cut)
}

// witness says what the witness of a finding shows.
func witness(w *diff.Witness) string {
	switch w.Kind {
	case diff.Answer:
		return "an answer that old clients cannot read"
	case diff.Positional:
		return "arguments without names that are given to other fields now"
	}
	return "a request that was taken and is refused now"
}
