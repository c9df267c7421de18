package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"bentoc.dev/compiler/diag"
	"bentoc.dev/compiler/diff"
)

const explainHelp = `
Usage: bentoc explain CODE

Explains a diagnostic: what the code means, an example, and the cure. The code
stands in brackets behind "error". A rule of bentoc diff, which stands in brackets
behind "breaking", "risky" or "safe", is explained too.

Example:
  bentoc explain type-mismatch
  bentoc explain endpoint-removed
`

func explainCommand() command {
	return command{name: "explain", summary: "explain the code of a diagnostic", help: explainHelp,
		bind: func(*pflag.FlagSet) func(context.Context, streams, []string) error {
			return func(_ context.Context, s streams, args []string) error {
				if len(args) != 1 {
					return usagef("explain: one CODE, such as %s", diag.TypeMismatch)
				}
				text := cmp.Or(diag.Explain(diag.Code(args[0])), diff.Explain(args[0]))
				if text == "" {
					return usagef("explain: there is no code and no rule %q", args[0])
				}
				fmt.Fprintln(s.out, text)
				return nil
			}
		}}
}
