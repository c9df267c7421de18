package diff

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/ir"
)

// gateRules are about what a build has to pass: budgets and golden cases.
var gateRules = []Rule{
	{
		ID: "budget-raised", Audience: Bill, Severity: Risky,
		Purpose: "a build may give something larger or slower than before",
		Explain: "The budget was what stopped it. Whoever pays for pulls, storage and memory sees what it bounds.",
		Cure:    "say in the commit what it is needed for",
		Covers:  []string{"Bento.Budgets", "Budgets.Image", "Budgets.Layer", "Budgets.Ops", "Budgets.ReadyMs", "Budgets.Memory"},
		On: changed(func(c *Call, old, new *ir.Bento) {
			eachBudget(old, new, func(field, before, after string, was, is int64) {
				if was > 0 && (is == 0 || is > was) {
					reason := "more than " + before + " passes the build now"
					if is == 0 {
						reason = "nothing bounds it any more"
					}
					c.Find("budgets."+field, Finding{Before: before, After: after, Reason: reason})
				}
			})
		}),
	},
	{
		ID: "budget-lowered", Audience: Operator, Severity: Safe,
		Purpose: "a build is held to less than before",
		Explain: "Nothing that runs changes; a build that goes over it fails.",
		On: changed(func(c *Call, old, new *ir.Bento) {
			eachBudget(old, new, func(field, before, after string, was, is int64) {
				if is > 0 && (was == 0 || is < was) {
					c.Find("budgets."+field, Finding{Before: before, After: after, Reason: "a build that gives more than " + after + " fails"})
				}
			})
		}),
	},
	{
		ID: "golden-case-removed", Audience: Operator, Severity: Risky,
		Purpose: "an answer is no longer held to what it was",
		Explain: "The case said what an endpoint answers. Without it a model or a step may change that and nothing tells.",
		Cure:    "keep the case, or say in the commit why its answer is no longer wanted",
		Covers:  []string{"Bento.Tests"},
		On: changed(func(c *Call, old, new *ir.Bento) {
			for _, name := range missingKeys(old.Tests, new.Tests) {
				was := old.Tests[name]
				if new.Tested(was) != nil { // else the endpoint's own finding says it
					c.Find("tests."+label(name), Finding{Before: caseText(was), Old: was.Pos, Reason: "nothing asks " + was.Endpoint + " for this answer any more"})
				}
			}
		}),
	},
	{
		ID: "golden-case-added", Audience: Operator, Severity: Safe,
		Purpose: "an answer is held to what it is",
		Explain: "Nothing that runs changes, unless the server asks itself before it is ready.",
		On: changed(func(c *Call, old, new *ir.Bento) {
			for _, name := range missingKeys(new.Tests, old.Tests) {
				is := new.Tests[name]
				reason := "bentoc test asks " + is.Endpoint + " for this answer"
				if is.Ready {
					reason = "a server that gives another answer does not become ready"
				}
				c.Find("tests."+label(name), Finding{After: caseText(is), New: is.Pos, Reason: reason})
			}
		}),
	},
	{
		ID: "golden-case-changed", Audience: Caller, Severity: Risky,
		Purpose: "an endpoint is held to another answer, or asked for something else",
		Explain: "The answer that callers get for this request is most likely another now: that is what the case is there to say. A larger tolerance, or a case that the server no longer asks itself, lets more pass.",
		Cure:    "look at the new answer as a caller would",
		Covers: []string{"Test.Service", "Test.Endpoint", "Test.Input", "Test.InputFile", "Test.Files", "Test.Status", "Test.Output",
			"Test.OutputFile", "Test.Tolerance", "Test.MaxLatencyMs", "Test.Ready"},
		On: changed(func(c *Call, old, new *ir.Bento) {
			for _, name := range slices.Sorted(maps.Keys(new.Tests)) {
				if was, is := old.Tests[name], new.Tests[name]; was != nil {
					caseChanged(c, "tests."+label(name), was, is)
				}
			}
		}),
	},
}

// eachBudget shows what a budget was and is, as people write it.
func eachBudget(old, new *ir.Bento, show func(field, before, after string, was, is int64)) {
	var was, is ir.Budgets
	if old.Budgets != nil {
		was = *old.Budgets
	}
	if new.Budgets != nil {
		is = *new.Budgets
	}
	for _, b := range []struct {
		field   string
		was, is int64
		text    func(int64) string
	}{
		{"image", was.Image, is.Image, bytesText}, {"layer", was.Layer, is.Layer, bytesText},
		{"ops", int64(was.Ops), int64(is.Ops), func(n int64) string { return strconv.FormatInt(n, 10) }},
		{"ready", was.ReadyMs, is.ReadyMs, durationText}, {"memory", was.Memory, is.Memory, bytesText},
	} {
		text := func(n int64) string {
			if n == 0 {
				return "no bound"
			}
			return b.text(n)
		}
		show(b.field, text(b.was), text(b.is), b.was, b.is)
	}
}

// caseText says what a golden case asks and wants.
func caseText(t *ir.Test) string {
	var wants []string
	if t.Status != 0 {
		wants = append(wants, "status "+strconv.Itoa(t.Status))
	}
	if t.Output != nil {
		wants = append(wants, string(t.Output))
	}
	if t.OutputFile != "" {
		wants = append(wants, t.OutputFile)
	}
	return t.Service + "." + t.Endpoint + " → " + strings.Join(wants, ", ")
}

// caseChanged tells how a golden case changed, field by field.
func caseChanged(c *Call, at string, was, is *ir.Test) {
	find := func(field, before, after, reason string) {
		if before != after {
			c.Find(at+"."+field, Finding{Before: before, After: after, Old: was.Pos, New: is.Pos, Reason: reason})
		}
	}
	find("endpoint", was.Service+"."+was.Endpoint, is.Service+"."+is.Endpoint, "another endpoint is asked")
	input := func(t *ir.Test) string { return strings.TrimSpace(string(t.Input) + " " + t.InputFile) }
	find("input", input(was), input(is), "the endpoint is asked for something else")
	if !maps.Equal(was.Files, is.Files) {
		c.Find(at+".files", Finding{Before: list(fileFields(was)), After: list(fileFields(is)), Old: was.Pos, New: is.Pos, Reason: "other files are sent"})
	}
	find("status", status(was), status(is), "the endpoint is held to another status")
	output := func(t *ir.Test) string { return strings.TrimSpace(string(t.Output) + " " + t.OutputFile) }
	find("output", output(was), output(is), "the endpoint is held to another answer")
	find("tolerance", orZero(was.Tolerance), orZero(is.Tolerance), "numbers of the answer may differ by another amount")
	find("maxLatency", latency(was), latency(is), "the answer may take another time")
	reason := "the server no longer asks itself before it is ready"
	if is.Ready {
		reason = "a server that gives another answer does not become ready"
	}
	find("ready", strconv.FormatBool(was.Ready), strconv.FormatBool(is.Ready), reason)
}

func status(t *ir.Test) string {
	if t.Status == 0 {
		return "200"
	}
	return strconv.Itoa(t.Status)
}

func orZero(tolerance string) string {
	if tolerance == "" {
		return "0"
	}
	return tolerance
}

func latency(t *ir.Test) string {
	if t.MaxLatencyMs == 0 {
		return "no bound"
	}
	return durationText(t.MaxLatencyMs)
}

func fileFields(t *ir.Test) (fields []string) {
	for _, name := range slices.Sorted(maps.Keys(t.Files)) {
		fields = append(fields, name+": "+t.Files[name])
	}
	return fields
}
