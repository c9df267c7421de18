package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"bentoc.dev/buildkit/export"
	"bentoc.dev/compiler"
)

// parseOutputs reads --output; without one the image goes to NAME.oci.tar.
func (f *buildFlags) parseOutputs(s streams, b *compiler.Session) ([]export.Output, error) {
	texts := f.outputs
	if len(texts) == 0 {
		texts = []string{"type=oci,dest=" + b.ImageName() + ".oci.tar"}
	}
	var all []export.Output
	for _, t := range texts {
		if isFolder(t) {
			if err := os.MkdirAll(t, 0o755); err != nil {
				return nil, err
			}
			t = "type=oci,dest=" + filepath.Join(t, b.ImageName()+".oci.tar")
		}
		o, err := export.ParseOutput(t)
		if err != nil {
			return nil, usagef("--%v", err)
		}
		if export.IsStdout(o.Dest) {
			o.W = s.out
			if export.IsStdout(f.metadata) {
				return nil, usagef("--output=%s and --metadata-file=%s both go to standard output", t, f.metadata)
			}
			if isTerminal(s.out) {
				return nil, usagef("--output=%s: a terminal cannot show an archive; name a file or redirect standard output", t)
			}
		}
		all = append(all, o)
	}
	if err := export.Check(all, f.metadata, b.Platforms); err != nil {
		return nil, usagef("%v", err)
	}
	if f.claim != nil {
		if err := f.claim(destinations(all)); err != nil {
			return nil, err
		}
	}
	for _, dest := range append(destinations(all), f.metadata) {
		if isSource(b, dest) {
			return nil, usagef("%s is a source of the bento: write somewhere else", dest)
		}
	}
	return all, nil
}

// isFolder reports whether an output is a folder that takes NAME.oci.tar.
func isFolder(output string) bool {
	return strings.HasSuffix(output, "/") && !strings.Contains(output, "=")
}

// destinations are where outputs go.
func destinations(outputs []export.Output) (names []string) {
	for _, o := range outputs {
		names = append(names, o.Dest)
	}
	return names
}

// isSource reports whether a file is one that the bento was read from, or its lock.
func isSource(b *compiler.Session, name string) bool {
	info, err := os.Stat(name)
	if name == "" || err != nil {
		return false
	}
	own := []string{b.LockFile()}
	for file := range b.Files {
		own = append(own, filepath.Join(b.Root, filepath.FromSlash(file)))
	}
	return slices.ContainsFunc(own, func(p string) bool {
		other, err := os.Stat(p)
		return err == nil && os.SameFile(info, other)
	})
}
