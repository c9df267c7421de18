//go:build linux && (amd64 || arm64)

// Command open opens ONNX models as a server does, so that a build learns which of
// them libonnxruntime will not take. It runs those alone whose items are to be padded, on
// made-up items: see [try].
//
//	open LIBRARY MODEL... [-- PADDING...]
//
// It writes a line before it opens a model, which is known by its place among
// the arguments, and one that says how it went:
//
//	model 0: opening
//	model 0: opened in 41ms
//	model 0: failed: This is an invalid model. …
//	padding 0: failed: an item of w=3 that is padded to 4 has another output y
//
// The exit code is 3 where a model failed, 1 where the library did.
package main

import (
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"bentoc.dev/runtime/engine/onnx/ort"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: open LIBRARY MODEL... [-- PADDING...]")
		os.Exit(2)
	}
	models, paddings := os.Args[2:], []string(nil)
	if i := slices.Index(models, "--"); i >= 0 {
		models, paddings = models[:i], models[i+1:]
	}
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the library logs what it gives as an error too
	library, err := ort.Open(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if openAll(library, models) || tryAll(os.Args[1], paddings) {
		os.Exit(3)
	}
}

// openAll opens one model after the other: two large ones need not fit into
// memory together.
func openAll(library *ort.Library, paths []string) (failed bool) {
	for i, path := range paths {
		fmt.Fprintf(os.Stderr, "model %d: opening\n", i)
		start := time.Now()
		// Weights are not laid out anew for the processor, which cannot fail and
		// takes most of the time and half of the memory.
		session, err := library.Load(path, ort.Options{Config: map[string]string{"session.disable_prepacking": "1"}})
		if err != nil {
			failed = true
			fmt.Fprintf(os.Stderr, "model %d: failed: %s\n", i, reason(err, path))
			continue
		}
		session.Close()
		fmt.Fprintf(os.Stderr, "model %d: opened in %v\n", i, time.Since(start).Round(time.Millisecond))
	}
	return failed
}

// reason is what the library says on one line, without the file's name, which is
// that of the build step.
func reason(err error, path string) string {
	text := strings.NewReplacer("Load model from "+path+" failed:", "", path, "the model").Replace(err.Error())
	return strings.Join(strings.Fields(text), " ")
}
