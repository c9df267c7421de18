package load

import (
	"strings"

	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue"
)

// formatFuncs are the functions of CUE's standard library that say how a text is
// written, by name, and their formats.
var formatFuncs = map[string]string{
	"time.Time": "date-time", "time.Duration": "go-duration", "uuid.Valid": "uuid", "regexp.Valid": "re2",
	"net.IP": "ip", "net.IPv4": "ipv4", "net.IPv6": "ipv6", "net.IPCIDR": "cidr", "net.AbsURL": "uri", "net.URL": "uri-reference",
}

// formatDefs are the definitions of the schema that name a format; what a text must be
// they say by patterns. That of #Date is what the layout of dates takes.
var formatDefs = map[string]string{
	"#Date": "date", "#Email": "email", "#Hostname": "hostname", "#Time": "time", "#ISODuration": "duration", "#JSONPointer": "json-pointer", "#Decimal": "decimal",
}

// The layouts that have a format of their own.
const (
	date     = "2006-01-02"
	dateTime = "2006-01-02T15:04:05.999999999Z07:00" // of time.Time
)

// format reads a validator that says how a text is written; it is false for others.
func (t *typer) format(name string, p part, arg cue.Value, typ *ir.Type, path string) bool {
	f, known := formatFuncs[name]
	layout := ""
	if name == "time.Format" && arg.Exists() {
		layout, _ = arg.String()
		switch f, known = "layout", layout != ""; layout {
		case date:
			f = "date"
		case dateTime:
			f, layout = "date-time", ""
		}
	}
	if !known || typ.Kind != ir.KindString || len(p.args) > 2 {
		return false
	}
	t.setFormat(typ, f, layout, t.place(p.v, path), path)
	return true
}

// setFormat gives a text its format, of which it has one.
func (t *typer) setFormat(typ *ir.Type, name, layout string, pos ir.Pos, path string) {
	if typ.Format != "" && (typ.Format != name || typ.Layout != layout) {
		t.errorf(pos, path, "a text with two formats, %s and %s, is not supported", typ.Format, name).
			Hintf("keep one of them, or write a disjunction into a step")
		return
	}
	typ.Format, typ.Layout = name, layout
}

// namesFormat tells whether p refers to a definition of the schema that names a format.
func namesFormat(p part) bool { return formatName(p) != "" }

func formatName(p part) string {
	if p.form != formRef || !fromSchema(p.root) || len(p.path) != 1 {
		return ""
	}
	return formatDefs[p.path[0].String()]
}

// namedFormat reads a reference to a definition of the schema that names a format.
func (t *typer) namedFormat(p part, typ *ir.Type, path string) {
	name, pos := formatName(p), t.place(p.v, path)
	if name == "date" {
		t.setFormat(typ, name, date, pos, path)
		return
	}
	t.setFormat(typ, name, "", pos, path)
	for _, q := range deref([]part{p}, maxChain, nil) {
		t.constraint(q, typ, path)
	}
}

// manyKinds reports a validator that takes values of several kinds, alone: net.IPv4
// takes lists of numbers, and bytes, too.
func (t *typer) manyKinds(parts []part, pos ir.Pos, path string) bool {
	for _, p := range parts {
		if p.form != formOp || p.op != cue.CallOp || len(p.args) == 0 {
			continue
		}
		if name := strings.TrimSuffix(callName(p.args[0]), "()"); formatFuncs[name] != "" {
			t.errorf(pos, path, "%s takes lists of numbers too", name).Hintf("write string & %s", name)
			return true
		}
	}
	return false
}
