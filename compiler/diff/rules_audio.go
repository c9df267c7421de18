package diff

import (
	"bentoc.dev/compiler/assign"
	"bentoc.dev/compiler/ir"
)

func init() {
	kindRules = append(kindRules, audioRules...)
	samples[ir.KindAudio] = fileSamples
}

// audioRules are about recordings.
var audioRules = []Rule{
	{
		ID: "audio-form-changed", Audience: Caller, Severity: Risky,
		Purpose: "recordings have another sample rate or number of channels",
		Explain: "What comes in is made into another form before a step gets it, and may be refused where it cannot be; what goes out has another form than old clients know.",
		Cure:    "keep sampleRate and channels, or say in the answer which they are",
		Covers:  []string{"Type.SampleRate", "Type.Channels"},
		On: changed(func(c *Call, old, new *Place) {
			if !recordings(old, new) || old.Type.SampleRate == new.Type.SampleRate && old.Type.Channels == new.Type.Channels {
				return
			}
			f := recordingFinding(c, old, new)
			f.Reason = "steps get other samples, so that answers may be others"
			if old.Direction == Answer {
				f.Reason = "old clients may not know the form"
			}
			c.Find("", f)
		}),
	},
}

func recordings(old, new *Place) bool {
	return old.Type.Kind == ir.KindAudio && new.Type.Kind == ir.KindAudio
}

func recordingFinding(c *Call, old, new *Place) Finding {
	return Finding{Before: assign.Describe(c.Old.Bento, old.Type), After: assign.Describe(c.New.Bento, new.Type)}
}
