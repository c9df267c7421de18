package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// describedFolder is the folder of the state that keeps the bentos of revisions, see
// [compiler.Keeping].
const describedFolder = "described"

// buildID names this very executable: the linker makes the name of all that it is linked
// from. It is "" where there is none.
var buildID = sync.OnceValue(func() string {
	name, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := elf.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	note := f.Section(".note.go.buildid")
	if note == nil {
		return ""
	}
	data, err := note.Data()
	const head = 16 // the lengths of name and text, the type, "Go\0\0"
	if err != nil || len(data) <= head {
		return ""
	}
	return string(data[head:])
})

// forgetDescribed removes what is kept of revisions and was not made for a while.
func forgetDescribed(state *stateFlag, older time.Duration) (freed int64, err error) {
	dir, err := state.path(describedFolder)
	if err != nil {
		return 0, err
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("removing what is kept of revisions: %w", err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || time.Since(info.ModTime()) < older {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return freed, fmt.Errorf("removing what is kept of revisions: %w", err)
		}
		freed += info.Size()
	}
	return freed, nil
}
