package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
)

// stateRules are about what runners keep of their sessions. What callers have to send
// follows from the types of the endpoints.
var stateRules = []Rule{
	{
		ID: "state-changed", Audience: Caller, Severity: Risky,
		Purpose: "a runner carries something else from one call of a session to the next",
		Explain: "What it answers depends on it. Sessions do not outlive the server that they are on, so none meets the state of the other bento; but the answers of the same calls are others.",
		Cure:    "play known sessions to both and compare the answers",
		Covers:  []string{"Runner.State", "State.Tensors", "State.Overlap", "StateTensor.From", "StateTensor.Shape"},
		On: changed(func(c *Call, old, new *ir.Runner) {
			if was, is := stateText(old), stateText(new); was != is && old.Engine.Kind() == new.Engine.Kind() {
				c.Find("state", Finding{Before: was, After: is, Reason: "sessions carry " + is + " in place of " + was})
			}
		}),
	},
	{
		ID: "warm-up-changed", Audience: Operator, Severity: Safe,
		Purpose: "a runner runs something else before the server is ready, or nothing",
		Explain: "With a run of each instance the server is ready later and its first calls are as quick as others; a model that cannot run the sizes that are given keeps the server from getting ready.",
		Covers:  []string{"Runner.WarmUp", "WarmUp.Sizes"},
		On: changed(func(c *Call, old, new *ir.Runner) {
			if was, is := warmText(old), warmText(new); was != is && old.Engine.Kind() == new.Engine.Kind() {
				c.Find("warmUp", Finding{Before: was, After: is, Reason: "before the server is ready each instance runs " + is + " in place of " + was})
			}
		}),
	},
	{
		ID: "sessions-bounded", Audience: Caller, Severity: Risky,
		Purpose: "sessions end after another time, or where there are others or larger ones",
		Explain: "A session that ends earlier than a client expects is refused its next step, or begins anew where the client does not say which step it means.",
		Cure:    "see that clients begin anew after a 409, and that the longest pause between two calls of a session is shorter than ttl",
		Covers:  []string{"State.MaxSessions", "State.MaxBytes", "State.TTLMs"},
		On: changed(func(c *Call, old, new *ir.Runner) {
			if was, is := boundsText(old.State), boundsText(new.State); was != is && was != "" && is != "" {
				c.Find("state", Finding{Before: was, After: is, Reason: "sessions live within other bounds: " + is + " in place of " + was})
			}
		}),
	},
}

// warmText says what a runner warms up with.
func warmText(r *ir.Runner) string {
	if r.WarmUp == nil {
		return "nothing"
	}
	text := "zeros"
	for _, name := range slices.Sorted(maps.Keys(r.WarmUp.Sizes)) {
		text += fmt.Sprintf(", %s %d", name, r.WarmUp.Sizes[name])
	}
	return text
}

// stateText says what a runner carries over.
func stateText(r *ir.Runner) string {
	if r.State == nil {
		return "nothing"
	}
	var parts []string
	for _, input := range slices.Sorted(maps.Keys(r.State.Tensors)) {
		t := r.State.Tensors[input]
		text := t.From + " to " + input
		if t.Shape != nil {
			text += fmt.Sprintf(" of %v", t.Shape)
		}
		parts = append(parts, text)
	}
	for _, input := range slices.Sorted(maps.Keys(r.State.Overlap)) {
		parts = append(parts, fmt.Sprintf("the last %d of %s", r.State.Overlap[input], input))
	}
	return strings.Join(parts, ", ")
}

// boundsText says how many sessions there may be, and for how long; "" where there are
// none.
func boundsText(s *ir.State) string {
	if s == nil {
		return ""
	}
	text := "the default ttl"
	if s.TTLMs > 0 {
		text = fmt.Sprintf("%gms", s.TTLMs)
	}
	if s.MaxSessions > 0 {
		text += fmt.Sprintf(", %s", plural(s.MaxSessions, "session"))
	}
	if s.MaxBytes > 0 {
		text += fmt.Sprintf(", %s", plural(int(s.MaxBytes), "byte"))
	}
	return text
}
