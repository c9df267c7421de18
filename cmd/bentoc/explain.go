package main

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"bentoc.dev/compiler/diag"
)

const explainHelp = `
Usage: bentoc explain CODE

Explains a diagnostic: what the code means, an example, and the cure. The code
stands in brackets behind "error".

Example:
  bentoc explain type-mismatch
`

func explainCommand() command {
	return command{name: "explain", summary: "explain the code of a diagnostic", help: explainHelp,
		bind: func(*pflag.FlagSet) func(context.Context, streams, []string) error {
			return func(_ context.Context, s streams, args []string) error {
				if len(args) != 1 {
					return usagef("explain: one CODE, such as %s", diag.TypeMismatch)
				}
				text := diag.Explain(diag.Code(args[0]))
				if text == "" {
					return usagef("explain: there is no code %q", args[0])
				}
				fmt.Fprintln(s.out, text)
				return nil
			}
		}}
}
