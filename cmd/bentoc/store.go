package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"bentoc.dev/buildkit/export"
	"bentoc.dev/compiler"
	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/store"
)

const storeHelp = `
Usage: bentoc store export FILE [PATH] [FLAGS]
       bentoc store import FILE [FLAGS]
       bentoc store verify [FLAGS]

Carries everything that a bento's lock names to a machine without network.
export writes it into one file, fetching first what is not there yet; import
puts it into the state folder, comparing every content with its digest. verify
reads all that lies in the state folder's store and removes what is damaged; builds
find a changed file by themselves, but not a disk that reads wrong.

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
			f.stored = &state
			return func(ctx context.Context, s streams, args []string) error {
				switch {
				case len(args) >= 2 && len(args) <= 3 && args[0] == "export":
					return exportStore(ctx, s, &f, &state, args[1], args[2:], *builders)
				case len(args) == 2 && args[0] == "import":
					return importStore(ctx, s, &state, args[1])
				case len(args) == 1 && args[0] == "verify":
					return verifyStore(ctx, s, &state)
				}
				return usagef("store takes export FILE [PATH], import FILE or verify")
			}
		}}
}

func exportStore(ctx context.Context, s streams, f *sourceFlags, state *stateFlag, file string, args, builders []string) (err error) {
	for _, p := range builders {
		if !slices.Contains(compiler.Platforms(), p) {
			return usagef("--builder-platform=%s: one of %s", p, strings.Join(compiler.Platforms(), ", "))
		}
	}
	b, err := f.session(s.err, args)
	if err != nil {
		return err
	}
	defer b.Close()
	client, err := state.open(s, false)
	if err != nil {
		return err
	}
	defer client.Store.Close()
	b.Fetch(client)
	if err := checkLock(ctx, s, state, b); err != nil {
		return err
	}
	var items []store.Item
	write := func(w io.Writer) (err error) {
		items, err = b.ExportStore(ctx, client, w, builders)
		return err
	}
	if export.IsStdout(file) {
		err = write(s.out)
	} else {
		err = export.Create(ctx, file, write)
	}
	if err != nil {
		return err
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
	items, err := compiler.ImportStore(ctx, client, r)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.err, "took in %s\n", itemsText(items))
	return nil
}

// verifyStore reads every content of the store. What is damaged is removed and
// named, and makes it fail: the next build brings or packs it again.
func verifyStore(ctx context.Context, s streams, state *stateFlag) error {
	client, err := state.open(s, true)
	if err != nil {
		return err
	}
	defer client.Store.Close()
	err = client.Store.Verify(ctx)
	var damaged *store.DigestError
	if errors.As(err, &damaged) {
		return diag.WithHint(err, "what was damaged is removed; the next build, or bentoc store import, brings it again")
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(s.err, "everything in the store is what its digest says")
	return nil
}

// itemsText counts contents for people.
func itemsText(items []store.Item) string {
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
