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

// giveTo leaves a folder as it is: no builder process has another user here.
func giveTo(string, string) error { return nil }

// stateFor gives the folder itself: no builder process has another user here.
func stateFor(state string) string { return state }
