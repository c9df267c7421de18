package check

import (
	"fmt"
	"slices"
	"strings"

	"bentoc.dev/compiler/diag"
)

// suggest hints at the candidate nearest to word, else at all of them, unless
// there are none or too many to read.
func suggest(d *diag.Diagnostic, word string, candidates []string) {
	const readable = 12
	if c := diag.Nearest(word, candidates); c != "" {
		d.Hintf("did you mean %q?", c)
		return
	}
	switch n := len(candidates); {
	case n == 1:
		d.Hintf("there is only %s", candidates[0])
	case n > 1 && n <= readable:
		d.Hintf("there are %s", listOf(candidates))
	}
}

// listOf writes names for a sentence: a, b and c.
func listOf(names []string) string {
	names = slices.Sorted(slices.Values(names))
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return fmt.Sprintf("%s and %s", strings.Join(names[:last], ", "), names[last])
}
