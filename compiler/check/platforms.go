package check

import (
	"fmt"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/platform"
)

func checkPlatforms(p *pass) {
	pos := p.at("platforms", p.b.Pos)
	if len(p.b.Platforms) == 0 {
		p.errorf(diag.BadPlatform, pos, "platforms", "no platform to build for").
			Hintf("leave platforms out to build for %s", listOf(platform.Names()))
	}
	seen := map[string]bool{}
	for i, name := range p.b.Platforms {
		at := p.at(fmt.Sprintf("platforms.%d", i), pos)
		switch {
		case !platform.Known(name):
			p.errorf(diag.BadPlatform, at, "platforms", "bentoc does not build for %q", name).
				Hintf("it builds for %s", listOf(platform.Names()))
		case seen[name]:
			p.errorf(diag.BadPlatform, at, "platforms", "%s is listed twice", name)
		}
		seen[name] = true
	}
}
