package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/pflag"

	"bentoc.dev/compiler/pin"
	"bentoc.dev/compiler/workspace"
)

const versionHelp = `
Usage: bentoc version

Prints bentoc's version, the Go toolchain that servers are compiled with and
the digest of the runtime that goes into them.

Example:
  bentoc version
`

func versionCommand() command {
	return command{name: "version", summary: "print the version", help: versionHelp,
		bind: func(*pflag.FlagSet) func(context.Context, streams, []string) error {
			return func(_ context.Context, s streams, _ []string) error {
				identity, err := workspace.Identity()
				if err != nil {
					return err
				}
				fmt.Fprintf(s.out, "bentoc %s %s/%s\nservers are compiled with %s\nruntime %s\n",
					toolVersion(), runtime.GOOS, runtime.GOARCH, pin.GoVersion, identity)
				return nil
			}
		}}
}

// toolVersion is the version of the module that this program was built from.
func toolVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}
