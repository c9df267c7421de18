package builder_test

import (
	"os"
	"testing"

	"bentoc.dev/buildkit/builder"
)

// TestMain lets the test binary play the builder process and process 1 of a
// step.
func TestMain(m *testing.M) {
	if code, ok := builder.Dispatch(); ok {
		os.Exit(code)
	}
	os.Exit(m.Run())
}
