//go:build !linux

package sandbox

import (
	"context"
	"fmt"
	"runtime"
)

// Run needs Linux, and says so.
func Run(context.Context, Container) (int, error) {
	return 0, fmt.Errorf("running an image needs Linux, and this is %s", runtime.GOOS)
}
