package load

import (
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/schema"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/errors"
)

// conflict reports two values that exclude each other: a value of the wrong
// type where one of them is the schema's, a plain conflict where both are the
// user's.
func (c *collector) conflict(f finding) {
	pos := c.valuePos(f)
	if strings.Contains(f.format, "mismatched types") && len(f.args) == 4 {
		got, want := fmt.Sprint(f.args[0]), fmt.Sprint(f.args[1])
		gotKind, wantKind := fmt.Sprint(f.args[2]), fmt.Sprint(f.args[3])
		if got == gotKind || strings.HasPrefix(got, "=~") || strings.HasPrefix(got, "!=") {
			got, want, gotKind, wantKind = want, got, wantKind, gotKind
		}
		if len(f.schema) > 0 {
			f.users = nil
			if gotKind != "struct" && gotKind != "list" {
				gotKind = fmt.Sprintf("%s (%s)", shorten(got), gotKind)
			}
			c.report(diag.WrongType, f, pos, "want %s, got %s", wantKind, gotKind).
				Hintf("%s", c.about(f.path, lastLabel(f.path)))
			return
		}
		c.report(diag.Conflict, f, pos, "%s and %s exclude each other (%s and %s)", shorten(got), shorten(want), gotKind, wantKind)
		return
	}
	if len(f.args) >= 2 {
		c.report(diag.Conflict, f, pos, "%s and %s exclude each other", shorten(fmt.Sprint(f.args[0])), shorten(fmt.Sprint(f.args[1]))).
			Hintf("CUE cannot override a value; give the one that may change as a default: field: *1 | int")
		return
	}
	c.report(diag.Conflict, f, pos, "%s", message(f))
}

func shorten(s string) string {
	if s = firstLine(s); len(s) > 60 {
		return s[:57] + "…"
	}
	return s
}

// outOfBound reports a value that a constraint refuses.
func (c *collector) outOfBound(f finding) {
	value, bound := fmt.Sprint(f.args[0]), fmt.Sprint(f.args[1])
	pos := c.valuePos(f)
	f.users = nil
	d := c.report(diag.BadValue, f, pos, "%s is not allowed here", shorten(value))
	if hint := boundHint(bound); hint != "" {
		d.Hintf("%s", hint)
	} else {
		d.Hintf("it must be %s", bound)
	}
}

// patternHints words the regular expressions of the schema, by definition.
var patternHints = map[string]string{
	"#Name":        "a name is lower case letters, digits and hyphens, and begins with a letter",
	"#Id":          "a name is letters, digits, _ and -, and begins with a lower case letter",
	"#EnvName":     "an environment variable is letters, digits and _, and does not begin with a digit",
	"#Duration":    `write a number and a unit, such as "50ms", "1.5s" or "2m"`,
	"#Size":        `write a number and a unit, such as "512Ki", "32Mi" or "2Gi"`,
	"#GoName":      "an exported Go name begins with an upper case letter",
	"#FileMode":    `write permission bits in octal, such as "0755"`,
	"#PackagePath": `write a folder relative to bento.cue, such as "./steps"`,
	"#Path":        "write a path relative to bento.cue",
	"#Route":       `a route begins with "/"`,
	"#URL":         "an address begins with https://",
	"#SHA256":      "a SHA-256 is 64 hexadecimal digits in lower case",
	"#MediaType":   `write a content type, such as "image/png" or "image/*"`,
}

// boundHint words a bound of the schema, or gives "".
func boundHint(bound string) string {
	src := string(schemaText())
	for def, hint := range patternHints {
		line := fmt.Sprintf("\n%s: %s\n", def, bound)
		if strings.Contains(src, line) {
			return hint
		}
	}
	return ""
}

func schemaText() []byte {
	var all []byte
	for _, data := range schema.Files() {
		all = append(all, data...)
	}
	return all
}

// patternHint words what the keys of a map must be like.
func patternHint(key cue.Value) string {
	text := fmt.Sprint(key)
	if hint := boundHint(text); hint != "" {
		return hint
	}
	return "it must match " + text
}

// disjunction reports a value that no arm of a disjunction takes.
func (c *collector) disjunction(f finding, members []errors.Error) {
	var wants []string
	var deeper []finding
	got := ""
	for _, m := range members {
		mf := findingOf(m)
		f.users, f.schema = append(f.users, mf.users...), append(f.schema, mf.schema...)
		if strings.HasPrefix(mf.format, "conflicting value") && len(mf.args) >= 2 {
			a, b := fmt.Sprint(mf.args[0]), fmt.Sprint(mf.args[1])
			wants = append(wants, a, b)
			continue
		}
		if mf.path != f.path {
			deeper = append(deeper, mf)
		}
	}
	if len(deeper) > 0 && len(wants) == 0 {
		for _, d := range deeper {
			c.one(d)
		}
		return
	}
	if e, ok := c.index[f.path]; ok {
		got = exprText(e.value)
	}
	wants = slices.DeleteFunc(wants, func(w string) bool { return w == got })
	slices.Sort(wants)
	wants = slices.Compact(wants)
	pos := c.valuePos(f)
	f.users = nil
	if got == "" || len(wants) == 0 {
		c.report(diag.BadValue, f, pos, "no alternative fits this value")
		return
	}
	d := c.report(diag.BadValue, f, pos, "%s is none of %s", got, strings.Join(wants, ", "))
	if s := suggest(got, wants); s != "" {
		d.Hintf("did you mean %s?", s)
	}
}
