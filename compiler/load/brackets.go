package load

import (
	"slices"
	"strings"

	"cuelang.org/go/cue/token"
)

// bracket is one bracket of a text.
type bracket struct {
	char      rune
	line, col int // from 1, in bytes
	width     int // of what is to be marked, in bytes
	indent    int // of its line
	first     bool
}

// bracketFault is where brackets begin not to fit.
type bracketFault struct {
	at      bracket
	opens   bool // at is opened and not closed
	lacks   bool // at's line lacks an opening bracket for the closing one in line noticed
	noticed int
}

var closing = map[rune]rune{'{': '}', '[': ']', '(': ')'}

func opening(closes rune) rune {
	for o, c := range closing {
		if c == closes {
			return o
		}
	}
	return closes
}

// findBracket gives the first fault in the brackets of a text, nil where there is none
// or the text cannot be read. A closing bracket that begins its line belongs to an
// opening one whose line is indented as far.
func findBracket(src []byte) *bracketFault {
	lines := strings.Split(string(src), "\n")
	var stack []bracket
	var odd *bracketFault // a closing bracket inside a line that closed one further out
	all, ok := scanBrackets(src, lines)
	if !ok {
		return nil
	}
	for _, b := range all {
		if closing[b.char] != 0 {
			stack = append(stack, b)
			continue
		}
		if len(stack) == 0 {
			if odd != nil {
				return odd
			}
			return missingOpening(lines, all, b, 0, -1)
		}
		top := stack[len(stack)-1]
		switch {
		case closing[top.char] != b.char:
			return &bracketFault{at: top, opens: true, noticed: b.line}
		case b.first && top.line != b.line && b.indent < top.indent:
			return &bracketFault{at: top, opens: true, noticed: b.line}
		case b.first && top.line != b.line && b.indent > top.indent && odd != nil:
			return odd
		case b.first && top.line != b.line && b.indent > top.indent:
			return missingOpening(lines, all, b, top.line, top.indent)
		case !b.first && top.line != b.line && top.indent < b.indent && odd == nil:
			odd = &bracketFault{at: b, noticed: b.line}
		}
		stack = stack[:len(stack)-1]
	}
	if len(stack) > 0 {
		return &bracketFault{at: stack[len(stack)-1], opens: true}
	}
	return nil
}

// missingOpening finds the line above a closing bracket that was to open it: the last
// one indented as far, with deeper ones below, that opens nothing.
func missingOpening(lines []string, all []bracket, b bracket, after, above int) *bracketFault {
	for n := b.line - 1; n > after; n-- {
		text := strings.TrimRight(lines[n-1], " \t\r")
		if strings.TrimSpace(text) == "" || indentOf(text) > b.indent || strings.HasPrefix(strings.TrimSpace(text), "//") {
			continue
		}
		if indentOf(text) < b.indent || indentOf(text) <= above || indentOf(next(lines, n)) <= b.indent {
			break
		}
		if slices.ContainsFunc(all, func(o bracket) bool { return o.line == n && o.col == len(text) && closing[o.char] != 0 }) {
			break
		}
		return &bracketFault{at: bracket{char: b.char, line: n, col: indentBytes(text) + 1, width: len(text) - indentBytes(text)}, lacks: true, noticed: b.line}
	}
	return &bracketFault{at: b, noticed: b.line}
}

// next gives the first line below line n, counted from 1, that is not empty.
func next(lines []string, n int) string {
	for _, l := range lines[n:] {
		if strings.TrimSpace(l) != "" {
			return l
		}
	}
	return ""
}

// scanBrackets gives the brackets of a text that are not inside strings or comments.
func scanBrackets(src []byte, lines []string) (all []bracket, ok bool) {
	ok = scanTokens(src, func(p token.Position, tok token.Token) bool {
		switch tok {
		case token.LBRACE, token.LBRACK, token.LPAREN, token.RBRACE, token.RBRACK, token.RPAREN:
		default:
			return true
		}
		b := bracket{char: rune(tok.String()[0]), line: p.Line, col: p.Column, width: 1}
		if p.Line >= 1 && p.Line <= len(lines) {
			line := lines[p.Line-1]
			b.indent, b.first = indentOf(line), indentBytes(line) == p.Column-1
		}
		all = append(all, b)
		return true
	})
	return all, ok
}

const tabWidth = 4

func indentOf(line string) (n int) {
	for _, c := range line[:indentBytes(line)] {
		if n++; c == '\t' {
			n += tabWidth - 1
		}
	}
	return n
}

func indentBytes(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }
