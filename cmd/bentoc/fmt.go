package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
)

const fmtHelp = `
Usage: bentoc fmt [PATH...] [FLAGS]

Formats CUE files as cue fmt does, and brings a bento into the words of this
schema: sizes such as memory: "2Gi" lose their quotes, map: of a node becomes #map:.
PATH is a file, a folder for the files in it, a folder and /... for those below it
too, or - for standard input, whose text goes to stdout; the current folder without
any. Prints the names of the files that it has rewritten.

Folders that begin with . or _ and what is vendored in cue.mod are passed over.
With --check nothing is written: the names are those of files that are not
formatted, and the exit code is 3 where there are any.

Example:
  bentoc fmt ./...
  bentoc fmt --check ./... # in CI
`

func fmtCommand() command {
	return command{name: "fmt", summary: "format CUE files", help: fmtHelp,
		bind: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			check := flags.Bool("check", false, "write nothing, list the files that are not formatted")
			return func(_ context.Context, s streams, args []string) error {
				if len(args) == 0 {
					args = []string{"."}
				}
				var wrong error
				for _, arg := range args {
					if err := formatPath(s, arg, *check); errors.Is(err, compiler.ErrMistakes) {
						wrong = err // and on to the next
					} else if err != nil {
						return err
					}
				}
				return wrong
			}
		}}
}

// formatPath formats what one argument names. Its error is compiler.ErrMistakes where
// a file is no CUE or, for a check, is not formatted.
func formatPath(s streams, arg string, check bool) error {
	if arg == "-" {
		text, err := io.ReadAll(s.in)
		if err != nil {
			return fmt.Errorf("reading standard input: %w", err)
		}
		return formatText(s, "-", text, func(formatted []byte, same bool) error {
			if check {
				return unformatted(s, "-", same)
			}
			_, err := s.out.Write(formatted)
			return err
		})
	}
	names, err := cueFiles(arg)
	if err != nil {
		return err
	}
	var wrong error
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		err = formatText(s, name, text, func(formatted []byte, same bool) error {
			switch {
			case check:
				return unformatted(s, name, same)
			case same:
				return nil
			}
			if err := rewrite(name, formatted); err != nil {
				return err
			}
			_, err := fmt.Fprintln(s.out, name)
			return err
		})
		if errors.Is(err, compiler.ErrMistakes) {
			wrong = err
		} else if err != nil {
			return err
		}
	}
	return wrong
}

// formatText formats one text and hands it on, or prints why it is no CUE.
func formatText(s streams, name string, text []byte, done func(formatted []byte, same bool) error) error {
	formatted, diags, err := compiler.Format(name, text)
	if err != nil {
		return err
	}
	if len(diags) > 0 {
		o := diag.Options{Color: colour(s.err), Source: func(string) []byte { return text }, Rel: func(file string) string { return file }}
		if err := diag.Text(s.err, diags, o); err != nil {
			return err
		}
		return compiler.ErrMistakes
	}
	return done(formatted, bytes.Equal(formatted, text))
}

// unformatted lists a file that a check finds.
func unformatted(s streams, name string, same bool) error {
	if same {
		return nil
	}
	if _, err := fmt.Fprintln(s.out, name); err != nil {
		return err
	}
	return compiler.ErrMistakes
}

// cueFiles gives the CUE files that an argument names.
func cueFiles(arg string) (names []string, err error) {
	dir, below := strings.CutSuffix(arg, "...")
	if !below {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			if vendored(arg) {
				return nil, fmt.Errorf("%s is a copy of another module's file: it is formatted there", arg)
			}
			return []string{arg}, nil
		}
		dir = arg
	} else if dir != "" && !strings.HasSuffix(dir, "/") && !strings.HasSuffix(dir, string(filepath.Separator)) {
		return nil, usagef("fmt %s: a folder and /... for all below it", arg)
	}
	dir = filepath.Clean(dir)
	err = filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		switch base := e.Name(); {
		case err != nil:
			return err
		case !e.IsDir():
			if strings.HasSuffix(base, ".cue") && e.Type().IsRegular() && !vendored(name) { // a link leads to a file that has its turn
				names = append(names, name)
			}
		case name == dir:
		case !below, base == "cue.mod", strings.HasPrefix(base, "."), strings.HasPrefix(base, "_"):
			return fs.SkipDir
		}
		return nil
	})
	return names, err
}

// vendored tells whether a file is a copy below cue.mod. The module file is none.
func vendored(name string) bool {
	abs, err := filepath.Abs(name)
	if err != nil {
		return false
	}
	parts := strings.Split(filepath.ToSlash(abs), "/")
	i := slices.Index(parts, "cue.mod")
	return i >= 0 && i < len(parts)-2
}

// rewrite puts a text in the place of a file's, whole or not at all. The file keeps its
// mode, and a link goes on leading to it.
func rewrite(name string, text []byte) (err error) {
	if name, err = filepath.EvalSymlinks(name); err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".bentoc-fmt-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(info.Mode().Perm()), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}
