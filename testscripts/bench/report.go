package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// figure is one thing that was measured.
type figure struct {
	name  string
	value float64
	unit  string
	limit float64 // 0: none
	atMin bool    // the limit is a minimum
	note  string
}

func (f figure) ok() bool {
	return f.limit == 0 || f.atMin && f.value >= f.limit || !f.atMin && f.value <= f.limit
}

// goal says what the limit asks for, "" where there is none.
func (f figure) goal() string {
	switch {
	case f.limit == 0:
		return ""
	case f.atMin:
		return fmt.Sprintf("≥ %g", f.limit)
	}
	return fmt.Sprintf("≤ %g", f.limit)
}

// add records and shows a figure.
func (b *bench) add(f figure) {
	b.figures = append(b.figures, f)
	fmt.Fprintf(os.Stderr, "%s: %.4g %s\n", f.name, f.value, f.unit)
}

// print writes a table of all figures.
func (b *bench) print() error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "WHAT\tMEASURED\tLIMIT\t\t")
	over := 0
	for _, f := range b.figures {
		verdict := ""
		if f.limit != 0 {
			verdict = "ok"
			if !f.ok() {
				verdict = "OVER"
				over++
			}
		}
		fmt.Fprintf(w, "%s\t%.4g %s\t%s\t%s\t%s\n", f.name, f.value, f.unit, f.goal(), verdict, f.note)
	}
	w.Flush()
	for _, note := range b.notes {
		fmt.Println("note:", note)
	}
	if over > 0 {
		return fmt.Errorf("%d figures are over their limit", over)
	}
	return nil
}

// report is what --json writes.
type report struct {
	Date      string   `json:"date"` // of the run, RFC 3339
	Platform  string   `json:"platform"`
	Processor string   `json:"processor"`
	Cores     int      `json:"cores"`
	Go        string   `json:"go"`
	Notes     []string `json:"notes,omitempty"` // such as why the figures may be wrong
	Figures   []result `json:"figures"`
}

// result is a figure of a report.
type result struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"`
	Goal  string  `json:"goal,omitempty"` // such as "≤ 1.1"
	OK    *bool   `json:"ok,omitempty"`   // where there is a goal
	Note  string  `json:"note,omitempty"`
}

func (b *bench) writeJSON(name string) error {
	r := report{Date: time.Now().UTC().Format(time.RFC3339), Platform: platform(), Processor: processor(), Cores: runtime.NumCPU(), Go: runtime.Version(), Notes: b.notes, Figures: []result{}}
	for _, f := range b.figures {
		one := result{Name: f.name, Value: f.value, Unit: f.unit, Goal: f.goal(), Note: f.note}
		if ok := f.ok(); f.limit != 0 {
			one.OK = &ok
		}
		r.Figures = append(r.Figures, one)
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return os.WriteFile(name, append(text, '\n'), 0o644)
}

// processor is what the kernel calls it, "" where it does not say.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// busyAtLoad is the least load at which a machine is called busy.
const busyAtLoad = 1

// busyNow notes that others use the machine, by the load of the minute before the run.
func busyNow() []string {
	text, _ := os.ReadFile("/proc/loadavg")
	var load float64
	if _, err := fmt.Sscan(string(text), &load); err != nil || load < busyAtLoad {
		return nil
	}
	return []string{fmt.Sprintf("the machine was busy: its load was %.1f before the run", load)}
}

// median of v, which it sorts.
func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// spread describes the range of v, which is sorted.
func spread(v []float64) string {
	return fmt.Sprintf("median of %d, %.3g to %.3g", len(v), v[0], v[len(v)-1])
}
