package export_test

import (
	"testing"

	"bentoc.dev/buildkit/buildkittest"
)

func TestRootfs_OrdinaryUser(t *testing.T) {
	t.Parallel()
	if buildkittest.Unprivileged(t) {
		checkRootfs(t)
	}
}
