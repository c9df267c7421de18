package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"bentoc.dev/compiler/drawing"
)

const graphHelp = `
Usage: bentoc graph [PATH] [FLAGS]

Draws a bento: its services, endpoints, graphs, runners and models, with the types
of what goes from one to the next. Nodes that run once an item have a box around
them, and so has each graph. The drawing goes to stdout, or to -o FILE:

%s
Without --format, the name of FILE tells: .svg, .mmd, .dot or .gv. A terminal gets
mermaid, which can be read, and everything else svg.

Types that models tell are known once they are locked.

Example:
  bentoc graph ./examples/ocr -o ocr.svg
  bentoc graph ./examples/ocr --format=dot | dot -Tpdf -o ocr.pdf
`

// drawn is a format of drawings.
type drawn struct {
	name, purpose string
	endings       []string // of files
	text          func(*drawing.Drawing) []byte
}

var drawnFormats = []drawn{
	{"svg", "a picture that stands for itself, light or dark as the viewer is", []string{".svg"}, (*drawing.Drawing).SVG},
	{"mermaid", "for Markdown that draws mermaid", []string{".mmd", ".mermaid"}, (*drawing.Drawing).Mermaid},
	{"dot", "for Graphviz", []string{".dot", ".gv"}, (*drawing.Drawing).Dot},
}

// graphHelpText is the help with the formats in it.
func graphHelpText() string {
	var b strings.Builder
	for _, d := range drawnFormats {
		b.WriteString("  " + d.name + strings.Repeat(" ", 9-len(d.name)) + d.purpose + "\n")
	}
	return strings.Replace(graphHelp, "%s", b.String(), 1)
}

func graphCommand() command {
	return command{name: "graph", summary: "draw a bento: SVG, Mermaid or dot", help: graphHelpText(),
		bind: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			var f sourceFlags
			var names []string
			for _, d := range drawnFormats {
				names = append(names, d.name)
			}
			format := flags.String("format", "", "draw as `"+strings.Join(names, "|")+"`")
			out := flags.StringP("output", "o", "", "write into this `file`")
			f.bindSources(flags)
			return func(ctx context.Context, s streams, args []string) error {
				if *format == "" {
					*format = formatFor(*out, isTerminal(s.out))
				}
				i := slices.Index(names, *format)
				if i < 0 {
					return usagef("--format=%s: one of %s", *format, strings.Join(names, ", "))
				}
				return graph(ctx, s, &f, args, drawnFormats[i], *out)
			}
		}}
}

// formatFor is the format of what goes into a file of this name, or to stdout.
func formatFor(out string, terminal bool) string {
	for _, d := range drawnFormats {
		if slices.Contains(d.endings, filepath.Ext(out)) {
			return d.name
		}
	}
	if out == "" && terminal {
		return "mermaid"
	}
	return "svg"
}

func graph(ctx context.Context, s streams, f *sourceFlags, args []string, d drawn, out string) error {
	b, err := f.session(s.err, args)
	if err != nil {
		return err
	}
	defer b.Close()
	if err := b.LoadDeclared(ctx); err != nil {
		return err
	}
	text := d.text(drawing.Of(b.IR))
	if out != "" {
		return writeWhole(out, text)
	}
	_, err = s.out.Write(text)
	return err
}
