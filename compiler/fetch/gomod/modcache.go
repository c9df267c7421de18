package gomod

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/mod/module"
)

// offerModules lets g find what the user's own module cache has, which it does not
// write to: as the first of its proxies, and for private modules, for which no proxy
// is asked, by copies.
func (c *Client) offerModules(ctx context.Context, g *Go) error {
	cache := c.moduleCache()
	if fi, err := os.Stat(cache); cache == "" || err != nil || !fi.IsDir() {
		return nil
	}
	dir, err := c.Store.TempDir()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	out, err := g.Run(ctx, dir, nil, "env", "-json", "GOPROXY", "GONOPROXY")
	if err != nil {
		return err
	}
	var set struct{ GOPROXY, GONOPROXY string }
	if err := json.Unmarshal(out, &set); err != nil {
		return fmt.Errorf("reading what go env says: %w", err)
	}
	g.env = append(g.env, "GOPROXY=file://"+filepath.ToSlash(cache)+","+set.GOPROXY)
	if set.GONOPROXY == "" {
		return nil
	}
	own := filepath.Join(c.Store.Dir(), "tree", "gopath", "pkg", "mod", "cache", "download")
	if err := copyPrivate(cache, own, set.GONOPROXY); err != nil {
		return fmt.Errorf("copying private modules: %w", err)
	}
	return nil
}

// copyPrivate copies the modules whose paths fit patterns from one module cache
// into another. What is there stays.
func copyPrivate(from, to, patterns string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(from, name)
		if err != nil || relErr != nil || !d.IsDir() || d.Name() != "@v" {
			return errors.Join(err, relErr)
		}
		path, err := module.UnescapePath(filepath.ToSlash(filepath.Dir(rel)))
		if err != nil || !module.MatchPrefixPatterns(patterns, path) {
			return fs.SkipDir
		}
		files, err := os.ReadDir(name)
		if err != nil {
			return err
		}
		for _, f := range files {
			if !slices.Contains([]string{".info", ".mod", ".zip", ".ziphash"}, filepath.Ext(f.Name())) {
				continue
			}
			if err := copyIfMissing(filepath.Join(name, f.Name()), filepath.Join(to, rel, f.Name())); err != nil {
				return err
			}
		}
		return fs.SkipDir
	})
}

// copyIfMissing copies a file whole or not at all.
func copyIfMissing(from, to string) error {
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(to), ".copy-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), to)
}
