package main

import (
	"errors"
	"io/fs"
	"path"
	"strings"
)

// maxVisited bounds the folders and files that are looked through for bentos.
const maxVisited = 50000

// bentosOf gives the folders that hold a bento.cue, as far as maxVisited goes. What is
// vendored, and what is a test's, is none.
func bentosOf(files fs.FS) (found []string) {
	seen := 0
	_ = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error { // what cannot be read is not suggested
		if seen++; seen > maxVisited {
			return errEnough
		}
		base := path.Base(name)
		switch {
		case err != nil && d != nil && d.IsDir():
			return fs.SkipDir
		case err != nil:
			return nil
		case d.IsDir() && name != "." && (base == "cue.mod" || base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".")):
			return fs.SkipDir
		case base == "bento.cue":
			found = append(found, path.Dir(name))
		}
		return nil
	})
	return found
}

var errEnough = errors.New("enough")
