package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
)

// sourceFlags are the flags of every command that reads a bento.
type sourceFlags struct {
	tags      []string
	timeLimit time.Duration
	format    string
	platforms []string
	stored    *stateFlag      // where the command has the flag
	seen      func(diag.List) // if set, is told what is printed
}

func (f *sourceFlags) bind(flags *pflag.FlagSet) {
	f.bindSources(flags)
	flags.StringVar(&f.format, "format", "text", "print diagnostics as `text`, json or github")
}

// bindSources binds the flags of what is read, for a command whose --format is another.
func (f *sourceFlags) bindSources(flags *pflag.FlagSet) {
	f.format = "text"
	flags.StringArrayVarP(&f.tags, "tag", "t", nil, "set a CUE tag: `key` or key=value (repeatable)")
	flags.DurationVar(&f.timeLimit, "time-limit", 30*time.Second, "give up evaluating the CUE after this `time`; 0 for never")
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

// session begins what a command does with the bento that args name. What is found
// wrong is printed on w.
func (f *sourceFlags) session(w io.Writer, args []string) (*compiler.Session, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	name, err := onePath(args)
	if err != nil {
		return nil, err
	}
	return compiler.New(compiler.Options{
		Path: name, Store: f.store(w), Tags: f.tags, TimeLimit: f.timeLimit, Platforms: f.platforms,
		Report: func(b *compiler.Session, diags diag.List) error {
			if f.seen != nil {
				f.seen(diags)
			}
			return f.print(w, b, diags)
		},
	}), nil
}

// store opens what is in the state folder, where there is one.
func (f *sourceFlags) store(w io.Writer) func() (*fetch.Client, error) {
	state := f.stored
	if state == nil {
		state = &stateFlag{}
	}
	return func() (*fetch.Client, error) { return state.openPresent(streams{err: w}) }
}

// stop prints diagnostics and gives compiler.ErrMistakes if there is an error in them.
func (f *sourceFlags) stop(s streams, b *compiler.Session, diags diag.List) error {
	if len(diags) > 0 {
		if err := f.print(s.err, b, diags); err != nil {
			return err
		}
	}
	if diags.HasErrors() {
		return compiler.ErrMistakes
	}
	return nil
}

// print writes diagnostics in the format asked for, and a closing count for people.
func (f *sourceFlags) print(w io.Writer, b *compiler.Session, diags diag.List) error {
	o := diag.Options{Color: colour(w), Source: b.Text, Rel: func(file string) string {
		if b.Foreign(file) {
			return file
		}
		return relative(b.Root, file)
	}}
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

func countErrors(diags diag.List) (n int) {
	for _, d := range diags {
		if d.Severity == diag.Error {
			n++
		}
	}
	return n
}

// relative turns a file's name in a position into one that a person in the
// current folder can open.
func relative(root, file string) string {
	name := filepath.Join(root, filepath.FromSlash(file))
	if wd, err := os.Getwd(); err == nil {
		if real, err := filepath.EvalSymlinks(wd); err == nil {
			wd = real // ".." is of the real folder
		}
		if rel, err := filepath.Rel(wd, name); err == nil && !strings.HasPrefix(rel, ".."+string(filepath.Separator)+"..") {
			return filepath.ToSlash(rel)
		}
	}
	return name
}

// colour reports whether w is a terminal that wants colour.
func colour(w io.Writer) bool {
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(w)
}

// isTerminal reports whether somebody sees what w takes.
func isTerminal(w io.Writer) bool {
	f, ok := w.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(f.Fd()))
}
