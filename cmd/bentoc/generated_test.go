//go:build slow

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/lock"
)

// goTool runs the go command in the repository.
func goTool(t *testing.T, dir string, env []string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// TestGeneratedCode runs go vet over the servers of the examples.
func TestGeneratedCode(t *testing.T) {
	t.Parallel()
	for _, dir := range examples(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			goTool(t, layOutServer(t, dir), []string{"GOFLAGS=", "GOWORK="}, "vet", "./server/...")
		})
	}
}

// layOutServer writes the source of an example's server into a folder, as a
// build has it.
func layOutServer(t *testing.T, dir string) string {
	t.Helper()
	b := compiler.New(compiler.Options{Path: dir, Report: func(_ *compiler.Session, diags diag.List) error {
		t.Log(diags)
		return nil
	}})
	defer b.Close()
	if err := b.Compile(t.Context()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(b.LockFile())
	if err != nil {
		t.Fatal(err)
	}
	locked, _ := lock.Parse(lock.FileName, data)
	to := t.TempDir()
	var sums strings.Builder
	for _, m := range locked.Modules() {
		fmt.Fprintln(&sums, m.Path, m.Version, m.Sum)
	}
	if err := writeWhole(filepath.Join(to, "go.work.sum"), []byte(sums.String())); err != nil {
		t.Fatal(err)
	}
	for _, f := range b.Code.Workspace.Files {
		if err := writeWhole(filepath.Join(to, filepath.FromSlash(f.Path)), f.Data); err != nil {
			t.Fatal(err)
		}
	}
	return to
}
