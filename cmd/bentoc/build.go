package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"bentoc.dev/buildkit/export"
	"bentoc.dev/buildkit/progress"
	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
)

const buildHelp = `
Usage: bentoc build [PATH] [FLAGS]

Builds the images of a bento, one a platform, into NAME.oci.tar in the current
folder, or wherever --output says (repeatable):

OUTPUTS

Each model is opened once by the libonnxruntime that ships, on what the image
has; one that it refuses is a mistake at the model's line.

What is at dest is replaced when what comes in its place is complete; a link is
followed, a pipe or a device is written into, and "-" is stdout.

A bento of several services gives an image each, NAME-SERVICE.oci.tar, with what
that service reaches; stdout has a digest and a service a line then.

Prints the digest of the image index and nothing else on stdout, unless an
output goes there. The same
sources and lock give the same digests on every machine. A missing lock is
made, an outdated one extended, unless --locked or CI=true forbid it.

MANY
Then --output takes a folder, DIR/, and stdout has a digest and a path a line.

Where the bento has budgets, a build that goes over one writes nothing and ends
with 4; so does --test where a golden case has another answer.

Example:
  bentoc build ./examples/hello
  bentoc build ./... -o images/ --changed-since=main
  bentoc build --platform=linux/amd64 -o type=docker,dest=hello.tar && docker load -i hello.tar
`

// outputsHelp says what --output takes.
func outputsHelp() string {
	var all strings.Builder
	for _, k := range export.Kinds() {
		fmt.Fprintf(&all, "  %-22s  %s\n", fmt.Sprintf("type=%s,dest=%s", k.Type, k.Dest), k.Doc)
	}
	fmt.Fprintf(&all, "  %-22s  %s\n", "DIR/", "an OCI archive, DIR/NAME.oci.tar")
	return all.String()
}

// buildFlags are the flags of the commands that build.
type buildFlags struct {
	sourceFlags
	state    stateFlag
	outputs  []string
	metadata string
	noCache  bool
	locked   bool
	progress string
	builder  string
	service  string
	test     bool
	env      []string
	// inspect, if set, is handed what was built before it gets its name.
	inspect func(*export.Archive) error
	// claim, if set, is asked before outputs are written.
	claim func(dests []string) error
}

func buildCommand() command {
	return command{name: "build", summary: "build the images", help: strings.NewReplacer("OUTPUTS\n", outputsHelp(), "MANY", manyHelp).Replace(buildHelp),
		bind: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			var f buildFlags
			var many manyFlags
			flags.StringArrayVarP(&f.outputs, "output", "o", nil, "write the image to `type=…,dest=…` (repeatable)")
			flags.StringVar(&f.metadata, "metadata-file", "", "write digests and layers as JSON to this `file`")
			flags.BoolVar(&f.test, "test", false, "ask the golden cases first, and write no image where one has another answer")
			f.bindEnv(flags)
			f.bindPlatforms(flags)
			f.bindBuild(flags)
			many.bind(flags)
			return func(ctx context.Context, s streams, args []string) error {
				if many.isMany(args) {
					return f.buildMany(ctx, s, &many, args)
				}
				return f.build(ctx, s, args)
			}
		}}
}

// bindBuild registers what build and serve have in common.
func (f *buildFlags) bindBuild(flags *pflag.FlagSet) {
	flags.BoolVar(&f.locked, "locked", false, "fail if the lock is missing or outdated (default with CI=true)")
	flags.BoolVar(&f.noCache, "no-cache", false, "run every step again, with empty caches")
	flags.StringVar(&f.progress, "progress", "auto", "show progress as `"+strings.Join(progress.Modes(), "|")+"`")
	flags.StringVar(&f.builder, "builder", "", "build with the BuildKit at this `address` (default $BUILDKIT_HOST, or the embedded one)")
	flags.StringVar(&f.service, "service", "", "build the image of this `service` alone, where the bento has several")
	f.state.bind(flags)
	f.stored = &f.state
	f.sourceFlags.bind(flags)
}

// build builds the images of a bento, of each of its services where it has several.
func (f *buildFlags) build(ctx context.Context, s streams, args []string) error {
	err := f.buildImage(ctx, s, args)
	var several *compiler.ServiceError
	if !errors.As(err, &several) || several.Wanted != "" {
		return err
	}
	for _, o := range f.outputs {
		if !isFolder(o) {
			return diag.WithHint(usagef("--output=%s: %v", o, several), "name a folder, such as -o images/, or a service with --service")
		}
	}
	if f.metadata != "" {
		return diag.WithHint(usagef("--metadata-file=%s: %v", f.metadata, several), "%s", several.Hint())
	}
	for _, name := range several.Names {
		own, out := *f, bytes.Buffer{}
		own.service = name
		if err := own.buildImage(ctx, streams{in: s.in, out: &out, err: s.err}, args); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s  %s\n", strings.TrimSpace(out.String()), name)
	}
	return nil
}

// buildImage builds the images of one service, one a platform.
func (f *buildFlags) buildImage(ctx context.Context, s streams, args []string) error {
	start := time.Now()
	p, err := f.prepare(ctx, s, args)
	if err != nil {
		return err
	}
	defer p.close()
	outputs, err := f.parseOutputs(s, p.bento)
	if err != nil {
		return err
	}
	gate := &gate{flags: f, prepared: p}
	f.inspect = func(a *export.Archive) error { return gate.pass(ctx, s, a) }
	made, err := f.solve(ctx, s, p, outputs)
	if err != nil {
		return err
	}
	if err := gate.record(s); err != nil {
		return err
	}
	if f.metadata != "" {
		if err := writeMetadata(ctx, s, f.metadata, made, p.plan); err != nil {
			return err
		}
	}
	if f.progress != "quiet" && f.progress != "rawjson" {
		summarise(s.err, made, outputs, nextCommand(f.servedArgs(args), outputs), time.Since(start))
	}
	if !f.fillsStdout(outputs) {
		fmt.Fprintln(s.out, made.contents.Digest)
	}
	return nil
}

// servedArgs are the arguments that a service is served with.
func (f *buildFlags) servedArgs(args []string) []string {
	if f.service == "" {
		return args
	}
	return append(slices.Clone(args), "--service="+f.service)
}

// fillsStdout reports whether standard output has something else than the digest.
func (f *buildFlags) fillsStdout(outputs []export.Output) bool {
	return export.IsStdout(f.metadata) || slices.ContainsFunc(outputs, func(o export.Output) bool { return export.IsStdout(o.Dest) })
}
