// Package regular decides whether a set of texts that regular expressions and lengths
// describe lies in another, and gives the shortest text that shows that it does not. The
// expressions are RE2's, so the sets are regular and the question has an answer: both are
// run side by side over all texts, a state of both at a time.
package regular

import (
	"regexp/syntax"
	"slices"
	"strings"
)

// Set is a set of texts: all that have a length within the bounds, in which each of Match
// matches somewhere and none of Unmatch does.
type Set struct {
	Match, Unmatch []string
	Min, Max       int64 // in runes; Max below 0 is no bound
}

// maxStates bounds the work, maxLength what lengths are counted up to.
const (
	maxStates = 20_000
	maxLength = 2_000
)

// Outside gives the shortest text of a that is not in b; decided is false where that is
// too much work, or an expression is none.
func Outside(a, b Set) (text string, found, decided bool) {
	within := a.Min >= b.Min && (b.Max < 0 || a.Max >= 0 && a.Max <= b.Max)
	if within {
		// b's lengths follow from a's. Where not even other lengths lead out of b, none do.
		free, bare := a, b
		free.Min, free.Max, bare.Min, bare.Max = 0, -1, 0, -1
		text, found, decided = search(free, bare)
		if n := int64(len([]rune(text))); decided && (!found || n >= a.Min && (a.Max < 0 || n <= a.Max)) {
			return text, found, true
		}
		b.Min, b.Max = 0, -1
	}
	return search(a, b)
}

// machine is one expression: what runs it, and what it is for.
type machine struct {
	prog         *syntax.Prog
	ofA, unmatch bool
}

// state is where all machines are after a text: the sets of threads, "!" where one has
// matched for good.
type state struct {
	threads []string
	prev    rune // -1 at the beginning
	length  int64
}

type searching struct {
	machines []machine
	a, b     Set
	alphabet []rune
	most     int64 // lengths beyond are alike
}

func search(a, b Set) (text string, found, decided bool) {
	s := &searching{a: a, b: b, most: max(a.Min, b.Min, a.Max+1, b.Max+1)}
	if s.most > maxLength || !s.add(a, true) || !s.add(b, false) {
		return "", false, false
	}
	s.alphabet = alphabet(s.machines)
	type node struct {
		state
		from int
		r    rune
	}
	queue := []node{{state: s.start(), from: -1}}
	seen := map[string]bool{queue[0].key(): true}
	for at := 0; at < len(queue); at++ {
		if s.apart(queue[at].state) {
			var back []rune
			for i := at; queue[i].from >= 0; i = queue[i].from {
				back = append(back, queue[i].r)
			}
			slices.Reverse(back)
			return string(back), true, true
		}
		for _, r := range s.alphabet {
			next, alive := s.step(queue[at].state, r)
			if key := next.key(); alive && !seen[key] {
				seen[key] = true
				queue = append(queue, node{state: next, from: at, r: r})
			}
		}
		if len(queue) > maxStates {
			return "", false, false
		}
	}
	return "", false, true
}

func (s *searching) add(set Set, ofA bool) bool {
	for i, list := range [][]string{set.Match, set.Unmatch} {
		for _, expr := range list {
			re, err := syntax.Parse(expr, syntax.Perl)
			if err != nil {
				return false
			}
			prog, err := syntax.Compile(re.Simplify())
			if err != nil || len(prog.Inst) > 5_000 {
				return false
			}
			s.machines = append(s.machines, machine{prog, ofA, i == 1})
		}
	}
	return true
}

func (s *searching) start() state {
	return state{threads: make([]string, len(s.machines)), prev: -1}
}

func (n state) key() string {
	class := byte('o')
	switch {
	case n.prev < 0:
		class = 's'
	case n.prev == '\n':
		class = 'n'
	case syntax.IsWordChar(n.prev):
		class = 'w'
	}
	return string([]byte{class, byte(n.length), byte(n.length >> 8)}) + strings.Join(n.threads, "|")
}

const matched = "!"

// apart tells whether the text that led to n is in a and not in b.
func (s *searching) apart(n state) bool {
	inA := n.length >= s.a.Min && (s.a.Max < 0 || n.length <= s.a.Max)
	inB := n.length >= s.b.Min && (s.b.Max < 0 || n.length <= s.b.Max)
	for i, m := range s.machines {
		if _, hit := m.closure(n.threads[i], n.prev, -1); hit == m.unmatch {
			if m.ofA {
				inA = false
			} else {
				inB = false
			}
		}
	}
	return inA && !inB
}

// step gives the state after one more rune; false where no text that begins so is in a.
func (s *searching) step(n state, r rune) (state, bool) {
	next := state{threads: make([]string, len(n.threads)), prev: r, length: min(n.length+1, s.most)}
	if s.a.Max >= 0 && n.length+1 > s.a.Max {
		return next, false
	}
	for i, m := range s.machines {
		pcs, hit := m.closure(n.threads[i], n.prev, r)
		if hit {
			if m.ofA && m.unmatch {
				return next, false
			}
			next.threads[i] = matched
			continue
		}
		next.threads[i] = m.after(pcs, r)
	}
	return next, true
}

// closure follows what needs no rune from the threads, and from the beginning of the
// expression, which may match anywhere. It tells whether a match is reached.
func (m machine) closure(threads string, prev, r rune) (pcs []uint32, hit bool) {
	if threads == matched {
		return nil, true
	}
	flags := syntax.EmptyOpContext(prev, r)
	seen := make([]bool, len(m.prog.Inst))
	var visit func(pc uint32)
	visit = func(pc uint32) {
		if seen[pc] {
			return
		}
		seen[pc] = true
		switch in := &m.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			visit(in.Out)
			visit(in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			visit(in.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^flags == 0 {
				visit(in.Out)
			}
		case syntax.InstMatch:
			hit = true
		case syntax.InstFail:
		default:
			pcs = append(pcs, pc)
		}
	}
	for _, pc := range threads {
		visit(uint32(pc))
	}
	visit(uint32(m.prog.Start))
	return pcs, hit
}

// after gives the threads that r leads to, sorted, as runes of a text.
func (m machine) after(pcs []uint32, r rune) string {
	var next []rune
	for _, pc := range pcs {
		if in := &m.prog.Inst[pc]; in.MatchRune(r) {
			next = append(next, rune(in.Out))
		}
	}
	slices.Sort(next)
	return string(slices.Compact(next))
}
