package diff

import "bentoc.dev/compiler/ir"

// deprecationRules are about what callers are told will be taken away. To take it away
// after its last day is safe, so that the day may come no sooner than it was promised.
var deprecationRules = []Rule{
	{
		ID: "endpoint-deprecated", Audience: Caller, Severity: Safe,
		Purpose: "an endpoint will be taken away",
		Explain: "Nothing changes for its callers yet. They are told by the headers Sunset and Deprecation, and in the API's description.",
		Covers:  []string{"Endpoint.Deprecated", "Deprecation.Until", "Deprecation.Why", "Deprecation.Since"},
		On: changed(func(c *Call, old, new *ir.Endpoint) {
			c.deprecated(old.Deprecated, new.Deprecated, "its callers")
		}),
	},
	{
		ID: "field-deprecated", Audience: Caller, Severity: Safe,
		Purpose: "a field will be taken away",
		Explain: "Nothing changes for callers yet. They are told in the API's description.",
		Covers:  []string{"Field.Deprecated"},
		On: changed(func(c *Call, old, new *Place) {
			if old.Field != nil && new.Field != nil {
				c.deprecated(old.Field.Deprecated, new.Field.Deprecated, "who uses it")
			}
		}),
	},
	{
		ID: "endpoint-stays", Audience: Caller, Severity: Safe,
		Purpose: "an endpoint that was to be taken away stays",
		Explain: "Nothing changes for its callers.",
		On:      changed(func(c *Call, old, new *ir.Endpoint) { c.stays(old.Deprecated, new.Deprecated) }),
	},
	{
		ID: "field-stays", Audience: Caller, Severity: Safe,
		Purpose: "a field that was to be taken away stays",
		Explain: "Nothing changes for callers.",
		On: changed(func(c *Call, old, new *Place) {
			if old.Field != nil && new.Field != nil {
				c.stays(old.Field.Deprecated, new.Field.Deprecated)
			}
		}),
	},
	{
		ID: "endpoint-promise-shortened", Audience: Caller, Severity: Breaking,
		Purpose: "an endpoint is promised for less long than it was",
		Explain: "Callers went by the day that they were told. After the new day it could be taken away and nothing would be said.",
		Cure:    "keep the day, or take a later one",
		On:      changed(func(c *Call, old, new *ir.Endpoint) { c.shortened(old.Deprecated, new.Deprecated) }),
	},
	{
		ID: "field-promise-shortened", Audience: Caller, Severity: Breaking,
		Purpose: "a field is promised for less long than it was",
		Explain: "Callers went by the day that they were told. After the new day it could be taken away and nothing would be said.",
		Cure:    "keep the day, or take a later one",
		On: changed(func(c *Call, old, new *Place) {
			if old.Field != nil && new.Field != nil {
				c.shortened(old.Field.Deprecated, new.Field.Deprecated)
			}
		}),
	},
}

// over tells whether the last day of a promise has passed.
func (c *Call) over(d *ir.Deprecation) bool { return c.Options.Today.After(ir.End(d.Until)) }

// promised judges that something is taken away which may have been deprecated: safe after
// the last day on which it was promised, breaking before.
func (c *Call) promised(d *ir.Deprecation, f Finding) Finding {
	switch {
	case d == nil:
	case c.over(d):
		f.Severity, f.Cure = Safe, "tell who calls it all the same: "+d.Why
		f.Reason += "; it was promised until " + d.Until + ", which has passed"
	default:
		f.Severity, f.Cure = Breaking, "keep it until the day has passed"
		f.Reason += "; it is promised until " + d.Until
	}
	return f
}

// deprecated reports what callers are told from now on, or told otherwise.
func (c *Call) deprecated(old, new *ir.Deprecation, who string) {
	switch {
	case new == nil:
	case old == nil && c.over(new):
		c.Find("deprecated", Finding{New: new.Pos, Severity: Breaking, After: new.Until, Cure: "give " + who + " time: choose a later day",
			Reason: "it is promised until " + new.Until + ", which has passed already: it could be taken away before anybody was told"})
	case old == nil:
		c.Find("deprecated", Finding{New: new.Pos, After: new.Until, Reason: who + " can rely on it until " + new.Until + ": " + new.Why})
	case new.Until > old.Until:
		c.Find("deprecated", Finding{Old: old.Pos, New: new.Pos, Before: old.Until, After: new.Until, Reason: "it is promised for longer"})
	case new.Until == old.Until && (new.Since != old.Since || new.Why != old.Why):
		c.Find("deprecated", Finding{Old: old.Pos, New: new.Pos, Before: short(old.Why), After: short(new.Why), Reason: "its deprecation is worded otherwise"})
	}
}

func (c *Call) stays(old, new *ir.Deprecation) {
	if old != nil && new == nil {
		c.Find("deprecated", Finding{Old: old.Pos, Before: old.Until, Reason: "it was to be taken away after " + old.Until + " and stays"})
	}
}

func (c *Call) shortened(old, new *ir.Deprecation) {
	if old != nil && new != nil && new.Until < old.Until {
		c.Find("deprecated", Finding{Old: old.Pos, New: new.Pos, Before: old.Until, After: new.Until, Reason: "callers were told that they can rely on it until " + old.Until})
	}
}
