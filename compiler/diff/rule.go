package diff

import (
	"reflect"
	"slices"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// Rule is one kind of difference.
type Rule struct {
	ID       string // such as "endpoint-removed"; it never changes
	Audience Audience
	Severity Severity // unless a handler says another
	Purpose  string   // what it finds, in a line
	Explain  string   // why that matters, for whoever asks
	Cure     string   // what to do, unless a handler says something else
	// Covers names the fields of the IR that the rule looks at, "Endpoint.Route".
	Covers []string
	// On shows the rule its pairs; see changed, added, removed and renamed.
	On Handler
}

// kindRules are about one kind of type each: the file of a kind adds its own.
var kindRules []Rule

// Rules lists every rule, by ID.
func Rules() []Rule {
	all := slices.Concat(
		bentoRules, unknownRules, envRules, serviceRules, rateRules, endpointRules, arrowRules, deprecationRules,
		graphRules, runnerRules, gpuRules, stateRules, modelRules, gateRules, factRules, renameRules, typeRules,
		kindRules,
	)
	slices.SortFunc(all, func(a, b Rule) int { return compareText(a.ID, b.ID) })
	return all
}

// event is what became of a thing.
type event int

const (
	eventChanged event = iota // both sides have it; it may be the same
	eventAdded
	eventRemoved
	eventRenamed
)

// Handler is what a rule does with pairs of one type.
type Handler struct {
	of    reflect.Type
	event event
	run   func(c *Call, old, new any)
}

func changed[T any](f func(c *Call, old, new T)) Handler {
	return Handler{reflect.TypeFor[T](), eventChanged, func(c *Call, old, new any) { f(c, old.(T), new.(T)) }}
}

func added[T any](f func(c *Call, new T)) Handler {
	return Handler{reflect.TypeFor[T](), eventAdded, func(c *Call, _, new any) { f(c, new.(T)) }}
}

func removed[T any](f func(c *Call, old T)) Handler {
	return Handler{reflect.TypeFor[T](), eventRemoved, func(c *Call, old, _ any) { f(c, old.(T)) }}
}

// Rename is a thing that has another path on the new side and is otherwise equal.
type Rename[T any] struct {
	OldPath, Path string
	Old, New      T
}

// renamed is called once, with all renames of a type; never with none.
func renamed[T any](f func(c *Call, all []Rename[T])) Handler {
	return Handler{reflect.TypeFor[T](), eventRenamed, func(c *Call, _, all any) {
		var typed []Rename[T]
		for _, p := range all.([]pair) {
			typed = append(typed, Rename[T]{p.oldPath, p.path, p.old.(T), p.new.(T)})
		}
		f(c, typed)
	}}
}

// Call is one rule at one pair.
type Call struct {
	Old, New Side
	// OldPath and Path are of the pair, such as "runners.det"; they differ where it was
	// renamed or stands in something that was.
	OldPath, Path string
	Options       Options

	walk   *walk
	rule   *Rule
	pair   pair
	report *Report
}

// Find reports a difference. Field is what it is about, below the pair: "route",
// "resources.memory"; "" for the whole. What f leaves out is filled in: the path, both
// positions, and from the rule its severity, audience and, where something is to be done, cure.
func (c *Call) Find(field string, f Finding) {
	if f.Path == "" {
		if f.Path = joinPath(c.Path, field); c.pair.event == eventRemoved {
			f.Path = joinPath(c.OldPath, field)
		}
	}
	if !f.Old.IsValid() {
		f.Old = place(c.Old.Bento, c.pair.old, c.OldPath, field)
	}
	if !f.New.IsValid() {
		f.New = place(c.New.Bento, c.pair.new, c.Path, field)
	}
	c.findBeside(f)
}

// findBeside reports a difference of what lies beside the bentos, such as their locks:
// f has the path, and the places where there are any.
func (c *Call) findBeside(f Finding) {
	f.Rule = c.rule.ID
	if f.Severity == "" {
		f.Severity = c.rule.Severity
	}
	if f.Audience == "" {
		f.Audience = c.rule.Audience
	}
	if f.Cure == "" && f.Severity != Safe {
		f.Cure = c.rule.Cure
	}
	c.report.Findings = append(c.report.Findings, f)
}

func joinPath(path, field string) string {
	switch {
	case path == "":
		return field
	case field == "":
		return path
	}
	return path + "." + field
}

// place is where the user wrote a field of a thing, or the thing.
func place(b *ir.Bento, thing any, path, field string) diag.Pos {
	if b == nil {
		return diag.Pos{}
	}
	if at := b.At[joinPath(path, field)]; field != "" && at.IsValid() {
		return at
	}
	v := reflect.ValueOf(thing)
	if v.Kind() == reflect.Pointer && !v.IsNil() && v.Elem().Kind() == reflect.Struct {
		if f := v.Elem().FieldByName("Pos"); f.IsValid() { // what a model's signature says has none
			pos, _ := f.Interface().(diag.Pos)
			return pos
		}
	}
	return diag.Pos{}
}
