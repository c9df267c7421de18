// Command bentoc compiles a CUE description of an ML service into reproducible
// OCI images that hold a generated Go server. See the README.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"bentoc.dev/buildkit/builder"
	_ "bentoc.dev/cmd/bentoc/collect"
)

func main() {
	if code, ok := builder.Dispatch(); ok {
		os.Exit(code)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends at once
	code := run(ctx, os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}
