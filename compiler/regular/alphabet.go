package regular

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// nice are the runes that a text is made of where it may be: what people read best.
const nice = "a0Ab1B x-_.:/@,'\"!é世"

// alphabet gives one rune of each class that the machines tell apart, nice ones first.
func alphabet(machines []machine) []rune {
	cuts := []rune{0, '\n', '\n' + 1, '0', '9' + 1, 'A', 'Z' + 1, '_', '_' + 1, 'a', 'z' + 1, 0xD800, 0xE000}
	var insts []*syntax.Inst
	for _, m := range machines {
		for i := range m.prog.Inst {
			in := &m.prog.Inst[i]
			switch in.Op {
			case syntax.InstRune, syntax.InstRune1:
				insts = append(insts, in)
				cuts = append(cuts, edges(in)...)
			}
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	seen := map[string]bool{}
	var out []rune
	take := func(r rune) {
		if !utf8.ValidRune(r) {
			return
		}
		if s := signature(insts, r); !seen[s] {
			seen[s] = true
			out = append(out, r)
		}
	}
	for _, r := range nice {
		take(r)
	}
	for _, r := range cuts { // printable ones before those that are not
		if unicode.IsGraphic(r) {
			take(r)
		}
	}
	for _, r := range cuts {
		take(r)
	}
	return out
}

// edges are the runes at which an instruction begins or ends to match.
func edges(in *syntax.Inst) (cuts []rune) {
	if len(in.Rune) == 1 { // perhaps with its other cases
		for f := in.Rune[0]; ; {
			cuts = append(cuts, f, f+1)
			if f = unicode.SimpleFold(f); f == in.Rune[0] {
				return cuts
			}
		}
	}
	for i := 0; i+1 < len(in.Rune); i += 2 {
		cuts = append(cuts, in.Rune[i], in.Rune[i+1]+1)
	}
	return cuts
}

func signature(insts []*syntax.Inst, r rune) string {
	s := make([]byte, 0, len(insts)+1)
	switch {
	case r == '\n':
		s = append(s, 'n')
	case syntax.IsWordChar(r):
		s = append(s, 'w')
	default:
		s = append(s, 'o')
	}
	for _, in := range insts {
		if in.MatchRune(r) {
			s = append(s, '1')
		} else {
			s = append(s, '0')
		}
	}
	return string(s)
}
