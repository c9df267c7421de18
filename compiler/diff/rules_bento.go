package diff

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"bentoc.dev/compiler/ir"
)

// bentoRules are about the bento as a whole, and the image that is made of it.
var bentoRules = []Rule{
	{
		ID: "bento-removed", Audience: Caller, Severity: Breaking,
		Purpose: "the bento is gone",
		Explain: "Nothing answers its endpoints any more.",
		Cure:    "keep it until nobody calls it",
		On: removed(func(c *Call, old *ir.Bento) {
			c.Find("", Finding{Before: old.Name, Reason: "the bento is gone, with all its endpoints"})
		}),
	},
	{
		ID: "bento-added", Audience: Caller, Severity: Safe,
		Purpose: "the bento is new",
		Explain: "Nobody can have called it before.",
		On:      added(func(c *Call, new *ir.Bento) { c.Find("", Finding{After: new.Name, Reason: "the bento is new"}) }),
	},
	{
		ID: "bento-renamed", Audience: Operator, Severity: Risky,
		Purpose: "the bento has another name",
		Explain: "The image's file, the label service_name of every metric and the title of the API are the bento's name: scripts, dashboards and alerts that look for the old one find nothing.",
		Cure:    "change what looks for the old name: scripts that take the image, dashboards, alerts",
		Covers:  []string{"Bento.Name"},
		On: changed(func(c *Call, old, new *ir.Bento) {
			if old.Name != new.Name {
				c.Find("name", Finding{Before: quoted(old.Name), After: quoted(new.Name), Reason: "the image's file, the metrics' label service_name and the title of the API are called " + new.Name + " now"})
			}
		}),
	},
	{
		ID: "platform-removed", Audience: Operator, Severity: Breaking,
		Purpose: "the image is no longer built for a platform",
		Explain: "A machine of that platform finds no image to run: containers fail to start there with \"no matching manifest\" or \"exec format error\".",
		Cure:    "keep the platform until no machine of it runs the image",
		Covers:  []string{"Bento.Platforms"},
		On: changed(func(c *Call, old, new *ir.Bento) {
			if gone := onlyIn(old.Platforms, new.Platforms); len(gone) > 0 {
				c.Find("platforms", Finding{Before: list(old.Platforms), After: list(new.Platforms), Reason: "machines of " + strings.Join(gone, ", ") + " can no longer run the image"})
			}
		}),
	},
	{
		ID: "platform-added", Audience: Operator, Severity: Safe,
		Purpose: "the image is built for one more platform",
		Explain: "More machines can run it. What is built, stored and pushed grows by its image.",
		On: changed(func(c *Call, old, new *ir.Bento) {
			if come := onlyIn(new.Platforms, old.Platforms); len(come) > 0 {
				c.Find("platforms", Finding{Before: list(old.Platforms), After: list(new.Platforms), Reason: "the image runs on " + strings.Join(come, ", ") + " too"})
			}
		}),
	},
	{
		ID: "base-changed", Audience: Operator, Severity: Risky,
		Purpose: "the image lies on another base",
		Explain: "Everything that the base has may be another: the C library, certificates, time zones, a shell, users. Steps that use any of it may find something else or nothing.",
		Cure:    "start the image and call what uses files of the base, such as certificates and time zones",
		Covers:  []string{"Bento.Base", "Base.Image", "Base.Layout"},
		On: changed(func(c *Call, old, new *ir.Bento) {
			before, after := baseText(old.Base), baseText(new.Base)
			if before == after {
				return
			}
			reason := "the layers lie on another base: what steps use of it may be another or missing"
			switch {
			case after == "":
				reason = "the layers lie on an empty base: steps find nothing in the image but what the bento puts there"
			case before == "":
				reason = "the layers lie on a base, which may have variables, users and files of its own"
			}
			c.Find("base", Finding{Before: before, After: after, Reason: reason})
		}),
	},
	{
		ID: "file-removed", Audience: Operator, Severity: Risky,
		Purpose: "a file is no longer copied into the image",
		Explain: "A step, or a program beside the server, that opens it fails.",
		Cure:    "make sure that nothing opens the file any more",
		Covers:  []string{"Bento.Files"},
		On: changed(func(c *Call, old, new *ir.Bento) {
			for _, name := range missingKeys(old.Files, new.Files) {
				c.Find("files."+label(name), Finding{Before: old.Files[name].Path, Old: old.Files[name].Pos, Reason: "whatever opens " + name + " in the image finds nothing"})
			}
		}),
	},
	{
		ID: "file-added", Audience: Operator, Severity: Safe,
		Purpose: "a file is copied into the image",
		Explain: "It lies beside what was there. The image grows by it.",
		On: changed(func(c *Call, old, new *ir.Bento) {
			for _, name := range missingKeys(new.Files, old.Files) {
				c.Find("files."+label(name), Finding{After: new.Files[name].Path, New: new.Files[name].Pos, Reason: "the image has " + name + " too"})
			}
		}),
	},
	{
		ID: "file-changed", Audience: Operator, Severity: Risky,
		Purpose: "another file, or one with other permissions, is copied to a place in the image",
		Explain: "What opens the place reads another file; one that lost permission bits may not be readable, or not run, for the server's user, which is not root.",
		Cure:    "make sure that what opens the place can read what lies there now",
		Covers:  []string{"File.Path", "File.Mode"},
		On: changed(func(c *Call, old, new *ir.Bento) {
			for _, name := range slices.Sorted(maps.Keys(new.Files)) {
				was, is := old.Files[name], new.Files[name]
				if was == nil || is == nil {
					continue
				}
				places := Finding{Old: was.Pos, New: is.Pos}
				if was.Path != is.Path {
					places.Before, places.After, places.Reason = was.Path, is.Path, name+" in the image is another file of the module"
					c.Find("files."+label(name), places)
				}
				if modeText(was) != modeText(is) {
					places.Before, places.After, places.Reason = modeText(was), modeText(is), name+" in the image has other permissions"
					c.Find("files."+label(name)+".mode", places)
				}
			}
		}),
	},
	{
		ID: "warning-switched-off", Audience: Operator, Severity: Risky,
		Purpose: "a warning of the compiler is no longer said",
		Explain: "What the warning would find from now on nobody hears of.",
		Cure:    "read the reason that is given for it, and ask whether it holds for what comes later too",
		Covers:  []string{"Bento.Diagnostics", "Diagnostic.Off", "Diagnostic.Why"},
		On: changed(func(c *Call, old, new *ir.Bento) {
			for _, code := range slices.Sorted(maps.Keys(new.Diagnostics)) {
				if d := new.Diagnostics[code]; d.Off && !isOff(old, code) {
					c.Find("diagnostics."+label(code), Finding{After: "off", New: d.Pos, Reason: "warnings of " + code + " are no longer said, since " + d.Why})
				}
			}
		}),
	},
	{
		ID: "warning-switched-on", Audience: Operator, Severity: Safe,
		Purpose: "a warning of the compiler is said again",
		Explain: "Builds may print more; nothing of the image changes.",
		On: changed(func(c *Call, old, new *ir.Bento) {
			for _, code := range slices.Sorted(maps.Keys(old.Diagnostics)) {
				if d := old.Diagnostics[code]; d.Off && !isOff(new, code) {
					c.Find("diagnostics."+label(code), Finding{Before: "off", Old: d.Pos, Reason: "warnings of " + code + " are said again"})
				}
			}
		}),
	},
}

func isOff(b *ir.Bento, code string) bool { d := b.Diagnostics[code]; return d != nil && d.Off }

func baseText(b *ir.Base) string {
	if b == nil {
		return ""
	}
	return cmp.Or(b.Image, b.Layout)
}

func modeText(f *ir.File) string {
	mode := cmp.Or(f.Mode, 0o644)
	return "0" + string([]byte{'0' + byte(mode>>6&7), '0' + byte(mode>>3&7), '0' + byte(mode&7)})
}

func list(s []string) string { return "[" + strings.Join(s, ", ") + "]" }

// missingKeys gives the keys that a has and b has not, sorted.
func missingKeys[T any](a, b map[string]T) (only []string) {
	for _, key := range slices.Sorted(maps.Keys(a)) {
		if _, has := b[key]; !has {
			only = append(only, key)
		}
	}
	return only
}
