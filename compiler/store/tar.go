package store

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"time"
)

// Entry is one file, folder or symbolic link of a layer.
type Entry struct {
	// Name is slash-separated and relative to the root of the layer.
	Name string
	// Mode is the type and the permission bits, setuid, setgid and sticky
	// among them. Only files, folders and symbolic links are packed.
	Mode fs.FileMode
	// UID and GID own the entry.
	UID, GID int
	// Link is the target of a symbolic link.
	Link string
	// Size is the length of what Open gives, for a file.
	Size int64
	// Sum is the digest of the content where it is known; then the content need
	// not be read to know whether the layer is there already. What is packed is
	// compared with it, and another content is a [DigestError].
	Sum string
	// Open gives a file's content. It is called at most once, in the order of
	// names, and not at all when the layer is already in the store.
	Open func() (io.ReadCloser, error)
}

// FileEntry is an Entry with its content in memory.
func FileEntry(name string, mode fs.FileMode, data []byte) Entry {
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }
	return Entry{Name: name, Mode: mode.Perm(), Size: int64(len(data)), Open: open}
}

// DirEntry is an Entry for a folder.
func DirEntry(name string, mode fs.FileMode) Entry {
	return Entry{Name: name, Mode: mode | fs.ModeDir}
}

// epoch is the time of everything that the store packs.
var epoch = time.Unix(0, 0).UTC()

// writeTar writes entries as a tar archive whose bytes depend on nothing else:
// sorted, all times 1970, owners as numbers, folders that hold something there
// even when entries does not name them. It gives the bytes of the files in it.
func writeTar(ctx context.Context, w io.Writer, entries []Entry) (unpacked int64, err error) {
	entries, err = arrange(entries)
	if err != nil {
		return 0, err
	}
	tw := tar.NewWriter(w)
	for _, e := range entries {
		if err := writeEntry(ctx, tw, e); err != nil {
			return 0, fmt.Errorf("packing %s: %w", e.Name, err)
		}
		unpacked += e.Size
	}
	return unpacked, tw.Close()
}

func writeEntry(ctx context.Context, tw *tar.Writer, e Entry) error {
	h, err := header(e)
	if err != nil {
		return err
	}
	if err := tw.WriteHeader(h); err != nil {
		return err
	}
	if !e.Mode.IsRegular() {
		return nil
	}
	r, err := e.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha256.New()
	n, err := CopyHashed(tw, ContextReader(ctx, r), sum)
	switch {
	case err != nil:
		return err
	case n != e.Size:
		return fmt.Errorf("it has %d bytes, not %d: it changed while it was read", n, e.Size)
	case e.Sum != "" && e.Sum != sumOf(sum):
		return &DigestError{Name: e.Name, Want: e.Sum, Got: sumOf(sum)}
	}
	return nil
}

// header gives the tar header of e. Its format is left to archive/tar, which
// takes USTAR unless a long name, a name that is not ASCII or a size over 8 GiB
// needs PAX.
func header(e Entry) (*tar.Header, error) {
	h := &tar.Header{Name: e.Name, Mode: permissions(e.Mode), Uid: e.UID, Gid: e.GID, ModTime: epoch}
	switch e.Mode.Type() {
	case 0:
		h.Typeflag, h.Size = tar.TypeReg, e.Size
	case fs.ModeDir:
		h.Typeflag, h.Name = tar.TypeDir, e.Name+"/"
	case fs.ModeSymlink:
		h.Typeflag, h.Linkname, h.Mode = tar.TypeSymlink, e.Link, 0o777
	default:
		return nil, fmt.Errorf("it is neither a file nor a folder nor a symbolic link (%s)", e.Mode)
	}
	return h, nil
}

func permissions(m fs.FileMode) int64 {
	bits := int64(m.Perm())
	for _, b := range []struct {
		mode fs.FileMode
		bit  int64
	}{{fs.ModeSetuid, 0o4000}, {fs.ModeSetgid, 0o2000}, {fs.ModeSticky, 0o1000}} {
		if m&b.mode != 0 {
			bits |= b.bit
		}
	}
	return bits
}

// arrange sorts entries so that a folder comes before what is in it, and adds
// the folders that are missing.
func arrange(entries []Entry) ([]Entry, error) {
	byName := make(map[string]fs.FileMode, len(entries))
	for _, e := range entries {
		if !fs.ValidPath(e.Name) || e.Name == "." {
			return nil, fmt.Errorf("packing %q: it is not a clean relative path", e.Name)
		}
		if _, twice := byName[e.Name]; twice {
			return nil, fmt.Errorf("packing %s: it is there twice", e.Name)
		}
		byName[e.Name] = e.Mode
	}
	all := slices.Clone(entries)
	for _, e := range entries {
		for dir := path.Dir(e.Name); dir != "."; dir = path.Dir(dir) {
			mode, there := byName[dir]
			if there && !mode.IsDir() {
				return nil, fmt.Errorf("packing %s: %s is not a folder", e.Name, dir)
			}
			if there {
				continue
			}
			byName[dir] = fs.ModeDir
			all = append(all, DirEntry(dir, 0o755))
		}
	}
	slices.SortFunc(all, func(a, b Entry) int { return comparePaths(a.Name, b.Name) })
	return all, nil
}

// comparePaths orders paths part by part, so that a/b comes before a-b.
func comparePaths(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			continue
		}
		if a[i] == '/' {
			return -1
		}
		if b[i] == '/' {
			return 1
		}
		return cmp.Compare(a[i], b[i])
	}
	return cmp.Compare(len(a), len(b))
}
