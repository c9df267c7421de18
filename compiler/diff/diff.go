// Package diff says what the step from one bento to another means: for the caller, for
// the operator and for the bill. It compares two IRs, never sources, so a moved line or
// a template that says the same is no difference.
//
// [Compare] pairs what both sides have by path: bentos, services, endpoints, runners,
// models, graphs, nodes, and each place in the type of what an endpoint takes and
// answers. What only one side has is added or removed, unless it is equal to something
// that only the other side has: then it was renamed, and all renames of a kind are one
// finding. Each pair is shown to the rules.
//
// # To add a rule
//
// Write a row into the table of the file rules_NAME.go that the rule belongs to (a new
// file's table is named in [Rules]). A row says its ID, whom it concerns, how bad it is,
// why, and the cure; Covers names the fields of the IR that it looks at, such as
// "Endpoint.Route"; On is one of
//
//	changed(func(c *Call, old, new *ir.Endpoint) { … })     // both sides have it, renamed or not
//	added(func(c *Call, new *ir.Endpoint) { … })
//	removed(func(c *Call, old *ir.Endpoint) { … })
//	renamed(func(c *Call, all []Rename[*ir.Endpoint]) { … }) // once a comparison
//
// for [ir.Bento], [ir.Service], [ir.Endpoint], [ir.Runner], [ir.Model], [ir.Graph],
// [ir.Node], [ir.Type] (a named one) and [Place] (a part of an endpoint's type). The
// handler calls [Call.Find] for what it finds, with the name of the field below the pair
// and what is not the rule's own: both values, the reason, a severity other than the
// rule's.
//
// A field of the IR that no rule covers is in the table uncovered, with the reason: a
// test walks the structs and fails for a field that is in neither.
//
// # Types
//
// A [Place] is shown to rules that ask nothing but what is declared. What a change of a
// type means is decided once for each end of an endpoint, by a judge: does what the
// producer sends fit the consumer ([assign.Across])? The producer of requests is an old
// caller, who sends the fields that the old type names and leaves out what has a default;
// the consumer is the new server, which passes over other fields unless the endpoint is
// strict. The producer of answers is the new server, which writes all fields with a
// default and none that its type does not name; the consumer is an old caller, who passes
// over other fields.
//
// The judge walks both types and reports each field, each arm of a union and each aspect
// of a type by itself, so that of several changes at once none hides behind another. It
// says of each
//
//   - safe, where assign says that all fits there, or in something around it: a text that
//     must be shorter beside an arm that takes any text;
//   - breaking, where a document shows it, the [Witness]: both whole types were asked, and
//     the producer may send it and the consumer refuses it. It has what must be there and
//     the guilty value. Pictures, recordings and files stand in it as {"$file": {…}},
//     tensors of more than 64 elements as {"$tensor": {…}}. Arguments in the order of the
//     fields are a witness of their own kind ([Positional]);
//   - risky, where no such document was found, and where none can be: a field that is
//     ignored from now on, a default that is another, a field that is new in an object
//     which has always taken others, a dtype that JSON does not tell from another, a
//     field of a form whose text may be read as JSON.
//
// Where the types do not fit and no part says why, the whole is reported: nothing that
// does not fit is passed over. Texts are compared by their regular expressions themselves
// (package regular), integers of which there are few one by one.
//
// A new field of [ir.Type] is a row of aspects, which makes four rules; a new kind is a
// row of samples, the values at its edges.
//
// # Judges
//
// TestJudges makes random pairs of types by three dozen kinds of edits, and pairs that have
// nothing to do with each other. The CUE evaluator, which knows nothing of package assign,
// is asked about documents of both: one that the producer may send and the consumer
// refuses has to be warned of, and so is every witness (-pairs and -seed say how many and
// which). testscripts/diff/judges.py holds the witnesses against Python's jsonschema and
// the emitted JSON Schemas, and each verdict against that of jsoncompat. Known
// differences:
//
//   - jsoncompat says no where it cannot prove that a schema lies in another: with not,
//     allOf, anyOf, oneOf, patterns, $ref, {} and some enums. No value of its own generator
//     shows a break there, and none of CUE's judge does.
//   - It says yes to some changes that a witness shows to break.
//   - It counts fields that the old schema does not name: those an open schema lets
//     through, though nobody is told that he may send them.
//   - A schema shows neither a field that is ignored, nor a default, nor an order.
//   - Integers have 64 bits, and an answer has all fields with a default, which the
//     schemas do not say; the script adds both.
package diff

