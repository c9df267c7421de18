package check

import (
	"regexp"
	"strings"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/ir"
)

func checkEnv(p *pass) {
	name := regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	const hint = "use letters, digits and underscores, not a digit first"
	for _, key := range sorted(p.b.Env) {
		at := p.at("env."+key, p.b.Pos)
		if !name.MatchString(key) {
			p.errorf(diag.BadValue, at, "env."+key, "%q is no name for an environment variable", key).Hintf(hint)
		}
		if ir.IsServerEnv(key) {
			p.errorf(diag.BadValue, at, "env."+key, "%s is what the image tells its server of the bento", key).
				Hintf("remove it; services.NAME.resources.memory is what a service may take")
		}
		if strings.ContainsRune(p.b.Env[key], 0) {
			p.errorf(diag.BadValue, at, "env."+key, "the value of %s holds a NUL character", key)
		}
		if len(key)+len(p.b.Env[key])+2 > maxEnv {
			p.errorf(diag.BadValue, at, "env."+key, "the value of %s has %d bytes: no program starts with it", key, len(p.b.Env[key])).
				Hintf("Linux takes less than %d bytes a variable; put it into a file, with files", maxEnv)
		}
	}
	for _, key := range p.b.RequiredEnv {
		at := p.at("requiredEnv", p.b.Pos)
		if !name.MatchString(key) {
			p.errorf(diag.BadValue, at, "requiredEnv", "%q is no name for an environment variable", key).Hintf(hint)
		}
		if _, set := p.b.Env[key]; set {
			p.warnf(diag.BadValue, at, "requiredEnv", "%s is required, but env gives it a value in the image", key).
				Hintf("remove it from env or from requiredEnv").
				Also(p.at("env."+key, p.b.Pos), "its value is here")
		}
	}
	checkLabels(p)
}

// maxEnv is how many bytes a variable may have with its name, = and NUL: Linux starts no
// program with a longer one.
const maxEnv = 128 << 10

// ownLabels are set by bentoc itself.
const ownLabels = "dev.bentoc."

// maxLabel is how many bytes a label may have with its key: containerd refuses images
// with longer ones.
const maxLabel = 4096

// descriptionLabel is the label that a bento's description becomes.
const descriptionLabel = "org.opencontainers.image.description"

func checkLabels(p *pass) {
	if n := len(descriptionLabel) + len(p.b.Doc); n > maxLabel {
		p.errorf(diag.BadValue, p.at("description", p.b.Pos), "description", "the description has %d bytes: containerd refuses an image with a label that long", len(p.b.Doc)).
			Hintf("write a description of at most %d bytes; without one, the comment above bento is it", maxLabel-len(descriptionLabel))
	}
	for _, key := range sorted(p.b.Labels) {
		at := p.at("labels."+key, p.b.Pos)
		switch {
		case key == "" || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r == 0x7f }):
			p.errorf(diag.BadValue, at, "labels."+key, "%q is no key for a label", key).
				Hintf("use a name without spaces, such as org.opencontainers.image.vendor")
		case strings.HasPrefix(key, ownLabels):
			p.errorf(diag.BadValue, at, "labels."+key, "labels that begin with %s are bentoc's own", ownLabels).
				Hintf("give it a name of your own, such as %s", "com.example."+strings.TrimPrefix(key, ownLabels))
		case len(key)+len(p.b.Labels[key]) > maxLabel:
			p.errorf(diag.BadValue, at, "labels."+key, "the label has %d bytes with its key: containerd refuses an image with more than %d", len(key)+len(p.b.Labels[key]), maxLabel).
				Hintf("put long texts into a file, with files")
		}
	}
}
