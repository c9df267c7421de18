package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/opencontainers/go-digest"
	"github.com/spf13/pflag"

	"bentoc.dev/buildkit/export"
	"bentoc.dev/compiler/ir"
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
			showIR := flags.Bool("ir", false, "print the IR that the image was built from")
			format := flags.String("format", "text", "print as `text` or json")
			return func(_ context.Context, s streams, args []string) error {
				if len(args) != 1 {
					return usagef("inspect: one FILE")
				}
				a, err := export.Open(args[0])
				if err != nil {
					return whileReading(args[0], err)
				}
				defer a.Close()
				c, err := a.Contents()
				if err != nil {
					return whileReading(args[0], err)
				}
				switch {
				case *showIR:
					return printIR(s.out, args[0], a, c)
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

// maxIR bounds the IR that an image is asked for, in bytes.
const maxIR = 64 << 20

// printIR prints the IR of the first image that has one; all have the same. Old
// images have it in a label, the others in a file.
func printIR(w io.Writer, name string, a *export.Archive, c *export.Contents) error {
	for _, img := range c.Images {
		if text := img.Labels[plan.LabelOldIR]; text != "" {
			return writeIR(w, []byte(text))
		}
		if want := img.Labels[plan.LabelIRDigest]; want != "" {
			text, err := a.FindFile(img, plan.IRFile, digest.Digest(want), maxIR)
			if err != nil {
				return err
			}
			return writeIR(w, text)
		}
	}
	return fmt.Errorf("%s holds no IR: it was not built by bentoc", name)
}

// writeIR prints an IR as compile --emit=ir does. What this bentoc does not read, of a
// newer one, is printed as it is.
func writeIR(w io.Writer, text []byte) error {
	b, err := ir.Parse(text)
	if err != nil {
		return printJSON(w, json.RawMessage(text))
	}
	if text, err = b.Readable(); err != nil {
		return err
	}
	return writeAll(w, text)
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
			if k == plan.LabelOldIR {
				v = fmt.Sprintf("(%s, shown by --ir)", bytesText(int64(len(v))))
			}
			fmt.Fprintf(w, "  label   %s=%s\n", k, v)
		}
	}
}
