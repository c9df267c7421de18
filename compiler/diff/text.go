package diff

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"bentoc.dev/compiler/ir"
)

// How values are spelled in findings: as a person writes them in CUE.

// durationText spells milliseconds: 50ms, 1.5s, 60s, 2m.
func durationText(ms int64) string {
	d := time.Duration(ms) * time.Millisecond
	switch {
	case d >= 2*time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d >= time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
	}
	return fmt.Sprintf("%dms", ms)
}

// bytesText spells a number of bytes by the largest unit that it is a multiple of.
func bytesText(n int64) string {
	for _, unit := range []struct {
		name string
		size int64
	}{{"Ti", 1 << 40}, {"Gi", 1 << 30}, {"Mi", 1 << 20}, {"Ki", 1 << 10}} {
		if n >= unit.size && n%unit.size == 0 {
			return fmt.Sprint(n/unit.size, unit.name)
		}
	}
	return fmt.Sprint(n)
}

// aboutBytes spells a size that was measured, which has no round number: 34.8 MB.
func aboutBytes(n int64) string {
	switch f := float64(n); {
	case n >= 1e9:
		return fmt.Sprintf("%.2f GB", f/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", f/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f kB", f/1e3)
	}
	return fmt.Sprintf("%d bytes", n)
}

// coresText spells thousandths of a core: 2, 0.5.
func coresText(milli int64) string {
	return strconv.FormatFloat(float64(milli)/1000, 'f', -1, 64)
}

// countText spells a count of which 0 is none said.
func countText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// plural counts things: 1 endpoint, 2 endpoints.
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// valueText spells where a run-time value comes from, as it stands in a graph.
func valueText(v *ir.Value) string {
	switch {
	case v == nil:
		return ""
	case v.Edge != nil:
		return v.Edge.Ref()
	case v.Const != nil:
		return short(string(v.Const))
	case v.Object != nil || v.Empty == "object":
		var fields []string
		for _, m := range v.Object {
			fields = append(fields, m.Name+": "+valueText(m.Value))
		}
		return short("{" + strings.Join(fields, ", ") + "}")
	}
	var items []string
	for _, m := range v.List {
		items = append(items, valueText(m))
	}
	return short("[" + strings.Join(items, ", ") + "]")
}

// short keeps a value within a line.
func short(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// tensorText spells a tensor of a signature: float32 [3, h, w].
func tensorText(f ir.TensorField) string {
	if f.Shape == nil {
		return f.DType + " of any shape"
	}
	var dims []string
	for _, d := range f.Shape {
		switch {
		case d.Symbol != "":
			dims = append(dims, d.Symbol)
		case d.Size > 0:
			dims = append(dims, fmt.Sprint(d.Size))
		default:
			dims = append(dims, "_")
		}
	}
	return f.DType + " [" + strings.Join(dims, ", ") + "]"
}

var identifier = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)

// label writes a name as a step of a path: as CUE asks for it.
func label(name string) string {
	if identifier.MatchString(name) {
		return name
	}
	return strconv.Quote(name)
}

// quoted spells a text, "" for none.
func quoted(s string) string {
	if s == "" {
		return ""
	}
	return strconv.Quote(s)
}

// quotedValue spells a text that is there, which may be "".
func quotedValue(s string) string { return short(strconv.Quote(s)) }

// shortDigest keeps what tells two digests apart.
func shortDigest(s string) string {
	name, hex, found := strings.Cut(s, ":")
	if !found {
		name, hex = "", s
	} else {
		name += ":"
	}
	return name + hex[:min(12, len(hex))]
}

// onlyIn gives what a has and b has not, in a's order.
func onlyIn(a, b []string) (only []string) {
	for _, s := range a {
		if !slices.Contains(b, s) {
			only = append(only, s)
		}
	}
	return only
}
