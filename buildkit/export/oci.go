package export

import (
	"context"
	"io"
)

// OCI is one file: an OCI layout as a tar archive.
const OCI Type = "oci"

var ociKind = Kind{Type: OCI, Dest: "FILE", Doc: "an OCI layout as one tar archive", make: makeOCI}

// makeOCI gives the file that was built itself, where it lies where it belongs or
// is written into a stream, else a copy.
func makeOCI(ctx context.Context, j *job) (pending, error) {
	if j.first || j.stream {
		return j.from(ctx, j.built, false), nil
	}
	return copyFile(ctx, j.built, j.target.name)
}

// copyFile makes another file of the same bytes.
func copyFile(ctx context.Context, src *tempFile, dest string) (pending, error) {
	fi, err := src.f.Stat()
	if err != nil {
		return nil, err
	}
	return fill(dest, func(w io.Writer) error {
		return copyContext(ctx, w, io.NewSectionReader(src.f, 0, fi.Size()))
	})
}
