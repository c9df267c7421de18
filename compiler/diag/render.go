package diag

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Options say how diagnostics are printed. The zero Options print no source
// lines, names as they are, and no colour.
type Options struct {
	// Source gives the bytes of a file, for excerpts; nil, or nil bytes, means
	// none.
	Source func(file string) []byte
	// Rel turns the name of a file in a position into one that the reader can
	// open, such as a path relative to the current folder.
	Rel func(file string) string
	// Color marks up the text for a terminal.
	Color bool
}

// ANSI sequences of [Text].
const (
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	cyan   = "\x1b[36m"
	reset  = "\x1b[0m"
)

func (o Options) paint(color, s string) string {
	if !o.Color || s == "" {
		return s
	}
	return color + s + reset
}

// place gives file:line:col for people, "" when p is no place.
func (o Options) place(p Pos) string {
	if !p.IsValid() {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d", o.name(p.File), p.Line, p.Col)
}

func (o Options) name(file string) string {
	if o.Rel != nil {
		return o.Rel(file)
	}
	return file
}

// Text writes l for people: one line for each diagnostic, the source line with
// a mark below the place, the hint, and the places that are related.
func Text(w io.Writer, l List, o Options) error {
	var b strings.Builder
	for _, d := range l {
		o.text(&b, d)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (o Options) text(b *strings.Builder, d Diagnostic) {
	if p := o.place(d.Pos); p != "" {
		b.WriteString(o.paint(bold, p) + ": ")
	}
	color := red
	if d.Severity == Warning {
		color = yellow
	}
	b.WriteString(o.paint(color, fmt.Sprintf("%s[%s]", d.Severity, d.Code)) + ": ")
	if d.Path != "" {
		b.WriteString(d.Path + ": ")
	}
	b.WriteString(d.Message + "\n")
	o.excerpt(b, d.Pos)
	if d.Hint != "" {
		fmt.Fprintf(b, "%s %s\n", o.paint(cyan, "hint:"), d.Hint)
	}
	for _, r := range d.Related {
		if p := o.place(r.Pos); p != "" {
			fmt.Fprintf(b, "%s %s: %s\n", o.paint(dim, "related:"), p, r.Message)
		}
	}
}

// maxExcerpt is how much of a source line is shown, in bytes.
const maxExcerpt = 160

// excerpt writes the line of p with a mark below the place.
func (o Options) excerpt(b *strings.Builder, p Pos) {
	line, ok := o.line(p)
	if !ok || p.Col > len(line)+1 {
		return
	}
	start := 0
	if p.Col > maxExcerpt/2 && len(line) > maxExcerpt {
		start = p.Col - maxExcerpt/2
		for start > 0 && !utf8.RuneStart(line[start]) {
			start--
		}
	}
	shown := line[start:]
	if len(shown) > maxExcerpt {
		shown = shown[:maxExcerpt]
		for !utf8.ValidString(shown) && len(shown) > maxExcerpt-utf8.UTFMax {
			shown = shown[:len(shown)-1]
		}
	}
	number := fmt.Sprintf("%5d", p.Line)
	fmt.Fprintf(b, "%s %s\n", o.paint(dim, number+" |"), shown)
	mark := strings.Repeat(" ", 5)
	fmt.Fprintf(b, "%s %s%s\n", o.paint(dim, mark+" |"), blanks(line[start:p.Col-1]), o.paint(red, underline(p, line)))
}

// line gives the text of p's line.
func (o Options) line(p Pos) (string, bool) {
	if o.Source == nil || !p.IsValid() || p.Col < 1 {
		return "", false
	}
	src := string(o.Source(p.File))
	for i := 1; i < p.Line; i++ {
		_, rest, ok := strings.Cut(src, "\n")
		if !ok {
			return "", false
		}
		src = rest
	}
	line, _, _ := strings.Cut(src, "\n")
	line = strings.TrimSuffix(line, "\r")
	return line, line != "" && utf8.ValidString(line)
}

// blanks gives white space that is as wide as s: tabs stay, so that the mark
// stands below its place whatever the width of a tab.
func blanks(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, s)
}

// underline gives the mark: a caret, and tildes up to the end of the place
// when that is on the same line.
func underline(p Pos, line string) string {
	end := p.EndCol
	if p.EndLine != p.Line || end <= p.Col || end-1 > len(line) {
		return "^"
	}
	n := utf8.RuneCountInString(line[p.Col-1 : min(end-1, p.Col-1+maxExcerpt/2)])
	return "^" + strings.Repeat("~", max(n-1, 0))
}

// JSON writes l as one JSON array, "[]" when it is empty. Files are named by
// Options.Rel.
func JSON(w io.Writer, l List, o Options) error {
	out := make(List, len(l))
	for i, d := range l {
		d.Pos.File = o.rename(d.Pos)
		related := make([]Related, len(d.Related))
		for j, r := range d.Related {
			r.Pos.File = o.rename(r.Pos)
			related[j] = r
		}
		d.Related = related
		out[i] = d
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		return fmt.Errorf("writing diagnostics: %w", err)
	}
	return nil
}

func (o Options) rename(p Pos) string {
	if !p.IsValid() {
		return p.File
	}
	return o.name(p.File)
}

// GitHub writes l as workflow commands, which GitHub Actions shows beside the
// lines of a pull request.
func GitHub(w io.Writer, l List, o Options) error {
	var b strings.Builder
	for _, d := range l {
		d.Pos.File = o.rename(d.Pos)
		text := d.Message
		if d.Path != "" {
			text = d.Path + ": " + text
		}
		if d.Hint != "" {
			text += "\nhint: " + d.Hint
		}
		b.WriteString(WorkflowCommand(string(d.Severity), d.Pos, "bentoc "+string(d.Code), text))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WorkflowCommand gives a line that GitHub Actions shows beside the lines of a pull
// request. Level is error, warning or notice; p may be no place.
func WorkflowCommand(level string, p Pos, title, text string) string {
	props := []string{}
	if p.IsValid() {
		props = append(props, "file="+property(p.File), fmt.Sprintf("line=%d", p.Line), fmt.Sprintf("col=%d", p.Col))
		if p.EndLine > 0 {
			props = append(props, fmt.Sprintf("endLine=%d", p.EndLine), fmt.Sprintf("endColumn=%d", p.EndCol))
		}
	}
	props = append(props, "title="+property(title))
	return fmt.Sprintf("::%s %s::%s\n", level, strings.Join(props, ","), data(text))
}

// data escapes the text of a workflow command.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// property escapes a property of a workflow command.
func property(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
