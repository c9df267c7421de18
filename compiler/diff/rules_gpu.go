package diff

import (
	"cmp"
	"fmt"

	"bentoc.dev/compiler/ir"
)

// gpuRules are about what runners have of GPUs.
var gpuRules = []Rule{
	{
		ID: "gpu-needed", Audience: Operator, Severity: Breaking,
		Purpose: "a runner needs a GPU that did not need one",
		Explain: "On a machine without one the server does not get ready, unless the runner says fallback. Where it does, it runs there as before.",
		Cure:    "see that every machine that runs the image has one, with its driver, before the image is there",
		On: changed(func(c *Call, old, new *ir.Runner) {
			if old.GPU != nil || new.GPU == nil {
				return
			}
			f := Finding{After: gpuText(new), Reason: "on a machine without a GPU the server does not get ready"}
			if new.GPU.Fallback != "" {
				f.Severity, f.Reason = Risky, "it runs on a GPU where there is one"
			}
			c.Find("resources.gpu", f)
		}),
	},
	{
		ID: "gpu-dropped", Audience: Operator, Severity: Risky,
		Purpose: "a runner has no GPU any more",
		Explain: "What ran on a device runs on cores, which takes longer; the device is paid for and idle.",
		Cure:    "measure it under load, and take the GPU from the machines",
		Covers:  []string{"Runner.GPU"},
		On: changed(func(c *Call, old, new *ir.Runner) {
			if old.GPU != nil && new.GPU == nil {
				c.Find("resources.gpu", Finding{Before: gpuText(old), Reason: "it runs without a GPU"})
			}
		}),
	},
	{
		ID: "gpu-amount-changed", Audience: Bill, Severity: Risky,
		Purpose: "the instances of a runner have more or less of the GPUs",
		Explain: "A machine that has what all runners of a server ask for together starts it; one that has less does not. An instance that has less memory may not hold its model.",
		Cure:    "see that the machines have it, and start the server once on one of them",
		Covers:  []string{"GPU.Devices", "GPU.Share", "GPU.Memory", "GPU.Profile"},
		On: gpus(func(c *Call, old, new *ir.Runner) {
			if was, is := gpuText(old), gpuText(new); was != is {
				c.Find("resources.gpu", Finding{Before: was, After: is, Reason: "the server asks the machine for " + is + " in place of " + was})
			}
		}),
	},
	{
		ID: "gpu-place-changed", Audience: Operator, Severity: Risky,
		Purpose: "the instances of a runner go to other devices",
		Explain: "A device that is named, a runner to be apart from, or NVLink may be what a machine does not have: the server does not get ready there.",
		Cure:    "start the server once on each kind of machine that it runs on",
		Covers:  []string{"GPU.UUIDs", "GPU.NVLink", "GPU.Apart"},
		On: gpus(func(c *Call, old, new *ir.Runner) {
			if was, is := gpuPlace(old.GPU), gpuPlace(new.GPU); was != is {
				c.Find("resources.gpu", Finding{Before: was, After: is, Reason: "instances go to " + is + " in place of " + was})
			}
		}),
	},
	{
		ID: "gpu-fallback-changed", Audience: Operator, Severity: Breaking,
		Purpose: "what happens where there is no GPU is another thing",
		Explain: "With `fallback: \"cpu\"` a server gets ready without one, and is slow; without, it does not get ready.",
		Cure:    "see that every machine has a GPU; or watch bentoc_runner_gpu_fallback, which is 1 where it runs without one",
		Covers:  []string{"GPU.Fallback"},
		On: gpus(func(c *Call, old, new *ir.Runner) {
			was, is := old.GPU.Fallback, new.GPU.Fallback
			switch {
			case was == is:
			case is == "":
				c.Find("resources.gpu.fallback", Finding{Before: was, Reason: "on a machine without a GPU the server does not get ready any more"})
			default:
				c.Find("resources.gpu.fallback", Finding{Severity: Risky, After: is, Reason: "on a machine without a GPU the server gets ready and is slow, where it did not get ready"})
			}
		}),
	},
	{
		ID: "accelerator-changed", Audience: Caller, Severity: Risky,
		Purpose: "something else runs a model on its device",
		Explain: "Accelerators add in other orders and round otherwise: the answers differ a little.",
		Cure:    "compare the answers to known requests, and measure it under load",
		Covers:  []string{"GPU.Accelerator"},
		On: gpus(func(c *Call, old, new *ir.Runner) {
			was, is := cmp.Or(old.GPU.Accelerator, ir.Accelerators[0]), cmp.Or(new.GPU.Accelerator, ir.Accelerators[0])
			if was != is {
				c.Find("resources.gpu.accelerator", Finding{Before: was, After: is, Reason: is + " runs the model in place of " + was})
			}
		}),
	},
	{
		ID: "gpus-placed-otherwise", Audience: Operator, Severity: Risky,
		Purpose: "GPUs are given out among the runners in another way",
		Explain: "Packed runners leave devices free, spread ones leave each other alone. Over-commit lets runners compete for the memory of a device, and one may get none; without it, a server that asks for too much does not get ready.",
		Cure:    "start the server once on the machines that it runs on, and measure it under load",
		Covers:  []string{"Bento.GPUs", "GPUs.Spread", "GPUs.Overcommit"},
		On: changed(func(c *Call, old, new *ir.Bento) {
			if was, is := gpusText(old.GPUs), gpusText(new.GPUs); was != is {
				c.Find("gpus", Finding{Before: was, After: is, Reason: "GPUs are given out " + is + " in place of " + was})
			}
		}),
	},
}

// gpus finds runners that have a GPU on both sides.
func gpus(f func(c *Call, old, new *ir.Runner)) Handler {
	return changed(func(c *Call, old, new *ir.Runner) {
		if old.GPU != nil && new.GPU != nil {
			f(c, old, new)
		}
	})
}

// gpuText says what all instances of a runner have.
func gpuText(r *ir.Runner) string {
	if n := r.GPUInstances(); n > 1 {
		return fmt.Sprintf("%s for each of %d instances", r.GPU.Amount(), n)
	}
	return r.GPU.Amount()
}

// gpuPlace says where the instances of a runner go.
func gpuPlace(g *ir.GPU) string {
	text := "any devices"
	if len(g.UUIDs) > 0 {
		text = list(g.UUIDs)
	}
	if g.NVLink {
		text += " that NVLink joins"
	}
	if len(g.Apart) > 0 {
		text += ", apart from " + list(g.Apart)
	}
	return text
}

func gpusText(g *ir.GPUs) string {
	text := "packed"
	if g != nil && g.Spread {
		text = "spread"
	}
	if g != nil && g.Overcommit {
		text += ", and more than there is"
	}
	return text
}
