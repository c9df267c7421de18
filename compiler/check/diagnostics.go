package check

import (
	"slices"

	"bentoc.dev/compiler/diag"
)

// checkDiagnostics sees that what a bento switches off are warnings. It runs last: where
// nothing is wrong, it knows which of them the checks did not find.
func checkDiagnostics(p *pass) {
	for _, name := range sorted(p.b.Diagnostics) {
		how, path := p.b.Diagnostics[name], "diagnostics."+name
		pos := first(how.Pos, p.b.Pos)
		switch rule, known := diag.RuleOf(diag.Code(name)); {
		case !known:
			suggest(p.errorf(diag.SwitchedOff, pos, path, "there is no code %q", name), name, warnings())
		case !rule.MayWarn():
			p.errorf(diag.SwitchedOff, pos, path, "%s is an error, and errors cannot be switched off", name).
				Hintf("remove it, and mend what it is about")
		}
	}
	if !p.whole() {
		return
	}
	for _, name := range sorted(p.b.Diagnostics) {
		how, code := p.b.Diagnostics[name], diag.Code(name)
		if how.Off && code != diag.SwitchedOff && foundHere(code) && !slices.ContainsFunc(p.diags, func(d diag.Diagnostic) bool { return d.Code == code }) {
			p.warnf(diag.SwitchedOff, first(how.Pos, p.b.Pos), "diagnostics."+name, "%s is switched off, but nothing of it was found", name).
				Hintf("remove it, so that it is said when there is something")
		}
	}
}

// whole reports whether every rule has seen all that it looks at, and said all that it
// would: after a mistake, or before the lock, some stay silent.
func (p *pass) whole() bool {
	return p.opts.FS != nil && !p.diags.HasErrors() &&
		!slices.ContainsFunc(p.diags, func(d diag.Diagnostic) bool { return d.Code == diag.LockMissing })
}

// foundHere reports whether the rules of this package find the warnings of a code.
func foundHere(code diag.Code) bool {
	return slices.ContainsFunc(Rules(), func(r Rule) bool { return slices.Contains(r.Codes, code) })
}

// warnings lists the codes that can be switched off.
func warnings() (names []string) {
	for _, r := range diag.Rules() {
		if r.MayWarn() {
			names = append(names, string(r.Code))
		}
	}
	return names
}
