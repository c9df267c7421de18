package deb

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// candidate is a package that a suite has.
type candidate struct {
	Package
	depends string
}

// anyFile fetches a file of http, https or file URLs whose digest is known.
func (c *Client) anyFile(ctx context.Context, name, rawURL string, want store.Blob) (store.Blob, error) {
	local, ok := fetch.LocalFile(rawURL)
	if !ok {
		return c.FileOf(ctx, name, rawURL, want)
	}
	f, err := os.Open(local)
	if err != nil {
		return store.Blob{}, err
	}
	defer f.Close()
	return c.Store.Put(ctx, name, f, want.Digest)
}

// gone reports whether err says that a mirror does not have a file.
func gone(err error) bool { return fetch.NotFound(err) || errors.Is(err, fs.ErrNotExist) }

// candidates gives the newest version of each of the packages that a suite has
// for an architecture.
func (c *Client) candidates(ctx context.Context, r *release, arch string, packages []string) (map[string]candidate, error) {
	best := map[string]candidate{}
	for _, component := range r.source.components {
		b, name, ok, err := c.packages(ctx, r, component, arch)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		f, err := c.Store.Open(b.Digest)
		if err != nil {
			return nil, err
		}
		err = readPackages(f, name, r.codename+"/"+component, packages, best)
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("reading the packages of %s: %w", r.codename, err)
		}
	}
	return best, nil
}

// maxStanza is more than any description of a package takes.
const maxStanza = 1 << 20

// readPackages reads a Packages file and keeps the newest of each of the
// packages that are wanted. A name may end in -base: see [docsPackage].
func readPackages(r io.Reader, name, suite string, packages []string, best map[string]candidate) error {
	plain, err := decompressNamed(r, name)
	if err != nil {
		return err
	}
	lines := bufio.NewReaderSize(plain, 1<<16)
	var stanza bytes.Buffer
	wanted := false
	for {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			err = nil
		}
		if blank := len(bytes.TrimSpace(line)) == 0; !blank {
			if p, ok := bytes.CutPrefix(line, []byte("Package: ")); ok {
				wanted = slices.Contains(packages, string(bytes.TrimSpace(p)))
			}
			if wanted {
				stanza.Write(line)
			}
			if stanza.Len() > maxStanza {
				return fmt.Errorf("the description of a package is larger than %d bytes", maxStanza)
			}
		}
		if wanted && (err != nil || len(bytes.TrimSpace(line)) == 0) {
			keepNewest(best, stanza.String(), suite, packages)
			stanza.Reset()
			wanted = false
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// keepNewest keeps the packages of text that are wanted and newer than what best has.
// A stanza that carries one of their fields on in another line names something else.
func keepNewest(best map[string]candidate, text, suite string, packages []string) {
	for _, f := range stanzas(text) {
		size, err := strconv.ParseInt(f["size"], 10, 64)
		d := Package{
			Name: f["package"], Version: f["version"], Arch: f["architecture"], Suite: suite,
			File: path.Clean(f["filename"]), Size: size, SHA256: fetch.SHA256Of(f["sha256"]),
		}
		if err != nil || d.SHA256 == "" || !fs.ValidPath(d.File) || !slices.Contains(packages, d.Name) || strings.ContainsAny(d.Version+d.Arch+d.File, "\n ") {
			continue
		}
		old, ok := best[d.Name]
		if !ok || compareDebVersions(d.Version, old.Version) > 0 {
			best[d.Name] = candidate{d, f["depends"]}
		}
	}
}

var exactBase = regexp.MustCompile(`(?:^|,)\s*([a-z0-9][a-z0-9+.-]*-base) \(= [^)]*\)`)

// docsPackage gives the package that holds the copyright file of a library whose
// own is a link: those of GCC depend on exactly one such as gcc-12-base.
func (c candidate) docsPackage() string {
	m := exactBase.FindStringSubmatch(c.depends)
	if m == nil {
		return ""
	}
	return m[1]
}

// decompressNamed tells the compression of a file by its name.
func decompressNamed(r io.Reader, name string) (io.Reader, error) {
	plain, err := decompress(r, name)
	if err != nil {
		return nil, err
	}
	return &boundedReader{plain, maxUnpacked}, nil
}

// maxUnpacked is more than any package or list of packages unpacks to that a server can
// have a use for: what is sent in a megabyte can be without an end.
const maxUnpacked = 4 << 30

// boundedReader fails where more comes than left.
type boundedReader struct {
	r    io.Reader
	left int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p[:min(int64(len(p)), b.left+1)])
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("it unpacks to more than %d bytes", int64(maxUnpacked))
	}
	return n, err
}

func decompress(r io.Reader, name string) (io.Reader, error) {
	switch path.Ext(name) {
	case ".gz":
		return gzip.NewReader(r)
	case ".xz":
		return xz.NewReader(bufio.NewReaderSize(r, 1<<16))
	case ".zst":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	case ".bz2", ".lzma":
		return nil, fmt.Errorf("it is compressed by %s, which is not read here", path.Ext(name)[1:])
	}
	return r, nil
}
