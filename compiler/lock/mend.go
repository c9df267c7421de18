package lock

import (
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
)

// Mend reads a lock that two branches have changed: one with the markers of a
// merge conflict in it, or one with the lines of both sides. What the sides agree
// on, and what one of them has alone, stays; what they have otherwise is left out,
// so that [Resolve] chooses it anew. Anything else that is wrong is an error, as
// in [Parse].
func Mend(name string, data []byte) (*File, diag.List) {
	p := &lockParser{name: name, mends: true}
	p.read(data)
	if !p.headed && !p.diags.HasErrors() {
		p.line = 1
		p.readHeader("")
	}
	if p.diags.HasErrors() {
		return nil, p.diags
	}
	byWhat := map[string][]Entry{}
	for _, e := range p.entries {
		if kindOf(e.Kind).alone == nil {
			byWhat[e.key()] = append(byWhat[e.key()], e)
		}
	}
	open := map[string]bool{}
	for _, all := range byWhat {
		if slices.ContainsFunc(all, func(e Entry) bool { return compareEntries(e, all[0]) != 0 }) {
			open[all[0].chosenWith()] = true
		}
	}
	var kept []Entry
	f, first := &File{}, firsts{}
	for _, e := range p.entries {
		if open[e.chosenWith()] || first.refuses(e) {
			f.open = append(f.open, e)
		} else {
			kept = append(kept, e)
		}
	}
	f.Entries = newFile(kept).Entries
	return f, nil
}

// firsts are the entries of kinds that one of two wins in: about a thing, and with what
// one may have alone.
type firsts map[string]Entry

// refuses reports whether an entry before e said something else about the same thing,
// or has what e has.
func (f firsts) refuses(e Entry) bool {
	alone := kindOf(e.Kind).alone
	if alone == nil {
		return false
	}
	about, has := e.key(), alone(e)
	for _, what := range []string{about, has} {
		if first, ok := f[what]; ok && compareEntries(first, e) != 0 {
			return true
		}
	}
	f[about], f[has] = e, e
	return false
}

// openSums gives the entries about what e is about that two branches have with
// other checksums.
func (f *File) openSums(e Entry) (found []Entry) {
	if f == nil {
		return nil
	}
	for _, o := range f.open {
		if o.thing() == e.thing() {
			found = append(found, o)
		}
	}
	return found
}

// skipConflict reads the lines of a merge conflict that are not entries of one of
// the sides, and reports whether line was one: markers, and what the sides had in
// common before, where git shows it.
func (p *lockParser) skipConflict(line string) bool {
	if conflictMarker.MatchString(line) {
		p.inBase = strings.HasPrefix(line, "|||||||")
		return true
	}
	return p.inBase
}
