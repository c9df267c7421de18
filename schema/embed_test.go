package schema_test

import (
	"testing"

	"bentoc.dev/schema"
)

// TestDigest checks that the digest depends on names and bytes, and on nothing
// else.
func TestDigest(t *testing.T) {
	t.Parallel()
	files := schema.Files()
	if len(files) == 0 || schema.DigestOf(files) != schema.Digest() {
		t.Fatalf("%d files, digest %s", len(files), schema.DigestOf(files))
	}
	files["bento.cue"] = append(files["bento.cue"], '\n')
	if schema.DigestOf(files) == schema.Digest() {
		t.Fatal("another byte, the same digest")
	}
}
