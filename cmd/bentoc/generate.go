package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"bentoc.dev/buildkit/export"
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
				b, err := f.session(s.err, args)
				if err != nil {
					return err
				}
				defer b.Close()
				files, err := b.Types(ctx)
				if err != nil {
					return err
				}
				return writeTypes(s, b, files)
			}
		}}
}

// writeTypes writes the types of b's steps and says which files changed.
func writeTypes(s streams, b *compiler.Session, files []gen.File) error {
	changed, err := writeFiles(filepath.Join(b.Folder(), compiler.TypesFolder), files)
	for _, name := range changed {
		fmt.Fprintf(s.err, "wrote %s\n", filepath.Join(relative(b.Root, b.Dir), compiler.TypesFolder, name))
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
	return export.Create(context.Background(), name, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
