package gen

import (
	"fmt"
	"strconv"
	"strings"

	"bentoc.dev/compiler/ir"
)

const picturePath = "bentoc.dev/runtime/codec/picture"

func readPicture(_ *generator, t *ir.Type, _ *goType, ref, _, _ string) []string {
	return []string{fmt.Sprintf("picture.Read(r, (*picture.Image)(%s), %s)", ref, pictureLimits(t))}
}

func checkPicture(_ *generator, t *ir.Type, _ *goType, v, _ string) []string {
	return []string{fmt.Sprintf("picture.Check(c, picture.Image(%s), %s)", v, pictureLimits(t))}
}

func readFile(_ *generator, t *ir.Type, _ *goType, ref, _, _ string) []string {
	return []string{fmt.Sprintf("r.File((*codec.File)(%s), %s)", ref, fileLimits(t))}
}

func checkFile(_ *generator, t *ir.Type, _ *goType, v, _ string) []string {
	return []string{fmt.Sprintf("c.CheckFile(codec.File(%s), %s)", v, fileLimits(t))}
}

func fileBreaks(_ *generator, t *ir.Type, _ *goType, _ map[string]bool) bool {
	return t.MaxBytes > 0 || len(t.MediaTypes) > 0
}

func pictureLimits(t *ir.Type) string {
	return limits("picture.Limits", t, [2]any{"MaxBytes", t.MaxBytes}, [2]any{"MaxPixels", t.MaxPixels})
}

func fileLimits(t *ir.Type) string {
	return limits("codec.FileLimits", t, [2]any{"MaxBytes", t.MaxBytes})
}

// limits writes a literal with the fields that are set.
func limits(name string, t *ir.Type, fields ...[2]any) string {
	var parts []string
	for _, f := range fields {
		if f[1].(int64) != 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", f[0], f[1]))
		}
	}
	if len(t.MediaTypes) > 0 {
		var quoted []string
		for _, m := range t.MediaTypes {
			quoted = append(quoted, strconv.Quote(m))
		}
		parts = append(parts, "MediaTypes: []string{"+strings.Join(quoted, ", ")+"}")
	}
	return name + "{" + strings.Join(parts, ", ") + "}"
}

// groups are what the media types of a kind begin with.
var groups = map[ir.Kind]string{ir.KindImage: "image", ir.KindAudio: "audio"}

// mediaTypes gives the content types of a whole body that is a file.
func mediaTypes(t *ir.Type) []string {
	switch {
	case len(t.MediaTypes) > 0:
		return t.MediaTypes
	case groups[t.Kind] != "":
		return []string{groups[t.Kind] + "/*"}
	}
	return []string{"application/octet-stream"}
}

func (d *dialect) file(t *ir.Type) object {
	switch {
	case d.bento && d.inside:
		return object{{"type", "string"}, {"format", "uri"}}
	case d.bento:
		return bentoFile(t, d.output)
	}
	if d.binary {
		s := object{}
		if len(t.MediaTypes) > 0 {
			s.set("contentMediaType", strings.Join(t.MediaTypes, ", "))
		} else if groups[t.Kind] != "" {
			s.set("contentMediaType", groups[t.Kind]+"/*")
		}
		return s
	}
	words := typeRows[t.Kind].word
	words = strings.ToUpper(words[:1]) + words[1:]
	if d.output {
		return object{{"type", "string"}, {"format", "uri"}, {"description", words + " as a data: URI."}}
	}
	return object{{"type", "string"}, {"description", words + " in base64 or as a data: URI."}}
}

// bentoFile writes a file for BentoML's client.
func bentoFile(t *ir.Type, output bool) object {
	if t.Kind == ir.KindImage {
		s := object{{"type", "file"}, {"format", "image"}}
		if output {
			s.set("pil", true)
		}
		return s
	}
	s := object{{"type", "file"}, {"format", "binary"}}
	if t.Kind == ir.KindAudio {
		s.set("format", "audio")
	}
	if len(t.MediaTypes) == 1 {
		kind, _, _ := strings.Cut(t.MediaTypes[0], "/")
		if kind == "audio" || kind == "video" || kind == "image" {
			s.set("format", kind)
		}
		s.set("content_type", t.MediaTypes[0])
	}
	return s
}
