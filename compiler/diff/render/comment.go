package render

import (
	"fmt"
	"io"
	"strings"
)

// Comment writes the reports of many bentos as one comment for a pull request. It keeps
// the bound of one report: where all of a report does not fit, what it counts stands
// there with the command that prints it, and where not even that fits, how many are left.
type Comment struct {
	w          io.Writer
	rest       int
	some, left int
}

// NewComment begins one.
func NewComment(w io.Writer) *Comment { return &Comment{w: w, rest: maxComment - 500} }

// Add writes the report of the bento at a path; counts is what it says in short.
func (c *Comment) Add(path, counts string, report []byte) error {
	c.some++
	head := "\n<h2>" + code(path) + "</h2>\n\n"
	for _, text := range []string{
		head + string(report),
		head + "<p>" + words(counts) + ". The report is too long for this comment: " + code("bentoc diff "+path) + " prints it.</p>\n",
	} {
		if len(text) <= c.rest {
			c.rest -= len(text)
			_, err := io.WriteString(c.w, text)
			return err
		}
	}
	c.left++
	return nil
}

// End writes what is left to be said of all bentos, which are so many.
func (c *Comment) End(bentos int) error {
	var b strings.Builder
	switch {
	case c.some == 0:
		fmt.Fprintf(&b, "%s\n<p><b>bentoc diff</b> no change in what was compared (%d)</p>\n", Marker, bentos)
	case c.left > 0:
		fmt.Fprintf(&b, "\n<p><b>%d more</b> have changes that this comment has no room for: bentoc diff ./... prints them.</p>\n", c.left)
	}
	_, err := io.WriteString(c.w, b.String())
	return err
}
