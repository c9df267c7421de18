package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/pflag"

	"bentoc.dev/compiler/fetch"
)

const storeHelp = `
Usage: bentoc store export FILE [PATH] [FLAGS]
       bentoc store import FILE [FLAGS]

Carries everything that a bento's lock names to a machine without network.
export writes it into one file, fetching first what is not there yet; import
puts it into the state folder, comparing every content with its digest.

Example:
  bentoc store export ocr.store ./examples/ocr
  bentoc store import ocr.store && bentoc build --locked ./examples/ocr
`

func storeCommand() command {
	return command{name: "store", summary: "carry what is locked to a machine without network", help: storeHelp,
		bind: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			var f sourceFlags
			var state stateFlag
			builders := flags.StringSlice("builder-platform", []string{builderPlatform()}, "take the Go toolchain for these `platforms` of the machine that will build")
			f.bind(flags)
			state.bind(flags)
			return func(ctx context.Context, s streams, args []string) error {
				switch {
				case len(args) >= 2 && len(args) <= 3 && args[0] == "export":
					return exportStore(ctx, s, &f, &state, args[1], args[2:], *builders)
				case len(args) == 2 && args[0] == "import":
					return importStore(ctx, s, &state, args[1])
				}
				return usagef("store takes export FILE [PATH] or import FILE")
			}
		}}
}

func exportStore(ctx context.Context, s streams, f *sourceFlags, state *stateFlag, file string, args, builders []string) (err error) {
	for _, p := range builders {
		if !slices.Contains([]string{"linux/amd64", "linux/arm64"}, p) {
			return usagef("--builder-platform=%s: one of linux/amd64, linux/arm64", p)
		}
	}
	b, src, err := f.assemble(ctx, s, args, false)
	if err != nil {
		return err
	}
	if err := f.checkLock(s, b, src); err != nil {
		return err
	}
	client, err := state.open(s, false)
	if err != nil {
		return err
	}
	defer client.Store.Close()
	part := file + ".part"
	w, err := os.Create(part)
	if err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	items, err := b.ExportStore(ctx, client, w, builders)
	if err := errors.Join(err, w.Close()); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	if err := os.Rename(part, file); err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", file, err), os.Remove(part))
	}
	fmt.Fprintf(s.err, "wrote %s: %s\n", file, itemsText(items))
	return nil
}

func importStore(ctx context.Context, s streams, state *stateFlag, file string) error {
	r, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("reading a store: %w", err)
	}
	defer r.Close()
	client, err := state.open(s, true)
	if err != nil {
		return err
	}
	defer client.Store.Close()
	items, err := client.ReadBundle(ctx, r)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.err, "took in %s\n", itemsText(items))
	return nil
}

// itemsText counts contents for people.
func itemsText(items []fetch.Item) string {
	seen := map[string]bool{}
	var size int64
	for _, i := range items {
		if !seen[i.Digest] {
			seen[i.Digest] = true
			size += i.Size
		}
	}
	return fmt.Sprintf("%d files, %s", len(seen), bytesText(size))
}
