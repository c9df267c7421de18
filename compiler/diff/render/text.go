package render

import (
	"fmt"
	"io"
	"strings"

	"bentoc.dev/compiler/diff"
)

// Bounds of what is printed for people; json has everything.
const (
	maxText  = 100 // findings
	maxValue = 300 // bytes of a value
)

// ANSI sequences.
const (
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	green  = "\x1b[32m"
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	reset  = "\x1b[0m"
)

func (d *Document) paint(color, s string) string {
	if !d.o.Color || s == "" {
		return s
	}
	return color + s + reset
}

func colorOf(s diff.Severity) string {
	switch s {
	case diff.Breaking:
		return red
	case diff.Risky:
		return yellow
	}
	return green
}

// text prints for a terminal: three lines of summary, then what concerns whom, the worst
// first.
func (d *Document) text(w io.Writer) error {
	var b strings.Builder
	for _, a := range diff.Audiences {
		fmt.Fprintf(&b, "%-9s %s\n", a, d.counts(a))
	}
	fmt.Fprintf(&b, "\n%s\n", d.paint(dim, plain(d.Report.Old)+" → "+plain(d.Report.New)))
	shown := d.Report.Findings[:min(maxText, len(d.Report.Findings))] // in the order of their severity
	for _, a := range diff.Audiences {
		some := of(shown, a)
		if len(some) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s\n", d.paint(bold, headings[a]))
		for _, f := range some {
			d.textFinding(&b, f)
		}
	}
	if more := len(d.Report.Findings) - len(shown); more > 0 {
		fmt.Fprintf(&b, "\n%d more findings, none of them worse; --format=json has all\n", more)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

var headings = map[diff.Audience]string{
	diff.Caller:   "for whoever calls it",
	diff.Operator: "for whoever runs it",
	diff.Bill:     "for the bill",
}

func (d *Document) counts(a diff.Audience) string {
	c := d.Count(a)
	switch {
	case c.Breaking > 0:
		return d.paint(red, c.String())
	case c.Risky > 0:
		return d.paint(yellow, c.String())
	}
	return c.String()
}

func (d *Document) textFinding(b *strings.Builder, f diff.Finding) {
	fmt.Fprintf(b, "  %s %s: %s\n", d.paint(colorOf(f.Severity), fmt.Sprintf("%s[%s]", f.Severity, f.Rule)), plain(pathOf(f)), plain(f.Reason))
	old, new := d.places(f)
	for _, side := range []struct{ mark, place, value string }{{"-", old, f.Before}, {"+", new, f.After}} {
		value := short(plain(side.value), maxValue)
		switch {
		case side.place == "" && value == "", value == "" && f.Before+f.After != "": // what the other side has alone
		case value == "":
			fmt.Fprintf(b, "    %s %s\n", side.mark, d.paint(dim, side.place))
		case side.place == "":
			fmt.Fprintf(b, "    %s %s\n", side.mark, value)
		default:
			fmt.Fprintf(b, "    %s %s %s\n", side.mark, d.paint(dim, side.place), value)
		}
	}
	if f.Witness != nil {
		fmt.Fprintf(b, "    %s: %s\n", witness(f.Witness), short(plain(string(f.Witness.Value)), maxValue))
	}
	if s := f.Suppressed; s != nil {
		fmt.Fprintf(b, "    suppressed until %s: %s\n", plain(s.Until), plain(s.Reason))
	} else if f.Cure != "" {
		fmt.Fprintf(b, "    hint: %s\n", plain(f.Cure))
	}
}

// pathOf names what a finding is about.
func pathOf(f diff.Finding) string {
	switch {
	case f.Path == "":
		return "bento"
	case strings.HasPrefix(f.Path, "pkg:"): // which the lock names, not the bento
		return f.Path
	}
	return "bento." + f.Path
}