import (
	"encoding/json"
	"slices"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

// Severity tells how bad a finding is.
type Severity string

// The severities, the worst first.
const (
	Breaking Severity = "breaking" // something that worked before does not
	Risky    Severity = "risky"    // something may not work, or works otherwise
	Safe     Severity = "safe"     // nobody has to do anything
)

// Severities lists them, the worst first.
var Severities = []Severity{Breaking, Risky, Safe}

// AtLeast tells whether s is as bad as t.
func (s Severity) AtLeast(t Severity) bool {
	return slices.Index(Severities, s) <= slices.Index(Severities, t)
}

// Audience is whom a finding concerns.
type Audience string

// The audiences.
const (
	Caller   Audience = "caller"   // who sends requests
	Operator Audience = "operator" // who runs the image
	Bill     Audience = "bill"     // who pays for it
)

// Audiences lists them in the order of a report.
var Audiences = []Audience{Caller, Operator, Bill}

// Side is one of the two bentos that are compared.
type Side struct {
	// Name is how a person calls the side, such as "main" or "the work tree".
	Name string
	// Bento is checked, so that the types of graphs are known. Nil: there is none on
	// this side.
	Bento *ir.Bento
	// Facts are what is known of the side beside its IR; the zero value where it is
	// not known, and then no rule says anything about it.
	Facts Facts
	// AcceptanceUnknown is true where the side does not tell which changes it accepts. On
	// the old side nothing is accepted then: an entry may have come with an earlier change.
	AcceptanceUnknown bool
}

// Facts are what a side's lock, or image, says beside its IR.
type Facts struct {
	Known bool // there is a lock, or an image with what it was built from, on this side
	// Versions are of what the image has in it, by package URL without the version,
	// such as "pkg:pypi/onnxruntime".
	Versions map[string]string
	// Digests are of the models' files, by the name of the model.
	Digests map[string]string
	// Bases are the digests of the base image, by platform such as "linux/amd64".
	Bases map[string]string
	// Sizes are in bytes, by what they are of, such as "image" or "models.det".
	Sizes map[string]int64
}

// Witness is a document that shows a break: Request, that the old endpoint takes and the
// new one refuses; Answer, that the new endpoint may give and an old client cannot read.
type Witness struct {
	Kind  Direction       `json:"kind"`
	Value json.RawMessage `json:"value"`
}

// Suppression is the reason why a finding does not count.
type Suppression struct {
	Reason string   `json:"reason"`
	Until  string   `json:"until"` // the last day, such as 2027-01-31
	Pos    diag.Pos `json:"pos"`
}

// Finding is one difference and what it means.
type Finding struct {
	Rule     string   `json:"rule"` // the ID of a [Rule]
	Severity Severity `json:"severity"`
	Audience Audience `json:"audience"`
	// Path is where it is on the new side, on the old one for what is gone:
	// "services.ocr.endpoints.read.input.minScore".
	Path string `json:"path"`
	// Also are the paths at which the very same was found: at other endpoints of one runner
	// or graph, whose type is written once.
	Also []string `json:"also,omitempty"`
	// Old and New are where the user wrote it; without a place where a side has none.
	Old diag.Pos `json:"old"`
	New diag.Pos `json:"new"`
	// Before and After are the two values, close to how CUE spells them; "" for none.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// Reason says what it means; Cure what to do. Lower case, without a full stop.
	Reason     string       `json:"reason"`
	Cure       string       `json:"cure,omitempty"`
	Witness    *Witness     `json:"witness,omitempty"`
	Suppressed *Suppression `json:"suppressed,omitempty"`
}

// Report is all that a comparison has found, in a fixed order: the worst first, then by
// audience, path and rule.
type Report struct {
	Old      string    `json:"old"` // the names of the sides
	New      string    `json:"new"`
	Findings []Finding `json:"findings"`
	// Diagnostics are about what the new side says of its changes: what it accepts too
	// long, or for nothing.
	Diagnostics diag.List `json:"-"`
}

// Worst gives the worst severity of the findings that are not suppressed, "" for none.
func (r *Report) Worst() Severity {
	for _, s := range Severities {
		if slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Severity == s && f.Suppressed == nil }) {
			return s
		}
	}
	return ""
}
