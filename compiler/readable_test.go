package compiler_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/ir"
)

// What people read of the examples is their IR.
func TestReadableExamples(t *testing.T) {
	t.Parallel()
	all := files(t)
	for _, name := range []string{"hello", "thumbnail", "digits", "ocr"} {
		s := session(t, compiler.Options{FS: all, Path: "examples/" + name})
		if err := s.LoadDeclared(t.Context()); err != nil {
			t.Fatal(err)
		}
		text, err := s.IR.Readable()
		if err != nil {
			t.Fatal(err)
		}
		b, err := ir.Parse(text)
		if err != nil || b.Digest() != s.IR.Digest() {
			t.Errorf("%s: read again it is another (%v):\n%s", name, err, text)
		}
	}
}

// What bentoc itself hands out is formatted.
func TestFormatted(t *testing.T) {
	t.Parallel()
	all := files(t)
	schema, err := filepath.Glob("../schema/*.cue")
	if err != nil || len(schema) < 5 {
		t.Fatalf("%d files, %v", len(schema), err)
	}
	for _, name := range schema {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, diags, err := compiler.Format(name, text); err != nil || len(diags) > 0 || !bytes.Equal(got, text) {
			t.Errorf("%s is not formatted: %v %v", name, diags, err)
		}
	}
	for name, f := range all {
		if !strings.HasSuffix(name, ".cue") || strings.Contains(name, "/cue.mod/") {
			continue
		}
		if got, diags, err := compiler.Format(name, f.Data); err != nil || len(diags) > 0 || !bytes.Equal(got, f.Data) {
			t.Errorf("%s is not formatted: %v %v", name, diags, err)
		}
	}
}
