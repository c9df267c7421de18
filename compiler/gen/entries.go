package gen

import (
	"encoding/json"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ecma"
	"bentoc.dev/compiler/ir"
)

// Fields that have no names of their own, [=~"^x-"]: T, stand in a struct beside the
// others: a map for each sort of key.

// entries makes the maps of a struct.
func (s *typeSet) entries(t *ir.Type, made *goType, names *names, w where) {
	for _, e := range t.Entries {
		name := names.pick(keyWords(e.Key))
		elem := s.of(e.Elem, where{gen: w.gen, name: w.name + name + "Value"})
		doc := fmt.Sprintf("%s are the fields with a name that is %s; nil where there are none.", name, assign.Describe(s.g.b, e.Key))
		made.entries = append(made.entries, goField{name: name, typ: &goType{kind: goMap, elem: elem}, t: e.Elem, key: e.Key, optional: true, doc: doc})
	}
}

// keyWords names the map of what has keys of a type: by what all keys begin with.
func keyWords(key *ir.Type) string {
	prefix := ""
	for _, p := range key.Patterns {
		re, err := syntax.Parse(p, syntax.Perl)
		if err != nil || re.Op != syntax.OpConcat || len(re.Sub) < 2 || re.Sub[0].Op != syntax.OpBeginText {
			continue
		}
		if lit := re.Sub[1]; lit.Op == syntax.OpLiteral && lit.Flags&syntax.FoldCase == 0 && len(lit.Rune) > len(prefix) {
			prefix = string(lit.Rune)
		}
	}
	if prefix == "" {
		return "OtherFields"
	}
	return exported(prefix) + "Fields"
}

// group writes the members of a struct's literal that are maps, of the names that are
// entries.
func (t *goType) group(all []string, value func(name string, e goField) (string, error)) (parts []string, failed error) {
	for _, e := range t.entries {
		of := &ir.Type{Kind: ir.KindMap, Key: e.key}
		var entries []string
		for _, name := range all {
			if _, field := t.field(name); field || assign.EntryOf(of, name) == nil {
				continue
			}
			v, err := value(name, e)
			if err != nil {
				failed = err
			}
			entries = append(entries, fmt.Sprintf("%q: %s", name, v))
		}
		if len(entries) > 0 {
			parts = append(parts, fmt.Sprintf("%s: %s{%s}", e.name, e.typ.expr(false), strings.Join(entries, ", ")))
		}
	}
	return parts, failed
}

// readOther reads a field whose name is none of the struct's.
func (g *generator) readOther(t *ir.Type, gt *goType) {
	s := g.typesGo
	unknown := "r.Unknown()"
	switch {
	case t.Open:
		unknown = "r.Open()"
	case assign.Refuses(t):
		unknown = "r.Refuse()"
	}
	if len(gt.entries) == 0 {
		s.p("%s", unknown)
		return
	}
	s.p("switch {")
	for i, f := range gt.entries {
		e := t.Entries[i]
		s.p("case r.KeyIs(%s):", g.keyFn(e.Key))
		s.lines([]string{fmt.Sprintf("codec.Entry(r, &v.%s, %s)", f.name, g.readFn(e.Elem, f.typ.elem, gt.name+f.name))})
	}
	s.p("default:")
	s.p("%s", unknown)
	s.p("}")
}

// keyFn gives the name of the function that checks a key.
func (g *generator) keyFn(key *ir.Type) string {
	return g.checkFn(key, &goType{kind: goString}, "Key")
}

// checkEntries checks the maps of a struct: a step may have put any key into any of them.
func (g *generator) checkEntries(t *ir.Type, gt *goType) {
	s := g.typesGo
	for i, f := range gt.entries {
		e := t.Entries[i]
		s.p("codec.CheckKeys(c, v.%s, %s)", f.name, g.keyFn(e.Key))
		if g.needsCheck(e.Elem, f.typ.elem) {
			s.p("codec.CheckMap(c, v.%s, %s)", f.name, g.checkFn(e.Elem, f.typ.elem, gt.name+f.name))
		}
	}
}

