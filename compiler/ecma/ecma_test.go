package ecma

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// patterns are expressions of every construct of RE2.
var patterns = []string{
	``, `a`, `^a$`, `^[a-z ]*$`, `a|b`, `^(?:a|b)c$`, `^(a|b)?c`, `(?i)^en$`, `(?i)straße`, `(?i)k`, `(?i:a)B`, `a(?i)b(?-i)c`, `[[:alpha:]]\z`, `^(?P<x>a)`, `^(?<year>\d{4})$`,
	`^\p{Greek}+$`, `\pL`, `\PL`, `\p{Lu}\p{Ll}*`, `\P{Greek}`, `^[^\pL]$`, `\Aab\z`, `(?s).`, `.`, `^.*$`, `(?s)^.+$`, `(?m)^a$`, `(?m:^b)`, `(?ms)^.$`, `\Qa.b*\E`, `\Q[x]\E+`, `[[:^space:]]`, `[\d_-]+`,
	`\x{1F600}`, `[\x{10000}-\x{10FFFF}]`, `\x{10FFFF}`, `a*?b`, `a+?`, `(?U)a+b`, `a{2,3}?`, `a{,3}`, `a{3}`, `a{2,}`, `x{`, `x}`, `]`, `}`, `{`, `a]b`, `\bab\b`, `\Ba`, `\w+\W\s\S\d\D`, `^*a`, `(^)*a`, `(?:^)+b`, `$*`,
	`(a*)*`, `(?:a|)+b`, `()`, `(|a)`, `a||b`, `[^a]`, `[^\n]`, `[]a]`, `[^]a]`, `[a\]]`, `[-a]`, `[a-]`, `[a&&b]`, `[~!--]`, `[\-\\^]`, `\/`, `/`, `a-b`, `\-`, `#\ `, `\t\n\f\r\v\a`, `\x00`, `\x7F`, `\011`, `é`, `[à-ý]`, `日本`,
	`\u00e9`, `^\s*$`, `[[:word:]]`, `[[:punct:]]`, `[[:ascii:]]`, `[^[:ascii:]]`, `(?i)[k-s]`, `(?i)[^k]`, `(?i)ſ`, `(?i)é`, `\pZ`, `\p{Zs}`, `(?:(?:a{2}){2}b)?`, `a{0}`, `a{0,0}b`, `(?i)Ǆ`, `[^\x00-\x{10FFFF}]`, `[\x00-\x{10FFFF}]`, `\C`,
	`^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$`, `^\d{4}-\d{2}-\d{2}$`, `^(\+|-)?[0-9]+(\.[0-9]+)?$`, `(?i)^(yes|no)$`, "a\nb", `$^`, `a$b`, `(a$)?`, "\u2028", `[\x{2028}\x{FEFF}]`,
}

// subjects gives texts that are near to what the patterns match.
func subjects(r *rand.Rand) []string {
	out := []string{"", "a", "b", "ab", "aab", "aaab", "abab", "EN", "en", "Straße", "STRAßE", "STRASSE", "k", "K", "\u212a", "s", "S", "\u017f", "2024", "1234-05-06", "α", "αβγ", "Ж", "É", "é", "\n", "a\n", "\na", "b\na\nc", "a\rb", "\u2028", "\u0085", "\ufeff", "a.b*", "[x]", "😀", "\U00010000", "\U0010ffff", "x{", "x}", "]", "}", "{", "/", "-", "\\", "^", "&", "\x00", "\x7f", "\t", "\v", "日本", "Ǆ", "ǅ", "ǆ", " ", "\u00a0", "\u3000", "a b", "user@example.org", "+1.5", "yes", "aXb", "_", "a-b", "# ", "abc", "aBC"}
	letters := []rune("aabbckKſsS \n\r\t.-_]}{/\\^αЖéÉß日😀\u2028\u212a01")
	for range 200 {
		var b strings.Builder
		for range r.IntN(6) {
			b.WriteRune(letters[r.IntN(len(letters))])
		}
		out = append(out, b.String())
	}
	return out
}

var ecmaCases = flag.String("ecma", "", "write what the patterns become, and what Go matches, as JSON into this file")

// What is written for JSON Schema is an expression that Go itself reads the same
// way, where it has no look-around; testscripts/clients/ecma.mjs holds the file of
// -ecma against ECMAScript.
func TestPatternsOfJSONSchema(t *testing.T) {
	t.Parallel()
	type row struct {
		Pattern, ECMA string
		Matches       []bool
	}
	texts := subjects(rand.New(rand.NewPCG(31, 32)))
	var rows []row
	all, r := patterns, rand.New(rand.NewPCG(33, 34))
	one := func() string { return patterns[r.IntN(len(patterns))] }
	for range 300 {
		whole := []string{"%a%b", "(?:%a)|%b", "(?:%a){1,2}%b", "(?i)(?:%a)%b", "^(?:%a)*%b$", "(?s:%a)+(?m:%b)", "(%a)?(?P<n>%b)"}[r.IntN(7)]
		all = append(all, strings.NewReplacer("%a", one(), "%b", one()).Replace(whole))
	}
	for _, p := range all {
		re, err := regexp.Compile(p)
		got, ok := Pattern(p)
		if (err == nil) != ok {
			t.Errorf("%s is translated: %t; Go says %v", p, ok, err)
		}
		if err != nil || !ok {
			continue
		}
		if !utf8.ValidString(got) {
			t.Errorf("%s becomes %q, which is no UTF-8", p, got)
		}
		out := row{Pattern: p, ECMA: got}
		for _, s := range texts {
			out.Matches = append(out.Matches, re.MatchString(s))
		}
		rows = append(rows, out)
		again, err := regexp.Compile(strings.NewReplacer(`(?:^|(?<=\n))`, `(?m:^)`, `(?:$|(?=\n))`, `(?m:$)`).Replace(got))
		if err != nil {
			if !strings.Contains(got, `\u`) { // which Go does not know
				t.Errorf("%s becomes %s: %v", p, got, err)
			}
			continue
		}
		for i, s := range texts {
			if again.MatchString(s) != out.Matches[i] {
				t.Errorf("%s becomes %s: %q matches: %t", p, got, s, !out.Matches[i])
			}
		}
	}
	if *ecmaCases != "" {
		var b bytes.Buffer
		if err := json.NewEncoder(&b).Encode(map[string]any{"texts": texts, "rows": rows}); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(*ecmaCases, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for p, want := range map[string]string{
		`^[a-z ]*$`: `^[a-z ]*$`, `(?i)^en$`: `^[Ee][Nn]$`, `[[:alpha:]]\z`: `[A-Za-z]$`, `^(?P<x>a)`: `^(?:a)`, `a{`: `a\{`, `\d+`: `[0-9]+`, `.`: `[^\n]`,
		`[^a]`: `[^a]`, `(?s)a.*?b`: `a[\s\S]*b`, `x\.y`: `x\.y`, `\x{1F600}`: `😀`, `\Q*\E`: `\*`, `(?m)^a`: `(?:^|(?<=\n))a`,
	} {
		if got, _ := Pattern(p); got != want {
			t.Errorf("%s becomes %s, want %s", p, got, want)
		}
	}
	if _, ok := Pattern(strings.Repeat(`\pL`, 20)); ok {
		t.Error("an expression of a hundred kilobytes is written out")
	}
}
