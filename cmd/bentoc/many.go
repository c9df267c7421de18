package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/pflag"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/revision"
)

// manyHelp says what a PATH with dots means.
const manyHelp = `PATH/... stands for every bento at and below PATH, but for folders whose names begin
with . or _, and testdata, vendor, node_modules and cue.mod. With --changed-since=REV
only those count of which something is another thing now than at that revision of
git: sources, packages, steps, embedded files, models, files, the lock. What follows
the command for all of them has a line each, and the worst exit code.`

// manyFlags choose among the bentos of a repository.
type manyFlags struct{ since string }

func (m *manyFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&m.since, "changed-since", "", "leave out what is as it was at this `revision` of git")
}

// isMany reports whether PATH stands for more than one bento.
func (m *manyFlags) isMany(args []string) bool {
	return m.since != "" || len(args) == 1 && withDots(args[0])
}

func withDots(arg string) bool {
	return arg == "..." || strings.HasSuffix(filepath.ToSlash(arg), "/...")
}

// bentosAt gives the folders of the bentos that PATH stands for, sorted.
func bentosAt(args []string) ([]string, error) {
	name, err := onePath(args)
	if err != nil {
		return nil, err
	}
	if !withDots(name) {
		return []string{name}, nil
	}
	dir := filepath.Dir(filepath.Clean(name))
	found, err := compiler.Find(dir)
	if err != nil {
		return nil, usageError{err.Error()}
	}
	if len(found) == 0 {
		return nil, diag.WithHint(usagef("there is no bento.cue in %s or below", dir), "write a first one with bentoc init")
	}
	return found, nil
}

// one is what came of one of many bentos.
type one struct {
	path     string
	out, err bytes.Buffer
	diags    diag.List // as they are to be printed
	said     string    // in place of what is found wrong, such as "built"
	notes    []string  // of a comparison
	failed   error
	skipped  bool // nothing has changed
}

// exitCode is how many bentos end together.
type exitCode int

// Error is for those who do not know it: each bento has said for itself what is wrong.
func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// atATime is how many bentos are evaluated at once: a large one takes half a GiB.
func atATime() int {
	n := min(runtime.GOMAXPROCS(0), 16)
	if free := memoryFree(); free > 0 {
		n = min(n, int(free>>30))
	}
	return max(n, 1)
}

// memoryFree gives the bytes that this machine can still give away, 0 where it is not
// known.
func memoryFree() (n int64) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, "MemAvailable: %d kB", &n); err == nil {
			return n << 10
		}
	}
	return 0
}

// each runs do for all of them, some at a time, and then with each in order.
func each(all []*one, atATime int, do, then func(*one)) {
	turn := make(chan struct{}, atATime)
	done := make([]chan struct{}, len(all))
	for i := range all {
		done[i] = make(chan struct{})
	}
	go func() {
		for i, o := range all {
			turn <- struct{}{}
			go func() {
				defer close(done[i])
				defer func() { <-turn }()
				do(o)
			}()
		}
	}()
	for i, o := range all {
		<-done[i]
		then(o)
	}
}

// pick gives the bentos that PATH stands for, without those that have not changed.
func (m *manyFlags) pick(ctx context.Context, s streams, f *sourceFlags, args []string) ([]*one, error) {
	paths, err := bentosAt(args)
	if err != nil {
		return nil, err
	}
	var all []*one
	for _, p := range paths {
		all = append(all, &one{path: p})
	}
	if m.since == "" {
		return all, nil
	}
	r, err := revision.Open(folderOf(paths[0]))
	if err != nil {
		return nil, asUsage(err)
	}
	defer r.Close()
	c, err := r.Resolve(m.since)
	if err != nil {
		return nil, asUsage(err)
	}
	tree, err := r.Tree(c)
	if err != nil {
		return nil, err
	}
	if r.Root == "" {
		return nil, usagef("--changed-since=%s: the repository has no work tree", m.since)
	}
	each(all, atATime(), func(o *one) {
		var b *compiler.Session
		if b, o.failed = f.quietly([]string{o.path}); o.failed != nil {
			return
		}
		defer b.Close()
		var why string
		if why, o.failed = b.Touched(ctx, tree, r.Root); o.failed == nil && why == "" {
			o.skipped = true
		}
	}, func(*one) {})
	for _, o := range all {
		if o.failed != nil {
			return nil, fmt.Errorf("%s: %w", o.path, o.failed)
		}
	}
	return all, nil
}

