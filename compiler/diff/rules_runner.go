package diff

import (
	"cmp"
	"fmt"
	"strings"

	"bentoc.dev/compiler/ir"
)

// runnerRules are about how things execute.
var runnerRules = []Rule{
	{
		ID: "runner-added", Audience: Operator, Severity: Safe,
		Purpose: "a runner is new among those that are served",
		Explain: "Its metrics appear beside those of the others.",
		On: added(func(c *Call, new *ir.Runner) {
			c.Find("", Finding{After: new.Engine.Kind(), Reason: "the server has one more runner"})
		}),
	},
	{
		ID: "runner-removed", Audience: Operator, Severity: Risky,
		Purpose: "a runner is no longer served",
		Explain: "The metrics with its name as a label are not there any more: charts of them end, and alerts on them are silent whatever happens.",
		Cure:    "change the charts and alerts that name it",
		On: removed(func(c *Call, old *ir.Runner) {
			c.Find("", Finding{Before: old.Engine.Kind(), Reason: "nothing that is served runs it: the metrics with the label runner_name " + quoted(lastName(c.OldPath)) + " end"})
		}),
	},
	{
		ID: "runner-engine-changed", Audience: Operator, Severity: Risky,
		Purpose: "a runner runs on another engine",
		Explain: "What it computes, how fast, in which memory, and what the image needs for it may all be another.",
		Cure:    "compare the answers to known requests, and measure it under load",
		Covers:  []string{"Runner.Engine", "Engine.Go", "Engine.ONNX"},
		On: changed(func(c *Call, old, new *ir.Runner) {
			if was, is := old.Engine.Kind(), new.Engine.Kind(); was != is {
				c.Find("engine", Finding{Before: was, After: is, Reason: "it runs on " + is + " in place of " + was})
			}
		}),
	},
	{
		ID: "idempotence-changed", Audience: Operator, Severity: Safe,
		Purpose: "a runner says otherwise whether a call may be made twice",
		Explain: "Nodes with retry call a runner that is idempotent; where it no longer is, the bento is refused. Whether it is true is the review of the code behind the runner.",
		Covers:  []string{"Runner.Idempotent"},
		On: changed(func(c *Call, old, new *ir.Runner) {
			if was, is := old.Repeatable(), new.Repeatable(); was != is && old.Engine.Kind() == new.Engine.Kind() {
				c.Find("idempotent", Finding{Before: fmt.Sprint(was), After: fmt.Sprint(is), Reason: "whether a failed call may be made again is said anew"})
			}
		}),
	},
	{
		ID: "step-changed", Audience: Caller, Severity: Risky,
		Purpose: "another function is a runner's step",
		Explain: "The types fit, or the build fails; what the function makes of its input may be anything of them. A change inside a function is not seen here: it is the review of the Go code.",
		Cure:    "call it with known requests and compare the answers",
		Covers:  []string{"GoEngine.Package", "GoEngine.Func"},
		On: changed(func(c *Call, old, new *ir.Runner) {
			if was, is := stepText(old), stepText(new); was != is && was != "" && is != "" {
				c.Find("engine.go", Finding{Before: was, After: is, Reason: "another function does the work"})
			}
		}),
	},
	{
		ID: "step-hook-changed", Audience: Operator, Severity: Risky,
		Purpose: "another function runs before the server is ready, or after the last request",
		Explain: "An open that fails, or takes long, keeps the server from getting ready; a close that is gone leaves open what it closed.",
		Cure:    "start the image once and stop it",
		Covers:  []string{"GoEngine.Open", "GoEngine.Close"},
		On: changed(func(c *Call, old, new *ir.Runner) {
			was, is := old.Engine.Go, new.Engine.Go
			if was == nil || is == nil {
				return
			}
			if was.Open != is.Open {
				c.Find("engine.go.open", Finding{Before: was.Open, After: is.Open, Reason: "what runs before the server is ready is another function"})
			}
			if was.Close != is.Close {
				c.Find("engine.go.close", Finding{Before: was.Close, After: is.Close, Reason: "what runs after the last request is another function"})
			}
		}),
	},
	{
		ID: "runner-model-changed", Audience: Caller, Severity: Risky,
		Purpose: "a runner runs another model",
		Explain: "Another model answers otherwise, also where its tensors have the same names and types.",
		Cure:    "call it with known requests and compare the answers",
		Covers:  []string{"ONNXEngine.Model"},
		On: changed(func(c *Call, old, new *ir.Runner) {
			was, is := old.Engine.RunsModel(), new.Engine.RunsModel()
			if was != "" && is != "" && !c.same("models."+was, "models."+is) {
				c.Find("engine."+new.Engine.Kind()+".model", Finding{Before: was, After: is, Reason: "the answers come from another model"})
			}
		}),
	},
	{
		ID: "threads-changed", Audience: Bill, Severity: Risky,
		Purpose: "a call of a runner uses another number of threads",
		Explain: "More threads make one call faster and let fewer run beside each other on the same cores; together with instances they should not be more than the cores.",
		Cure:    "measure it under load: instances times threads should be the cores that the service has",
		Covers:  []string{"ONNXEngine.Threads"},
		On: changed(func(c *Call, old, new *ir.Runner) {
			if old.Engine.ONNX == nil || new.Engine.ONNX == nil {
				return
			}
			if was, is := max(1, old.Engine.ONNX.Threads), max(1, new.Engine.ONNX.Threads); was != is {
				c.Find("engine.onnx.threads", Finding{Before: countText(was), After: countText(is), Reason: "a call takes " + plural(is, "core") + " in place of " + countText(was) + " while it runs"})
			}
		}),
	},
	{
		ID: "instances-raised", Audience: Bill, Severity: Risky,
		Purpose: "more calls of a runner run at the same time",
		Explain: "Each instance of a model takes memory of its own for what it computes, and a core while it runs.",
		Cure:    "see that the service has the memory and the cores for it",
		Covers:  []string{"Runner.Instances"},
		On:      instances(func(was, is int) bool { return was > 0 && is > was }, "%s run at the same time in place of %d, each in memory of its own"),
	},
	{
		ID: "instances-lowered", Audience: Operator, Severity: Risky,
		Purpose: "fewer calls of a runner run at the same time",
		Explain: "The others wait: under load, requests take longer and time out sooner.",
		Cure:    "measure the service under load with as many",
		On:      instances(func(was, is int) bool { return is > 0 && is < was }, "%s at the same time in place of %d: under load the others wait"),
	},
	{
		ID: "instances-bounded", Audience: Operator, Severity: Risky,
		Purpose: "how many calls of a runner run at the same time is said, or left to the engine",
		Explain: "Left out, onnx takes as many instances as the cores can run, each with its threads, and a step has no limit. On a machine with another number of cores the two are not the same.",
		Cure:    "measure the service under load on the machines that it runs on",
		On: changed(func(c *Call, old, new *ir.Runner) {
			switch was, is := old.Instances, new.Instances; {
			case was == 0 && is > 0:
				c.Find("instances", Finding{After: countText(is), Reason: "at most " + plural(is, "call") + " at the same time, where the engine decided"})
			case was > 0 && is == 0:
				c.Find("instances", Finding{Before: countText(was), Reason: "the engine decides how many calls run at the same time, where it was " + countText(was)})
			}
		}),
	},
	{
		ID: "batching-changed", Audience: Operator, Severity: Risky,
		Purpose: "the items of several calls are joined into larger or smaller batches, or not any more",
		Explain: "Larger batches take more memory and can make a call wait for a longer run; smaller ones cost more for each item. A model whose items influence each other answers otherwise in a batch.",
		Cure:    "measure it under load, and compare the answers of calls alone and together",
		Covers:  []string{"Runner.Batching", "Batching.MaxSize"},
		On: changed(func(c *Call, old, new *ir.Runner) {
			was, is := maxBatch(old), maxBatch(new)
			f := Finding{Before: countText(was), After: countText(is)}
			switch {
			case was == is:
				return
			case is == 1:
				f.Reason = "each call is a run of its own, which were joined up to " + countText(was) + " items"
			case was == 1:
				f.Reason = "calls that wait are joined to batches of up to " + plural(is, "item")
			case is > was:
				f.Reason = "batches have up to " + plural(is, "item") + " in place of " + countText(was) + ", and take as much more memory"
			default:
				f.Reason = "batches have at most " + plural(is, "item") + " in place of " + countText(was)
			}
			c.Find("batching.maxSize", f)
		}),
	},
	{
		ID: "latency-target-changed", Audience: Operator, Severity: Risky,
		Purpose: "how long a call should take is another time",
		Explain: "Batches that would take longer than half of it are not made. A shorter target makes smaller batches, which cost more for each item; a longer one, or none, larger ones, for which calls wait longer.",
		Cure:    "measure it under load",
		Covers:  []string{"Batching.LatencyTargetMs"},
		On: changed(func(c *Call, old, new *ir.Runner) {
			if was, is := latencyTarget(old), latencyTarget(new); was != is {
				c.Find("batching.latencyTarget", Finding{Before: was, After: is, Reason: "batches are bounded by another target"})
			}
		}),
	},
	{
		ID: "batching-fixed-changed", Audience: Operator, Severity: Risky,
		Purpose: "when a batch runs is decided in another way",
		Explain: "Sizes that are learned follow what batches of the model are worth on the machine; fixed ones are full, or have waited for as long as they say, whatever that is worth. A longer wait is added to each call that comes alone.",
		Cure:    "measure it under load, and with calls that come alone",
		Covers:  []string{"Batching.Fixed", "FixedBatching.WaitMs"},
		On: changed(func(c *Call, old, new *ir.Runner) {
			if was, is := fixedText(old), fixedText(new); was != is && maxBatch(old) > 1 && maxBatch(new) > 1 {
				c.Find("batching.fixed", Finding{Before: was, After: is, Reason: "batches are " + is + " in place of " + was})
			}
		}),
	},
	{
		ID: "batching-cost-changed", Audience: Operator, Severity: Risky,
		Purpose: "the work of a batch is counted in something else, or another amount of it bounds a batch",
		Explain: "Batches that may hold more work take more memory and run longer; smaller ones cost more for each item. What a server has learned in one unit says nothing of another.",
		Cure:    "measure it under load, with the largest items that come",
		Covers:  []string{"Batching.Cost", "BatchCost.Of", "BatchCost.Dimensions", "BatchCost.Max"},
		On: changed(func(c *Call, old, new *ir.Runner) {
			if was, is := costText(old), costText(new); was != is && maxBatch(old) > 1 && maxBatch(new) > 1 {
				c.Find("batching.cost", Finding{Before: was, After: is, Reason: "batches are counted in " + is + " in place of " + was})
			}
		}),
	},
	{
		ID: "batching-pad-changed", Audience: Operator, Severity: Risky,
		Purpose: "items of other lengths run together, or are padded with something else",
		Explain: "Padding makes batches larger where items differ in length, and has the model work for what is added. A server does not open a model whose answers change with it.",
		Cure:    "measure it under load, with the lengths that come, and start the server once",
		Covers:  []string{"Batching.Pad", "BatchPad.Of", "BatchPad.Value", "BatchPad.Budget"},
		On: changed(func(c *Call, old, new *ir.Runner) {
			if was, is := padText(old), padText(new); was != is && maxBatch(old) > 1 && maxBatch(new) > 1 {
				c.Find("batching.pad", Finding{Before: was, After: is, Reason: "items of several lengths: " + is + " in place of " + was})
			}
		}),
	},
	{
		ID: "batching-profile-changed", Audience: Operator, Severity: Safe,
		Purpose: "a server begins with other costs of batches",
		Explain: "They count until a few batches of each size have run on the machine.",
		Covers:  []string{"Batching.Profile", "BatchProfile.Unit", "BatchProfile.Sizes", "BatchSize.Work", "BatchSize.Seconds", "BatchSize.Runs"},
		On: changed(func(c *Call, old, new *ir.Runner) {
			if was, is := profileText(old), profileText(new); was != is && maxBatch(old) > 1 && maxBatch(new) > 1 {
				c.Find("batching.profile", Finding{Before: was, After: is, Reason: "the server begins with " + is + " in place of " + was})
			}
		}),
	},
}

