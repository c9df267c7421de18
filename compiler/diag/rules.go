package diag

import (
	"fmt"
	"slices"
)

// Code names one kind of mistake. Codes are stable: scripts and bentos that switch
// warnings off rely on them, so a code is never renamed or used for something else.
type Code string

// Category is the phase or the part of a bento that a code is about.
type Category string

// The categories, by the phase that finds them.
const (
	CUE      Category = "cue"      // reading and evaluating CUE
	Graphs   Category = "graphs"   // graphs and their edges
	Services Category = "services" // services and their surroundings
	Steps    Category = "steps"    // Go steps and their types
	Models   Category = "models"   // models and bases
	Lock     Category = "lock"     // bento.lock
	Build    Category = "build"    // building
	Changes  Category = "changes"  // comparing two bentos
)

// Rule is what is known of a code before it is ever reported. Each is one value in
// one of the files rules_*.go.
type Rule struct {
	Code     Code
	Category Category
	// Severity is what it is reported as. Warns tells of an error that is reported as
	// a warning too, where nothing has to stop.
	Severity Severity
	Warns    bool
	// Purpose ends the sentence "the rule finds …".
	Purpose string
	// Explain is the documentation: what it means, an example and the cure.
	Explain string
	// Deprecated says why a code is not reported any more, ReplacedBy what is.
	Deprecated string
	ReplacedBy Code
}

// MayWarn reports whether the code is ever a warning, so that a bento can switch
// that off.
func (r Rule) MayWarn() bool { return r.Severity == Warning || r.Warns }

var rules []Rule

// rule adds r to the table.
func rule(r Rule) Code {
	rules = append(rules, r)
	return r.Code
}

// Rules gives every rule, by category and in the order of the files.
func Rules() []Rule { return slices.Clone(rules) }

// RuleOf gives the rule of a code.
func RuleOf(c Code) (Rule, bool) {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Code == c })
	if i < 0 {
		return Rule{}, false
	}
	return rules[i], true
}

// Explain gives the documentation of a code: what it means, an example and the
// cure. It is "" for a code that does not exist.
func Explain(c Code) string {
	r, _ := RuleOf(c)
	text := r.Explain
	switch {
	case r.Severity == Warning:
		text += fmt.Sprintf("\n\nIt is a warning. A bento switches it off with diagnostics: %q: {off: true, why: \"…\"}.", c)
	case r.Warns && c != SwitchedOff:
		text += fmt.Sprintf("\n\nWhere nothing has to stop it is a warning. A bento switches those off, and never the\nerrors, with diagnostics: %q: {off: true, why: \"…\"}.", c)
	}
	if r.Deprecated != "" {
		text += "\n\nIt is not reported any more: " + r.Deprecated + "."
	}
	if r.ReplacedBy != "" {
		text += "\n\nSee " + string(r.ReplacedBy) + "."
	}
	return text
}
