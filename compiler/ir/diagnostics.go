package ir

import "bentoc.dev/compiler/diag"

// Diagnostic says how the warnings of a code are dealt with.
type Diagnostic struct {
	Off bool   `json:"off"`
	Why string `json:"why"`
	Pos Pos    `json:"-"`
}

// Reported gives what of l is said: all but the warnings that the bento switches
// off. An error is always said, whatever its code. b may be nil.
func (b *Bento) Reported(l diag.List) diag.List {
	if b == nil || len(b.Diagnostics) == 0 {
		return l
	}
	var said diag.List
	for _, d := range l {
		if d.Severity != diag.Warning || !b.switchedOff(d.Code) {
			said = append(said, d)
		}
	}
	return said
}

// switchedOff reports whether the bento switches off the warnings of a code that has
// some of its own: an error that is let pass as a warning for once is none.
func (b *Bento) switchedOff(c diag.Code) bool {
	how := b.Diagnostics[string(c)]
	rule, _ := diag.RuleOf(c)
	return how != nil && how.Off && rule.MayWarn()
}
