package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// choice is one switch: a type to choose by, and arms.
type choice struct {
	on     string // as CUE has it
	arms   []arm
	values []string // JSON: those at the borders of all that is matched, and more
	absent string   // the arm of an absent field is that of this value, "" for none
}

type arm struct{ name, match string }

func (c *choice) String() string {
	var all []string
	for _, a := range c.arms {
		all = append(all, a.name+": "+a.match)
	}
	return c.on + " {" + strings.Join(all, ", ") + "}"
}

func makeChoice(r *rand.Rand) *choice {
	c := []func(*rand.Rand) *choice{numbers, numbers, integers, texts, enums, bools}[r.IntN(6)](r)
	if r.IntN(4) == 0 {
		c.nullable(r)
	}
	if r.IntN(3) == 0 {
		c.arms = append(c.arms, arm{name: "default"})
	}
	for i := range c.arms {
		if c.arms[i].match != "" {
			c.arms[i].name = fmt.Sprint("a", i)
		}
	}
	r.Shuffle(len(c.arms), func(i, k int) { c.arms[i], c.arms[k] = c.arms[k], c.arms[i] })
	slices.Sort(c.values)
	c.values = slices.Compact(c.values)
	return c
}

func (c *choice) add(match string) {
	c.arms = append(c.arms, arm{fmt.Sprint("a", len(c.arms)), match})
}

func (c *choice) nullable(r *rand.Rand) {
	c.on, c.values = "("+c.on+") | null", append(c.values, "null")
	if c.absent != "" {
		c.on, c.absent = strings.Replace(c.on, "*"+c.absent+" | ", "", 1), ""
	}
	switch r.IntN(4) {
	case 0:
		c.add("null")
	case 1:
		i := r.IntN(len(c.arms))
		c.arms[i].match = "(" + c.arms[i].match + ") | null"
	}
}

// cuts makes arms of the intervals between some numbers, now and then with a border that
// is of both sides, of none, or taken out.
func (c *choice) cuts(r *rand.Rand, kind string, at []string) {
	low, taken := "", ""
	for _, n := range at {
		below, above := "< "+n, ">= "+n
		switch r.IntN(8) {
		case 0:
			below = "<=" + n
		case 1, 2, 3:
			below, above = "<= "+n, "> "+n
		case 4:
			above = "> " + n
			if r.IntN(2) == 0 {
				taken = n
			}
		}
		c.add(strings.TrimPrefix(low+" & "+below, " & "))
		low = above
	}
	if low == "" {
		low = kind
	}
	c.add(low)
	if taken != "" {
		c.add(taken)
	}
	if r.IntN(5) == 0 {
		i, n := r.IntN(len(c.arms)), at[r.IntN(len(at))]
		c.arms[i].match += " & != " + n
		if r.IntN(2) == 0 {
			c.add(n + " | " + at[0])
		}
	}
}

func numbers(r *rand.Rand) *choice {
	c := &choice{on: "number"}
	all := []float64{-1e300, -2.5, -1, -0.1, 0, 1e-320, 0.1, 0.3, 0.5, 1, 1.5, 2, 100, 1e300}
	ends := pick(r, all, 1+r.IntN(3))
	switch r.IntN(4) {
	case 0:
		c.on = "number & >= " + text(ends[0])
	case 1:
		c.on = "number & > " + text(ends[0]) + " & <= " + text(ends[len(ends)-1]+math.Abs(ends[len(ends)-1])+1)
	case 2:
		c.on, c.absent = "*0.5 | (number & >=-1 & <=100)", "0.5"
	}
	var at []string
	for _, e := range ends {
		at = append(at, text(e))
	}
	c.cuts(r, "number", at)
	for _, e := range append(slices.Clone(ends), 0, -1, 0.5, 1) {
		for _, n := range []float64{e, math.Nextafter(e, math.Inf(1)), math.Nextafter(e, math.Inf(-1)), e + 1, e - 1, e / 2} {
			c.values = append(c.values, text(n))
			if n == math.Trunc(n) && math.Abs(n) < 1e6 {
				c.values = append(c.values, fmt.Sprintf("%.1f", n))
			}
		}
	}
	return c
}

