// Package ecma writes regular expressions of RE2, which CUE and Go have, as ECMA-262
// does, which JSON Schema has.
package ecma

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// commonPattern matches expressions that RE2 and ECMA-262 (with its flag u) read
// alike; they stay as they are written. What it does not know is translated.
var commonPattern = regexp.MustCompile(`^\^?(?:` +
	`(?:[A-Za-z0-9 _@:;,=~!%&<>"'#|-]|\\[.+*?(){}|^$\[\]/\\]|\((?:\?:)?|\)|\[\^?[A-Za-z0-9 _.@:;,=~!%&<>"'#+*?()|$/-]+\])` +
	`(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})?)*\$?$`)

// MaxLen is how long a translation may be, in bytes: classes of Unicode are written
// out.
const MaxLen = 32 << 10

// Pattern writes a regular expression of RE2 as ECMA-262 does, for JSON Schema:
// it matches the same texts, with the flag u and without any other. Flags inside the
// expression, names of groups and classes with a name are gone, so that Python and
// Go read most of them alike too. It is false where there is no such expression of
// a sensible length.
func Pattern(re string) (string, bool) {
	tree, err := syntax.Parse(re, syntax.Perl)
	if err != nil {
		return "", false
	}
	if commonPattern.MatchString(re) && balanced(re) {
		return re, true
	}
	var b strings.Builder
	if !writePattern(&b, tree) || b.Len() > MaxLen {
		return "", false
	}
	return b.String(), true
}

// balanced tells whether no quantifier follows a bracket that opens, or another
// quantifier or an assertion, which the two languages read differently.
func balanced(re string) bool {
	for _, bad := range []string{"(*", "(+", "({", "|*", "|+", "|?", "|{", "^*", "^+", "^?", "^{"} {
		if strings.Contains(re, bad) {
			return false
		}
	}
	return !strings.Contains(strings.ReplaceAll(re, "(?:", ""), "(?")
}

// writePattern writes one node; it is false for what ECMA-262 has no form for.
func writePattern(b *strings.Builder, re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpNoMatch:
		b.WriteString(`[^\s\S]`)
	case syntax.OpEmptyMatch:
		b.WriteString(`(?:)`)
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			writeLiteral(b, r, re.Flags&syntax.FoldCase != 0)
		}
	case syntax.OpCharClass:
		writeClass(b, re.Rune)
	case syntax.OpAnyCharNotNL:
		b.WriteString(`[^\n]`)
	case syntax.OpAnyChar:
		b.WriteString(`[\s\S]`)
	case syntax.OpBeginText:
		b.WriteString(`^`)
	case syntax.OpEndText:
		b.WriteString(`$`)
	case syntax.OpBeginLine:
		b.WriteString(`(?:^|(?<=\n))`)
	case syntax.OpEndLine:
		b.WriteString(`(?:$|(?=\n))`)
	case syntax.OpWordBoundary:
		b.WriteString(`\b`)
	case syntax.OpNoWordBoundary:
		b.WriteString(`\B`)
	case syntax.OpCapture:
		return writeGroup(b, re.Sub[0])
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		return writeRepeat(b, re)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if sub.Op == syntax.OpAlternate {
				if !writeGroup(b, sub) {
					return false
				}
			} else if !writePattern(b, sub) {
				return false
			}
		}
	case syntax.OpAlternate:
		for i, sub := range re.Sub {
			if i > 0 {
				b.WriteByte('|')
			}
			if !writePattern(b, sub) {
				return false
			}
		}
	default:
		return false
	}
	return true
}

func writeGroup(b *strings.Builder, re *syntax.Regexp) bool {
	b.WriteString("(?:")
	ok := writePattern(b, re)
	b.WriteByte(')')
	return ok
}

// writeRepeat writes a repetition. Whether it is greedy does not matter to whether
// there is a match.
func writeRepeat(b *strings.Builder, re *syntax.Regexp) bool {
	sub := re.Sub[0]
	single := sub.Op == syntax.OpLiteral && len(sub.Rune) == 1 || sub.Op == syntax.OpCharClass ||
		sub.Op == syntax.OpAnyChar || sub.Op == syntax.OpAnyCharNotNL || sub.Op == syntax.OpCapture
	write := writeGroup
	if single {
		write = writePattern
	}
	if !write(b, sub) {
		return false
	}
	switch {
	case re.Op == syntax.OpStar:
		b.WriteByte('*')
	case re.Op == syntax.OpPlus:
		b.WriteByte('+')
	case re.Op == syntax.OpQuest:
		b.WriteByte('?')
	case re.Max == re.Min:
		fmt.Fprintf(b, "{%d}", re.Min)
	case re.Max < 0:
		fmt.Fprintf(b, "{%d,}", re.Min)
	default:
		fmt.Fprintf(b, "{%d,%d}", re.Min, re.Max)
	}
	return true
}

// writeLiteral writes a character, in all its cases where they do not matter.
func writeLiteral(b *strings.Builder, r rune, fold bool) {
	if !fold || unicode.SimpleFold(r) == r {
		writeRune(b, r, `^$\.*+?()[]{}|/`)
		return
	}
	cases := []rune{r}
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		cases = append(cases, f)
	}
	slices.Sort(cases)
	b.WriteByte('[')
	for _, c := range cases {
		writeRune(b, c, `\]^-[`)
	}
	b.WriteByte(']')
}

// writeClass writes a class, given as pairs of its ends. One that goes to the last
// character is written as what is not in it.
func writeClass(b *strings.Builder, ends []rune) {
	switch n := len(ends); {
	case n == 0:
		b.WriteString(`[^\s\S]`)
		return
	case ends[n-1] != unicode.MaxRune:
		b.WriteByte('[')
	case n == 2 && ends[0] == 0:
		b.WriteString(`[\s\S]`)
		return
	default:
		b.WriteString("[^")
		ends = complement(ends)
	}
	for i := 0; i < len(ends); i += 2 {
		low, high := ends[i], ends[i+1]
		writeRune(b, low, `\]^-[`)
		if high > low+1 {
			b.WriteByte('-')
		}
		if high > low {
			writeRune(b, high, `\]^-[`)
		}
	}
	b.WriteByte(']')
}

// complement gives the ranges between those of a class that goes to the end.
func complement(ends []rune) []rune {
	var out []rune
	next := rune(0)
	for i := 0; i < len(ends); i += 2 {
		if ends[i] > next {
			out = append(out, next, ends[i]-1)
		}
		next = ends[i+1] + 1
	}
	return out
}

// writeRune writes a character as itself where that can be seen; special are those
// that mean something else.
func writeRune(b *strings.Builder, r rune, special string) {
	switch {
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r == '\t':
		b.WriteString(`\t`)
	case r < ' ' || r == 0x7f:
		fmt.Fprintf(b, `\x%02x`, r)
	case r < 0x7f && strings.ContainsRune(special, r):
		b.WriteByte('\\')
		b.WriteRune(r)
	case 0xd800 <= r && r <= 0xdfff: // halves of pairs, which no text has
		fmt.Fprintf(b, `\u%04x`, r)
	case r > 0x7f && !unicode.IsGraphic(r) && r <= 0xffff:
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		b.WriteRune(r)
	}
}
