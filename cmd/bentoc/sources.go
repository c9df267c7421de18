package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
)

// sourceFlags are the flags of every command that reads a bento.
type sourceFlags struct {
	tags      []string
	timeLimit time.Duration
	format    string
	platforms []string
}

func (f *sourceFlags) bind(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&f.tags, "tag", "t", nil, "set a CUE tag: `key` or key=value (repeatable)")
	flags.DurationVar(&f.timeLimit, "time-limit", 30*time.Second, "give up evaluating the CUE after this `time`; 0 for never")
	flags.StringVar(&f.format, "format", "text", "print diagnostics as `text`, json or github")
}

func (f *sourceFlags) bindPlatforms(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.platforms, "platform", nil, "build for these `platforms` in place of the bento's own (repeatable)")
}

func (f *sourceFlags) check() error {
	known := compiler.Platforms()
	for _, p := range f.platforms {
		if !slices.Contains(known, p) {
			return usagef("--platform=%s: one of %s", p, strings.Join(known, ", "))
		}
	}
	switch f.format {
	case "text", "json", "github":
		return nil
	}
	return usagef("--format=%s: one of text, json, github", f.format)
}

// load reads and checks the bento that args name. Diagnostics are printed; the
// error is errDiagnostics when one of them is an error.
func (f *sourceFlags) load(ctx context.Context, s streams, args []string, pending bool) (*compiler.Bento, error) {
	b, diags, err := f.loadQuietly(ctx, args, pending)
	if err != nil {
		return nil, err
	}
	if len(diags) > 0 {
		if err := f.print(s.err, b, diags); err != nil {
			return nil, err
		}
	}
	if diags.HasErrors() {
		return nil, errDiagnostics
	}
	return b, nil
}

func (f *sourceFlags) loadQuietly(ctx context.Context, args []string, pending bool) (*compiler.Bento, diag.List, error) {
	if err := f.check(); err != nil {
		return nil, nil, err
	}
	name, err := onePath(args)
	if err != nil {
		return nil, nil, err
	}
	return compiler.Load(ctx, compiler.Options{
		Path: name, Tags: f.tags, TimeLimit: f.timeLimit, Platforms: f.platforms, SignaturesPending: pending,
	})
}

// print writes diagnostics in the format asked for, and a closing count for people.
func (f *sourceFlags) print(w io.Writer, b *compiler.Bento, diags diag.List) error {
	o := diag.Options{Color: colour(w)}
	if b != nil {
		o.Source = sourceOf(b)
		o.Rel = func(file string) string { return relative(b.Root, file) }
	}
	switch f.format {
	case "json":
		return diag.JSON(w, diags, o)
	case "github":
		return diag.GitHub(w, diags, o)
	}
	if err := diag.Text(w, diags, o); err != nil {
		return err
	}
	if n := countErrors(diags); n > 1 {
		fmt.Fprintf(w, "bentoc: %d errors\n", n)
	}
	return nil
}

// sourceOf gives the text of the files that diagnostics point at: those that CUE
// read, and the user's Go files.
func sourceOf(b *compiler.Bento) func(string) []byte {
	return func(file string) []byte {
		if text := b.Source(file); text != nil {
			return text
		}
		return b.ReadFile(file)
	}
}

func countErrors(diags diag.List) (n int) {
	for _, d := range diags {
		if d.Severity == diag.Error {
			n++
		}
	}
	return n
}

// relative turns a file's name in a position into one that a person in the
// current folder can open. Files of the embedded schema keep their name.
func relative(root, file string) string {
	if strings.HasPrefix(file, "bentoc.dev/schema") {
		return file
	}
	name := filepath.Join(root, filepath.FromSlash(file))
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, name); err == nil && !strings.HasPrefix(rel, ".."+string(filepath.Separator)+"..") {
			return filepath.ToSlash(rel)
		}
	}
	return name
}

// colour reports whether w is a terminal that wants colour.
func colour(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// loadForTypes is load for a bento whose steps are about to be written: that
// they are missing, or fit an older declaration, is no mistake yet.
func (f *sourceFlags) loadForTypes(ctx context.Context, s streams, args []string) (*compiler.Bento, error) {
	b, diags, err := f.loadQuietly(ctx, args, true)
	if err != nil {
		return nil, err
	}
	diags = slices.DeleteFunc(diags, func(d diag.Diagnostic) bool {
		return d.Code == diag.MissingStep || d.Code == diag.StepSignature || d.Severity == diag.Warning
	})
	if len(diags) > 0 {
		if err := f.print(s.err, b, diags); err != nil {
			return nil, err
		}
		return nil, errDiagnostics
	}
	return b, nil
}
