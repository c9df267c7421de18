package regular

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"
)

func of(match ...string) Set { return Set{Match: match, Max: -1} }

func TestOutside(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b Set
		want string // "in": a lies in b
	}{
		{of(), of(), "in"},
		{of(), of("^a"), `""`},
		{of("^a"), of(), "in"},
		{of("^ab"), of("^a"), "in"},
		{of("^a"), of("^ab"), `"a"`},
		{of("^(cat|dog)$"), of("^(dog|cat|cow)$"), "in"},
		{of("^(cat|cow)$"), of("^(dog|cat)$"), `"cow"`},
		{of("^[a-f0-9]+$"), of("^[a-z0-9]+$"), "in"},
		{of("^[a-z]{3,5}$"), of("^[a-z]+$"), "in"},
		{of("^[a-z]+$"), of("^[a-z]{3,5}$"), `"a"`},
		{of("^a", "b$"), of("^a(.|\n)*b$"), "in"},
		{of("(?i)^abc$"), of("^[a-cA-C]+$"), "in"},
		{of("(?i)^k$"), of("^[kK]$"), "\"\u212a\""}, // the sign of Kelvin
		{of(`\bcat\b`), of("cat"), "in"},
		{of("cat"), of(`\bcat\b`), `"acat"`},
		{of("(?m)^a$"), of("^a$"), `"a\n"`},
		{of(`^\d+$`), of(`^[0-9]*$`), "in"},
		{of("^.$"), of("^[^x]$"), `"x"`},
		{Set{Min: 2, Max: 5}, Set{Max: 5}, "in"},
		{Set{Max: 5}, Set{Max: 4}, `"aaaaa"`},
		{Set{Max: 3}, Set{Min: 1, Max: 3}, `""`},
		{Set{Match: []string{"^ab*$"}, Max: 3}, of("^(a|ab|abb)$"), "in"},
		{Set{Unmatch: []string{"^a"}, Max: -1}, Set{Unmatch: []string{"^ab"}, Max: -1}, "in"},
		{Set{Unmatch: []string{"^ab"}, Max: -1}, Set{Unmatch: []string{"^a"}, Max: -1}, `"a"`},
		{of(`^x{0,1000}$`), of(`^x*$`), "in"},
		{of(`(`), of(`^x*$`), "undecided"},
		{Set{Max: 1 << 40}, Set{Max: 1 << 39}, "undecided"},
		{Set{Max: 1 << 39}, Set{Max: 1 << 40}, "in"},
	} {
		text, found, decided := Outside(c.a, c.b)
		got := "in"
		if !decided {
			got = "undecided"
		} else if found {
			got = fmt.Sprintf("%q", text)
		}
		if want := c.want; got != want && got != fmt.Sprintf("%+q", strings.Trim(want, `"`)) {
			t.Errorf("%+v in %+v: got %s, want %s", c.a, c.b, got, want)
		}
	}
}

// What is decided agrees with package regexp on all short texts.
func TestOutsideAgreesWithRegexp(t *testing.T) {
	t.Parallel()
	texts := []string{""}
	for from := 0; len(texts) < 5000; from++ {
		for _, r := range []string{"a", "b", "A", "\n", "-"} {
			texts = append(texts, texts[from]+r)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	inside := 0
	for range 2000 {
		a, b := randomSet(r), randomSet(r)
		text, found, decided := Outside(a, b)
		if !decided {
			t.Fatalf("%+v in %+v is not decided", a, b)
		}
		if found && (!has(a, text) || has(b, text)) {
			t.Fatalf("%+v in %+v: %q is no such text", a, b, text)
		}
		if !found {
			inside++
			for _, x := range texts {
				if has(a, x) && !has(b, x) {
					t.Fatalf("%+v in %+v: %q is outside", a, b, x)
				}
			}
		}
	}
	if inside < 30 {
		t.Errorf("only %d of 2000 pairs lie one in the other", inside)
	}
}

func has(s Set, text string) bool {
	n := int64(len([]rune(text)))
	ok := n >= s.Min && (s.Max < 0 || n <= s.Max)
	for _, p := range s.Match {
		ok = ok && compiled(p).MatchString(text)
	}
	for _, p := range s.Unmatch {
		ok = ok && !compiled(p).MatchString(text)
	}
	return ok
}

var known sync.Map

func compiled(expr string) *regexp.Regexp {
	re, ok := known.Load(expr)
	if !ok {
		re, _ = known.LoadOrStore(expr, regexp.MustCompile(expr))
	}
	return re.(*regexp.Regexp)
}

func randomSet(r *rand.Rand) Set {
	s := Set{Max: -1}
	for range r.IntN(3) {
		s.Match = append(s.Match, expression(r, 3))
	}
	if r.IntN(4) == 0 {
		s.Unmatch = append(s.Unmatch, expression(r, 2))
	}
	if r.IntN(3) == 0 {
		s.Min = r.Int64N(3)
		s.Max = s.Min + r.Int64N(3)
	}
	return s
}

func expression(r *rand.Rand, depth int) string {
	if depth == 0 {
		return []string{"a", "b", "[ab]", ".", "[^a]", `\b`, "^", "$", "(?i:a)", `\w`, "(?s:.)", "(?m:^)", "(?m:$)", "A"}[r.IntN(14)]
	}
	x, y := expression(r, depth-1), expression(r, depth-1)
	switch r.IntN(7) {
	case 0:
		return "(?:" + x + "|" + y + ")"
	case 1:
		return "(?:" + x + ")*"
	case 2:
		return "(?:" + x + ")?"
	case 3:
		return "^" + x + "$"
	case 4:
		return "^" + x
	}
	return x + y
}
