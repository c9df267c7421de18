package deb

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"bentoc.dev/compiler/store"
)

// Slice is what is taken of a Debian package.
type Slice struct {
	// Paths are files and symbolic links, as they are called where /bin, /lib and
	// the like are links into /usr: usr/lib/x86_64-linux-gnu/libc.so.6. What a
	// link points at is taken too.
	Paths []string
}

// maxDebFile is more than any file that is taken out of a package, and maxDebFiles more than
// all that may be.
const (
	maxDebFile  = 256 << 20
	maxDebFiles = 512 << 20
)

// Entries gives entries for what is taken of a package in the store, for its
// copyright file, and for the description that scanners look for in images
// without dpkg (var/lib/dpkg/status.d).
func (c *Client) Entries(d Package, s Slice) ([]store.Entry, error) {
	f, err := c.Store.Open(d.SHA256)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p := &debReader{files: map[string]store.Entry{}, doc: "usr/share/doc/" + d.Name + "/copyright"}
	p.wants = func(name string) bool { return name == p.doc || strings.Contains(path.Base(name), ".so") }
	if err := p.read(f); err != nil {
		return nil, fmt.Errorf("reading %s: %w", d, err)
	}
	taken := map[string]store.Entry{}
	for _, name := range s.Paths {
		if err := p.take(taken, name); err != nil {
			return nil, fmt.Errorf("reading %s: %w", d, err)
		}
	}
	if e, ok := p.files[p.doc]; ok && e.Mode.IsRegular() {
		taken[p.doc] = e
	}
	status := "var/lib/dpkg/status.d/" + d.Name
	taken[status] = store.FileEntry(status, 0o644, []byte(strings.TrimSpace(p.control)+"\n"))
	entries := make([]store.Entry, 0, len(taken))
	for _, e := range taken {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b store.Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}

// Tree gives entries for the files and the symbolic links of a package in the store that
// are wanted, by their path where the folders of old are links into usr.
func (c *Client) Tree(d Package, wants func(name string) bool) ([]store.Entry, error) {
	f, err := c.Store.Open(d.SHA256)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p := &debReader{files: map[string]store.Entry{}, wants: wants}
	if err := p.read(f); err != nil {
		return nil, fmt.Errorf("reading %s: %w", d, err)
	}
	var entries []store.Entry
	for _, name := range slices.Sorted(maps.Keys(p.files)) {
		entries = append(entries, p.files[name])
	}
	return entries, nil
}

// debReader reads a package: an ar archive of two tar archives.
type debReader struct {
	control string
	files   map[string]store.Entry // those that are wanted, by merged path
	wants   func(name string) bool
	doc     string
	kept    int64 // bytes of files
}

const arMagic = "!<arch>\n"

func (p *debReader) read(r io.Reader) error {
	b := bufio.NewReaderSize(r, 1<<16)
	magic := make([]byte, len(arMagic))
	if _, err := io.ReadFull(b, magic); err != nil || string(magic) != arMagic {
		return errors.New("it is no Debian package")
	}
	for seen := 0; ; {
		head := make([]byte, 60)
		if _, err := io.ReadFull(b, head); errors.Is(err, io.EOF) && seen == 2 {
			return nil
		} else if err != nil {
			return fmt.Errorf("it is cut short: %w", err)
		}
		name := strings.TrimRight(strings.TrimSpace(string(head[:16])), "/")
		size, err := strconv.ParseInt(strings.TrimSpace(string(head[48:58])), 10, 64)
		if err != nil || size < 0 || string(head[58:]) != "`\n" {
			return errors.New("it is no Debian package: a header is not right")
		}
		body := io.LimitReader(b, size)
		var visit func(*tar.Header, io.Reader) error
		switch {
		case strings.HasPrefix(name, "control.tar"):
			visit = p.controlFile
		case strings.HasPrefix(name, "data.tar"):
			visit = p.dataFile
		}
		if visit != nil {
			seen++
			if err := eachFile(body, name, visit); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		if _, err := io.Copy(io.Discard, body); err != nil {
			return err
		}
		if size%2 == 1 {
			_, _ = b.Discard(1)
		}
	}
}

func eachFile(r io.Reader, name string, visit func(*tar.Header, io.Reader) error) error {
	plain, err := decompressNamed(r, name)
	if err != nil {
		return err
	}
	t := tar.NewReader(plain)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = visit(h, t)
		}
		if err != nil {
			return err
		}
	}
}

func (p *debReader) controlFile(h *tar.Header, r io.Reader) error {
	if path.Clean(h.Name) != "control" {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(r, 1<<20))
	p.control = string(text)
	return err
}

// dataFile keeps what is wanted.
func (p *debReader) dataFile(h *tar.Header, r io.Reader) error {
	name, ok := mergedPath(h.Name)
	if !ok || !p.wants(name) {
		return nil
	}
	switch h.Typeflag {
	case tar.TypeReg:
		data, err := io.ReadAll(io.LimitReader(r, maxDebFile+1))
		if err != nil {
			return err
		}
		if len(data) > maxDebFile {
			return fmt.Errorf("%s is larger than %d bytes", name, maxDebFile)
		}
		if p.kept += int64(len(data)); p.kept > maxDebFiles {
			return fmt.Errorf("its files are larger than %d bytes together", maxDebFiles)
		}
		p.files[name] = store.FileEntry(name, fs.FileMode(h.Mode).Perm(), bytes.Clone(data))
	case tar.TypeLink:
		return fmt.Errorf("%s is a hard link", name)
	case tar.TypeSymlink:
		p.files[name] = store.Entry{Name: name, Mode: fs.ModeSymlink | 0o777, Link: h.Linkname}
	}
	return nil
}

// mergedPath gives a path where the folders of old are links into usr.
func mergedPath(name string) (string, bool) {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	first, _, _ := strings.Cut(name, "/")
	switch first {
	case "bin", "sbin", "lib", "lib32", "lib64", "libx32", "libo32":
		name = "usr/" + name
	}
	return name, name != "" && fs.ValidPath(name)
}

// take adds the entry called name, and all that it leads to, to taken.
func (p *debReader) take(taken map[string]store.Entry, name string) error {
	for range 8 {
		e, ok := p.files[name]
		if !ok {
			return fmt.Errorf("it has no %s", name)
		}
		taken[name] = e
		if e.Mode.Type() != fs.ModeSymlink {
			return nil
		}
		target := e.Link
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(name), target)
		}
		if name, ok = mergedPath(target); !ok {
			return fmt.Errorf("%s leads out of the package", e.Name)
		}
	}
	return fmt.Errorf("%s leads in a circle", name)
}
