package sandbox

import (
	"fmt"
	"os"
	"strings"
)

// ownUserNamespace reports whether this process lives in another user namespace
// than the machine's first, which maps every id to itself.
func ownUserNamespace() (bool, error) {
	text, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return false, fmt.Errorf("reading the map of ids: %w", err)
	}
	return strings.Join(strings.Fields(string(text)), " ") != "0 0 4294967295", nil
}
