package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"bentoc.dev/buildkit/emit"
	"bentoc.dev/compiler"
	"bentoc.dev/compiler/gen"
)

const compileHelp = `
Usage: bentoc compile [PATH] --emit=WHAT [FLAGS]

Prints one stage of the compilation and builds nothing:

%s
Example:
  bentoc compile ./examples/hello --emit=ir
  bentoc compile ./examples/hello --emit=llb --platform=linux/amd64 | buildctl debug dump-llb
`

// stage is something that --emit prints.
type stage struct {
	name, purpose string
	tree          bool // -o writes it as files
	print         func(*emitFlags, context.Context, streams, []string) error
}

// stages are the compiler's artifacts and what comes after the lock.
func stages() (all []stage) {
	for _, a := range gen.Artifacts {
		all = append(all, stage{a.Name, a.Purpose, a.Tree, func(f *emitFlags, ctx context.Context, s streams, args []string) error {
			return f.emitArtifact(ctx, s, args, a)
		}})
	}
	return append(all,
		stage{"plan", "the build steps, as JSON", false, (*emitFlags).emitPlan},
		stage{"llb", "the build steps of one platform, as BuildKit reads them;\n-o DIR writes a file for each platform", true, (*emitFlags).emitPlan})
}

// stageNames gives the names of the stages, or of those that are files.
func stageNames(trees bool, sep string) string {
	var names []string
	for _, st := range stages() {
		if st.tree || !trees {
			names = append(names, st.name)
		}
	}
	return strings.Join(names, sep)
}

func stageTable() string {
	var b strings.Builder
	for _, st := range stages() {
		fmt.Fprintf(&b, "  %-8s %s\n", st.name, strings.ReplaceAll(st.purpose, "\n", "\n           "))
	}
	return b.String()
}

// emitFlags are the flags of compile.
type emitFlags struct {
	buildFlags
	emit string
	out  string
}

func compileCommand() command {
	return command{name: "compile", summary: "print a stage: IR, Go, plan, LLB, …", help: fmt.Sprintf(compileHelp, stageTable()),
		bind: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			var f emitFlags
			flags.StringVar(&f.emit, "emit", "ir", "print `"+stageNames(false, "|")+"`")
			flags.StringVarP(&f.out, "output", "o", "", "write files into this `folder` ("+stageNames(true, ", ")+")")
			f.bindPlatforms(flags)
			flags.StringVar(&f.service, "service", "", "print what this `service` has, where the bento has several")
			f.locked, f.progress = false, "quiet"
			f.state.bind(flags)
			f.sourceFlags.bind(flags)
			return func(ctx context.Context, s streams, args []string) error { return f.compile(ctx, s, args) }
		}}
}

func (f *emitFlags) compile(ctx context.Context, s streams, args []string) error {
	for _, st := range stages() {
		if st.name == f.emit {
			return st.print(f, ctx, s, args)
		}
	}
	return usagef("--emit=%s: one of %s", f.emit, stageNames(false, ", "))
}

// emitArtifact prints what needs neither a lock nor the store.
func (f *emitFlags) emitArtifact(ctx context.Context, s streams, args []string, a gen.Artifact) error {
	b, err := f.session(s.err, args)
	if err != nil {
		return err
	}
	defer b.Close()
	if err := b.Load(ctx); err != nil {
		return err
	}
	if !a.Whole {
		if err := b.Serve(f.service); err != nil {
			return err
		}
	}
	files, err := b.Emit(a)
	switch {
	case err != nil:
		return err
	case !a.Tree:
		return writeAll(s.out, files[0].Data)
	case f.out != "":
		return writeTree(f.out, files)
	}
	for _, file := range files {
		if !file.User {
			fmt.Fprintf(s.out, "-- %s --\n%s", file.Path, file.Data)
		}
	}
	return nil
}

// writeTree writes the files of an artifact; each folder loses what was generated
// into it before and is no longer wanted.
func writeTree(dir string, files []gen.File) error {
	folders := map[string][]gen.File{compiler.TypesFolder: nil, ".": nil}
	for _, f := range files {
		folder, name := path.Split(f.Path)
		folder = path.Clean(folder)
		folders[folder] = append(folders[folder], gen.File{Path: name, Data: f.Data})
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		if _, err := writeFiles(filepath.Join(dir, filepath.FromSlash(folder)), folders[folder]); err != nil {
			return err
		}
	}
	return nil
}

// writeAll prints data and a line end.
func writeAll(w io.Writer, data []byte) error {
	_, err := fmt.Fprintf(w, "%s\n", strings.TrimRight(string(data), "\n"))
	return err
}

// emitPlan prints plan or llb:
// what comes after the lock.
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
	b, p, err := f.planBuild(ctx, s, args, client, epoch)
	if err != nil {
		return err
	}
	defer b.Close()
	if f.emit == "plan" {
		text, err := p.Readable()
		if err != nil {
			return err
		}
		return writeAll(s.out, text)
	}
	images, err := emit.Images(ctx, p, emit.Options{Files: b.Texts()})
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
		name := b.ImageName() + "-" + strings.ReplaceAll(img.ID, "/", "-") + ".llb"
		if err := writeWhole(filepath.Join(f.out, name), []byte(text.String())); err != nil {
			return err
		}
	}
	return nil
}
