package store

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// CheckFolder compares the files of a folder, each named by the SHA-256 of its
// content in hexadecimal, with their names, and gives those that are damaged. The
// file at index keeps how they looked: one that has not changed is not read again.
// Neither need be there.
func CheckFolder(ctx context.Context, dir, index string) (damaged []string, err error) {
	old, looks := map[string]string{}, map[string]string{}
	if data, err := os.ReadFile(index); err == nil {
		_ = json.Unmarshal(data, &old) // without it every file is read
	}
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	read := 0
	for _, f := range files {
		path := filepath.Join(dir, f.Name())
		fi, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && fi.Mode().IsRegular() && old[f.Name()] == Look(fi) {
			looks[f.Name()] = old[f.Name()]
			continue
		}
		read++
		state, err := stableState(ctx, path)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil || state.Sum != "sha256:"+f.Name():
			damaged = append(damaged, path)
		case state.settled:
			looks[f.Name()] = state.Look
		}
	}
	if read == 0 && len(old) == len(looks) {
		return nil, nil
	}
	data, err := json.Marshal(looks)
	if err == nil {
		err = os.WriteFile(index+".new", data, 0o600)
	}
	if err == nil {
		err = os.Rename(index+".new", index)
	}
	return damaged, err
}
