//go:build slow

package main

import "testing"

// slow is true with the build tag of the same name.
const slow = true

// TestReproducibleOneByOne varies one thing at a time and names the culprit.
func TestReproducibleOneByOne(t *testing.T) {
	t.Parallel()
	tl := newTool(t)
	first := buildVariant(t, tl, "hello", sharedState(t), variant{})
	for _, v := range variants() {
		if got := buildVariant(t, tl, "hello", sharedState(t), v); got != first {
			t.Errorf("%s: %s, not %s", v.name, got, first)
		}
	}
}
