package main

import (
	"bytes"
	"io"
	"strings"
	"syscall"
	"testing"
)

// fullWriter is a disk without room.
type fullWriter struct{}

func (fullWriter) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// TestResultThatIsNotWritten runs what needs no network with a standard output that
// takes nothing: no command may say that all went well.
func TestResultThatIsNotWritten(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"--help", "help vet", "vet --help", "version", "explain cycle",
		"vet --format=json ../../examples/hello", "vet --no-steps --format=json ../../examples/hello",
		"compile ../../examples/hello", "compile --emit=schema ../../examples/hello",
		"compile --emit=openapi ../../examples/hello", "compile --emit=go ../../examples/hello",
		"prune --state=" + t.TempDir(),
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			var story bytes.Buffer
			code := run(t.Context(), strings.Fields(line), streams{in: strings.NewReader(""), out: fullWriter{}, err: &story})
			if code != exitFailure || strings.Count(story.String(), "no space left on device") != 1 {
				t.Errorf("exit %d, want %d and the reason once:\n%s", code, exitFailure, story.String())
			}
			var out bytes.Buffer
			if code := run(t.Context(), strings.Fields(line), streams{in: strings.NewReader(""), out: &out, err: io.Discard}); code != exitOK || out.Len() == 0 {
				t.Errorf("with room: exit %d and %d bytes", code, out.Len())
			}
		})
	}
}