// instances finds counts that are said on both sides.
func instances(worse func(was, is int) bool, reason string) Handler {
	return changed(func(c *Call, old, new *ir.Runner) {
		if was, is := old.Instances, new.Instances; was > 0 && is > 0 && worse(was, is) {
			c.Find("instances", Finding{Before: countText(was), After: countText(is), Reason: fmt.Sprintf(reason, plural(is, "call"), was)})
		}
	})
}

func stepText(r *ir.Runner) string {
	if g := r.Engine.Go; g != nil {
		return g.Package + "." + g.Func
	}
	return ""
}

// maxBatch gives the largest number of items in a batch: 1 for no batches.
func maxBatch(r *ir.Runner) int {
	if r.Batching == nil {
		return 1
	}
	return cmp.Or(r.Batching.MaxSize, 1)
}

// fixedText says how it is decided when a batch runs.
func fixedText(r *ir.Runner) string {
	switch {
	case r.Batching == nil || r.Batching.Fixed == nil:
		return "learned"
	case r.Batching.Fixed.WaitMs == 0:
		return "fixed, without waiting"
	}
	return fmt.Sprintf("fixed, after %gms", r.Batching.Fixed.WaitMs)
}

func latencyTarget(r *ir.Runner) string {
	if r.Batching == nil || r.Batching.LatencyTargetMs == 0 {
		return ""
	}
	return fmt.Sprintf("%gms", r.Batching.LatencyTargetMs)
}

// costText says what the work of a batch is counted in.
func costText(r *ir.Runner) string {
	switch {
	case r.Batching == nil || r.Batching.Cost == nil:
		return "items, or bytes where they have several shapes"
	case r.Batching.Cost.Max == 0:
		return r.Batching.Cost.Unit()
	}
	return fmt.Sprintf("%s, at most %d", r.Batching.Cost.Unit(), r.Batching.Cost.Max)
}

// padText says which items of several lengths run together.
func padText(r *ir.Runner) string {
	if r.Batching == nil || r.Batching.Pad == nil {
		return "run apart"
	}
	p := r.Batching.Pad
	return fmt.Sprintf("padded in %s by %v of it with %v", p.Of, p.Budget, p.Value)
}

// profileText tells one profile from another.
func profileText(r *ir.Runner) string {
	if r.Batching == nil || r.Batching.Profile == nil {
		return "no profile"
	}
	p := r.Batching.Profile
	parts := make([]string, len(p.Sizes))
	for i, s := range p.Sizes {
		parts[i] = fmt.Sprintf("%gs for %g", s.Seconds, s.Work)
	}
	return fmt.Sprintf("a profile in %s: %s", p.Unit, strings.Join(parts, ", "))
}
