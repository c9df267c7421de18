package gen

import (
	"fmt"
	"strings"
	"unicode"
)

// writeTypes puts the types of package main before the functions on them.
func (g *generator) writeTypes() {
	s := newSource("main")
	s.imports = g.typesGo.imports
	for _, t := range g.types.declared {
		if !t.gen {
			g.declaration(s, t, false)
		}
	}
	g.writePatterns(s)
	s.body.Write(g.typesGo.body.Bytes())
	g.typesGo = s
}

// writePatterns writes the regular expressions, compiled once at start.
func (g *generator) writePatterns(s *source) {
	if len(g.patterns) == 0 {
		return
	}
	s.use("regexp")
	byName := map[string]string{}
	for re, name := range g.patterns {
		byName[name] = re
	}
	s.p("")
	s.p("// Regular expressions of the types.")
	s.p("var (")
	for _, name := range sorted(byName) {
		s.p("%s = regexp.MustCompile(%s)", name, goText(byName[name]))
	}
	s.p(")")
}

// declaration writes a type.
func (g *generator) declaration(s *source, t *goType, inGen bool) {
	s.p("")
	s.docLines(typeDoc(t))
	s.p("type %s struct {", t.name)
	for _, f := range t.fields {
		if !inGen {
			g.useGen(s, f.typ)
		}
		s.docLines(fieldDoc(t, f))
		tag := ""
		if (t.kind == goStruct || t.kind == goTable) && inGen {
			tag = jsonTag(f)
		}
		s.p("%s %s %s", f.name, f.expr(inGen), tag)
	}
	for _, e := range t.entries {
		if !inGen {
			g.useGen(s, e.typ)
		}
		s.docLines(e.doc)
		s.p("%s %s", e.name, e.expr(inGen))
	}
	s.p("}")
}

// jsonTag writes the tag with which encoding/json uses the field's name, for steps
// that log or store what they get; the server itself needs none. It is "" where a
// tag cannot say the name.
func jsonTag(f goField) string {
	const signs = "!#$%&()*+-./:;<=>?@[]^_{|}~ "
	for _, r := range f.json {
		if !strings.ContainsRune(signs, r) && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return ""
		}
	}
	tag := f.json
	switch {
	case tag == "":
		return ""
	case f.optional:
		tag += ",omitempty"
	case tag == "-":
		tag = "-,"
	}
	return goText(fmt.Sprintf("json:%q", tag))
}

// typeDoc begins with the type's name, as Go's comments do.
func typeDoc(t *goType) string {
	doc := strings.TrimSpace(t.doc)
	switch {
	case strings.HasPrefix(doc, t.name+" "):
		return doc
	case strings.HasPrefix(doc, "is "):
		return t.name + " " + doc
	}
	what := "an object"
	switch t.kind {
	case goUnion:
		what = "one of several types: exactly one field is set"
	case goTuple:
		what = "a list of fixed length"
	case goTable:
		what = "a table: all its columns have the same number of cells"
	}
	if doc == "" {
		return fmt.Sprintf("%s is %s.", t.name, what)
	}
	if t.kind == goStruct {
		return t.name + ": " + doc
	}
	return fmt.Sprintf("%s is %s.\n\n%s", t.name, what, doc)
}

// fieldDoc is the user's own doc, with a note where a nil means something.
func fieldDoc(t *goType, f goField) string {
	doc := strings.TrimSpace(f.doc)
	if (t.kind == goStruct || t.kind == goTable) && f.optional {
		if doc != "" {
			doc += "\n\n"
		}
		doc += "Optional: nil when absent"
		if f.typ.kind == goPointer {
			doc += " or null"
		}
		doc += "."
	}
	return doc
}
