package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
)

const vetHelp = `
Usage: bentoc vet [PATH] [FLAGS]

Finds the mistakes in a bento without building it: in the CUE, in the graphs and
their types, in the signatures of Go steps. Exits with 3 when there is one.
"text" goes to stderr for people; "json" and "github" (annotations of a pull
request) go to stdout.

Example:
  bentoc vet ./examples/hello --format=github
`

func vetCommand() command {
	return command{name: "vet", summary: "find mistakes in a bento", help: vetHelp,
		bind: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			var f sourceFlags
			f.bind(flags)
			f.bindPlatforms(flags)
			return func(ctx context.Context, s streams, args []string) error { return vet(ctx, s, &f, args) }
		}}
}

func vet(ctx context.Context, s streams, f *sourceFlags, args []string) error {
	b, diags, err := f.loadQuietly(ctx, args, true)
	if err != nil {
		return err
	}
	if !diags.HasErrors() {
		stale, err := staleTypes(b)
		if err != nil {
			return err
		}
		diags = append(diags, stale...)
	}
	w := s.err
	if f.format != "text" {
		w = s.out
	}
	if len(diags) > 0 || f.format == "json" {
		if err := f.print(w, b, diags); err != nil {
			return err
		}
	}
	if diags.HasErrors() {
		return errDiagnostics
	}
	return nil
}

// typesFolder holds the generated types of the user's steps, beside bento.cue.
const typesFolder = "bentogen"

// staleTypes says so when the types on disk are not those of the declaration.
// The build does not mind, it generates its own; the user's editor does.
func staleTypes(b *compiler.Bento) (diags diag.List, err error) {
	if b.Steps == nil {
		return nil, nil
	}
	files, err := b.StepTypes()
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		have, err := os.ReadFile(filepath.Join(b.Folder(), typesFolder, file.Path))
		if err != nil || !bytes.Equal(have, file.Data) {
			diags.Warnf(diag.StaleGenerated, b.IR.Pos, "bento", "the types in %s/%s are not those of the declaration", typesFolder, file.Path).
				Hintf("run bentoc generate")
			break
		}
	}
	return diags, nil
}
