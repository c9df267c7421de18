package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"bentoc.dev/buildkit/builder"
	"bentoc.dev/buildkit/emit"
	"bentoc.dev/buildkit/export"
	"bentoc.dev/buildkit/progress"
	"bentoc.dev/compiler"
	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/plan"
)

const buildHelp = `
Usage: bentoc build [PATH] [FLAGS]

Builds the images of a bento, one a platform, into NAME.oci.tar in the current
folder, or wherever --output says (repeatable):

  type=oci,dest=FILE      an OCI layout as one tar archive
  type=dir,dest=FOLDER    an OCI layout as a folder
  type=docker,dest=FILE   for docker load; one platform, which platform=… names

Prints the digest of the image index and nothing else on stdout. The same
sources and lock give the same digests on every machine. A missing lock is
made, an outdated one extended, unless --locked or CI=true forbid it.

Example:
  bentoc build ./examples/hello
  bentoc build --platform=linux/amd64 -o type=docker,dest=hello.tar && docker load -i hello.tar
`

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
	// inspect, if set, is handed what was built before it gets its name.
	inspect func(*export.Archive) error
}

func buildCommand() command {
	return command{name: "build", summary: "build the images", help: buildHelp,
		bind: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			var f buildFlags
			flags.StringArrayVarP(&f.outputs, "output", "o", nil, "write the image to `type=…,dest=…` (repeatable)")
			flags.StringVar(&f.metadata, "metadata-file", "", "write digests and layers as JSON to this `file`")
			f.bindPlatforms(flags)
			f.bindBuild(flags)
			return func(ctx context.Context, s streams, args []string) error { return f.build(ctx, s, args) }
		}}
}

// bindBuild registers what build and serve have in common.
func (f *buildFlags) bindBuild(flags *pflag.FlagSet) {
	flags.BoolVar(&f.locked, "locked", false, "fail if the lock is missing or outdated (default with CI=true)")
	flags.BoolVar(&f.noCache, "no-cache", false, "run every step again")
	flags.StringVar(&f.progress, "progress", "auto", "show progress as `"+strings.Join(progress.Modes(), "|")+"`")
	flags.StringVar(&f.builder, "builder", "", "build with the BuildKit at this `address` (default $BUILDKIT_HOST, or the embedded one)")
	f.state.bind(flags)
	f.sourceFlags.bind(flags)
}

func (f *buildFlags) build(ctx context.Context, s streams, args []string) error {
	start := time.Now()
	p, err := f.prepare(ctx, s, args)
	if err != nil {
		return err
	}
	defer p.close()
	outputs, err := f.parseOutputs(p.bento)
	if err != nil {
		return err
	}
	made, err := f.solve(ctx, s, p, outputs)
	if err != nil {
		return err
	}
	if f.metadata != "" {
		if err := writeMetadata(f.metadata, made, p.plan); err != nil {
			return err
		}
	}
	if f.progress != "quiet" && f.progress != "rawjson" {
		summarise(s.err, made, outputs, nextCommand(args, outputs), time.Since(start))
	}
	fmt.Fprintln(s.out, made.contents.Digest)
	return nil
}

// parseOutputs reads --output; without one the image goes to NAME.oci.tar.
func (f *buildFlags) parseOutputs(b *compiler.Bento) ([]export.Output, error) {
	texts := f.outputs
	if len(texts) == 0 {
		texts = []string{"type=oci,dest=" + b.IR.Name + ".oci.tar"}
	}
	var all []export.Output
	for _, t := range texts {
		o, err := export.ParseOutput(t)
		if err != nil {
			return nil, usagef("--%v", err)
		}
		all = append(all, o)
	}
	if err := export.Check(all, b.Platforms); err != nil {
		return nil, usagef("%v", err)
	}
	return all, nil
}

// prepared is a bento that is ready to be solved.
type prepared struct {
	bento   *compiler.Bento
	plan    *plan.Plan
	store   string
	builder *builder.Builder
	close   func()
}