func integers(r *rand.Rand) *choice {
	c := &choice{on: "int"}
	all := []float64{-9007199254740992, -100, -1, 0, 1, 2, 2.5, 5, 10, 9e15}
	ends := pick(r, all, 1+r.IntN(3))
	switch r.IntN(4) {
	case 0:
		c.on = "int & >=-1 & <=10"
	case 1:
		c.on, c.absent = "*5 | (int & >=0)", "5"
	case 2:
		c.on = "int & <10 & !=2"
	}
	var at []string
	for _, e := range ends {
		at = append(at, strconv.FormatFloat(e, 'f', -1, 64))
	}
	c.cuts(r, "int", at)
	for _, e := range append(ends, 0, 5, 9) {
		for d := -2; d <= 2; d++ {
			if n := math.Floor(e) + float64(d); n > -9.2e18 && n < 9.2e18 {
				c.values = append(c.values, strconv.FormatInt(int64(n), 10))
			}
		}
	}
	c.values = append(c.values, "9223372036854775807", "-9223372036854775808")
	return c
}

func pick(r *rand.Rand, all []float64, n int) []float64 {
	all = slices.Clone(all)
	r.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	all = all[:n]
	slices.Sort(all)
	return all
}

func text(f float64) string {
	s := strconv.FormatFloat(f+0, 'g', -1, 64)
	return strings.Replace(s, "e+", "e", 1)
}

var words = []string{"", "a", "b", "ab", "ba", "aa", "abc", "a1", "1", "é", "A", " a", "a\nb", "日本"}

func texts(r *rand.Rand) *choice {
	c := &choice{on: "string"}
	if r.IntN(3) == 0 {
		c.on = `string & =~"^[ab1]*$"`
	}
	rules := []string{`=~"^a"`, `=~"^b"`, `=~"a$"`, `=~"^[^ab]"`, `=~"^$"`, `=~"^[0-9]"`, `"a"`, `"a" | "b"`, `""`}
	for range 1 + r.IntN(2) {
		c.add(rules[r.IntN(len(rules))])
	}
	if r.IntN(2) == 0 { // the rest, as another arm says it
		not := "string"
		for _, a := range c.arms {
			if p, ok := strings.CutPrefix(a.match, "=~"); ok {
				not += " & !~" + p
			} else {
				for _, w := range strings.Split(a.match, " | ") {
					not += " & !=" + w
				}
			}
		}
		c.add(not)
	}
	for _, w := range words {
		c.values = append(c.values, strconv.Quote(w))
	}
	return c
}

func enums(r *rand.Rand) *choice {
	all := []string{`"a"`, `"b"`, `"ab"`, `"c"`, `"é"`}
	if r.IntN(3) == 0 {
		all = []string{"1", "2", "3", "5", "8"}
	}
	c := &choice{on: strings.Join(all, " | "), values: all}
	if r.IntN(3) == 0 {
		c.on, c.absent = "*"+c.on, all[0]
	}
	left := slices.Clone(all)
	for len(left) > 0 {
		n := 1 + r.IntN(len(left))
		c.add(strings.Join(left[:n], " | "))
		left = left[n:]
	}
	switch i := r.IntN(len(c.arms)); r.IntN(5) {
	case 0:
		c.arms = slices.Delete(c.arms, i, i+1)
		if len(c.arms) == 0 {
			c.add(all[0])
		}
	case 1:
		c.arms[i].match += " | " + all[r.IntN(len(all))]
	}
	return c
}

func bools(r *rand.Rand) *choice {
	c := &choice{on: "bool", values: []string{"true", "false"}}
	for _, v := range [][]string{{"true", "false"}, {"true"}, {"false"}, {"bool"}, {"true", "bool"}}[r.IntN(5)] {
		c.add(v)
	}
	return c
}