// quietly begins a session that reports to nobody.
func (f *sourceFlags) quietly(args []string) (*compiler.Session, error) {
	return f.session(io.Discard, args)
}

// tell prints what one bento has to say, and why it failed.
func (o *one) tell(ctx context.Context, s streams) {
	_, _ = o.err.WriteTo(s.err)
	_, _ = o.out.WriteTo(s.out)
	if o.failed != nil && ctx.Err() == nil && !errors.Is(o.failed, compiler.ErrMistakes) && !errors.Is(o.failed, errRefused) {
		printError(s, diag.WithHint(fmt.Errorf("%s: %w", o.path, o.failed), "%s", diag.HintOf(o.failed)))
	}
}

// line ends the story of one bento.
func (o *one) line() string {
	var mistakes, warnings int
	for _, d := range o.diags {
		if d.Severity == diag.Error {
			mistakes++
		} else {
			warnings++
		}
	}
	var parts []string
	switch {
	case o.skipped:
		parts = append(parts, "not changed")
	case o.failed != nil && !errors.Is(o.failed, compiler.ErrMistakes) && !errors.Is(o.failed, errRefused):
		parts = append(parts, "failed")
	case mistakes > 0:
		parts = append(parts, counted(mistakes, "error"))
	case errors.Is(o.failed, compiler.ErrMistakes):
		parts = append(parts, "mistakes")
	default:
		parts = append(parts, o.said)
	}
	if warnings > 0 {
		parts = append(parts, counted(warnings, "warning"))
	}
	return strings.Join(parts, ", ")
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// code is the exit code of one bento by itself.
func (o *one) code() int {
	var usage usageError
	var tag *compiler.TagError
	var service *compiler.ServiceError
	switch {
	case o.failed == nil:
		return exitOK
	case errors.Is(o.failed, compiler.ErrMistakes):
		return exitDiagnostics
	case errors.As(o.failed, &usage), errors.As(o.failed, &tag), errors.As(o.failed, &service):
		return exitUsage
	case errors.Is(o.failed, errRefused):
		return exitRefused
	}
	return exitFailure
}

// worse are exit codes, the worst first: a machine that fails says nothing of the rest.
var worse = []int{exitFailure, exitUsage, exitDiagnostics, exitRefused}

// conclude prints a line for each bento and what they come to, and gives the worst exit
// code.
func conclude(ctx context.Context, w io.Writer, all []*one) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	widest := 0
	for _, o := range all {
		widest = max(widest, len(o.path))
	}
	counts := map[int]int{}
	skipped := 0
	fmt.Fprintln(w)
	for _, o := range all {
		fmt.Fprintf(w, "%-*s  %s\n", widest, o.path, o.line())
		if o.skipped {
			skipped++
		} else {
			counts[o.code()]++
		}
	}
	text := fmt.Sprintf("bentoc: %s: %d ok", counted(len(all), "bento"), counts[exitOK])
	for _, c := range []struct {
		n    int
		what string
	}{{skipped, "not changed"}, {counts[exitRefused], "refused by a gate"}, {counts[exitDiagnostics], "with mistakes"}, {counts[exitUsage] + counts[exitFailure], "failed"}} {
		if c.n > 0 {
			text += fmt.Sprintf(", %d %s", c.n, c.what)
		}
	}
	fmt.Fprintln(w, text)
	for _, code := range worse {
		if counts[code] > 0 {
			return exitCode(code)
		}
	}
	return nil
}
