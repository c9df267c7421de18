package export

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// maxDocument bounds indexes, manifests and configs, bytes.
const maxDocument = 16 << 20

// Archive is an OCI layout that is read: a tar archive or a folder.
type Archive struct {
	file  *os.File // the tar archive; nil for a folder
	dir   string
	parts map[string]part // of the tar archive, by name
}

// part is a file in a tar archive: bytes from Offset on.
type part struct{ offset, size int64 }

// Open opens an OCI layout: a tar archive as from type=oci or type=docker, or a
// folder. What is wrong inside is told without the name.
func Open(name string) (*Archive, error) {
	fi, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if fi.IsDir() {
		return &Archive{dir: name}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	a, err := openFile(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return a, nil
}

// openFile notes where the files of a tar archive are. The archive owns f.
func openFile(f *os.File) (*Archive, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	a := &Archive{file: f, parts: map[string]part{}}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("not an OCI archive: %w", err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		// The reader reads headers block by block, so the file stands at the data.
		at, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		a.parts[path.Clean(h.Name)] = part{at, h.Size}
	}
	if _, ok := a.parts[ocispecs.ImageIndexFile]; !ok {
		return nil, fmt.Errorf("not an OCI archive: it has no %s", ocispecs.ImageIndexFile)
	}
	return a, nil
}

// Close closes the archive.
func (a *Archive) Close() error {
	if a.file == nil {
		return nil
	}
	return a.file.Close()
}

// names gives the archive's files, sorted.
func (a *Archive) names() []string { return slices.Sorted(maps.Keys(a.parts)) }

// open opens a file of the layout by its slash-separated name.
func (a *Archive) open(name string) (io.ReadCloser, int64, error) {
	if a.file != nil {
		p, ok := a.parts[name]
		if !ok {
			return nil, 0, fmt.Errorf("no %s in it: %w", name, os.ErrNotExist)
		}
		return io.NopCloser(io.NewSectionReader(a.file, p.offset, p.size)), p.size, nil
	}
	f, err := os.Open(filepath.Join(a.dir, filepath.FromSlash(name)))
	if err != nil {
		return nil, 0, err
	}
	fi, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, fi.Size(), nil
}

// blobName is the name of a blob in a layout.
func blobName(d digest.Digest) (string, error) {
	if err := d.Validate(); err != nil {
		return "", fmt.Errorf("digest %q: %w", d, err)
	}
	return path.Join(ocispecs.ImageBlobsDir, d.Algorithm().String(), d.Encoded()), nil
}

// Blob opens a blob. What is read is not verified.
func (a *Archive) Blob(d digest.Digest) (io.ReadCloser, error) {
	name, err := blobName(d)
	if err != nil {
		return nil, err
	}
	r, _, err := a.open(name)
	return r, err
}

// document reads a JSON blob, verified, into v. It gives the bytes too.
func (a *Archive) document(d digest.Digest, v any) ([]byte, error) {
	r, err := a.Blob(d)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", d, err)
	}
	if len(text) > maxDocument {
		return nil, fmt.Errorf("reading %s: it is larger than %d bytes", d, maxDocument)
	}
	if got := d.Algorithm().FromBytes(text); got != d {
		return nil, fmt.Errorf("reading %s: its content has the digest %s", d, got)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return nil, fmt.Errorf("reading %s: %w", d, err)
	}
	return text, nil
}

// root is the one descriptor of index.json.
func (a *Archive) root() (ocispecs.Descriptor, error) {
	r, _, err := a.open(ocispecs.ImageIndexFile)
	if err != nil {
		return ocispecs.Descriptor{}, fmt.Errorf("not an OCI layout: %w", err)
	}
	defer r.Close()
	var index ocispecs.Index
	if err := json.NewDecoder(io.LimitReader(r, maxDocument)).Decode(&index); err != nil {
		return ocispecs.Descriptor{}, fmt.Errorf("reading %s: %w", ocispecs.ImageIndexFile, err)
	}
	if len(index.Manifests) != 1 {
		return ocispecs.Descriptor{}, fmt.Errorf("%s lists %d images, not one", ocispecs.ImageIndexFile, len(index.Manifests))
	}
	return index.Manifests[0], nil
}

// isIndex reports whether d is a list of images.
func isIndex(d ocispecs.Descriptor) bool {
	return d.MediaType == ocispecs.MediaTypeImageIndex || strings.HasSuffix(d.MediaType, ".manifest.list.v2+json")
}
