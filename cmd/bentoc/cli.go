package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/pflag"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
)

// The exit codes. Scripts rely on them.
const (
	exitOK          = 0   // all went well
	exitFailure     = 1   // the system or a build step failed
	exitUsage       = 2   // the command line is wrong
	exitDiagnostics = 3   // the user's sources are wrong; the diagnostics are printed
	exitRefused     = 4   // a gate that the user set refuses: a breaking change, a golden case, a budget
	exitInterrupted = 130 // Ctrl-C or SIGTERM
)

// errRefused says that a gate that the user set refuses what was built or changed, and
// that why has been printed.
var errRefused = errors.New("refused by a gate")

// streams are a command's surroundings. stdout takes the result and nothing
// else, stderr the story.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// command is one subcommand of bentoc.
type command struct {
	name    string
	summary string // one line of the overview
	help    string // usage line, what it does, an example
	// bind registers the flags and returns what runs after they are parsed.
	bind func(*pflag.FlagSet) func(ctx context.Context, s streams, args []string) error
}

func commands() []command {
	return []command{
		initCommand(), vetCommand(), fmtCommand(), generateCommand(), lockCommand(),
		buildCommand(), serveCommand(), testCommand(), inspectCommand(), compileCommand(), graphCommand(),
		diffCommand(), storeCommand(), pruneCommand(), explainCommand(), versionCommand(),
	}
}

// usageError is a mistake on the command line.
type usageError struct{ msg string }

func (e usageError) Error() string { return e.msg }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// run is the whole program: it runs the command that args name and returns the
// exit code.
func run(ctx context.Context, args []string, s streams) int {
	out := &stdout{Writer: s.out}
	s.out = out
	return out.failed(s, dispatch(ctx, args, s))
}

func dispatch(ctx context.Context, args []string, s streams) int {
	if len(args) == 0 {
		overview(s.err)
		return exitUsage
	}
	switch args[0] {
	case "-h", "--help", "help":
		if len(args) > 1 {
			return dispatch(ctx, []string{args[1], "--help"}, s)
		}
		overview(s.out)
		return exitOK
	case "--version":
		args = []string{"version"}
	}
	all := commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == args[0] })
	if i < 0 {
		return report(ctx, s, usagef("there is no command %q; bentoc --help lists them", args[0]))
	}
	return runCommand(ctx, all[i], args[1:], s)
}

func runCommand(ctx context.Context, c command, args []string, s streams) int {
	flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	flags.SortFlags = false
	flags.SetOutput(io.Discard)
	help := flags.BoolP("help", "h", false, "show this text")
	do := c.bind(flags)
	if err := flags.Parse(args); err != nil && !errors.Is(err, pflag.ErrHelp) {
		return report(ctx, s, usagef("%s: %v; bentoc %s --help shows the flags", c.name, err, c.name))
	}
	if *help {
		fmt.Fprintf(s.out, "%s\nFlags:\n%s", strings.TrimLeft(c.help, "\n"), flagTable(flags))
		return exitOK
	}
	return report(ctx, s, explainFull(do(ctx, s, flags.Args()), flags))
}

// flagTable describes the flags, one a line.
func flagTable(flags *pflag.FlagSet) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	flags.VisitAll(func(f *pflag.Flag) {
		short := "    "
		if f.Shorthand != "" {
			short = "-" + f.Shorthand + ", "
		}
		value, usage := pflag.UnquoteUsage(f)
		if f.Value.Type() == "bool" {
			value = ""
		}
		if v := f.DefValue; v != "" && v != "false" && v != "[]" {
			usage += " (default " + v + ")"
		}
		fmt.Fprintf(w, "  %s--%s %s\t%s\n", short, f.Name, value, usage)
	})
	w.Flush()
	return b.String()
}

// report prints err as the user wants to read it and returns the exit code.
func report(ctx context.Context, s streams, err error) int {
	var usage usageError
	var tag *compiler.TagError
	var code exitCode
	var service *compiler.ServiceError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case ctx.Err() != nil:
		fmt.Fprintln(s.err, "bentoc: interrupted")
		return exitInterrupted
	case errors.Is(err, compiler.ErrMistakes):
		return exitDiagnostics
	case errors.Is(err, errRefused):
		return exitRefused
	case errors.As(err, &usage):
		printError(s, err)
		return exitUsage
	case errors.As(err, &service):
		printError(s, service)
		return exitUsage
	case errors.As(err, &tag):
		printError(s, tag)
		return exitUsage
	}
	printError(s, err)
	return exitFailure
}

// printError prints err, and its cure where it knows one.
func printError(s streams, err error) {
	fmt.Fprintf(s.err, "bentoc: error: %v\n", err)
	for line := range strings.Lines(diag.HintOf(err)) {
		fmt.Fprintf(s.err, "hint: %s\n", strings.TrimRight(line, "\n"))
	}
}

func overview(w io.Writer) {
	fmt.Fprint(w, `bentoc compiles one CUE description of an ML service into reproducible OCI
images that hold a generated Go server.

Usage: bentoc COMMAND [PATH] [FLAGS]

PATH is a bento.cue, its folder, or nothing (the current folder).

`)
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-9s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, `
Example:
  bentoc init hello && bentoc build hello && bentoc serve hello

bentoc COMMAND --help tells more about a command.
Exit codes: 0 ok, 1 system or build failure, 2 usage, 3 mistakes in the
sources, 4 a gate refuses (a breaking change, a golden case, a budget), 130
interrupted.
`)
}

// onePath gives the PATH argument, "." where there is none.
func onePath(args []string) (string, error) {
	switch len(args) {
	case 0:
		return ".", nil
	case 1:
		return args[0], nil
	}
	return "", usagef("one PATH at most, not %d: %s", len(args), strings.Join(args, " "))
}
