package diag

// Building.
var (
	BuildStep = rule(Rule{Code: "build-step", Category: Build, Severity: Error, Purpose: "steps of a build that fail", Explain: `A step of the build failed: the place is the line of bento.cue that the step comes
from, the message what the step printed.

When a file is missing, look at the path that the line names. When it is the tool's own
step, such as packing a layer, the build log (--progress=plain) says more.`})

	ModelRefused = rule(Rule{Code: "model-refused", Category: Build, Severity: Error, Purpose: "models that libonnxruntime does not open", Explain: `The libonnxruntime that the image has does not open a model, so the server would
never be ready. Every build tries this in its sandbox, on what the image has: a locale that
a model asks for has to be there too. The message is libonnxruntime's.

No model is tried where no image is for the platform that builds.`})

	PaddingRefused = rule(Rule{Code: "padding-refused", Category: Build, Severity: Error, Purpose: "padding that changes what a model gives", Explain: `A runner's batching.pad has the items of a batch lengthened to the longest of them. The
build runs the model on made-up items of a few lengths, alone and padded, and an output of a
padded item is another one than that of the item alone: items would have wrong answers.

Padding is right only for a model that masks what is beyond an item's end, or that looks at
each place by itself. An output that is as long as its item has to say so, by the name of the
dimension: only then it is cut back.`})
)
