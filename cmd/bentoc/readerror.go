package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"bentoc.dev/compiler/fetch"
)

// whileReading names what was being read, unless the error is one of the system's or of a
// registry that does so itself.
func whileReading(name string, err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) && path.Path == name {
		return err
	}
	if missing := (*fetch.MissingError)(nil); errors.As(err, &missing) && strings.HasSuffix(missing.What, " "+name) {
		return err
	}
	return fmt.Errorf("reading %s: %w", name, err)
}
