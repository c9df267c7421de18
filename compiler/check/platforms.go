package check

import (
	"fmt"

	"bentoc.dev/compiler/diag"
)

// Platforms are what images can be built for: the Go toolchain, the runtime and
// libonnxruntime are all there for them.
func Platforms() []string { return []string{"linux/amd64", "linux/arm64"} }

func checkPlatforms(p *pass) {
	pos := p.at("platforms", p.b.Pos)
	if len(p.b.Platforms) == 0 {
		p.errorf(diag.BadPlatform, pos, "platforms", "no platform to build for").
			Hintf("leave platforms out to build for %s", listOf(Platforms()))
	}
	seen := map[string]bool{}
	for i, name := range p.b.Platforms {
		at := p.at(fmt.Sprintf("platforms.%d", i), pos)
		known := false
		for _, have := range Platforms() {
			known = known || name == have
		}
		switch {
		case !known:
			p.errorf(diag.BadPlatform, at, "platforms", "bentoc does not build for %q", name).
				Hintf("it builds for %s", listOf(Platforms()))
		case seen[name]:
			p.errorf(diag.BadPlatform, at, "platforms", "%s is listed twice", name)
		}
		seen[name] = true
	}
}
