package load

import (
	"strings"

	"bentoc.dev/compiler/ir"
	"cuelang.org/go/cue/scanner"
	"cuelang.org/go/cue/token"
)

// scanTokens hands the tokens of a text to see until that gives false, without those
// of the brackets around an interpolated expression. It tells whether the text is one
// that can be scanned.
func scanTokens(src []byte, see func(token.Position, token.Token) bool) (ok bool) {
	ok = true
	file := token.NewFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, func(token.Pos, string, []interface{}) { ok = false }, 0)
	var open []bool // of the brackets that are open: is it an interpolation's
	inText := false // an interpolation begins, its ( comes next
	for {
		pos, tok, _ := s.Scan()
		if tok == token.EOF || !ok {
			return ok
		}
		switch tok {
		case token.INTERPOLATION:
			inText = true
		case token.LBRACE, token.LBRACK, token.LPAREN:
			open = append(open, inText)
			if inText {
				inText = false
				continue
			}
		case token.RBRACE, token.RBRACK, token.RPAREN:
			if n := len(open); n > 0 {
				text := open[n-1]
				open = open[:n-1]
				if text && tok == token.RPAREN {
					inText = strings.HasSuffix(s.ResumeInterpolation(), "(")
					continue
				}
			}
		}
		if !see(pos.Position(), tok) {
			return ok
		}
	}
}

// maxNested is how many labels, operators, selectors and brackets may hang on each
// other in one value. CUE walks them by recursion, which has no bound of its own but
// the stack's.
const maxNested = 10_000

// tooNested gives the place where a text goes beyond [maxNested].
func tooNested(src []byte) (at ir.Pos, found bool) {
	if len(src) < maxNested {
		return at, false
	}
	depth := 0
	var bases []int // the depths at which the brackets around were opened
	scanTokens(src, func(p token.Position, tok token.Token) bool {
		switch {
		case tok == token.LBRACE || tok == token.LBRACK || tok == token.LPAREN:
			depth++
			bases = append(bases, depth)
		case tok == token.RBRACE || tok == token.RBRACK || tok == token.RPAREN:
			if n := len(bases); n > 0 {
				depth, bases = bases[n-1], bases[:n-1]
			}
		case tok == token.COMMA:
			depth = 0
			if n := len(bases); n > 0 {
				depth = bases[n-1]
			}
		case tok.IsOperator():
			depth++
		}
		if found = depth > maxNested; found {
			at = ir.Pos{Line: p.Line, Col: p.Column}
		}
		return !found
	})
	return at, found
}
