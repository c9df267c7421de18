package builder

import (
	"runtime"
	"strings"

	"github.com/moby/buildkit/version"
	"github.com/opencontainers/go-digest"
)

// socketName differs for builders that may write different bytes: the
// compressors belong to BuildKit's and to Go's version. Nobody joins a builder
// of another kind, but waits until it has gone.
func socketName() string {
	id := digest.FromString(strings.Join([]string{protocol, version.Version, runtime.Version()}, " "))
	return "builder-" + id.Encoded()[:8] + ".sock"
}

// protocol changes when builder processes of different bentocs must not be
// shared although their BuildKit is the same.
const protocol = "1"
