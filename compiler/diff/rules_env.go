package diff

import (
	"maps"
	"slices"

	"bentoc.dev/compiler/ir"
)

// envRules are about what surrounds the server: the image's variables and labels.
var envRules = []Rule{
	{
		ID: "variable-required", Audience: Operator, Severity: Breaking,
		Purpose: "an environment variable must be set that need not have been",
		Explain: "The server does not start where the variable is not set: a rollout stops at its first instance, or, where all are replaced at once, takes the service down.",
		Cure:    "set the variable everywhere first, or give it a value in env",
		Covers:  []string{"Bento.RequiredEnv"},
		On: changed(func(c *Call, old, new *ir.Bento) {
			for _, name := range onlyIn(new.RequiredEnv, old.RequiredEnv) {
				if value, has := new.Env[name]; has {
					c.Find("requiredEnv", Finding{Severity: Safe, After: name, Reason: name + " must be set, and the image sets it to " + quotedValue(value)})
					continue
				}
				c.Find("requiredEnv", Finding{After: name, Reason: "the server does not start where " + name + " is not set"})
			}
		}),
	},
	{
		ID: "variable-not-required", Audience: Operator, Severity: Safe,
		Purpose: "an environment variable may be left out",
		Explain: "The server starts without it. Where it is set nothing changes.",
		On: changed(func(c *Call, old, new *ir.Bento) {
			for _, name := range onlyIn(old.RequiredEnv, new.RequiredEnv) {
				c.Find("requiredEnv", Finding{Before: name, Reason: "the server starts without " + name + " too"})
			}
		}),
	},
	{
		ID: "variable-default-changed", Audience: Operator, Severity: Risky,
		Purpose: "an environment variable has another value in the image",
		Explain: "Where nobody sets the variable, whatever reads it gets the new value. Where it is set nothing changes.",
		Cure:    "set the variable where the old value is meant",
		Covers:  []string{"Bento.Env"},
		On: changed(func(c *Call, old, new *ir.Bento) {
			for _, name := range slices.Sorted(maps.Keys(new.Env)) {
				if was, had := old.Env[name]; had && was != new.Env[name] {
					c.Find("env."+label(name), Finding{Before: quotedValue(was), After: quotedValue(new.Env[name]), Reason: "where nobody sets " + name + " it has another value"})
				}
			}
		}),
	},
	{
		ID: "variable-default-removed", Audience: Operator, Severity: Risky,
		Purpose: "an environment variable has no value in the image any more",
		Explain: "Where nobody sets the variable, whatever reads it finds it empty, or its own default.",
		Cure:    "set the variable where its value is needed",
		On: changed(func(c *Call, old, new *ir.Bento) {
			for _, name := range missingKeys(old.Env, new.Env) {
				f := Finding{Before: quotedValue(old.Env[name]), Reason: "where nobody sets " + name + " it is not there any more"}
				if slices.Contains(new.RequiredEnv, name) && slices.Contains(old.RequiredEnv, name) {
					f.Severity, f.Reason = Breaking, "the server does not start any more where nobody sets "+name
				}
				c.Find("env."+label(name), f)
			}
		}),
	},
	{
		ID: "variable-default-added", Audience: Operator, Severity: Safe,
		Purpose: "an environment variable has a value in the image",
		Explain: "Where nobody sets the variable it has that value; where it is set nothing changes.",
		On: changed(func(c *Call, old, new *ir.Bento) {
			for _, name := range missingKeys(new.Env, old.Env) {
				c.Find("env."+label(name), Finding{After: quotedValue(new.Env[name]), Reason: "where nobody sets " + name + " it has this value"})
			}
		}),
	},
	{
		ID: "label-removed", Audience: Operator, Severity: Risky,
		Purpose: "the image has a label no more",
		Explain: "What finds images, or decides about them, by the label passes this one over.",
		Cure:    "change what looks for the label, such as policies and clean-up jobs",
		Covers:  []string{"Bento.Labels"},
		On: changed(func(c *Call, old, new *ir.Bento) {
			for _, name := range missingKeys(old.Labels, new.Labels) {
				c.Find("labels."+label(name), Finding{Before: quotedValue(old.Labels[name]), Reason: "what looks for images with the label " + name + " passes this one over"})
			}
		}),
	},
	{
		ID: "label-changed", Audience: Operator, Severity: Risky,
		Purpose: "a label of the image has another value",
		Explain: "What finds images, or decides about them, by the label's value decides otherwise.",
		Cure:    "change what looks for the old value",
		On: changed(func(c *Call, old, new *ir.Bento) {
			for _, name := range slices.Sorted(maps.Keys(new.Labels)) {
				if was, had := old.Labels[name]; had && was != new.Labels[name] {
					c.Find("labels."+label(name), Finding{Before: quotedValue(was), After: quotedValue(new.Labels[name]), Reason: "what goes by the image's label " + name + " decides otherwise"})
				}
			}
		}),
	},
	{
		ID: "label-added", Audience: Operator, Severity: Safe,
		Purpose: "the image has one more label",
		Explain: "Nobody can have looked for it.",
		On: changed(func(c *Call, old, new *ir.Bento) {
			for _, name := range missingKeys(new.Labels, old.Labels) {
				c.Find("labels."+label(name), Finding{After: quotedValue(new.Labels[name]), Reason: "the image has the label " + name + " too"})
			}
		}),
	},
}
