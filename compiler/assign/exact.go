package assign

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"

	"bentoc.dev/compiler/ir"
	"bentoc.dev/compiler/regular"
)

// maxListed is how many integers are tried one by one.
const maxListed = 1000

// listsAll decides about integers of the wire of which there are few, one by one. Of two
// ranges without holes the bounds say it all.
func (f *Fitter) listsAll(p, c *ir.Type) (Result, bool) {
	if f.wire == nil || p.Kind != ir.KindInt || rangeAlone(p) && rangeAlone(c) {
		return Result{}, false
	}
	bounds := whole(p)
	low, ok := wholeNumber(bounds.Min)
	high, ok2 := wholeNumber(bounds.Max)
	if !ok || !ok2 || high-low >= maxListed || high-low < 0 {
		return Result{}, false
	}
	listed := *p
	sender := f.sender()
	for n := low; n <= high; n++ {
		v := ir.Const(strconv.FormatInt(n, 10))
		if sender.Conforms(v, p).Verdict == Fits {
			listed.Enum = append(listed.Enum, v)
		}
	}
	if len(listed.Enum) == 0 {
		return Result{}, false
	}
	return f.constants(&listed, c), true
}

// rangeAlone tells whether the values of t are all integers from one to another, and there are
// some.
func rangeAlone(t *ir.Type) bool {
	ends := whole(t)
	for _, end := range []*ir.Bound{ends.Min, ends.Max} {
		if _, ok := wholeNumber(end); !ok && end != nil {
			return false
		}
	}
	return t.Kind == ir.KindInt && len(t.Enum) == 0 && len(t.Not) == 0 && t.MultipleOf == "" && before(ends.Min, ends.Max)
}

func wholeNumber(b *ir.Bound) (int64, bool) {
	if b == nil || b.Exclusive {
		return 0, false
	}
	text, err := ir.CanonicalNumber(b.Value)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n > -1<<62 && n < 1<<62
}

// language decides about texts of the wire by the expressions themselves.
func (f *Fitter) language(p, c *ir.Type) (Result, bool) {
	if f.wire == nil || p.Kind != ir.KindString || c.Kind != ir.KindString || formatFits(p, c).Verdict != Fits {
		return Result{}, false
	}
	text, found, decided := Outside(p, c)
	switch {
	case !decided:
		return Result{}, false
	case !found:
		return sure(), true
	}
	v, _ := json.Marshal(text)
	why := f.Conforms(v, c).Why
	if why == "" || f.sender().Conforms(v, p).Verdict != Fits { // not in the producer's format: nothing is decided
		return Result{}, false
	}
	return maybe("%s", why), true
}

// Outside gives the shortest text of the strings p that is none of the strings c; decided
// is false where that cannot be told.
func Outside(p, c *ir.Type) (text string, found, decided bool) {
	return regular.Outside(texts(p), texts(c))
}

// texts gives the set of the texts of a type.
func texts(t *ir.Type) regular.Set {
	s := regular.Set{Match: t.Patterns, Unmatch: t.NotPatterns, Max: -1}
	if t.MinLen != nil {
		s.Min = *t.MinLen
	}
	if t.MaxLen != nil {
		s.Max = *t.MaxLen
	}
	if len(t.Enum) > 0 {
		s.Match = append(s.Match[:len(s.Match):len(s.Match)], oneOf(t.Enum))
	}
	if len(t.Not) > 0 {
		s.Unmatch = append(s.Unmatch[:len(s.Unmatch):len(s.Unmatch)], oneOf(t.Not))
	}
	return s
}

// oneOf is the expression for some constants, as whole texts.
func oneOf(list []ir.Const) string {
	var all []string
	for _, c := range list {
		var text string
		if json.Unmarshal(c, &text) == nil {
			all = append(all, regexp.QuoteMeta(text))
		}
	}
	if len(all) == 0 {
		return `[^\x00-\x{10FFFF}]`
	}
	return `\A(?:` + strings.Join(all, "|") + `)\z`
}