// prepare does everything up to the plan, and opens the builder meanwhile.
func (f *buildFlags) prepare(ctx context.Context, s streams, args []string) (*prepared, error) {
	if err := f.checkFlags(); err != nil {
		return nil, err
	}
	epoch, err := sourceDateEpoch()
	if err != nil {
		return nil, err
	}
	wait, err := f.openBuilder(ctx, s)
	if err != nil {
		return nil, err
	}
	client, err := f.openStore(s)
	if err != nil {
		return nil, err
	}
	p := &prepared{store: client.Store.Dir()}
	p.plan, p.bento, err = f.planBuild(ctx, s, args, client, epoch)
	b, builderErr := wait()
	// The store stays open until the layers in it have been read: another
	// process could prune them.
	p.builder, p.close = b, func() {
		if b != nil {
			b.Close()
		}
		client.Store.Close()
	}
	if err := firstError(err, builderErr); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (f *buildFlags) checkFlags() error {
	if !slices.Contains(progress.Modes(), f.progress) {
		return usagef("--progress=%s: one of %s", f.progress, strings.Join(progress.Modes(), ", "))
	}
	return f.check()
}

// openBuilder opens the builder in the background; the function that it returns
// waits for it.
func (f *buildFlags) openBuilder(ctx context.Context, s streams) (func() (*builder.Builder, error), error) {
	dir, err := f.state.path("buildkit")
	if err != nil {
		return nil, err
	}
	address := f.builder
	if address == "" {
		address = os.Getenv("BUILDKIT_HOST")
	}
	type opened struct {
		b   *builder.Builder
		err error
	}
	done := make(chan opened, 1)
	go func() {
		b, err := builder.Open(ctx, builder.Options{State: dir, Address: address, Waiting: func(holder string) {
			fmt.Fprintf(s.err, "bentoc: waiting for %s, which uses the same state folder\n", holder)
		}})
		done <- opened{b, err}
	}()
	return func() (*builder.Builder, error) {
		o := <-done
		return o.b, o.err
	}, nil
}

// builderPlatform is the platform that compilers run on.
func builderPlatform() string { return "linux/" + runtime.GOARCH }

// openStore opens the store; what is fetched into it is told unless the story is
// for a program or for nobody.
func (f *buildFlags) openStore(s streams) (*fetch.Client, error) {
	return f.state.open(s, f.progress == "quiet" || f.progress == "rawjson")
}

// planBuild compiles the bento, sees to the lock, and packs what is built from.
func (f *buildFlags) planBuild(ctx context.Context, s streams, args []string, client *fetch.Client, epoch int64) (*plan.Plan, *compiler.Bento, error) {
	locked := f.locked || os.Getenv("CI") == "true"
	b, src, err := f.assembleFor(ctx, s, args, client, locked)
	if err != nil {
		return nil, nil, err
	}
	stale, err := b.CheckLock(src)
	if err != nil {
		return nil, nil, err
	}
	if stale.HasErrors() || b.LockChanged() {
		if locked {
			return nil, nil, f.stop(s, b, stale)
		}
		w := io.Writer(s.err)
		if f.progress == "quiet" {
			w = io.Discard
		}
		if err := relock(ctx, streams{err: w}, w, client, b, src, nil); err != nil {
			return nil, nil, f.explainLock(s, b, err)
		}
	}
	p, err := b.Plan(ctx, client, src, compiler.PlanOptions{Builder: builderPlatform(), Epoch: epoch, Version: toolVersion()})
	return p, b, f.explainLock(s, b, err)
}

// assembleFor generates the server. With locked, models that the lock does not
// have are mistakes; else they are locked first.
func (f *buildFlags) assembleFor(ctx context.Context, s streams, args []string, client *fetch.Client, locked bool) (*compiler.Bento, *compiler.Source, error) {
	if locked {
		return f.assemble(ctx, s, args, false)
	}
	return f.assembleLocked(ctx, s, args, client, compiler.LockOptions{})
}

// built is what a build gave.
type built struct {
	contents *export.Contents
	steps    progress.Summary
}

// solve builds p into outputs.
func (f *buildFlags) solve(ctx context.Context, s streams, p *prepared, outputs []export.Output) (*built, error) {
	images, err := emit.Images(ctx, p.plan, emit.Options{Files: p.sources(), NoCache: f.noCache})
	if err != nil {
		return nil, err
	}
	show, err := progress.New(s.err, f.progress, "building "+p.bento.IR.Name)
	if err != nil {
		return nil, err
	}
	made := &built{}
	err = export.Write(ctx, outputs, p.bento.IR.Name+":latest", func(open func() (io.WriteCloser, error)) error {
		_, err := p.builder.Solve(ctx, builder.Request{
			Images: images, Store: p.store, Share: largeLayers(p.plan), Epoch: p.plan.Epoch, Output: open, Status: show.Update,
		})
		return err
	}, func(a *export.Archive) (err error) {
		if made.contents, err = a.Contents(); err != nil || f.inspect == nil {
			return err
		}
		return f.inspect(a)
	})
	if err := firstError(err, show.Finish()); err != nil {
		return nil, f.explainBuild(s, p.bento, err)
	}
	made.steps = show.Summary()
	return made, nil
}

// largeLayers gives the digests of layers that are not worth a copy.
func largeLayers(p *plan.Plan) (digests []string) {
	const large = 8 << 20
	for _, in := range p.Inputs {
		if in.Size >= large {
			digests = append(digests, in.Layer)
		}
	}
	return digests
}

// sources gives the texts of the files that operations may point at.
func (p *prepared) sources() map[string][]byte {
	files := map[string][]byte{}
	for name := range p.bento.Files {
		if text := p.bento.Source(name); text != nil {
			files[name] = text
		}
	}
	return files
}
