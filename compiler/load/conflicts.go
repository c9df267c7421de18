package load

import (
	"fmt"
	"regexp"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
	"bentoc.dev/schema"
	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// conflict reports two values that exclude each other: a value of the wrong
// type where one of them is the schema's, a plain conflict where both are the
// user's.
func (c *collector) conflict(f finding) {
	pos := c.valuePos(f)
	if strings.Contains(f.format, "mismatched types") && len(f.args) == 4 {
		got, want := fmt.Sprint(f.args[0]), fmt.Sprint(f.args[1])
		gotKind, wantKind := fmt.Sprint(f.args[2]), fmt.Sprint(f.args[3])
		if asked := c.schemaAt(f.path).IncompleteKind().String(); asked == gotKind ||
			asked != wantKind && (got == gotKind || strings.HasPrefix(got, "=~") || strings.HasPrefix(got, "!=")) {
			got, want, gotKind, wantKind = want, got, wantKind, gotKind
		}
		if len(f.schema) > 0 {
			f.users = nil
			if gotKind != "struct" && gotKind != "list" {
				gotKind = fmt.Sprintf("%s (%s)", shorten(got), gotKind)
			}
			d := c.report(diag.WrongType, f, pos, "want %s, got %s", wantKind, gotKind)
			if number := unquoted(got, wantKind); number != "" {
				d.Hintf("write %s, without quotes", number)
				return
			}
			d.Hintf("%s", c.about(f.path, lastLabel(f.path)))
			return
		}
		d := c.report(diag.Conflict, f, pos, "%s and %s exclude each other (%s and %s)", shorten(c.amount(f.path, got)), shorten(c.amount(f.path, want)), gotKind, wantKind)
		if c.isSize(f.path) {
			d.Hintf("%s", sizeHint)
		}
		return
	}
	if len(f.args) >= 2 {
		a, b := shorten(c.amount(f.path, f.args[0])), shorten(c.amount(f.path, f.args[1]))
		if condition := c.condition(f.path); condition != "" && (a == "true" && b == "false" || a == "false" && b == "true") {
			c.report(diag.BadValue, f, pos, "%s does not hold", condition)
			return
		}
		if c.statedSchema(f, pos, fmt.Sprint(f.args[0]), fmt.Sprint(f.args[1])) {
			return
		}
		c.report(diag.Conflict, f, pos, "%s and %s exclude each other", a, b).Hintf("%s", overrideHint(f.path, b))
		return
	}
	c.report(diag.Conflict, f, pos, "%s", message(f))
}

// condition gives what the user wants to be true at a path: a rule of theirs, such as
// _both: true & list.Contains(bento.platforms, "linux/arm64").
func (c *collector) condition(path string) string {
	e, _ := c.index.at(path)
	if both, ok := e.value.(*ast.BinaryExpr); ok && both.Op == token.AND {
		for _, pair := range [][2]ast.Expr{{both.X, both.Y}, {both.Y, both.X}} {
			if exprText(pair[0]) == "true" {
				return exprText(pair[1])
			}
		}
	}
	return ""
}

// overrideHint tells how a value is given that another file may change.
func overrideHint(path, value string) string {
	name, kind := lastLabel(path), "number"
	switch {
	case name == "" || strings.Trim(name, "0123456789") == "":
		return "CUE joins values, it does not override them: take one of them out"
	case strings.HasPrefix(value, `"`):
		kind = "string"
	case value == "true" || value == "false":
		kind = "bool"
	case strings.TrimRight(strings.Trim(value, "0123456789"), "KMGTi") == "":
		kind = "int"
	}
	return fmt.Sprintf("CUE joins values, it does not override them: take one out, or give the one that may change as a default, %s: *%s | %s", name, value, kind)
}

// amount words a value of CUE's; one that stands for a size, with its unit.
func (c *collector) amount(path string, value any) string {
	text := fmt.Sprint(value)
	if !c.isSize(path) {
		return text
	}
	return integers.ReplaceAllStringFunc(text, sizeText)
}

// isSize reports whether the schema asks for a size at a path.
func (c *collector) isSize(path string) bool {
	_, p := c.schemaAt(path).ReferencePath()
	return p.String() == "#Size"
}

const sizeHint = "a size is a number, without quotes: 2Gi, or <=8Gi"

var integers = regexp.MustCompile(`[0-9]+`)

func shorten(s string) string {
	if s = firstLine(s); len(s) > 60 {
		return s[:57] + "…"
	}
	return s
}

// outOfBound reports a value that a constraint refuses.
func (c *collector) outOfBound(f finding) {
	value, bound := c.amount(f.path, f.args[0]), c.amount(f.path, f.args[1])
	pos := c.valuePos(f)
	asked := ir.Pos{}
	for _, p := range f.users {
		if p.File != pos.File || p.Line != pos.Line {
			asked = p
		}
	}
	if len(f.users) > 0 && c.tooLong(f, pos) {
		return
	}
	if asked.IsValid() {
		f.schema = nil
	}
	f.users = nil
	d := c.report(diag.BadValue, f, pos, "%s is not allowed here", shorten(value))
	if asked.IsValid() {
		c.asked(d, f.path, asked)
	}
	if hint := boundHint(bound); hint != "" {
		d.Hintf("%s", hint)
	} else {
		d.Hintf("it must be %s", bound)
	}
}

// patternHints words the regular expressions of the schema, by definition.
var patternHints = map[string]string{
	"#Date":        `write a day, such as "2027-01-31"`,
	"#Day":         `write a day, such as "2027-01-31"`,
	"#Name":        "a name is lower case letters, digits and hyphens, and begins with a letter",
	"#Id":          "a name is letters, digits, _ and -, and begins with a lower case letter",
	"#EnvName":     "an environment variable is letters, digits and _, and does not begin with a digit",
	"#Duration":    `write a number and a unit, such as "50ms", "1.5s" or "2m"`,
	"#GoName":      "an exported Go name begins with an upper case letter",
	"#FileMode":    `write permission bits in octal, such as "0755"`,
	"#PackagePath": `write a folder relative to bento.cue, such as "./steps"`,
	"#Path":        "write a path relative to bento.cue",
	"#Reason":      "say why",
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
		raw := fmt.Sprintf("\n%s: =~#%s#\n", def, strings.TrimPrefix(bound, "=~"))
		if strings.Contains(src, line) || strings.Contains(src, raw) {
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
