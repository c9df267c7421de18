package main

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"

	"bentoc.dev/buildkit/builder"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/plan"
)

// openedLine is a line of the program that opens models: see its own comment in
// runtime/engine/onnx/open.
var openedLine = regexp.MustCompile(`(?m)^model (\d+): (opening|opened in|failed:) ?(.*)$`)

// paddingLine is another one, of a padding that it tried.
var paddingLine = regexp.MustCompile(`(?m)^padding (\d+): failed: ?(.*)$`)

// codeSuffix is what the engine's errors end in.
var codeSuffix = regexp.MustCompile(` \(onnxruntime code \d+\)$`)

// openHints are what helps where libonnxruntime refuses a model, by what it says.
var openHints = []struct {
	says *regexp.Regexp
	hint string
}{
	{regexp.MustCompile(`locale with name: ?([^\s:]+)`),
		"the image has no locale $1: name a base image that has it, or put its files below /usr/lib/locale by files"},
	{regexp.MustCompile(`No Op registered for (\S+)`),
		"no operator $1 is known to it: export the model with operators of ONNX alone, of an opset that is not newer than this libonnxruntime"},
	{regexp.MustCompile(`Could not find an implementation for ([^\s(]+)`),
		"it has no $1 for the element types in the model: export the model in float32"},
	{regexp.MustCompile(`No opset import for domain '([^']*)'`),
		"operators of $1 are not a part of onnxruntime: export the model without them"},
}

// openDiags reads what the step that opens models said: one mistake a model that
// libonnxruntime refuses, at the line of the model. Where the step ended in another
// way, it gives the place of the model that was being opened.
func openDiags(p *plan.Plan, failed *builder.BuildError) (diags diag.List, at diag.Pos) {
	i := slices.IndexFunc(p.Opens, func(o plan.Open) bool { return o.Name == failed.Step })
	if i < 0 {
		return nil, failed.Pos
	}
	models := p.Opens[i].Models
	at = failed.Pos
	for _, m := range openedLine.FindAllSubmatch(failed.Output, -1) {
		n, err := strconv.Atoi(string(m[1]))
		if err != nil || n >= len(models) {
			continue
		}
		at = models[n].Pos
		if string(m[2]) == "failed:" {
			why := codeSuffix.ReplaceAllString(string(bytes.TrimSpace(m[3])), "")
			diags.Errorf(diag.ModelRefused, at, "models."+models[n].Name, "libonnxruntime does not open it: %s", why).
				Hintf("%s", openHint(why))
		}
	}
	runners := p.Opens[i].Paddings
	for _, m := range paddingLine.FindAllSubmatch(failed.Output, -1) {
		n, err := strconv.Atoi(string(m[1]))
		if err != nil || n >= len(runners) {
			continue
		}
		why := codeSuffix.ReplaceAllString(string(bytes.TrimSpace(m[2])), "")
		diags.Errorf(diag.PaddingRefused, runners[n].Pos, "runners."+runners[n].Name+".batching.pad", "the model heeds what items are padded with: %s", why).
			Hintf("leave pad out, or export the model so that it masks what is beyond an item's end, and names the length of its outputs")
	}
	return diags.Sorted(), at
}

func openHint(why string) string {
	for _, h := range openHints {
		if m := h.says.FindStringSubmatchIndex(why); m != nil {
			return string(h.says.ExpandString(nil, h.hint, why, m))
		}
	}
	return "the server would not start with it; onnxruntime.InferenceSession in Python says the same"
}
