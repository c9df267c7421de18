package gen

import (
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
)

const audioPath = "bentoc.dev/runtime/codec/audio"

// audioFormats are the kinds of recordings that a server reads beside WAV, each by a
// package that only what allows its media type imports.
var audioFormats = []struct{ media, pkg, format string }{
	{"audio/flac", audioPath + "/flac", "&flac.Format"},
	{"audio/mpeg", audioPath + "/mp3", "&mp3.Format"},
	{"audio/ogg", audioPath + "/vorbis", "&vorbis.Format"},
}

func formatPackages() []string {
	pkgs := []string{audioPath}
	for _, f := range audioFormats {
		pkgs = append(pkgs, f.pkg)
	}
	return pkgs
}

func readAudio(g *generator, t *ir.Type, _ *goType, ref, _, _ string) []string {
	return []string{fmt.Sprintf("audio.Read(r, (*audio.Audio)(%s), %s)", ref, audioLimits(t, true))}
}

func checkAudio(g *generator, t *ir.Type, _ *goType, v, _ string) []string {
	return []string{fmt.Sprintf("audio.Check(c, audio.Audio(%s), %s)", v, audioLimits(t, false))}
}

// audioLimits writes what a recording may be. What a step has encoded itself is read
// again where the type names its format: no server has a decoder for that alone.
func audioLimits(t *ir.Type, all bool) string {
	text := limits("audio.Limits", t, [2]any{"MaxBytes", t.MaxBytes}, [2]any{"MaxDurationMs", t.MaxDurationMs},
		[2]any{"SampleRate", t.SampleRate}, [2]any{"Channels", t.Channels})
	var formats []string
	for _, f := range audioFormats {
		if slices.Contains(t.MediaTypes, f.media) || all && (len(t.MediaTypes) == 0 || slices.Contains(t.MediaTypes, "audio/*")) {
			formats = append(formats, f.format)
		}
	}
	if len(formats) == 0 {
		return text
	}
	text = strings.TrimSuffix(text, "}")
	if !strings.HasSuffix(text, "{") {
		text += ", "
	}
	return text + "Formats: []*audio.Format{" + strings.Join(formats, ", ") + "}}"
}
