package gomod

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// proxy is one element of GOPROXY.
type proxy struct {
	url string // without a slash at the end; "direct" and "off" as they are
	// any is true when the next element is asked after any error ("|"), not
	// only after one that says "not found" (",").
	any bool
}

// errDirect says that a list got as far as "direct": only the go command knows
// version control systems.
var errDirect = errors.New("GOPROXY says direct")

// errProxyOff says that GOPROXY forbids asking.
var errProxyOff = errors.New("GOPROXY=off forbids to ask for it")

// parseProxies reads a GOPROXY list as the go command does.
func parseProxies(list string) (proxies []proxy) {
	for list != "" {
		item, rest, sep := list, "", byte(0)
		if i := strings.IndexAny(list, ",|"); i >= 0 {
			item, rest, sep = list[:i], list[i+1:], list[i]
		}
		if item = strings.TrimSpace(item); item != "" {
			proxies = append(proxies, proxy{url: strings.TrimRight(item, "/"), any: sep == '|'})
		}
		list = rest
	}
	return proxies
}

// fromProxies fetches the zip file of a module, whose h1 sum must be sum, from
// the first proxy in list that has it.
func (c *Client) fromProxies(ctx context.Context, list string, m module.Version, sum string) (store.Blob, error) {
	escaped, err := escape(m)
	if err != nil {
		return store.Blob{}, err
	}
	var errs []error
	for _, p := range parseProxies(list) {
		if p.url == "off" {
			return store.Blob{}, errors.Join(append(errs, errProxyOff)...)
		}
		if p.url == "direct" {
			return store.Blob{}, errors.Join(append(errs, errDirect)...)
		}
		b, err := c.fromProxy(ctx, p.url+"/"+escaped+".zip", m, sum)
		if err == nil {
			return b, nil
		}
		errs = append(errs, err)
		if gone := fetch.NotFound(err) || errors.Is(err, fs.ErrNotExist); ctx.Err() != nil || !gone && !p.any {
			break
		}
	}
	return store.Blob{}, errors.Join(errs...)
}

func (c *Client) fromProxy(ctx context.Context, rawURL string, m module.Version, sum string) (store.Blob, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return store.Blob{}, fmt.Errorf("reading GOPROXY: %w", fetch.RedactError(err))
	}
	switch u.Scheme {
	case "http", "https":
		check := func(path string) error { return checkZip(path, m, sum) }
		return c.Download(ctx, fetch.Remote{Name: m.String(), Key: "gomod " + m.String() + " " + sum, URL: rawURL, Check: check})
	case "file":
		return c.adoptZip(ctx, filepath.FromSlash(u.Path), m, sum)
	}
	return store.Blob{}, fmt.Errorf("reading GOPROXY: %s is neither a URL of http, https or file nor direct nor off", fetch.Redact(rawURL))
}

// adoptZip copies the module zip at path into the store.
func (c *Client) adoptZip(ctx context.Context, path string, m module.Version, sum string) (store.Blob, error) {
	f, err := os.Open(path)
	if err != nil {
		return store.Blob{}, err
	}
	defer f.Close()
	if err := checkZip(path, m, sum); err != nil {
		return store.Blob{}, err
	}
	return c.Store.Put(ctx, m.String(), f, "")
}

// checkZip compares the module zip at path with its h1 sum.
func checkZip(path string, m module.Version, sum string) error {
	got, err := hashZip(path)
	if err != nil {
		return fmt.Errorf("reading %s: %w", m, err)
	}
	if got != sum {
		return &store.DigestError{Name: m.String(), Want: sum, Got: got}
	}
	return nil
}

// hashZip is what dirhash.HashZip does, faster.
func hashZip(path string) (string, error) {
	z, err := fetch.OpenZip(path)
	if err != nil {
		return "", err
	}
	defer z.Close()
	files, names := map[string]*zip.File{}, []string(nil)
	for _, f := range z.File {
		names = append(names, f.Name)
		files[f.Name] = f
	}
	return dirhash.Hash1(names, func(name string) (io.ReadCloser, error) { return files[name].Open() })
}

// escape gives the path of a module version below a proxy, without extension:
// example.com/!upper/@v/v1.2.3.
func escape(m module.Version) (string, error) {
	path, err := module.EscapePath(m.Path)
	if err != nil {
		return "", fmt.Errorf("asking for a module: %w", err)
	}
	version, err := module.EscapeVersion(m.Version)
	if err != nil {
		return "", fmt.Errorf("asking for a module: %w", err)
	}
	return path + "/@v/" + version, nil
}

// moduleCache is the download cache of the user's go command, or "".
func (c *Client) moduleCache() string {
	if dir := c.Getenv("GOMODCACHE"); dir != "" {
		return filepath.Join(dir, "cache", "download")
	}
	if list := filepath.SplitList(c.Getenv("GOPATH")); len(list) > 0 {
		return filepath.Join(list[0], "pkg", "mod", "cache", "download")
	}
	if home := c.Home(); home != "" {
		return filepath.Join(home, "go", "pkg", "mod", "cache", "download")
	}
	return ""
}
