package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/fetch"
)

const vetHelp = `
Usage: bentoc vet [PATH] [FLAGS]

Finds the mistakes in a bento without building it: in the CUE, in the graphs and
their types, in Go steps. Compares models that lie in the module with the lock.
Exits with 3 when there is a mistake. "text" goes to stderr for people; "json" and
"github" (annotations of a pull request) go to stdout.

Steps are type-checked as the build will compile them, against the Go toolchain
and the modules that are in the state folder. Nothing is downloaded for that:
where something is not there, a note says so.

MANY

Example:
  bentoc vet ./examples/hello --format=github
  bentoc vet ./... --changed-since=main
`

func vetCommand() command {
	return command{name: "vet", summary: "find mistakes in a bento", help: strings.Replace(vetHelp, "MANY", manyHelp, 1),
		bind: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			var (
				f     sourceFlags
				state stateFlag
				o     compiler.VetOptions
				many  manyFlags
			)
			f.bind(flags)
			f.bindPlatforms(flags)
			state.bind(flags)
			f.stored = &state
			many.bind(flags)
			flags.BoolVar(&o.NoSteps, "no-steps", false, "leave the Go sources of the steps unread")
			return func(ctx context.Context, s streams, args []string) error {
				client, err := state.openPresent(s)
				if err != nil { // such as one that is another user's: the rest is checked
					fmt.Fprintf(s.err, "bentoc: note: nothing is looked up in the state folder: %v\n", err)
				}
				if client != nil {
					defer client.Store.Close()
				}
				o.Bodies = err == nil && !o.NoSteps
				if many.isMany(args) {
					return vetMany(ctx, s, f, client, &many, args, o)
				}
				return vet(ctx, s, &f, client, args, o)
			}
		}}
}

func vet(ctx context.Context, s streams, f *sourceFlags, client *fetch.Client, args []string, o compiler.VetOptions) error {
	w := s.err
	if f.format != "text" {
		w = s.out
	}
	b, err := f.session(w, args)
	if err != nil {
		return err
	}
	defer b.Close()
	if err = b.Vet(ctx, client, o); err != nil && !errors.Is(err, compiler.ErrMistakes) {
		return err
	}
	if b.Steps != nil && b.Steps.Unchecked != "" && f.format == "text" {
		fmt.Fprintf(s.err, "bentoc: note: the bodies of the steps are not checked: %s; bentoc lock --fetch brings it\n", b.Steps.Unchecked)
	}
	return err
}

// vetMany vets what PATH stands for, some at a time.
func vetMany(ctx context.Context, s streams, f sourceFlags, client *fetch.Client, many *manyFlags, args []string, o compiler.VetOptions) error {
	if err := f.check(); err != nil {
		return err
	}
	all, err := many.pick(ctx, s, &f, args)
	if err != nil {
		return err
	}
	o.Packages = &compiler.Packages{}
	defer o.Packages.Close()
	var printed []json.RawMessage
	each(all, atATime(), func(b *one) {
		if b.skipped {
			return
		}
		own := f
		own.seen = func(diags diag.List) { b.diags = append(b.diags, diags...) }
		b.said = "ok"
		b.failed = vet(ctx, streams{out: &b.out, err: &b.err}, &own, client, []string{b.path}, o)
	}, func(b *one) {
		if f.format == "json" {
			var found []json.RawMessage
			if json.Unmarshal(b.out.Bytes(), &found) == nil {
				printed = append(printed, found...)
			}
			b.out.Reset()
		}
		b.tell(ctx, s)
	})
	if f.format == "json" {
		if err := printJSON(s.out, append([]json.RawMessage{}, printed...)); err != nil {
			return err
		}
	}
	return conclude(ctx, s.err, all)
}
