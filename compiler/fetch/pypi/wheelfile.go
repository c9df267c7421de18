package pypi

import (
	"archive/zip"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// WheelFiles is a wheel that is open for reading.
type WheelFiles struct {
	wheel Wheel
	zip   *zip.ReadCloser
}

// Open opens a wheel in the store, as [Client.Fetch] gave it.
func (c *Client) Open(w Wheel) (*WheelFiles, error) {
	z, err := fetch.OpenZip(c.Store.Path(w.SHA256))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", w.File, err)
	}
	return &WheelFiles{w, z}, nil
}

// Close ends the reading.
func (w *WheelFiles) Close() error { return w.zip.Close() }

// File gives the file at a path inside the wheel. The last element may be a
// pattern, as of path.Match, that one file alone fits. A path that is not there
// is an fetch.AbsentError that says what is near it.
func (w *WheelFiles) File(name string) (*zip.File, error) {
	var fit []*zip.File
	for _, f := range w.zip.File {
		if matches, err := path.Match(name, f.Name); f.Name == name || err == nil && matches {
			fit = append(fit, f)
		}
	}
	switch {
	case len(fit) == 1 && !fit[0].FileInfo().IsDir():
		return fit[0], nil
	case len(fit) > 1:
		return nil, &fetch.AbsentError{Text: fmt.Sprintf("%s has %d files %s", w.wheel.File, len(fit), name)}
	}
	absent := &fetch.AbsentError{Text: fmt.Sprintf("%s has no file %s", w.wheel.File, name)}
	if near := w.near(name); len(near) > 0 {
		absent.Cure = "it has " + fetch.Some(near)
	}
	return nil, absent
}

// near gives the files that somebody who asked for name may have meant: those of
// the same name elsewhere, else those of the same ending, else all.
func (w *WheelFiles) near(name string) []string {
	var sameBase, sameExt, all []string
	for _, f := range w.zip.File {
		if f.FileInfo().IsDir() || strings.Contains(f.Name, ".dist-info/") {
			continue
		}
		all = append(all, f.Name)
		if strings.EqualFold(path.Base(f.Name), path.Base(name)) {
			sameBase = append(sameBase, f.Name)
		}
		if path.Ext(f.Name) == path.Ext(name) {
			sameExt = append(sameExt, f.Name)
		}
	}
	for _, list := range [][]string{sameBase, sameExt, all} {
		if len(list) > 0 {
			slices.Sort(list)
			return list
		}
	}
	return nil
}

// ZipEntry is the entry NAME of a layer with the content of a file in a zip.
func ZipEntry(name string, f *zip.File) store.Entry {
	return store.Entry{
		Name: name, Mode: 0o644, Size: int64(f.UncompressedSize64),
		Open: func() (io.ReadCloser, error) { return f.Open() },
	}
}
