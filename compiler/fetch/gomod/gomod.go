package gomod

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// Sum is one line of a go.sum: the zip of a module version, or its go.mod
// alone where Version ends in /go.mod.
type Sum struct {
	Path    string
	Version string
	Sum     string // h1
}

// String gives path@version.
func (m Sum) String() string { return m.Path + "@" + m.Version }

// GoModOnly reports whether m is a go.mod file, not a zip.
func (m Sum) GoModOnly() bool { return strings.HasSuffix(m.Version, "/go.mod") }

func (m Sum) module() module.Version {
	return module.Version{Path: m.Path, Version: strings.TrimSuffix(m.Version, "/go.mod")}
}

// File gives the path of m in a module proxy or a module cache, such as
// example.com/!upper/@v/v1.2.3.zip.
func (m Sum) File() (string, error) {
	escaped, err := escape(m.module())
	if m.GoModOnly() {
		return escaped + ".mod", err
	}
	return escaped + ".zip", err
}

// Modules fetches modules into the store and gives a content for each, in the
// order of sums. What is neither in the store nor in the go command's module
// cache is asked of the locked go command, which knows the user's proxies,
// private modules and credentials.
func (c *Client) Modules(ctx context.Context, sums []Sum) ([]store.Blob, error) {
	blobs := make([]store.Blob, len(sums))
	var missing []int
	for i, m := range sums {
		if !c.Store.Memo("gomod", m.memoKey(), &blobs[i]) || !c.Store.Has(blobs[i]) {
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 {
		return blobs, nil
	}
	if cache := c.moduleCache(); cache != "" {
		missing = c.adoptModules(ctx, cache, sums, blobs, missing, new([]error))
	}
	if len(missing) == 0 {
		return blobs, nil
	}
	if err := c.askForModules(ctx, sums, blobs, missing); err != nil {
		return nil, err
	}
	return blobs, nil
}

func (m Sum) memoKey() string { return m.String() + " " + m.Sum }

// adoptModules copies the modules at the indices in missing from a module cache
// into the store, several at a time, and gives the indices that were not there.
func (c *Client) adoptModules(ctx context.Context, cache string, sums []Sum, blobs []store.Blob, missing []int, errs *[]error) (left []int) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for _, i := range missing {
		wg.Go(func() {
			release, err := c.Acquire(ctx)
			if err == nil {
				blobs[i], err = c.adoptModule(ctx, cache, sums[i])
				release()
			}
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				left = append(left, i)
				*errs = append(*errs, err)
			}
		})
	}
	wg.Wait()
	return left
}

func (c *Client) adoptModule(ctx context.Context, cache string, m Sum) (b store.Blob, err error) {
	name, err := m.File()
	if err != nil {
		return b, err
	}
	path := filepath.Join(cache, filepath.FromSlash(name))
	if m.GoModOnly() {
		b, err = c.adoptGoMod(path, m)
	} else {
		b, err = c.adoptZip(ctx, path, m.module(), m.Sum)
	}
	if err != nil {
		return b, err
	}
	return b, c.Store.SetMemo("gomod", m.memoKey(), b)
}

func (c *Client) adoptGoMod(path string, m Sum) (store.Blob, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return store.Blob{}, err
	}
	if err := compareGoMod(data, m); err != nil {
		return store.Blob{}, err
	}
	return c.Store.PutBytes(data)
}

// compareGoMod compares a go.mod with its sum.
func compareGoMod(data []byte, m Sum) error {
	got, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(string(data))), nil
	})
	if err != nil {
		return err
	}
	if got != m.Sum {
		return &store.DigestError{Name: m.String(), Want: m.Sum, Got: got}
	}
	return nil
}

// askForModules has the go command bring modules into its cache.
func (c *Client) askForModules(ctx context.Context, sums []Sum, blobs []store.Blob, missing []int) error {
	g, err := c.Go(ctx)
	if err != nil {
		return err
	}
	dir, err := c.Store.TempDir()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var zips, mods []module.Version
	for _, i := range missing {
		if m := sums[i]; m.GoModOnly() {
			mods = append(mods, m.module())
		} else {
			zips = append(zips, m.module())
		}
	}
	if err := c.patiently(ctx, func() error { return g.bring(ctx, dir, zips, mods) }); err != nil {
		return missingModule(err)
	}
	cache, err := g.moduleCache(ctx, dir)
	if err != nil {
		return err
	}
	var errs []error
	c.adoptModules(ctx, cache, sums, blobs, missing, &errs)
	return errors.Join(errs...)
}

// brokenOff matches what the go command says when a connection breaks in the
// middle; it does not try again itself.
var brokenOff = regexp.MustCompile(`unexpected EOF|connection reset by peer|i/o timeout|TLS handshake timeout`)

// patiently runs the go command again where a connection broke off.
func (c *Client) patiently(ctx context.Context, do func() error) error {
	const attempts = 3
	for delay, n := c.RetryDelay, 1; ; delay, n = 2*delay, n+1 {
		err := do()
		var failed *GoError
		if !errors.As(err, &failed) || !brokenOff.MatchString(failed.Output) || n == attempts {
			return err
		}
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// bring downloads zips, and go.mod files of mods without their zips.
func (g *Go) bring(ctx context.Context, dir string, zips, mods []module.Version) error {
	if len(zips) > 0 {
		if _, err := g.download(ctx, dir, zips); err != nil {
			return err
		}
	}
	if len(mods) == 0 {
		return nil
	}
	args := []string{"list", "-m", "-f", "{{.GoMod}}"}
	for _, m := range mods {
		args = append(args, m.String())
	}
	_, err := g.Run(ctx, dir, nil, args...)
	return err
}

func (g *Go) moduleCache(ctx context.Context, dir string) (string, error) {
	out, err := g.Run(ctx, dir, nil, "env", "GOMODCACHE")
	return filepath.Join(strings.TrimSpace(string(out)), "cache", "download"), err
}

// missingModule makes an error of the go command one about the module.
func missingModule(err error) error {
	var failed *GoError
	if !errors.As(err, &failed) || failed.Module == "" {
		return err
	}
	return failed.Missing()
}

// Missing says how the module that the command could not get can be supplied.
func (e *GoError) Missing() *fetch.MissingError {
	return &fetch.MissingError{
		What: "the module " + e.Module, Cause: &GoError{Args: e.Args, Output: e.about(), Module: e.Module},
		Cure: fetch.CureOf(e, "see that GOPROXY (or GOPRIVATE and your version control) reaches it, or download it where it can be reached: go mod download "+e.Module),
	}
}

// placeInFront is the place of the import that the go command came upon a module
// by: it may be in a file of the runtime, which is not to blame.
var placeInFront = regexp.MustCompile(`^\S+\.go:\d+:\d+: `)

// about gives the part of the output that is about the module.
func (e *GoError) about() string {
	lines := strings.Split(e.Output, "\n")
	for i, line := range lines {
		if strings.Contains(line, e.Module) {
			lines[i] = placeInFront.ReplaceAllString(line, "")
			end := i + 1
			for end < len(lines) && strings.HasPrefix(lines[end], "\t") { // what the server said
				end++
			}
			return strings.Join(lines[i:end], "\n")
		}
	}
	return e.Output
}
