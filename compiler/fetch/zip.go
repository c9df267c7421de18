package fetch

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/klauspost/compress/flate"
)

// OpenZip opens a zip file for reading. Its files are inflated in half of the time
// that the standard library takes: toolchains and wheels have hundreds of megabytes.
// One that is made to fill disks and take hours is an error, a [*BombError].
func OpenZip(name string) (*zip.ReadCloser, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	z, err := zip.OpenReader(name)
	if err != nil {
		return nil, err
	}
	if err := plausible(z.File, uint64(info.Size())); err != nil {
		return nil, errors.Join(err, z.Close())
	}
	z.RegisterDecompressor(zip.Deflate, inflate)
	return z, nil
}

// BombError says that a zip file holds far more than its size can honestly be for.
type BombError struct {
	Files            int
	Size, Unpacked   uint64 // bytes
	OverlappingParts bool   // files share what they are unpacked from
}

func (e *BombError) Error() string {
	if e.OverlappingParts {
		return fmt.Sprintf("a zip file of %d bytes says that its %d files lie in more than that: they overlap, as in a zip bomb", e.Size, e.Files)
	}
	return fmt.Sprintf("a zip file of %d bytes says that its %d files have %d bytes: it is taken for a zip bomb", e.Size, e.Files, e.Unpacked)
}

const (
	// fromUnpacked is from how many bytes on a zip file can be a bomb, and maxRatio how
	// many times as large as the zip file what it holds may be then. Programs and texts
	// come to ten, weights to one or two.
	fromUnpacked = 1 << 30
	maxRatio     = 100
)

// plausible looks at what the files of a zip file of some size say of themselves. Reading
// one gives no more than it says: archive/zip ends it there.
func plausible(files []*zip.File, size uint64) error {
	packed, unpacked := uint64(0), uint64(0)
	for _, f := range files {
		e := &BombError{Files: len(files), Size: size}
		if f.CompressedSize64 > size || packed+f.CompressedSize64 > size {
			e.OverlappingParts = true
			return e
		}
		packed += f.CompressedSize64
		if e.Unpacked = unpacked + f.UncompressedSize64; e.Unpacked < unpacked || e.Unpacked > fromUnpacked && e.Unpacked/maxRatio > size {
			return e
		}
		unpacked = e.Unpacked
	}
	return nil
}

// inflaters are not in use: one has 40 kB, and toolchains have ten thousand files.
var inflaters sync.Pool

// inflater gives itself back when it is closed.
type inflater struct{ io.ReadCloser }

func inflate(r io.Reader) io.ReadCloser {
	f, ok := inflaters.Get().(io.ReadCloser)
	if !ok {
		return &inflater{flate.NewReader(r)}
	}
	if err := f.(flate.Resetter).Reset(r, nil); err != nil {
		f = flate.NewReader(r)
	}
	return &inflater{f}
}

// Close may be called again, and reads no more.
func (f *inflater) Close() error {
	if f.ReadCloser == nil {
		return nil
	}
	err := f.ReadCloser.Close()
	inflaters.Put(f.ReadCloser)
	f.ReadCloser = nil
	return err
}

// Read is an error after Close.
func (f *inflater) Read(p []byte) (int, error) {
	if f.ReadCloser == nil {
		return 0, io.ErrClosedPipe
	}
	return f.ReadCloser.Read(p)
}
