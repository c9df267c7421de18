package gen

import (
	"go/token"
	"strconv"
	"strings"
	"unicode"
)

// initialisms are the words that Go writes in capitals.
var initialisms = map[string]bool{
	"api": true, "ascii": true, "cpu": true, "css": true, "csv": true, "db": true, "dns": true,
	"eof": true, "gpu": true, "guid": true, "html": true, "http": true, "https": true, "id": true,
	"io": true, "ip": true, "json": true, "llm": true, "ml": true, "nlp": true, "ocr": true, "ok": true,
	"os": true, "pdf": true, "qps": true, "ram": true, "rgb": true, "rpc": true, "sdk": true, "sql": true,
	"ssh": true, "tcp": true, "tls": true, "ttl": true, "udp": true, "ui": true, "uid": true, "uri": true,
	"url": true, "utf8": true, "uuid": true, "vm": true, "xml": true, "yaml": true,
}

// exported makes an exported Go name out of any text: min-score becomes MinScore,
// imageUrl becomes ImageURL. It is "X" followed by what is left where the text
// does not begin with a letter that has a capital.
func exported(text string) string {
	var b strings.Builder
	for _, w := range words(text) {
		lower := strings.ToLower(w)
		if initialisms[lower] {
			b.WriteString(strings.ToUpper(w))
			continue
		}
		if one, ok := strings.CutSuffix(lower, "s"); ok && initialisms[one] {
			b.WriteString(strings.ToUpper(one) + "s")
			continue
		}
		r := []rune(w)
		r[0] = unicode.ToUpper(r[0])
		b.WriteString(string(r))
	}
	name := b.String()
	if name == "" || !token.IsExported(name) {
		return "X" + name
	}
	return name
}

// pascal is exported, but leaves nothing as it is.
func pascal(text string) string {
	if text == "" {
		return ""
	}
	return exported(text)
}

// unexported makes a Go name that begins with a small letter: URLPath becomes
// urlPath, IDs ids, MinScore minScore.
func unexported(text string) string {
	name := exported(text)
	if ws := words(text); len(ws) > 0 {
		if first := exported(ws[0]); strings.EqualFold(first, ws[0]) && isInitialism(ws[0]) {
			return strings.ToLower(first) + name[len(first):]
		}
	}
	r := []rune(name)
	r[0] = unicode.ToLower(r[0])
	return string(r)
}

// isInitialism tells whether Go writes a word, or its singular, in capitals.
func isInitialism(word string) bool {
	lower := strings.ToLower(word)
	return initialisms[lower] || initialisms[strings.TrimSuffix(lower, "s")]
}

// words splits a text at what is no letter or digit and before capitals.
func words(text string) []string {
	var out []string
	var w []rune
	flush := func() {
		if len(w) > 0 {
			out = append(out, string(w))
			w = nil
		}
	}
	rs := []rune(text)
	for i, r := range rs {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
			continue
		}
		if unicode.IsUpper(r) && i > 0 && (unicode.IsLower(rs[i-1]) || i+1 < len(rs) && unicode.IsLower(rs[i+1])) {
			flush()
		}
		w = append(w, r)
	}
	flush()
	return out
}

// predeclared are names that generated code must not take for its own.
var predeclared = []string{
	"any", "append", "bool", "byte", "cap", "clear", "close", "comparable", "complex", "complex64", "complex128",
	"copy", "delete", "error", "false", "float32", "float64", "imag", "int", "int8", "int16", "int32", "int64",
	"iota", "len", "make", "max", "min", "new", "nil", "panic", "print", "println", "real", "recover", "rune",
	"string", "true", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr",
}

// names hands out names that are used once.
type names struct {
	taken map[string]bool
	outer *names
}

func newNames(reserved ...string) *names {
	n := &names{taken: map[string]bool{}}
	for _, list := range [][]string{reserved, predeclared} {
		for _, name := range list {
			n.taken[name] = true
		}
	}
	return n
}

// inner gives names for a block: none of the ones outside.
func (n *names) inner(reserved ...string) *names {
	in := newNames(reserved...)
	in.outer = n
	return in
}

func (n *names) has(name string) bool {
	return n.taken[name] || token.IsKeyword(name) || n.outer != nil && n.outer.has(name)
}

// pick takes the first of the candidates that is free, else the first of them
// with a number.
func (n *names) pick(candidates ...string) string {
	for _, c := range candidates {
		if !n.has(c) {
			n.taken[c] = true
			return c
		}
	}
	for i := 2; ; i++ {
		if c := candidates[0] + strconv.Itoa(i); !n.has(c) {
			n.taken[c] = true
			return c
		}
	}
}