// entries writes the fields of an object that have no names of their own: what takes all
// the rest as additionalProperties, the others as patternProperties. Where a key has no
// expression in ECMA-262 the schema says less, never something else.
func (d *dialect) entries(s *object, t *ir.Type) {
	if len(t.Entries) == 0 {
		return
	}
	patterns, rest, said := object{}, -1, true
	if _, found, decided := assign.UncoveredKey(&ir.Type{Kind: ir.KindString}, t); decided && !found {
		rest = len(t.Entries) - 1
	}
	for i, e := range t.Entries {
		if i == rest {
			continue
		}
		if re, ok := d.keyPattern(e, t); ok {
			patterns.set(re, d.schema(e.Elem))
		} else {
			s.set("$comment", "Fields of more names are taken, and checked, which no expression here can tell.")
			said = false
		}
	}
	if len(patterns) > 0 {
		s.set("patternProperties", patterns)
	}
	switch {
	case !said:
	case rest >= 0:
		s.set("additionalProperties", d.schema(t.Entries[rest].Elem))
	case !t.Open:
		s.set("additionalProperties", false)
	}
}

// keyPattern writes the expression for the keys of an object's entries. The name of a field
// may match it too where the field's own type says all that the entries' does, as it does
// where CUE has both.
func (d *dialect) keyPattern(e ir.Entries, object *ir.Type) (string, bool) {
	key := e.Key
	var b strings.Builder
	add := func(look, re string) bool {
		written, ok := ecma.Pattern(re)
		fmt.Fprintf(&b, `(?%s[\s\S]*?(?:%s))`, look, written)
		return ok
	}
	if key.Enum != nil {
		return ecma.Pattern(wholeTexts(key.Enum))
	}
	not := slices.DeleteFunc(slices.Clone(key.Not), func(v ir.Const) bool {
		f := object.Field(textOf(v))
		return f != nil && assign.New(d.b).Fit(f.Type, e.Elem).Verdict == assign.Fits
	})
	if len(key.Patterns) == 1 && len(key.NotPatterns) == 0 && key.MinLen == nil && key.MaxLen == nil && len(not) == 0 {
		return ecma.Pattern(key.Patterns[0])
	}
	if len(key.Patterns)+len(key.NotPatterns)+len(not) == 0 && (key.MinLen == nil || *key.MinLen <= 1000) && (key.MaxLen == nil || *key.MaxLen <= 1000) {
		least, most := "0", ""
		if key.MinLen != nil {
			least = fmt.Sprint(*key.MinLen)
		}
		if key.MaxLen != nil {
			most = fmt.Sprint(*key.MaxLen)
		}
		return ecma.Pattern(fmt.Sprintf(`\A(?s:.){%s,%s}\z`, least, most))
	}
	ok := true
	for _, p := range key.Patterns {
		ok = add("=", p) && ok
	}
	for _, p := range key.NotPatterns {
		ok = add("!", p) && ok
	}
	if len(not) > 0 {
		ok = add("!", wholeTexts(not)) && ok
	}
	if key.MinLen != nil && *key.MinLen > 0 {
		fmt.Fprintf(&b, `(?=[\s\S]{%d})`, *key.MinLen)
	}
	if key.MaxLen != nil {
		fmt.Fprintf(&b, `(?![\s\S]{%d})`, *key.MaxLen+1)
	}
	return "^" + b.String(), ok && b.Len() <= ecma.MaxLen
}

// wholeTexts is the expression of RE2 for some texts and no others.
func wholeTexts(list []ir.Const) string {
	var all []string
	for _, v := range list {
		all = append(all, regexp.QuoteMeta(textOf(v)))
	}
	return `\A(?:` + strings.Join(all, "|") + `)\z`
}

func textOf(v ir.Const) string {
	var s string
	_ = json.Unmarshal(v, &s) // a key is a text
	return s
}
