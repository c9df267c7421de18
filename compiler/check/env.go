package check

import (
	"regexp"
	"strings"

	"bentoc.dev/compiler/diag"
)

func checkEnv(p *pass) {
	name := regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	const hint = "use letters, digits and underscores, not a digit first"
	for _, key := range sorted(p.b.Env) {
		at := p.at("env."+key, p.b.Pos)
		if !name.MatchString(key) {
			p.errorf(diag.BadValue, at, "env."+key, "%q is no name for an environment variable", key).Hintf(hint)
		}
		if strings.ContainsRune(p.b.Env[key], 0) {
			p.errorf(diag.BadValue, at, "env."+key, "the value of %s holds a NUL character", key)
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

// ownLabels are set by bentoc itself.
const ownLabels = "dev.bentoc."

func checkLabels(p *pass) {
	for _, key := range sorted(p.b.Labels) {
		at := p.at("labels."+key, p.b.Pos)
		switch {
		case key == "" || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r == 0x7f }):
			p.errorf(diag.BadValue, at, "labels."+key, "%q is no key for a label", key).
				Hintf("use a name without spaces, such as org.opencontainers.image.vendor")
		case strings.HasPrefix(key, ownLabels):
			p.errorf(diag.BadValue, at, "labels."+key, "labels that begin with %s are bentoc's own", ownLabels)
		}
	}
}
