package diff

import "slices"

// typeRules are about the types of what endpoints take and answer. What they find is
// decided by the judge of each end; a row says what it means.
var typeRules = slices.Concat(fieldRules, armRules, aspectRules())

var fieldRules = []Rule{
	ofType("request-required-field-added", Breaking, "the input has a new field that must be there",
		"Requests of before do not have it: all of them are refused with 400.", "give the field a default, or make it optional", "Type.Fields"),
	ofType("request-field-added", Safe, "the input has a new field that need not be there",
		"Requests of before do not have it. Where the input has always been open for other fields, one may have it by accident.", ""),
	ofType("request-field-removed", Breaking, "the input has a field no more",
		"A strict endpoint refuses requests that have it with 400; another one ignores it, so that callers believe to say what nobody hears.", "keep the field, deprecated, until nobody sends it"),
	ofType("request-field-required", Breaking, "a field of the input must be there now",
		"Requests without it are refused with 400.", "give the field a default", "Field.Required"),
	ofType("request-field-optional", Safe, "a field of the input need not be there any more",
		"Every request of before is still taken.", ""),
	ofType("request-default-changed", Risky, "what stands for a field that is not there is something else",
		"The same request gets another answer.", "tell the callers, who may want to say what they mean", "Field.Default"),
	ofType("request-fields-reordered", Breaking, "the fields of the input have another order",
		"BentoML's client gives arguments that have no name to the fields in their order.", "keep the order, and write new fields behind the others"),
	ofType("request-form-text", Risky, "a field that was a text may be something else",
		"The field of a form that is not in quotes is read as JSON first, unless it can only be a text.", "let callers put quotes around texts in forms, or send JSON"),
	ofType("request-body-changed", Risky, "a whole value is taken as a body of another media type",
		"A text, bytes and a file are bodies as they are; everything else is JSON.", "keep the kind of the value, or take it from another endpoint"),
	ofType("answer-body-changed", Risky, "a whole value is answered as a body of another media type",
		"A text, bytes and a file are bodies as they are; everything else is JSON. A caller that reads the one cannot read the other.", "keep the kind of the value, or answer it from another endpoint"),
	ofType("answer-field-added", Safe, "the answer has a new field",
		"The description of an answer is open: callers pass over fields that they do not know.", ""),
	ofType("answer-field-removed", Breaking, "the answer has a field no more",
		"Old callers read it.", "keep the field, deprecated, until nobody reads it"),
	ofType("answer-field-optional", Breaking, "a field of the answer may be missing",
		"Old callers read it without a look.", "give it a value always"),
	ofType("answer-field-required", Safe, "a field of the answer is always there now",
		"Callers could read it before.", ""),
	ofType("answer-default-changed", Risky, "what stands for a field of the answer that no step gives is something else",
		"The same request gets another answer.", "tell the callers"),
}

var armRules = []Rule{
	ofType("request-arm-removed", Breaking, "the input may not be something any more that it could be",
		"Requests that have it are refused with 400.", "keep what was taken", "Type.Arms"),
	ofType("request-arm-added", Safe, "the input may be something else too",
		"Every request of before is still taken.", ""),
	ofType("answer-arm-added", Breaking, "the answer may be something that it could not be",
		"Old callers do not know what to do with it.", "answer it from another endpoint, or in a field of its own"),
	ofType("answer-arm-removed", Safe, "the answer is not something any more that it could be",
		"Old callers only see less.", ""),
}

// ofType is the row of a rule whose findings the judges of types make.
func ofType(id string, s Severity, purpose, explain, cure string, covers ...string) Rule {
	return Rule{ID: id, Audience: Caller, Severity: s, Purpose: purpose, Explain: explain, Cure: cure, Covers: covers,
		On: changed(func(c *Call, _, found *change) {
			if found.rule == c.rule.ID {
				c.Find("", c.promised(found.promise, found.finding))
			}
		})}
}

// aspectRules has four rows for each aspect of a type.
func aspectRules() (rows []Rule) {
	for _, a := range append([]aspect{typeAspect, tagAspect, entriesAspect}, aspects...) {
		covers := slices.Clone(a.also)
		for _, f := range a.fields {
			covers = append(covers, "Type."+f)
		}
		rows = append(rows,
			ofType("request-"+a.name+"-narrowed", Breaking, a.noun+" of an input allows less, or something else",
				"Requests that were right are refused with 400.", "take what was taken, and what is new in a field or an endpoint of its own", covers...),
			ofType("request-"+a.name+"-widened", Safe, a.noun+" of an input allows more",
				"Every request of before is still taken.", ""),
			ofType("answer-"+a.name+"-widened", Breaking, a.noun+" of an answer allows more, or something else",
				"Callers that were made for the old description may be unable to read it.", "answer what was answered, and what is new in a field or an endpoint of its own"),
			ofType("answer-"+a.name+"-narrowed", Safe, a.noun+" of an answer allows less",
				"Old callers only see less.", ""),
		)
	}
	return rows
}
