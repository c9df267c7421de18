package render

import (
	_ "embed"
	"encoding/json"
	"io"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/diff"
)

// Version is the version of the JSON form. It grows when a reader of an older one would
// misread a newer one; fields are added without.
const Version = 1

// Schema is the JSON Schema 2020-12 of what --format=json prints.
//
//go:embed schema.json
var Schema []byte

// ManySchema is the one of what --format=json prints of many bentos.
//
//go:embed many.json
var ManySchema []byte

// Many is what --format=json prints of many bentos.
type Many struct {
	Version int      `json:"version"` // [Version]
	Bentos  []OfMany `json:"bentos"`
}

// OfMany is one of them: its report, or why there is none.
type OfMany struct {
	Path   string          `json:"path"` // below the root of the repository
	Report json.RawMessage `json:"report,omitempty"`
	Error  string          `json:"error,omitempty"`
}

type document struct {
	Version  int                      `json:"version"`
	Old      sideName                 `json:"old"`
	New      sideName                 `json:"new"`
	FailOn   string                   `json:"failOn"`
	Fails    bool                     `json:"fails"`
	Summary  map[diff.Audience]Counts `json:"summary"`
	Notes    []string                 `json:"notes"`
	Findings []finding                `json:"findings"`
}

type sideName struct {
	Name string `json:"name"`
}

type finding struct {
	diff.Finding
	Old        *diag.Pos    `json:"old,omitempty"`
	New        *diag.Pos    `json:"new,omitempty"`
	Suppressed *suppression `json:"suppressed,omitempty"`
}

type suppression struct {
	Reason string    `json:"reason"`
	Until  string    `json:"until"`
	Pos    *diag.Pos `json:"pos,omitempty"`
}

// json prints everything, for programs.
func (d *Document) json(w io.Writer) error {
	doc := document{
		Version: Version, Old: sideName{d.Report.Old}, New: sideName{d.Report.New}, FailOn: d.o.FailOn, Fails: d.Fails,
		Summary: map[diff.Audience]Counts{}, Notes: append([]string{}, d.o.Notes...), Findings: []finding{},
	}
	for _, a := range diff.Audiences {
		doc.Summary[a] = d.Count(a)
	}
	for _, f := range d.Report.Findings {
		out := finding{Finding: f, Old: d.o.Old.position(f.Old), New: d.o.New.position(f.New)}
		if s := f.Suppressed; s != nil {
			out.Suppressed = &suppression{s.Reason, s.Until, d.o.New.position(s.Pos)}
		}
		doc.Findings = append(doc.Findings, out)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

// position gives a place with the name that people call its file, nil for none.
func (s Side) position(p diag.Pos) *diag.Pos {
	if !p.IsValid() {
		return nil
	}
	p.File = s.name(p.File)
	return &p
}
