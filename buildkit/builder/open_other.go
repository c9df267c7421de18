//go:build !linux

package builder

import (
	"context"
	"runtime"

	"bentoc.dev/buildkit/reexec"
)

func stages() []reexec.Stage { return nil }

func openEmbedded(context.Context, Options, bool) (*link, error) {
	return nil, &PlatformError{OS: runtime.GOOS}
}
