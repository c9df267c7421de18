package render

import (
	"fmt"
	"io"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/diff"
)

// maxAnnotations bounds the annotations: the runner shows ten of a kind, the rest is in
// the log.
const maxAnnotations = 100

// levels are GitHub's words for the severities.
var levels = map[diff.Severity]string{diff.Breaking: "error", diff.Risky: "warning", diff.Safe: "notice"}

// github prints workflow commands, which GitHub Actions shows beside the lines of a pull
// request. What is gone has no line any more: it is told without one.
func (d *Document) github(w io.Writer) error {
	var b strings.Builder
	findings := d.Report.Findings
	for i, f := range findings {
		if i == maxAnnotations {
			b.WriteString(diag.WorkflowCommand("notice", diag.Pos{}, "bentoc diff", fmt.Sprintf("%d more findings, none of them worse; --format=json has all", len(findings)-i)))
			break
		}
		level := levels[f.Severity]
		if f.Suppressed != nil {
			level = "notice"
		}
		var pos diag.Pos
		if d.o.New.Path != nil && f.New.IsValid() {
			if pos = f.New; d.o.New.Path(pos.File) == "" {
				pos = diag.Pos{}
			} else {
				pos.File = plain(d.o.New.Path(pos.File))
			}
		}
		b.WriteString(diag.WorkflowCommand(level, pos, "bentoc diff: "+string(f.Severity)+" "+f.Rule, d.annotation(f)))
	}
	for _, n := range d.o.Notes {
		b.WriteString(diag.WorkflowCommand("notice", diag.Pos{}, "bentoc diff", n))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (d *Document) annotation(f diff.Finding) string {
	text := plain(pathOf(f)) + ": " + plain(f.Reason)
	if f.Before != "" {
		text += "\nbefore: " + short(plain(f.Before), maxValue)
	}
	if f.After != "" {
		text += "\nafter: " + short(plain(f.After), maxValue)
	}
	if old, _ := d.places(f); old != "" {
		text += "\nit was at " + old
	}
	if f.Witness != nil {
		text += fmt.Sprintf("\n%s: %s", witness(f.Witness), short(plain(string(f.Witness.Value)), maxValue))
	}
	if s := f.Suppressed; s != nil {
		text += fmt.Sprintf("\nsuppressed until %s: %s", plain(s.Until), plain(s.Reason))
	} else if f.Cure != "" {
		text += "\nhint: " + plain(f.Cure)
	}
	return text
}
