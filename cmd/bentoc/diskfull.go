package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"bentoc.dev/buildkit/builder"
	"bentoc.dev/compiler/diag"
)

// fullText is how a full disk is reported where the error was turned into text: by
// BuildKit, and by programs that were run.
var fullText = regexp.MustCompile(`(?mi)(no space left on device|disk quota exceeded)$`)

// fullDisk reports whether err comes from a full disk.
func fullDisk(err error) bool {
	var refused *builder.NamespaceError
	if errors.As(err, &refused) {
		return false // the kernel says so of namespaces too
	}
	var failed *builder.BuildError
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || fullText.MatchString(err.Error()) ||
		errors.As(err, &failed) && fullText.Match(failed.Output)
}

// explainFull makes err one of a full disk, if it is, with the hint that fits the
// flags of the command: on the disk of the state folder there is something to prune.
func explainFull(err error, flags *pflag.FlagSet) error {
	if err == nil || !fullDisk(err) {
		return err
	}
	const room = "make room where it is written to"
	full := fmt.Errorf("the disk is full: %w", err)
	var failed *builder.BuildError
	step := errors.As(err, &failed)
	if step {
		full = fmt.Errorf("the disk is full: %s: %w", failed.Step, syscall.ENOSPC)
	}
	var state stateFlag
	if f := flags.Lookup("state"); f != nil {
		state.dir = f.Value.String()
	} else {
		return diag.WithHint(full, room)
	}
	dir, pathErr := state.path("")
	if pathErr != nil || !step && !strings.Contains(err.Error(), filepath.Clean(dir)) {
		return diag.WithHint(full, room+", or write elsewhere with --output")
	}
	return diag.WithHint(full, "bentoc prune --all empties %s, --older-than takes what was not used for a while\nor keep it on another disk: --state or BENTOC_STATE", filepath.Clean(dir))
}
