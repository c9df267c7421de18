package assign

import (
	"encoding/json"
	"math"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/regular"
)

// nothing is a set of texts that has none.
var nothing = regular.Set{Match: []string{oneOf(nil)}, Max: -1}

// commonText looks for a text. What is in none of out breaks one rule of each of them.
func commonText(in, out []*ir.Type) Cover {
	for _, t := range in {
		if t.Enum != nil && t.Format == "" {
			return listed(t.Enum, in, out)
		}
	}
	set := regular.Set{Max: -1}
	for _, t := range in {
		set = both(set, texts(t))
	}
	var without []regular.Set
	for _, t := range out {
		if t.Format != "" {
			return Cover{}
		}
		without = append(without, texts(t))
	}
	return outsideAll(set, without)
}

// outsideAll looks for a text of a set that is in none of others.
func outsideAll(set regular.Set, others []regular.Set) Cover {
	if set.Max >= 0 && set.Min > set.Max {
		return Cover{Decided: true}
	}
	if len(others) == 0 {
		text, found, decided := regular.Outside(set, nothing)
		if !decided {
			return Cover{}
		}
		v, err := json.Marshal(text)
		return Cover{Value: v, Found: found && err == nil, Decided: err == nil}
	}
	decided := true
	for _, broken := range breaks(others[0]) {
		c := outsideAll(both(set, broken), others[1:])
		if c.Decided && c.Found {
			return c
		}
		decided = decided && c.Decided
	}
	return Cover{Decided: decided}
}

// breaks gives sets that together have every text that is not in a set: one for each of
// its rules.
func breaks(s regular.Set) (all []regular.Set) {
	if s.Min > 0 {
		all = append(all, regular.Set{Max: s.Min - 1})
	}
	if s.Max >= 0 && s.Max < math.MaxInt64 {
		all = append(all, regular.Set{Min: s.Max + 1, Max: -1})
	}
	for _, p := range s.Match {
		all = append(all, regular.Set{Unmatch: []string{p}, Max: -1})
	}
	for _, p := range s.Unmatch {
		all = append(all, regular.Set{Match: []string{p}, Max: -1})
	}
	return all
}

// both gives the texts that are in two sets.
func both(a, b regular.Set) regular.Set {
	s := regular.Set{
		Match:   append(append([]string{}, a.Match...), b.Match...),
		Unmatch: append(append([]string{}, a.Unmatch...), b.Unmatch...),
		Min:     max(a.Min, b.Min), Max: a.Max,
	}
	if b.Max >= 0 && (s.Max < 0 || b.Max < s.Max) {
		s.Max = b.Max
	}
	return s
}
