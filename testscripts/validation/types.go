package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// kind is a random type: as CUE writes it, and how to make a value of it.
type kind struct {
	cue    string
	sample func() any
	// What CUE's evaluator is asked in place of cue, and what has to hold beside it: of
	// what CUE has no word for.
	judge string
	holds func(x any) bool
}

// maker makes random types. A type is made together with its values, so that documents
// fit by what was meant and not by what bentoc made of it.
type maker struct {
	r    *rand.Rand
	defs []string // definitions that the types refer to
	pool []kind   // those that have names
}

func pick[T any](m *maker, of ...T) T { return of[m.r.IntN(len(of))] }

var words = []string{"", "a", "ab", "abc", "x-a", "x-b", "ünï", "日本", "red", "1", "true", "null", "a b", "A", "q\"q", "\t", "</b>", "b1"}

// scalar gives a type of one value.
func (m *maker) scalar() kind {
	lo := pick(m, 0, -5, 1, 1<<40)
	of := func(cue string, values ...any) kind {
		return kind{cue: cue, sample: func() any { return pick(m, values...) }}
	}
	return pick(m,
		of("string", "", "a", "日本", "ünï"), of(`=~"^[a-c]{1,3}$"`, "a", "abc"), of(`=~"\\d" & !~"^0"`, "1", "a9"), of("strings.MinRunes(2) & strings.MaxRunes(3)", "ab", "日本語"),
		of(`string & !="a"`, "", "b"), of(`"red" | "green" | ""`, "red", "green", ""), of(`=~"(?i)^[a-f]+$"`, "AB", "f"),
		of("int", 0, -1, 7, 1<<53+1), of("uint8", 0, 255), of(fmt.Sprintf("int & >=%d & <%d", lo, lo+5), lo, lo+4), of("int & !=3 & >-2", -1, 4), of("1 | 2 | 40", 1, 40),
		of("int & math.MultipleOf(5)", 0, -15, 10), of("number", 0, 0.5, -3, 1e20), of(">=0 & <=1", 0, 0.25, 1), of("number & >-1.5", -1.25, 7), of("1.5 | 2", 1.5, 2), of("bool", true, false), of("true", true), of("null | int", nil, 3), of("_", nil, 1, "x", []any{1, map[string]any{}}),
		of("time.Time", "2024-02-29T12:30:00Z", "2024-02-29T12:30:00.5+02:00"), of(`time.Format("2006-01-02")`, "2024-02-29"), of(`time.Format("15:04")`, "12:30"), of("time.Duration", "1h30m", "-1.5s"),
		of("uuid.Valid", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"), of("string & net.IPv4", "127.0.0.1"), of("string & net.IPv6", "::1", "2001:db8::1"), of("string & net.IP", "::1", "1.2.3.4"), of("string & net.IPCIDR", "10.0.0.0/8"),
		of("net.AbsURL", "http://a.b/c?d#e", "mailto:a@b.c"), of("net.URL", "/a", "http://a/"), of("regexp.Valid", "^a+$"), of("null | time.Time", nil, "2024-02-29T12:30:00Z"),
		of("schema.#Email", "a@b.c"), of("schema.#Hostname", "a.b", "x-1"), of("schema.#Date", "2024-02-29"), of("schema.#Time", "12:30:00Z"), of("schema.#ISODuration", "P1DT2H"), of("schema.#JSONPointer", "", "/a/0"), of("schema.#Decimal", "12.50", "-0"),
	)
}

// kind gives a type; depth is how deep others may lie in it.
func (m *maker) kind(depth int) kind {
	if depth == 0 || m.r.IntN(3) == 0 {
		return m.scalar()
	}
	if len(m.pool) > 0 && m.r.IntN(6) == 0 {
		return pick(m, m.pool...)
	}
	return pick(m, m.list, m.tuple, m.mapOf, m.keyed, m.patterned, m.object, m.object, m.tagged, m.shaped, m.kinds, m.named, m.tree)(depth - 1)
}

func (m *maker) many(k kind, least, most int) func() any {
	return func() any {
		list := []any{}
		for range least + m.r.IntN(most-least+1) {
			list = append(list, k.sample())
		}
		return list
	}
}

func (m *maker) list(depth int) kind {
	k := m.kind(depth)
	if m.r.IntN(3) == 0 {
		return kind{cue: "[..." + k.cue + "] & list.MinItems(1) & list.MaxItems(2)", sample: m.many(k, 1, 2)}
	}
	return kind{cue: "[..." + k.cue + "]", sample: m.many(k, 0, 2)}
}

func (m *maker) tuple(depth int) kind {
	var parts []kind
	var texts []string
	for range 1 + m.r.IntN(3) {
		k := m.kind(depth)
		parts, texts = append(parts, k), append(texts, k.cue)
	}
	if m.r.IntN(4) == 0 { // a tuple of items that Go holds alike
		like := []kind{{cue: "int & >2", sample: func() any { return 3 }}, {cue: "int & <5", sample: func() any { return 4 }}, {cue: "int", sample: func() any { return -7 }}}
		parts, texts = nil, nil
		for range 1 + m.r.IntN(3) {
			k := pick(m, like...)
			parts, texts = append(parts, k), append(texts, k.cue)
		}
		if m.r.IntN(2) == 0 {
			rest := pick(m, like...)
			texts = append(texts, "...("+rest.cue+")")
			for range m.r.IntN(3) {
				parts = append(parts, rest)
			}
		}
	}
	return kind{cue: "[" + strings.Join(texts, ", ") + "]", sample: func() any {
		list := []any{}
		for _, k := range parts {
			list = append(list, k.sample())
		}
		return list
	}}
}

func (m *maker) mapOf(depth int) kind { return m.entries("string", m.kind(depth), words...) }

func (m *maker) keyed(depth int) kind {
	k := m.kind(depth)
	return pick(m, m.entries(`=~"^x-"`, k, "x-a", "x-b"), m.entries(`"a" | "red"`, k, "a", "red"), m.entries(`=~"a" & !~"^b"`, k, "a", "ab"), m.entries(`strings.MinRunes(2)`, k, "ab", "日本"))
}

func (m *maker) entries(key string, k kind, names ...string) kind {
	return kind{cue: "{[" + key + "]: " + k.cue + "}", sample: func() any {
		entries := map[string]any{}
		for range m.r.IntN(3) {
			entries[pick(m, names...)] = k.sample()
		}
		return entries
	}}
}

// patterned gives an object whose fields have names and patterns, some of which are of
// several: what they stand for has to fit all of them then.
func (m *maker) patterned(depth int) kind {
	numbers := []kind{{cue: "int", sample: func() any { return m.r.IntN(9) - 2 }}, {cue: "number", sample: func() any { return float64(m.r.IntN(20)) / 2 }}, {cue: ">=1", sample: func() any { return 1 + m.r.IntN(9) }}, {cue: "<5", sample: func() any { return m.r.IntN(9) - 3 }}}
	like := func() kind { return pick(m, numbers...) }
	if m.r.IntN(3) == 0 { // of one pattern only: any type
		k := m.kind(depth)
		key := pick(m, `=~"^y-"`, `"p" | "q"`, `=~"^y" & !~"b$"`)
		return m.patterns(m.fields(depth), []string{key}, func() kind { return k }, "y-a", "y-b", "p", "q", "y")
	}
	var fields []field
	for _, name := range []string{"id", "x-a", "ab"}[:m.r.IntN(4)] {
		fields = append(fields, field{name, pick(m, "!", "?", "?"), like()})
	}
	keys := []string{`=~"^x-"`, `=~"^a"`, `=~"b$"`, `strings.MinRunes(3)`, `"id" | "ab" | "q"`, `!="q"`, "string", `=~"(?i)^ID"`, `=~"a" & !~"^b"`, `strings.MaxRunes(1)`}
	m.r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	return m.patterns(fields, keys[:1+m.r.IntN(3)], like, "id", "x-a", "ab", "q", "xb", "a", "日本語", "x-b", "ID", "", "ba")
}

func (m *maker) patterns(fields []field, keys []string, of func() kind, names ...string) kind {
	text, values := m.write(fields), []kind{}
	for _, key := range keys {
		k := of()
		text, values = text+", ["+key+"]: "+k.cue, append(values, k)
	}
	if m.r.IntN(5) == 0 {
		text += ", ..."
	}
	return kind{cue: "{" + strings.TrimPrefix(text, ", ") + "}", sample: func() any {
		all := map[string]any{}
		for range m.r.IntN(3) {
			all[pick(m, names...)] = pick(m, values...).sample()
		}
		return m.value(fields, all)
	}}
}

// field is one of an object's.
type field struct {
	name, mark string
	kind
}

func (m *maker) fields(depth int) (all []field) {
	for i := range m.r.IntN(4) {
		all = append(all, field{pick(m, "a", "b", "x-y", "kind2", "é") + strconv.Itoa(i), pick(m, "!", "!", "?"), m.kind(depth)})
	}
	return all
}

func (m *maker) write(fields []field) string {
	texts := []string{}
	for _, f := range fields {
		texts = append(texts, strconv.Quote(f.name)+f.mark+": "+f.cue)
	}
	return strings.Join(texts, ", ")
}

func (m *maker) value(fields []field, more map[string]any) any {
	for _, f := range fields {
		if f.mark == "!" || m.r.IntN(2) == 0 {
			more[f.name] = f.sample()
		}
	}
	return more
}

func (m *maker) object(depth int) kind {
	fields := m.fields(depth)
	return kind{cue: "{" + m.write(fields) + "}", sample: func() any { return m.value(fields, map[string]any{}) }}
}

func (m *maker) tagged(depth int) kind {
	var texts []string
	var values []func() any
	for i := range 2 + m.r.IntN(2) {
		tag, fields := "k"+strconv.Itoa(i), m.fields(depth)
		texts = append(texts, fmt.Sprintf("{kind!: %q, %s}", tag, m.write(fields)))
		values = append(values, func() any { return m.value(fields, map[string]any{"kind": tag}) })
	}
	return kind{cue: "(" + strings.Join(texts, " | ") + ")", sample: func() any { return pick(m, values...)() }}
}

// shaped gives objects that differ in a required field, and perhaps a text.
func (m *maker) shaped(depth int) kind {
	var texts []string
	var values []func() any
	for i := range 2 + m.r.IntN(2) {
		mark, k, fields := "m"+strconv.Itoa(i), m.kind(depth), m.fields(depth)
		texts = append(texts, fmt.Sprintf("{%s!: %s, %s}", mark, k.cue, m.write(fields)))
		values = append(values, func() any { return m.value(fields, map[string]any{mark: k.sample()}) })
	}
	if m.r.IntN(2) == 0 {
		texts, values = append(texts, "string"), append(values, func() any { return pick(m, words...) })
	}
	return kind{cue: "(" + strings.Join(texts, " | ") + ")", sample: func() any {
		x := pick(m, values...)()
		if o, ok := x.(map[string]any); ok && m.r.IntN(8) == 0 {
			o[fmt.Sprintf("m%d", m.r.IntN(3))] = m.scalar().sample()
		}
		return x
	}}
}

func (m *maker) kinds(depth int) kind {
	arms := []kind{{cue: "string", sample: func() any { return pick(m, words...) }}, {cue: "(int & >2)", sample: func() any { return 3 + m.r.IntN(3) }}, {cue: "bool", sample: func() any { return true }}, m.list(depth), m.object(depth), {cue: "null", sample: func() any { return nil }}}
	m.r.Shuffle(len(arms), func(i, j int) { arms[i], arms[j] = arms[j], arms[i] })
	arms = arms[:2+m.r.IntN(2)]
	return kind{cue: "(" + arms[0].cue + " | " + arms[1].cue + ")", sample: func() any { return pick(m, arms[:2]...).sample() }}
}

func (m *maker) named(depth int) kind {
	k := m.object(depth)
	name := fmt.Sprintf("#D%d", len(m.defs))
	m.defs = append(m.defs, name+": "+k.cue)
	m.pool = append(m.pool, kind{cue: name, sample: k.sample})
	return m.pool[len(m.pool)-1]
}

func (m *maker) tree(int) kind {
	name := fmt.Sprintf("#D%d", len(m.defs))
	m.defs = append(m.defs, fmt.Sprintf("%s: {v!: int & >0, kids?: [...%[1]s]}", name))
	var node func(depth int) any
	node = func(depth int) any {
		n := map[string]any{"v": 1 + m.r.IntN(3)}
		if depth > 0 && m.r.IntN(2) == 0 {
			n["kids"] = []any{node(depth - 1), node(depth - 1)}
		}
		return n
	}
	m.pool = append(m.pool, kind{cue: name, sample: func() any { return node(2) }})
	return m.pool[len(m.pool)-1]
}

// spoil gives a document that is changed in one place, mostly into something that does
// not fit.
func (m *maker) spoil(x any) any {
	if m.r.IntN(3) == 0 {
		return m.junk(x)
	}
	switch x := x.(type) {
	case map[string]any:
		out, names := map[string]any{}, []string{}
		for k, v := range x {
			out[k], names = v, append(names, k)
		}
		sortTexts(names)
		if len(names) == 0 || m.r.IntN(4) == 0 {
			out[pick(m, words...)] = m.junk(nil)
			return out
		}
		name := names[m.r.IntN(len(names))]
		if m.r.IntN(3) == 0 {
			delete(out, name)
		} else {
			out[name] = m.spoil(x[name])
		}
		return out
	case []any:
		if len(x) == 0 || m.r.IntN(4) == 0 {
			return append(append([]any{}, x...), m.junk(nil))
		}
		out, i := append([]any{}, x...), m.r.IntN(len(x))
		if m.r.IntN(4) == 0 {
			return append(out[:i], out[i+1:]...)
		}
		out[i] = m.spoil(x[i])
		return out
	}
	return m.junk(x)
}

// junk gives something beside x.
func (m *maker) junk(x any) any {
	switch x := x.(type) {
	case int:
		if m.r.IntN(2) == 0 {
			return x + m.r.IntN(3) - 1
		}
	case string:
		if r := []rune(x); len(r) > 0 && m.r.IntN(2) == 0 {
			i := m.r.IntN(len(r))
			return string(r[:i]) + pick(m, "", "0", "a", " ", "Z", ":", "é") + string(r[i+m.r.IntN(2):])
		}
	}
	return pick[any](m, nil, true, 0, 3, -1, 0.5, 1<<40, "", "a", "ab", "2024-02-30T12:30:00Z", "12:30", []any{}, []any{1}, []any{"a", nil}, map[string]any{}, map[string]any{"a": 1}, map[string]any{"kind": "k0"}, map[string]any{"v": 1})
}
