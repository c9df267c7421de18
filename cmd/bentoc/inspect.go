package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/pflag"

	"bentoc.dev/buildkit/export"
	"bentoc.dev/compiler/plan"
)

const inspectHelp = `
Usage: bentoc inspect FILE [FLAGS]

Shows what is in an image that bentoc built: platforms, digests, layers, labels
and the IR that it was built from. FILE is an OCI archive, an OCI layout folder
or an archive for docker load.

Example:
  bentoc inspect hello.oci.tar
  bentoc inspect hello.oci.tar --ir | jq .services
`

func inspectCommand() command {
	return command{name: "inspect", summary: "show what is in a built image", help: inspectHelp,
		bind: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			ir := flags.Bool("ir", false, "print the IR that the image was built from")
			format := flags.String("format", "text", "print as `text` or json")
			return func(_ context.Context, s streams, args []string) error {
				if len(args) != 1 {
					return usagef("inspect: one FILE")
				}
				c, err := export.Inspect(args[0])
				if err != nil {
					return err
				}
				switch {
				case *ir:
					return printIR(s.out, args[0], c)
				case *format == "json":
					return printJSON(s.out, c)
				case *format == "text":
					printContents(s.out, c)
					return nil
				}
				return usagef("--format=%s: text or json", *format)
			}
		}}
}

// printIR prints the IR in the label of the first image; all have the same.
func printIR(w io.Writer, name string, c *export.Contents) error {
	for _, img := range c.Images {
		if text := img.Labels[plan.LabelIR]; text != "" {
			return printJSON(w, json.RawMessage(text))
		}
	}
	return fmt.Errorf("%s holds no IR: it was not built by bentoc", name)
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func printContents(w io.Writer, c *export.Contents) {
	fmt.Fprintf(w, "%s\n", c.Digest)
	for _, img := range c.Images {
		fmt.Fprintf(w, "\n%s  %s\n  config  %s\n  size    %s\n", img.Platform, img.Manifest, img.Config, bytesText(img.Size))
		for _, l := range img.Layers {
			fmt.Fprintf(w, "  layer   %s  %9s  %s\n", l.Digest, bytesText(l.Size), l.Content)
		}
		for _, k := range slices.Sorted(maps.Keys(img.Labels)) {
			v := img.Labels[k]
			if k == plan.LabelIR {
				v = fmt.Sprintf("(%s, shown by --ir)", bytesText(int64(len(v))))
			}
			fmt.Fprintf(w, "  label   %s=%s\n", k, v)
		}
	}
}
