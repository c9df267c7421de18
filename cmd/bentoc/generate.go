package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/gen"
)

const generateHelp = `
Usage: bentoc generate [PATH] [FLAGS]

Writes the Go types that your steps are written against into the folder
bentogen beside bento.cue: for a runner "prep" the structs PrepInput and
PrepOutput. They import the standard library only. A build generates its own
copy, so forgetting this step breaks no build, only your editor.

Example:
  bentoc generate ./examples/hello
`

func generateCommand() command {
	return command{name: "generate", summary: "write the Go types that steps are written against", help: generateHelp,
		bind: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			var f sourceFlags
			f.bind(flags)
			return func(ctx context.Context, s streams, args []string) error {
				b, err := f.loadForTypes(ctx, s, args)
				if err != nil {
					return err
				}
				return writeTypes(s, b)
			}
		}}
}

// writeTypes writes the types of b's steps and says which files changed.
func writeTypes(s streams, b *compiler.Bento) error {
	files, err := b.StepTypes()
	if err != nil {
		return err
	}
	dir := filepath.Join(b.Folder(), typesFolder)
	changed, err := writeFiles(dir, files)
	for _, name := range changed {
		fmt.Fprintf(s.err, "wrote %s\n", filepath.Join(relative(b.Root, b.Dir), typesFolder, name))
	}
	return err
}

// writeFiles writes generated files below dir, each as a whole, and removes
// generated Go files that are no longer wanted. It returns what changed.
func writeFiles(dir string, files []gen.File) (changed []string, err error) {
	want := map[string]bool{}
	for _, f := range files {
		want[filepath.FromSlash(f.Path)] = true
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		if have, err := os.ReadFile(name); err == nil && bytes.Equal(have, f.Data) {
			continue
		}
		if err := writeWhole(name, f.Data); err != nil {
			return changed, err
		}
		changed = append(changed, f.Path)
	}
	old, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return changed, err
	}
	for _, name := range old {
		data, err := os.ReadFile(name)
		if err == nil && !want[filepath.Base(name)] && bytes.HasPrefix(data, []byte(gen.Header)) {
			if err := os.Remove(name); err != nil {
				return changed, fmt.Errorf("removing what is no longer generated: %w", err)
			}
			changed = append(changed, filepath.Base(name))
		}
	}
	return changed, nil
}

// writeWhole writes a file so that readers see the old text or the new one.
func writeWhole(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("making the folder of %s: %w", name, err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".bentoc-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Chmod(0o644)
	}
	if err := firstError(err, tmp.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if err := os.Rename(tmp.Name(), name); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
