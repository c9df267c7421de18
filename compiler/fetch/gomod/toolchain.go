package gomod

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/mod/module"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// Toolchain is one Go toolchain: a module of the path golang.org/toolchain.
type Toolchain struct {
	Platform string // where it runs, such as linux/amd64
	Module   module.Version
	Sum      string // h1 of the module's zip
}

// Toolchain fetches t's module zip into the store: from the go command's module
// cache, from GOPROXY where it is set, else through the go command on PATH.
func (c *Client) Toolchain(ctx context.Context, t Toolchain) (store.Blob, error) {
	key := t.Module.String() + " " + t.Sum
	var b store.Blob
	if c.Store.Memo("gomod", key, &b) && c.Store.Has(b) {
		return b, nil
	}
	b, err := c.findToolchain(ctx, t)
	if err != nil {
		return store.Blob{}, err
	}
	return b, c.Store.SetMemo("gomod", key, b)
}

func (c *Client) findToolchain(ctx context.Context, t Toolchain) (store.Blob, error) {
	escaped, err := escape(t.Module)
	if err != nil {
		return store.Blob{}, err
	}
	if dir := c.moduleCache(); dir != "" {
		// What is in the cache is checked; what is wrong there is fetched again.
		if b, err := c.adoptZip(ctx, filepath.Join(dir, filepath.FromSlash(escaped)+".zip"), t.Module, t.Sum); err == nil {
			return b, nil
		}
	}
	list := c.Getenv("GOPROXY")
	if list != "" {
		b, err := c.fromProxies(ctx, list, t.Module, t.Sum)
		if !errors.Is(err, errDirect) {
			return b, c.missingToolchain(ctx, t, err)
		}
	}
	gocmd := c.LookPath("go")
	if gocmd == "" {
		return store.Blob{}, c.missingToolchain(ctx, t, errors.New("GOPROXY names no proxy, and there is no go command to ask"))
	}
	b, err := c.askGo(ctx, gocmd, t)
	return b, c.missingToolchain(ctx, t, err)
}

func (c *Client) missingToolchain(ctx context.Context, t Toolchain, err error) error {
	var bad *store.DigestError
	if err == nil || ctx.Err() != nil || errors.As(err, &bad) || errors.Is(err, syscall.ENOSPC) {
		return err
	}
	return &fetch.MissingError{
		What:  "the Go toolchain " + t.Module.String(),
		Cause: err,
		Cure:  fetch.CureOf(err, "set GOPROXY to a Go module proxy that has golang.org/toolchain (file:// works too), or put a go command on PATH"),
	}
}

// askGo has the go command of this machine download t, with its own settings.
func (c *Client) askGo(ctx context.Context, gocmd string, t Toolchain) (store.Blob, error) {
	dir, err := c.Store.TempDir()
	if err != nil {
		return store.Blob{}, err
	}
	defer os.RemoveAll(dir)
	c.Report(fetch.Progress{Name: t.Module.String()})
	g := &Go{Command: gocmd, env: c.goEnv()}
	found, err := g.download(ctx, dir, []module.Version{t.Module})
	if err != nil {
		return store.Blob{}, err
	}
	b, err := c.adoptZip(ctx, found[0].Zip, t.Module, t.Sum)
	if err == nil {
		c.Report(fetch.Progress{Name: t.Module.String(), Done: b.Size, Total: b.Size, Finished: true})
	}
	return b, err
}

// ToolchainEntries gives what compiling needs of the toolchain in the zip file
// b, as entries below dir. Close ends the reading.
func (c *Client) ToolchainEntries(b store.Blob, t Toolchain, dir string) (entries []store.Entry, close func() error, err error) {
	z, err := fetch.OpenZip(c.Store.Path(b.Digest))
	if err != nil {
		return nil, nil, fmt.Errorf("reading %s: %w", t.Module, err)
	}
	prefix := t.Module.String() + "/"
	for _, f := range z.File {
		name, ok := strings.CutPrefix(f.Name, prefix)
		name, mode, wanted := toolchainFile(name)
		if !ok || !wanted {
			continue
		}
		entries = append(entries, store.Entry{
			Name: path.Join(dir, name), Mode: mode, Size: int64(f.UncompressedSize64),
			Open: func() (io.ReadCloser, error) { return f.Open() },
		})
	}
	return entries, z.Close, nil
}

// toolchainFile tells which files of a toolchain compiling needs, what they are
// called once unpacked, and their modes, which a module zip does not have. A
// module cannot hold files called go.mod below its root, so they are spelled
// _go.mod in it.
func toolchainFile(name string) (string, fs.FileMode, bool) {
	base := path.Base(name)
	switch {
	case name == "VERSION" || name == "go.env":
		return name, 0o644, true
	case name == "bin/go" || name == "bin/go.exe":
		return name, 0o755, true
	case strings.HasPrefix(name, "pkg/tool/"):
		tool := strings.TrimSuffix(base, ".exe")
		return name, 0o755, tool == "asm" || tool == "compile" || tool == "link" || tool == "cgo"
	case strings.HasPrefix(name, "pkg/include/"):
		return name, 0o644, true
	case name == "src/_go.mod":
		return "src/go.mod", 0o644, true
	case !strings.HasPrefix(name, "src/"), strings.HasPrefix(name, "src/cmd/"),
		strings.HasSuffix(name, "_test.go"), strings.Contains(name, "/testdata/"),
		strings.Contains(name, "/_"):
		return "", 0, false
	}
	return name, 0o644, true
}
