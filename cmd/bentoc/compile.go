package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"bentoc.dev/buildkit/emit"
	"bentoc.dev/compiler"
	"bentoc.dev/compiler/gen"
)

const compileHelp = `
Usage: bentoc compile [PATH] --emit=WHAT [FLAGS]

Prints one stage of the compilation and builds nothing:

  ir       what bento.cue says, as canonical JSON
  schema   the types of the endpoints as JSON Schema 2020-12
  openapi  the API as OpenAPI 3.1
  go       the generated server; -o DIR writes the files
  plan     the build steps, as JSON
  llb      the build steps of one platform, as BuildKit reads them;
           -o DIR writes a file for each platform

Example:
  bentoc compile ./examples/hello --emit=ir
  bentoc compile ./examples/hello --emit=llb --platform=linux/amd64 | buildctl debug dump-llb
`

// emitFlags are the flags of compile.
type emitFlags struct {
	buildFlags
	emit string
	out  string
}

func compileCommand() command {
	return command{name: "compile", summary: "print a stage: IR, Go, plan, LLB, …", help: compileHelp,
		bind: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			var f emitFlags
			flags.StringVar(&f.emit, "emit", "ir", "print `ir|schema|openapi|go|plan|llb`")
			flags.StringVarP(&f.out, "output", "o", "", "write files into this `folder` (go, llb)")
			f.bindPlatforms(flags)
			f.locked, f.progress = false, "quiet"
			f.state.bind(flags)
			f.sourceFlags.bind(flags)
			return func(ctx context.Context, s streams, args []string) error { return f.compile(ctx, s, args) }
		}}
}

func (f *emitFlags) compile(ctx context.Context, s streams, args []string) error {
	switch f.emit {
	case "ir", "schema", "openapi", "go":
		b, err := f.load(ctx, s, args, true)
		if err != nil {
			return err
		}
		return f.emitSources(s, b)
	case "plan", "llb":
		return f.emitPlan(ctx, s, args)
	}
	return usagef("--emit=%s: one of ir, schema, openapi, go, plan, llb", f.emit)
}

// emitSources prints what needs neither a lock nor the store.
func (f *emitFlags) emitSources(s streams, b *compiler.Bento) error {
	switch f.emit {
	case "ir":
		data, err := b.IR.Canonical()
		return writeAll(s.out, data, err)
	case "schema":
		data, err := gen.JSONSchema(b.IR)
		return writeAll(s.out, data, err)
	}
	out, err := b.Generate()
	if err != nil {
		return err
	}
	if f.emit == "openapi" {
		return writeAll(s.out, out.OpenAPI, nil)
	}
	if f.out != "" {
		if _, err := writeFiles(filepath.Join(f.out, typesFolder), out.Bentogen); err != nil {
			return err
		}
		_, err := writeFiles(f.out, out.Server)
		return err
	}
	for _, file := range out.Server {
		fmt.Fprintf(s.out, "-- %s --\n%s", file.Path, file.Data)
	}
	return nil
}

// writeAll prints data and a line end.
func writeAll(w io.Writer, data []byte, err error) error {
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", strings.TrimRight(string(data), "\n"))
	return err
}

// emitPlan prints what comes after the lock.
func (f *emitFlags) emitPlan(ctx context.Context, s streams, args []string) error {
	epoch, err := sourceDateEpoch()
	if err != nil {
		return err
	}
	client, err := f.openStore(s)
	if err != nil {
		return err
	}
	defer client.Store.Close()
	p, b, err := f.planBuild(ctx, s, args, client, epoch)
	if err != nil {
		return err
	}
	if f.emit == "plan" {
		return printJSON(s.out, p)
	}
	images, err := emit.Images(ctx, p, emit.Options{Files: (&prepared{bento: b}).sources()})
	if err != nil {
		return err
	}
	if f.out == "" {
		if len(images) != 1 {
			return usagef("compile --emit=llb: %d platforms; name one with --platform, or a folder with -o", len(images))
		}
		return images[0].WriteLLB(s.out)
	}
	for _, img := range images {
		var text strings.Builder
		if err := img.WriteLLB(&text); err != nil {
			return err
		}
		name := b.IR.Name + "-" + strings.ReplaceAll(img.ID, "/", "-") + ".llb"
		if err := writeWhole(filepath.Join(f.out, name), []byte(text.String())); err != nil {
			return err
		}
	}
	return nil
}
