package render

import (
	"io"

	"bentoc.dev/compiler/diff"
	"bentoc.dev/compiler/drawing"
)

// svg draws what is in either bento, with what has changed in colour. Findings stand at
// the part that their path names; those that are suppressed are not the colour's matter.
func (d *Document) svg(w io.Writer) error {
	_, err := w.Write(drawing.Union(d.o.Old.Bento, d.o.New.Bento, d.marks()).SVG())
	return err
}

// marks gives what the findings say of each path.
func (d *Document) marks() map[string]drawing.Mark {
	marks := map[string]drawing.Mark{}
	for _, f := range d.Report.Findings { // the worst first
		m, ok := marks[f.Path]
		note := string(f.Severity) + ": " + f.Reason
		switch {
		case f.Suppressed != nil:
			note = "suppressed: " + f.Reason
		case !ok || m.Severity == "":
			m.Severity = string(f.Severity)
		}
		if m.Change == "" {
			m.Change = changeOf(f)
		}
		m.Notes = append(m.Notes, plain(note))
		marks[f.Path] = m
	}
	return marks
}

func changeOf(f diff.Finding) drawing.Change {
	switch {
	case f.Before == "" && !f.Old.IsValid() && f.New.IsValid():
		return drawing.Added
	case f.After == "" && !f.New.IsValid() && f.Old.IsValid():
		return drawing.Removed
	}
	return drawing.Changed
}
